import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { checksumFunction } from "../../../src/decode/binary/checksum.ts";
import { RECEIVE_TIME_MS } from "../batch.ts";
import { ProfileDecoder } from "../profile-decoder.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** A profile of one resource `v`. */
function one(attributes: string, properties = "valueType: Float64", codec = ""): ProfileDecoder {
  return new ProfileDecoder(`
name: p
deviceResources:
  - {name: v, attributes: {${attributes}}, properties: {${properties}}}
x-gateway: {version: 1, match: {topic: "d/{device}"}, codec: {type: binary${codec}}}
`);
}

describe("binary frames", () => {
  it("have integers of 1 to 8 bytes in both orders and signs", () => {
    const frame = bytes("0102 8384 8586 8788");
    const cases: readonly (readonly [string, number | bigint])[] = [
      ["at: 0, as: u8", 1],
      ["at: 2, as: i8", -125],
      ["at: 0, as: u16be", 0x0102],
      ["at: 0, as: u16le", 0x0201],
      ["at: 2, as: i16be", 0x8384 - 0x10000],
      ["at: 2, as: i16le", 0x8483 - 0x10000],
      ["at: 0, as: u24be", 0x010283],
      ["at: 2, as: i24be", 0x838485 - 0x1000000],
      ["at: 2, as: u24le", 0x858483],
      ["at: 2, as: u32be", 0x83848586],
      ["at: 2, as: i32be", 0x83848586 - 0x1_0000_0000],
      ["at: 2, as: u32le", 0x86858483],
      ["at: 0, as: u32cdab", 0x83840102],
      ["at: 0, as: u32badc", 0x02018483],
      ["at: 0, as: u40be", 0x01028384_85],
      ["at: 0, as: u48le", 0x8685_8483_0201],
      ["at: 2, as: i48be", 0x8384_8586_8788 - 2 ** 48],
      ["at: -1, as: u8", 0x88],
      ["at: -4, as: u16be", 0x8586],
      ["at: 0, as: i64be", 0x0102_8384_8586_8788n],
      ["at: 0, as: i64le", 0x8887_8685_8483_0201n - 2n ** 64n],
      ["at: 0, as: i64cdab", 0x8788_8586_8384_0102n - 2n ** 64n],
      ["at: 0, as: i56be", 0x0102_8384_8586_87],
      ["at: 1, as: u56be", 0x0283_8485_8687_88],
      ["at: 1, as: u56le", 0x8887_8685_8483_02n],
    ];
    for (const [attributes, expected] of cases) {
      assert.deepEqual(
        one(attributes, "valueType: Int64").values("v", frame),
        [expected],
        attributes,
      );
    }
    const u64 = one("at: 0, as: u64le", "valueType: Uint64");
    assert.deepEqual(u64.values("v", frame), [0x8887_8685_8483_0201n]);
    assert.deepEqual(u64.values("v", bytes("0500000000000000")), [5n]);
  });

  it("have floating point, BCD, text and hexadecimal fields", () => {
    const value = (as: string, type: string, hex: string): unknown =>
      one(`at: 0, as: ${as}`, `valueType: ${type}`).values("v", bytes(hex))[0];
    assert.equal(value("f32be", "Float32", "3fc00000"), 1.5);
    assert.equal(value("f32le", "Float32", "0000c03f"), 1.5);
    assert.equal(value("f32cdab", "Float32", "00003fc0"), 1.5);
    assert.equal(value("f32badc", "Float32", "c03f0000"), 1.5);
    assert.equal(value("f64be", "Float64", "3ff199999999999a"), 1.1);
    assert.equal(value("f64cdab", "Float64", "999a999999993ff1"), 1.1);
    assert.equal(value("bcd4be", "Int32", "12345678"), 12_345_678);
    assert.equal(value("bcd4le", "Int32", "78563412"), 12_345_678);
    assert.equal(value("bcd8be", "Int64", "9999999999999999"), 9_999_999_999_999_999n);
    assert.equal(value("bcd1", "Int32", "1a"), "0 undecodable: field v: not readable, at byte 0");
    assert.equal(value("text8", "String", "6d31202000786868"), "m1");
    assert.equal(value("text2", "String", "c3a9"), "\u00e9");
    assert.equal(value("text1", "String", "ff"), "0 undecodable: field v: not readable, at byte 0");
    assert.equal(value("hex3", "String", "00abff"), "00abff");
  });

  it("have bits of integers, sign and all", () => {
    const value = (attributes: string, hex: string): unknown =>
      one(attributes, "valueType: Int64").values("v", bytes(hex))[0];
    assert.equal(value("at: 0, as: u8, bit: 3", "08"), 1);
    assert.equal(value("at: 0, as: u8, bit: 3", "f7"), 0);
    assert.equal(value("at: 0, as: u8, bit: 4, bits: 3", "5f"), 5);
    assert.equal(value("at: 0, as: u16be, bit: 4, bits: 8", "1230"), 0x23);
    assert.equal(value("at: 0, as: i16be, bit: 4, bits: 12", "ffe7"), -2);
    assert.equal(value("at: 0, as: u32be, bit: 31", "80000000"), 1);
    assert.equal(value("at: 0, as: u64be, bit: 60, bits: 4", "f000000000000000"), 15);
    assert.equal(value("at: 0, as: i64be, bit: 8, bits: 56", "fffffffffffffe01"), -2);
    assert.equal(value("at: 0, as: u64be, bit: 0, bits: 4", "8000000000000007"), 7);
    const flag = one("at: 0, as: u8, bit: 1", "valueType: Bool");
    assert.deepEqual(
      [...flag.values("v", bytes("02")), ...flag.values("v", bytes("01"))],
      [true, false],
    );
  });

  it("go through mask, shift, base, scale and offset in this order, then to the value type", () => {
    const value = (properties: string, hex: string): unknown =>
      one("at: 0, as: u16be", properties).values("v", bytes(hex))[0];
    assert.equal(value("valueType: Int32, mask: 0x0ff0, shift: 4", "1234"), 0x23);
    assert.equal(value("valueType: Int32, shift: -2", "0003"), 12);
    assert.equal(
      value("valueType: Float64, mask: 0xff00, shift: 8, scale: 0.5, offset: -40", "64ff"),
      10,
    );
    assert.equal(value("valueType: Float64, base: 2, scale: 3, offset: 1", "0005"), 2 ** 5 * 3 + 1);
    assert.equal(value("valueType: Float32, scale: 0.1", "00eb"), Math.fround(23.5));
    assert.equal(value("valueType: Int16, scale: 0.01", "0096"), 2);
    assert.equal(value("valueType: Int16, scale: 0.01, offset: -3", "0095"), -2);
    assert.equal(value("valueType: Bool, mask: 0x0100", "01ff"), true);
    assert.equal(value("valueType: Bool, mask: 0x0100", "00ff"), false);
    assert.equal(
      value("valueType: Int8", "0100"),
      "0 undecodable: field v: 256 is out of range of TINYINT, at byte 0",
    );
    const wide = one("at: 0, as: u64be", 'valueType: Uint64, mask: "0xffffffffffffff00", shift: 8');
    assert.deepEqual(wide.values("v", bytes("ffffffffffffffff")), [2n ** 56n - 1n]);
  });

  it("are judged by length and checksum before anything is read", () => {
    const frame = one(
      "at: 0, as: u8",
      "valueType: Uint8",
      ", minLength: 4, maxLength: 5, check: {crc16: {kind: modbus, at: -2}}",
    );
    const body = bytes("01020304").subarray(0, 2);
    const crc = checksumFunction("crc16/modbus").compute(body, 0, 2);
    const good = Buffer.concat([body, Buffer.of(crc & 0xff, crc >> 8)]);
    assert.deepEqual(frame.values("v", good), [1]);
    assert.deepEqual(frame.values("v", bytes("010203")), [
      "0 undecodable: a frame of 3 bytes, at least 4 expected, at byte 3",
    ]);
    assert.deepEqual(frame.values("v", bytes("010203040506")), [
      "0 undecodable: a frame of 6 bytes, at most 5 expected, at byte 6",
    ]);
    assert.match(
      String(frame.values("v", bytes("01020000"))[0]),
      /checksum crc16\/modbus is 0x0000, the bytes give 0x[0-9a-f]{4}, at byte 2$/,
    );
    const front = one(
      "at: 2, as: u8",
      "valueType: Uint8",
      ", check: {sum8: {at: 0, from: 1, to: -1}}",
    );
    assert.deepEqual(front.values("v", bytes("05 02 03 ff")), [3]);
    assert.match(String(front.values("v", bytes(""))[0]), /no room for its checksum/);
    const other = one(
      "at: 0, as: u8",
      "valueType: Uint8",
      ", check: {crc16: {kind: x25, at: -2, order: be}}",
    );
    assert.deepEqual(other.values("v", bytes("313233343536373839 906e")), [0x31]);
  });

  it("that end before a field are dead letters with its place", () => {
    assert.deepEqual(one("at: 2, as: u16be").values("v", bytes("000000")), [
      "0 undecodable: field v: bytes 2 to 3 of 3 are not there, at byte 2",
    ]);
    assert.deepEqual(one("at: -4, as: u16be").values("v", bytes("000000")), [
      "0 undecodable: field v: bytes -1 to 0 of 3 are not there, at byte 0",
    ]);
  });
});

