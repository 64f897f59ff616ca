import assert from "node:assert/strict";
import { test } from "node:test";

import { binaryWriter } from "../../../firmware-sim/codec/binary.ts";
import { checksum } from "../../../firmware-sim/codec/checksum.ts";
import type { Cell } from "../../../firmware-sim/codec/node.ts";
import type {
  ByteAddress,
  ByteType,
  ProfileCodec,
} from "../../../src/core/format/profile-codec.ts";
import { CHECKSUMS } from "../../../src/core/format/checksums.ts";
import { checksumFunction } from "../../../src/decode/binary/checksum.ts";

type FrameCodec = Extract<ProfileCodec, { type: "binary" }>;

const FACT = { device: 0, sequence: 1, trueTimeMs: 0, eventTimeMs: 0, values: [], labels: [] };

function frame(
  fields: readonly (readonly [
    at: number,
    as: ByteType,
    value: Cell,
    more?: Partial<ByteAddress>,
  ])[],
  codec: Partial<FrameCodec> = {},
): string {
  const write = binaryWriter(
    fields.map(([at, as, value, more]) => ({
      address: { kind: "bytes", at, inRecord: false, as, bits: undefined, ...more },
      cell: () => value,
    })),
    {
      type: "binary",
      minLength: 0,
      maxLength: 100,
      check: undefined,
      records: undefined,
      ...codec,
    },
  );
  return Buffer.from(write(FACT)).toString("hex");
}

function type(kind: ByteType["kind"], bytes: number, order: ByteType["order"] = "be"): ByteType {
  return { kind, bytes, order };
}

test("integers and floats stand in the order of their bytes", () => {
  const value = 0x0a0b0c0d;
  assert.equal(frame([[0, type("unsigned", 4, "be"), value]]), "0a0b0c0d");
  assert.equal(frame([[0, type("unsigned", 4, "le"), value]]), "0d0c0b0a");
  assert.equal(frame([[0, type("unsigned", 4, "be-words"), value]]), "0c0d0a0b");
  assert.equal(frame([[0, type("unsigned", 4, "le-words"), value]]), "0b0a0d0c");
  assert.equal(frame([[1, type("signed", 3), -2]]), "00fffffe");
  assert.equal(frame([[0, type("float", 4, "le"), 1.5]]), "0000c03f");
  assert.equal(frame([[0, type("float", 8, "be-words"), 1.5]]), "0000000000003ff8");
});

test("digits, texts and bytes are written out", () => {
  assert.equal(frame([[0, type("bcd", 3), 1234]]), "001234");
  assert.equal(frame([[0, type("bcd", 3, "le"), 1234]]), "341200");
  assert.equal(frame([[0, type("text", 4), "ab"]]), "61620000");
  assert.equal(frame([[0, type("hex", 2), "beef"]]), "beef");
});

test("fields may share bytes", () => {
  const as = type("unsigned", 2);
  const bits = (first: number, count: number): Partial<ByteAddress> => ({ bits: { first, count } });
  assert.equal(
    frame([
      [0, as, 5, bits(0, 4)],
      [0, as, -1, bits(4, 3)],
      [0, as, 1, bits(15, 1)],
    ]),
    "8075",
  );
});

test("a frame is as long as its fields from both ends, and ends with its checksum", () => {
  const check = { algorithm: "crc16/modbus", at: -2, order: "le", from: 0, to: -2 } as const;
  assert.equal(
    frame([[0, type("unsigned", 4), 0x01020304]], { check }),
    `01020304${crcOf("01020304")}`,
  );
  assert.equal(frame([[-1, type("unsigned", 1), 7]], { minLength: 4 }), "00000007");
});

function crcOf(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  const value = checksumFunction("crc16/modbus").compute(bytes, 0, bytes.length);
  return Buffer.from([value & 0xff, value >>> 8]).toString("hex");
}

test("a record says how long it is, and the frame that it has one", () => {
  const length = type("unsigned", 1);
  const field = { kind: "bytes", at: 0, inRecord: true, as: length, bits: undefined } as const;
  const count = { ...field, inRecord: false };
  const records = { at: 1, end: -1, size: undefined, length: { field, add: 1 }, count };
  const inRecord = { inRecord: true };
  assert.equal(frame([[1, type("unsigned", 2), 0xabcd, inRecord]], { records }), "0102abcd00");
});

test("bit by bit, every checksum is what the gateway's tables give", () => {
  const bytes = Buffer.from("123456789 and more \u00ff");
  for (const [family, variants] of Object.entries(CHECKSUMS)) {
    for (const variant of Object.keys(variants)) {
      const name = `${family}/${variant}`;
      const theirs = checksumFunction(name);
      const own = checksum(name, bytes);
      assert.equal(own.value, theirs.compute(bytes, 0, bytes.length), name);
      assert.equal(own.bytes, theirs.bytes, name);
    }
  }
});
