// The simulator's encoders against libraries that others wrote.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { decode as decodeCbor } from "cborg";
import fc from "fast-check";
import { unpack, Unpackr } from "msgpackr";
import protobuf from "protobufjs";

import { cborBytes } from "../../../firmware-sim/codec/cbor.ts";
import { jsonText } from "../../../firmware-sim/codec/json.ts";
import { msgpackBytes } from "../../../firmware-sim/codec/msgpack.ts";
import type { Node } from "../../../firmware-sim/codec/node.ts";
import { protobufBytes } from "../../../firmware-sim/codec/protobuf.ts";
import { readProtobuf } from "../../../src/config/protobuf-file.ts";
import { folderWith } from "../../gateway/process.ts";

/** A tree, and what a library makes of it. */
interface Sample {
  readonly node: Node;
  readonly value: unknown;
}

const LEAF: fc.Arbitrary<Sample> = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.string({ unit: "binary" }),
    fc.constant(null),
  )
  .map((value) => ({ node: value, value }));

/** Of a map; msgpackr gives back another name for `__proto__`. */
const NAME = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");

const { tree: TREE } = fc.letrec<{ tree: Sample }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    LEAF,
    fc.array(tie("tree"), { maxLength: 20 }).map((items) => ({
      node: items.map(({ node }) => node),
      value: items.map(({ value }) => value),
    })),
    fc.dictionary(NAME, tie("tree"), { maxKeys: 20 }).map((fields) => ({
      node: new Map(Object.entries(fields).map(([name, { node }]) => [name, node])),
      value: Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value])),
    })),
  ),
}));

test("property: JSON is JSON", () => {
  fc.assert(
    fc.property(TREE, ({ node, value }) => {
      assert.deepEqual(JSON.parse(jsonText(node)), value);
    }),
  );
});

test("property: cborg reads our CBOR", () => {
  fc.assert(
    fc.property(TREE, ({ node, value }) => assert.deepEqual(decodeCbor(cborBytes(node)), value)),
  );
});

test("property: msgpackr reads our MessagePack", () => {
  const reader = new Unpackr({ int64AsType: "number", useRecords: false });
  fc.assert(
    fc.property(TREE, ({ node, value }) => {
      assert.deepEqual(reader.unpack(Buffer.from(msgpackBytes(node))), value);
    }),
  );
});

test("numbers of 64 bits are exact", () => {
  const node = new Map([["t", 1_767_225_600_000_000_001n]]);
  assert.equal(jsonText(node), '{"t":1767225600000000001}');
  assert.deepEqual(decodeCbor(cborBytes(node)), { t: 1_767_225_600_000_000_001n });
  assert.deepEqual(unpack(Buffer.from(msgpackBytes(node))), { t: 1_767_225_600_000_000_001n });
});

test("CBOR's floats have the shortest form that is exact", () => {
  const hex = (value: number): string => Buffer.from(cborBytes(value)).toString("hex");
  // From RFC 8949, appendix A.
  assert.equal(hex(1.5), "f93e00");
  assert.equal(hex(-4.1), "fbc010666666666666");
  assert.equal(hex(5.960464477539063e-8), "f90001");
  assert.equal(hex(0.00006103515625), "f90400");
  assert.equal(hex(3.4028234663852886e38), "fa7f7fffff");
});

const PROTO = `syntax = "proto3";
message Outer {
  enum Mode { OFF = 0; ON = 1; BELOW = -3; }
  message Inner { sint32 a = 1; optional double b = 2; repeated sint64 c = 3; repeated string d = 20; }
  int32 i32 = 1; int64 i64 = 2; uint32 u32 = 3; uint64 u64 = 4; fixed32 f32 = 5; fixed64 f64 = 6;
  sfixed32 s32 = 7; sfixed64 s64 = 8; bool flag = 9; string text = 10; float single = 11; Mode mode = 12;
  Inner inner = 300;
}`;

test("property: protobufjs reads our protobuf", (context) => {
  const type = protobuf.parse(PROTO).root.lookupType("Outer");
  const schema = readProtobuf(
    join(folderWith(context, { "test.proto": PROTO }), "test.proto"),
    "Outer",
  );
  const signed = (bits: number): fc.Arbitrary<bigint> =>
    fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n });
  const unsigned = (bits: number): fc.Arbitrary<bigint> =>
    fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const fields = fc.record({
    i32: signed(32),
    i64: signed(64),
    u32: unsigned(32),
    u64: unsigned(64),
    f32: unsigned(32),
    f64: unsigned(64),
    s32: signed(32),
    s64: signed(64),
    flag: fc.boolean(),
    text: fc.string({ unit: "grapheme" }),
    single: fc.float({ noNaN: true }).map((value) => value + 0),
    mode: fc.constantFrom("OFF", "ON", "BELOW"),
  });
  const inner = fc.record({
    a: signed(32),
    b: fc.double({ noNaN: true }).map((value) => value + 0),
    c: fc.array(signed(64), { minLength: 1, maxLength: 5 }),
    d: fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
  });
  fc.assert(
    fc.property(fields, inner, (outer, nested) => {
      const node = new Map<string, Node>(Object.entries(outer));
      node.set("inner", new Map<string, Node>(Object.entries(nested)));
      const message = type.decode(protobufBytes(schema, node));
      const read = type.toObject(message, { longs: String, enums: String, defaults: true });
      assert.deepEqual(JSON.parse(JSON.stringify(read)), plain({ ...outer, inner: nested }));
    }),
  );
});

/** As protobufjs' objects are once they were JSON: longs as text. */
function plain(value: object): unknown {
  const longs = new Set(["i64", "u64", "f64", "s64", "c"]);
  const text = JSON.stringify(value, function (this: unknown, key, each: unknown) {
    if (typeof each !== "bigint") return each;
    return longs.has(key) || Array.isArray(this) ? String(each) : Number(each);
  });
  return JSON.parse(text);
}