const records = (shape: string, field = "{record: 1, as: u8}"): ProfileDecoder =>
  new ProfileDecoder(`
name: p
deviceResources:
  - {name: v, attributes: ${field}, properties: {valueType: Uint8}}
  - {name: unit, attributes: {at: 0, as: u8}, properties: {valueType: Uint8}}
x-gateway:
  version: 1
  match: {topic: "d/{device}"}
  codec: {type: binary, records: {${shape}}}
  time: {base: {at: 1, as: u32be, unit: s}, every: 1s}
`);

describe("binary records", () => {
  const head = `07${(RECEIVE_TIME_MS / 1000).toString(16).padStart(8, "0")}`;

  it("of a fixed size reach to the end, or to a margin before it", () => {
    const { rows, dead } = records("at: 5, size: 2").decode([
      bytes(`${head} 0001 0002 0003`),
      bytes(`${head} 0001 00`),
      bytes(head),
    ]);
    assert.deepEqual(
      rows.map(({ v, unit, event_time }) => [v, unit, event_time]),
      [1, 2, 3].map((v) => [v, 7, RECEIVE_TIME_MS + (v - 1) * 1000]),
    );
    assert.deepEqual(dead, ["1 undecodable: a record of 2 bytes ends behind the frame, at byte 7"]);
    const margin = records("at: 5, size: 2, end: -1");
    assert.deepEqual(margin.values("v", bytes(`${head} 0001 0002 ff`)), [1, 2]);
  });

  it("may be counted by the frame", () => {
    const counted = records("at: 6, size: 2, count: {at: 5, as: u8}");
    assert.deepEqual(counted.values("v", bytes(`${head} 02 0001 0002 0003`)), [1, 2]);
    assert.deepEqual(counted.values("v", bytes(`${head} 00 0001`)), []);
    assert.match(String(counted.values("v", bytes(`${head} 03 0001`))[0]), /ends behind the frame/);
    assert.match(String(counted.values("v", bytes(head))[0]), /does not say how many records/);
  });

  it("of variable length say it themselves", () => {
    const own = records("at: 5, length: {field: {record: 0, as: u8}, add: 1}");
    assert.deepEqual(own.values("v", bytes(`${head} 01aa 03bb0000 01cc`)), [0xaa, 0xbb, 0xcc]);
    assert.match(String(own.values("v", bytes(`${head} 05aa`))[0]), /ends behind the frame/);
    assert.match(String(own.values("v", bytes(`${head} 00`))[0]), /field v: bytes 1 to 1 of 1/);
    const bare = records("at: 5, length: {field: {record: 0, as: u8}}");
    assert.match(String(bare.values("v", bytes(`${head} 00`))[0]), /a record without a length/);
  });
});

