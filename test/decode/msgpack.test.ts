import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";
import { Packr } from "msgpackr";

import { MAX_LENGTH } from "../../src/core/types.ts";
import type { Field, SqlType, SqlValue } from "../../src/core/types.ts";
import { survives } from "./codec-fuzz.ts";
import { PayloadRows } from "./payload-rows.ts";

const type = (kind: "BOOLEAN" | "INTEGER" | "BIGINT" | "DOUBLE"): SqlType => ({
  kind,
  nullable: true,
});
const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const BYTES: SqlType = { kind: "VARBINARY", length: MAX_LENGTH, nullable: true };
const U64: SqlType = { kind: "DECIMAL", precision: 20, scale: 0, nullable: true };
const TIME: SqlType = { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true };
const NANOS: SqlType = { kind: "TIMESTAMP_LTZ", precision: 9, nullable: true };

/** The value of `{"v": object}` in a column of this type, or why it is none. */
function value(of: SqlType, object: string): SqlValue | { reason: string } {
  const payload = Buffer.from(`81a176${object}`, "hex");
  const reader = new PayloadRows([{ name: "v", type: of }], { format: "msgpack" });
  const { rows, reason } = reader.read(payload);
  return reason === "" ? (rows[0]?.["v"] ?? null) : { reason };
}

test("every format of the specification", () => {
  const long = (length: number): string => "61".repeat(length);
  const examples: readonly (readonly [string, SqlType, SqlValue])[] = [
    ["c0", type("BIGINT"), null],
    ["c2", type("BOOLEAN"), false],
    ["c3", type("BOOLEAN"), true],
    ["00", type("BIGINT"), 0],
    ["7f", type("BIGINT"), 127],
    ["e0", type("BIGINT"), -32],
    ["ff", type("BIGINT"), -1],
    ["ccff", type("BIGINT"), 255],
    ["cdffff", type("BIGINT"), 65_535],
    ["ceffffffff", type("BIGINT"), 4_294_967_295],
    ["cf001fffffffffffff", type("BIGINT"), Number.MAX_SAFE_INTEGER],
    ["cf0020000000000000", type("BIGINT"), 9_007_199_254_740_992n],
    ["cfffffffffffffffff", U64, 18_446_744_073_709_551_615n],
    ["d080", type("BIGINT"), -128],
    ["d18000", type("BIGINT"), -32_768],
    ["d280000000", type("BIGINT"), -2_147_483_648],
    ["d38000000000000000", type("BIGINT"), -9_223_372_036_854_775_808n],
    ["d3ffffffffffffffff", type("BIGINT"), -1],
    ["ca3fc00000", type("DOUBLE"), 1.5],
    ["cb3ff199999999999a", type("DOUBLE"), 1.1],
    ["a0", STRING, ""],
    ["a3e4bda0", STRING, "\u4f60"],
    [`bf${long(31)}`, STRING, "a".repeat(31)],
    [`d920${long(32)}`, STRING, "a".repeat(32)],
    [`da0021${long(33)}`, STRING, "a".repeat(33)],
    [`db00000022${long(34)}`, STRING, "a".repeat(34)],
    ["c40101", BYTES, Uint8Array.of(1)],
    ["c500020102", BYTES, Uint8Array.of(1, 2)],
    ["c600000003010203", BYTES, Uint8Array.of(1, 2, 3)],
    ["93010203", STRING, "[1,2,3]"],
    ["dc00020102", STRING, "[1,2]"],
    ["dd0000000101", STRING, "[1]"],
    ["82a16101a162c0", STRING, '{"a":1,"b":null}'],
    ["de00010102", STRING, '{"1":2}'],
    ["df000000010102", STRING, '{"1":2}'],
    ["d6ff514b67b0", TIME, 1_363_896_240_000],
    ["d7ff77359400514b67b0", NANOS, 1_363_896_240_500_000_000n],
    ["c70cff1dcd6500ffffffffffffffff", NANOS, -500_000_000n],
    ["d40500", STRING, null],
    ["c8000105ff", STRING, null],
    ["c90000000105ff", STRING, null],
  ];
  for (const [hex, of, expected] of examples) assert.deepEqual(value(of, hex), expected, hex);
});

test("what is no MessagePack is refused, wherever it stands", () => {
  const bad = (
    "c1 cc cd00 ce000000 cf00000000000000 d0 d1ff d2ff d3ff ca3fc000 cb3ff1 a1 d9 d90161ff da0001 db00000001 " +
    "c4 c401 c50001 c600000001 91 9301 dc0001 dd00000001 ddffffffff 81 8101 de0001 dfffffffff dbffffffff " +
    "d4 d405 d5ff0000 c7ff c705ff0000000000 d7ffffffffff00000000"
  ).split(" ");
  const reader = new PayloadRows([{ name: "v", type: STRING }], { format: "msgpack" });
  for (const object of bad) {
    for (const key of ["76", "77"]) {
      assert.match(
        reader.read(Buffer.from(`81a1${key}${object}`, "hex")).reason,
        /^not msgpack: /,
        `${key} ${object}`,
      );
    }
  }
  assert.match(reader.read(Buffer.from("93010203", "hex")).reason, /the payload is not a map/);
  assert.match(reader.read(Buffer.from("8000", "hex")).reason, /1 bytes behind the message/);
});

const FIELDS: readonly Field[] = [
  { name: "device", type: STRING },
  { name: "seq", type: type("BIGINT") },
  { name: "temperature", type: type("DOUBLE") },
  { name: "on", type: type("BOOLEAN") },
  { name: "raw", type: BYTES },
];
const packr = new Packr({ useRecords: false, int64AsType: "bigint", encodeUndefinedAsNil: true });

test("property: what msgpackr writes is read back", () => {
  const reader = new PayloadRows(FIELDS, { format: "msgpack" });
  const row = fc.record({
    device: fc.option(fc.string({ unit: "grapheme" }), { nil: null }),
    seq: fc.oneof(
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constant(null),
    ),
    // msgpackr writes -0 as the integer 0.
    temperature: fc.oneof(
      fc.double({ noNaN: true }).map((number) => number + 0),
      fc.constant(null),
    ),
    on: fc.option(fc.boolean(), { nil: null }),
    raw: fc.option(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      { nil: null },
    ),
  });
  fc.assert(
    fc.property(row, fc.jsonValue({ maxDepth: 3 }), (own, more) => {
      const { rows, reason } = reader.read(packr.pack({ more, ...own }));
      assert.equal(reason, "");
      const seq = own.seq === null ? null : BigInt(own.seq);
      const read = rows[0]?.["seq"] ?? null;
      assert.deepEqual(
        { ...rows[0], seq: read === null ? null : BigInt(read as number | bigint) },
        { ...own, seq, raw: own.raw === null ? null : Uint8Array.from(own.raw) },
      );
    }),
    { numRuns: 2000 },
  );
});

test("property: damaged messages and noise give a row or a reason, never an exception", () => {
  const frames = [
    packr.pack({ device: "d1", seq: 7, temperature: 21.5, on: true, raw: Buffer.from("abc") }),
    packr.pack({ a: { b: { c: [1, { d: "text" }] } }, seq: 2n ** 60n }),
    Buffer.from("82a3736571d7ff77359400514b67b0a161dc00020102", "hex"),
  ];
  survives(new PayloadRows(FIELDS, { format: "msgpack" }), frames);
  survives(new PayloadRows([{ name: "a", type: STRING }], { format: "msgpack" }), frames);
});
