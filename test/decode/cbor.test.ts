import assert from "node:assert/strict";
import { test } from "node:test";

import { encode } from "cborg";
import fc from "fast-check";

import { MAX_LENGTH } from "../../src/core/types.ts";
import type { Field, SqlType, SqlValue } from "../../src/core/types.ts";
import { PAYLOAD_DEPTH } from "../../src/core/limits.ts";
import { survives } from "./codec-fuzz.ts";
import { PayloadRows } from "./payload-rows.ts";

const type = (
  kind: "BOOLEAN" | "TINYINT" | "INTEGER" | "BIGINT" | "FLOAT" | "DOUBLE",
): SqlType => ({
  kind,
  nullable: true,
});
const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const BYTES: SqlType = { kind: "VARBINARY", length: MAX_LENGTH, nullable: true };
const decimal = (precision: number, scale: number): SqlType => ({
  kind: "DECIMAL",
  precision,
  scale,
  nullable: true,
});
const TIME: SqlType = { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true };
const NANOS: SqlType = { kind: "TIMESTAMP_LTZ", precision: 9, nullable: true };

/** The value of `{"v": item}` in a column of this type, or why it is none. */
function value(of: SqlType, item: string): SqlValue | { reason: string } {
  const payload = Buffer.from(`a16176${item.replaceAll(" ", "")}`, "hex");
  const { rows, reason } = new PayloadRows([{ name: "v", type: of }], { format: "cbor" }).read(
    payload,
  );
  return reason === "" ? (rows[0]?.["v"] ?? null) : { reason };
}

test("the examples of RFC 8949, appendix A", () => {
  const examples: readonly (readonly [string, SqlType, SqlValue])[] = [
    ["00", type("BIGINT"), 0],
    ["17", type("BIGINT"), 23],
    ["1818", type("BIGINT"), 24],
    ["1903e8", type("BIGINT"), 1000],
    ["1a000f4240", type("BIGINT"), 1_000_000],
    ["1b000000e8d4a51000", type("BIGINT"), 1_000_000_000_000],
    ["1bffffffffffffffff", decimal(20, 0), 18_446_744_073_709_551_615n],
    ["c249010000000000000000", decimal(20, 0), 18_446_744_073_709_551_616n],
    ["3bffffffffffffffff", decimal(20, 0), -18_446_744_073_709_551_616n],
    ["c349010000000000000000", decimal(20, 0), -18_446_744_073_709_551_617n],
    ["20", type("BIGINT"), -1],
    ["3903e7", type("BIGINT"), -1000],
    ["f90000", type("DOUBLE"), 0],
    ["f98000", type("DOUBLE"), -0],
    ["f93c00", type("DOUBLE"), 1],
    ["fb3ff199999999999a", type("DOUBLE"), 1.1],
    ["f93e00", type("DOUBLE"), 1.5],
    ["f97bff", type("DOUBLE"), 65_504],
    ["fa47c35000", type("DOUBLE"), 100_000],
    ["fa7f7fffff", type("DOUBLE"), 3.4028234663852886e38],
    ["fb7e37e43c8800759c", type("DOUBLE"), 1e300],
    ["f90001", type("DOUBLE"), 5.960464477539063e-8],
    ["f90400", type("DOUBLE"), 6.103515625e-5],
    ["f9c400", type("DOUBLE"), -4],
    ["fbc010666666666666", type("DOUBLE"), -4.1],
    ["f97c00", type("DOUBLE"), Infinity],
    ["f97e00", type("DOUBLE"), Number.NaN],
    ["faff800000", type("DOUBLE"), -Infinity],
    ["f4", type("BOOLEAN"), false],
    ["f5", type("BOOLEAN"), true],
    ["f6", type("BOOLEAN"), null],
    ["f7", type("BOOLEAN"), null],
    ["f0", type("BOOLEAN"), null],
    ["f8ff", type("BOOLEAN"), null],
    ["c074323031332d30332d32315432303a30343a30305a", TIME, 1_363_896_240_000],
    ["c11a514b67b0", TIME, 1_363_896_240_000],
    ["c11a514b67b0", type("BIGINT"), 1_363_896_240],
    ["c1fb41d452d9ec200000", TIME, 1_363_896_240_500],
    ["d74401020304", BYTES, Uint8Array.of(1, 2, 3, 4)],
    ["d818456449455446", BYTES, Uint8Array.from(Buffer.from("dIETF"))],
    ["4401020304", BYTES, Uint8Array.of(1, 2, 3, 4)],
    ["60", STRING, ""],
    ["6449455446", STRING, "IETF"],
    ["62225c", STRING, '"\\'],
    ["62c3bc", STRING, "\u00fc"],
    ["64f0908591", STRING, "\ud800\udd51"],
    ["5f42010243030405ff", BYTES, Uint8Array.of(1, 2, 3, 4, 5)],
    ["7f657374726561646d696e67ff", STRING, "streaming"],
    ["9f018202039f0405ffff", STRING, "[1,[2,3],[4,5]]"],
    ["bf61610161629f0203ffff", STRING, '{"a":1,"b":[2,3]}'],
    ["a201020304", STRING, '{"1":2,"3":4}'],
    ["c48221196ab3", decimal(10, 2), 27_315n],
    ["c48221196ab3", type("DOUBLE"), 273.15],
    ["c48221196ab3", decimal(4, 1), 2732n],
    ["c4820219 6ab3".replace(" ", ""), type("BIGINT"), 2_731_500],
  ];
  for (const [hex, of, expected] of examples) assert.deepEqual(value(of, hex), expected, hex);
});