describe("binary profiles", () => {
  it("are refused where their addresses make no sense", () => {
    const refused = (attributes: string, message: RegExp, codec = ""): void => {
      assert.throws(() => one(attributes, "valueType: Int32", codec), message);
    };
    refused("at: 0", /needs as, the type of the bytes/);
    refused("at: 0, as: u16", /must be a type such as u8/);
    refused("at: 0, as: u8be", /must be a type such as u8/);
    refused("at: 0, as: u16cdab", /goes with 32 and 64 bits only/);
    refused("at: 0, as: f32be, bit: 1", /integers only/);
    refused("at: 0, as: u8, bit: 6, bits: 4", /has bits 6 to 9, but the value has 8/);
    refused("at: 0, as: u8, pointer: /x", /one of them is enough/);
    assert.throws(
      () => one("at: 0, as: u64be", "valueType: Uint64, mask: 0xffffffffffffff00"),
      /mask is beyond 2\^53: write it in quotes/,
    );
    refused("record: 0, as: u8", /the codec has no records/);
    refused(
      "record: 3, as: u16be",
      /ends at byte 5 of a record of 4/,
      ", records: {at: 0, size: 4}",
    );
    refused("at: 0, as: u8", /must have one of: crc8/, ", check: {}");
    refused(
      "at: 0, as: u8",
      /must be one of modbus|must be one of/,
      ", check: {crc16: {kind: x, at: 0}}",
    );
    refused("at: 0, as: u8", /must have either size or length/, ", records: {at: 0}");
  });

  it("survive damaged frames and noise: a row or a reason with its place", () => {
    const decoder = records(
      "at: 6, length: {field: {record: 0, as: u8}, add: 1}, count: {at: 5, as: u8}",
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        const { rows, dead } = decoder.decode([payload]);
        if (dead.length > 0) assert.match(dead[0] ?? "", /at byte \d+$|event_time/);
        assert.ok(rows.length <= payload.length);
      }),
      { numRuns: 3000 },
    );
  });
});