test("what is not well-formed (RFC 8949, appendix F) is refused", () => {
  const bad = // end of input in a head, and in strings and containers
    (
      "18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000 " +
      "41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203 " +
      "81 818181818181818181 8200 a1 a20102 a100 a2000000 5f4100 7f6100 9f 9f0102 bf bf01020102 819f 9f8000 " +
      "9f9f9f9f9fffffffff 9f819f819f9fffffff " +
      // reserved additional information, simple values, chunks, breaks
      "1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe " +
      "f800 f801 f818 f81f 5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff " +
      "5f5f4100ffff 7f7f6100ffff ff 81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff " +
      "bf00ff bf000000ff 1f 3f df"
    ).split(" ");
  const reader = new PayloadRows([{ name: "v", type: STRING }], { format: "cbor" });
  for (const item of bad) {
    for (const key of ["76", "77"]) {
      const { reason, position } = reader.read(Buffer.from(`a161${key}${item}`, "hex"));
      assert.match(reason, /^not cbor: /, `${key} ${item}`);
      assert.ok(position >= 0);
    }
  }
  assert.match(reader.read("").reason, /empty payload/);
  assert.match(reader.read(Buffer.from("83010203", "hex")).reason, /the payload is not a map/);
  assert.match(reader.read(Buffer.from("a000", "hex")).reason, /1 bytes behind the message/);
  assert.match(reader.read(Buffer.from("a1617661ff", "hex")).reason, /a text is not UTF-8/);
  assert.match(reader.read(Buffer.from("a1617761ff", "hex")).reason, /a text is not UTF-8/);
});

test("a value that its column cannot hold has a reason with field and place", () => {
  const reader = new PayloadRows([{ name: "v", type: type("TINYINT") }], { format: "cbor" });
  const read = reader.read(Buffer.from("a2617801617619012c", "hex"));
  assert.deepEqual([read.reason, read.position], ["field v: 300 is out of range of TINYINT", 6]);
  assert.deepEqual(value(type("DOUBLE"), "6368 6f74".replace(" ", "")), {
    reason: "field v: 'hot' is not a DOUBLE",
  });
  assert.deepEqual(value(type("BOOLEAN"), "02"), { reason: "field v: 2 is not a BOOLEAN" });
  assert.deepEqual(value(STRING, "4101"), { reason: "field v: 1 bytes is not a STRING" });
});

test("numbers go where they fit: a fraction is cut, text of a number is one, 64 bits are exact", () => {
  assert.equal(value(type("BIGINT"), "fbc010666666666666"), -4);
  assert.equal(value(type("BIGINT"), "1b001fffffffffffff"), Number.MAX_SAFE_INTEGER);
  assert.equal(value(type("BIGINT"), "1b0020000000000000"), 9_007_199_254_740_992n);
  assert.equal(value(type("BIGINT"), "3b001fffffffffffff"), -9_007_199_254_740_992n);
  assert.equal(value(type("BIGINT"), "3b7fffffffffffffff"), -9_223_372_036_854_775_808n);
  assert.deepEqual(value(type("BIGINT"), "1b8000000000000000"), {
    reason: "field v: 9223372036854775808 is out of range of BIGINT",
  });
  assert.equal(value(type("DOUBLE"), "63312e35"), 1.5);
  assert.equal(value(type("FLOAT"), "fb3ff199999999999a"), Math.fround(1.1));
  assert.equal(value(NANOS, "c1fb41d452d9ec200000"), 1_363_896_240_500_000_000n);
});

test("collections are read by their types, maps with integer keys too", () => {
  const fields: Field[] = [
    { name: "a", type: { kind: "ARRAY", element: type("INTEGER"), nullable: true } },
    {
      name: "m",
      type: { kind: "MAP", key: STRING, value: type("DOUBLE"), nullable: true },
    },
    {
      name: "r",
      type: {
        kind: "ROW",
        fields: [
          { name: "x", type: type("BIGINT") },
          { name: "y", type: STRING },
        ],
        nullable: true,
      },
    },
    { name: "7", type: STRING },
  ];
  const payload = encode(
    new Map<unknown, unknown>([
      ["a", [1, null, 3]],
      ["m", { k: 1.5, z: null }],
      ["r", { x: 5, other: [1] }],
      [7, "seven"],
    ]),
  );
  const { rows, reason } = new PayloadRows(fields, { format: "cbor" }).read(payload);
  assert.equal(reason, "");
  assert.deepEqual(rows, [
    {
      a: [1, null, 3],
      m: { keys: ["z", "k"], values: [null, 1.5] },
      r: [5, null],
      "7": "seven",
    },
  ]);
});

test("nesting beyond the limit is refused, wanted or not", () => {
  for (const key of ["76", "77"]) {
    const deep = `a161${key}${"81".repeat(PAYLOAD_DEPTH)}00`;
    const reader = new PayloadRows([{ name: "v", type: STRING }], { format: "cbor" });
    assert.match(reader.read(Buffer.from(deep, "hex")).reason, /nested deeper than 100/);
  }
});

test("cbor.ignore-parse-errors is the only option", () => {
  const make = (options: Record<string, string>): PayloadRows =>
    new PayloadRows([{ name: "v", type: STRING }], { format: "cbor", ...options });
  make({ "cbor.ignore-parse-errors": "true" });
  assert.throws(() => make({ "cbor.ignore": "true" }), /unknown option 'cbor.ignore'/);
});

const FIELDS: readonly Field[] = [
  { name: "device", type: STRING },
  { name: "seq", type: type("BIGINT") },
  { name: "temperature", type: type("DOUBLE") },
  { name: "on", type: type("BOOLEAN") },
  { name: "raw", type: BYTES },
];

test("property: what cborg writes is read back", () => {
  const reader = new PayloadRows(FIELDS, { format: "cbor" });
  const row = fc.record({
    device: fc.option(fc.string(), { nil: null }),
    seq: fc.oneof(
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constant(null),
    ),
    // cborg writes -0 as the integer 0.
    temperature: fc.oneof(
      fc.double({ noNaN: true }).map((number) => number + 0),
      fc.constant(null),
    ),
    on: fc.option(fc.boolean(), { nil: null }),
    raw: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null }),
  });
  fc.assert(
    fc.property(row, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (own, more) => {
      const { rows, reason } = reader.read(encode({ ...more, ...own }));
      assert.equal(reason, "");
      const seq = own.seq === null ? null : BigInt(own.seq);
      const read = rows[0]?.["seq"] ?? null;
      assert.deepEqual(
        { ...rows[0], seq: read === null ? null : BigInt(read as number | bigint) },
        { ...own, seq },
      );
    }),
    { numRuns: 2000 },
  );
});

test("property: damaged messages and noise give a row or a reason, never an exception", () => {
  const frames = [
    encode({ device: "d1", seq: 7, temperature: 21.5, on: true, raw: Buffer.from("abc"), x: [1] }),
    encode({ a: { b: { c: [1, { d: "text" }] } }, seq: 2n ** 60n }),
    Buffer.from("bf6673657175c248ffffffffffffffff6374656d9f01ffff", "hex"),
    Buffer.from("a26364657663c482211a00016ab36673657175c11a514b67b0", "hex"),
  ];
  survives(new PayloadRows(FIELDS, { format: "cbor" }), frames);
  survives(new PayloadRows([{ name: "a", type: STRING }], { format: "cbor" }), frames);
});
