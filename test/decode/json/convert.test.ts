import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_LENGTH } from "../../../src/core/types.ts";
import type { SqlType, SqlValue } from "../../../src/core/types.ts";
import { readValue } from "./read-row.ts";

const nullable = true;
const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable };
const plain = (kind: "BOOLEAN" | "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT"): SqlType => ({
  kind,
  nullable,
});
const floating = (kind: "FLOAT" | "DOUBLE"): SqlType => ({ kind, nullable });
const decimal = (precision: number, scale: number): SqlType => ({
  kind: "DECIMAL",
  precision,
  scale,
  nullable,
});
const timestamp = (kind: "TIMESTAMP" | "TIMESTAMP_LTZ", precision: number): SqlType => ({
  kind,
  precision,
  nullable,
});

/** Each line: type, JSON text, value or a part of the reason. */
function table(lines: readonly (readonly [SqlType, string, SqlValue | { fails: string }])[]): void {
  for (const [type, json, expected] of lines) {
    const got = readValue(type, json);
    const at = `${json} as ${type.kind}`;
    if (isFailure(expected)) {
      assert.ok(isReason(got), `${at} gave a value`);
      assert.match(got.reason, new RegExp(expected.fails), at);
    } else assert.deepEqual(got, expected, at);
  }
}

function isFailure(value: unknown): value is { fails: string } {
  return typeof value === "object" && value !== null && "fails" in value;
}

function isReason(value: unknown): value is { reason: string } {
  return typeof value === "object" && value !== null && "reason" in value;
}

test("whole numbers are taken as numbers and as text, exactly and in range", () => {
  table([
    [plain("INTEGER"), "7", 7],
    [plain("INTEGER"), "-0", 0],
    [plain("INTEGER"), '"7"', 7],
    [plain("INTEGER"), '" +7 "', 7],
    [plain("INTEGER"), '"7.0"', { fails: "^field v: '7.0' is not a INT$" }],
    [plain("INTEGER"), "2147483647", 2147483647],
    [plain("INTEGER"), "2147483648", { fails: "out of range" }],
    [plain("INTEGER"), "-2147483648", -2147483648],
    [plain("INTEGER"), "true", { fails: "not a INT" }],
    [plain("INTEGER"), "{}", { fails: "an object is not a INT" }],
    [plain("INTEGER"), "[]", { fails: "an array is not a INT" }],
    [plain("TINYINT"), "-128", -128],
    [plain("TINYINT"), "128", { fails: "out of range of TINYINT" }],
    [plain("SMALLINT"), "32767", 32767],
    [plain("SMALLINT"), "32768", { fails: "out of range" }],
    [plain("BIGINT"), "9007199254740991", 9007199254740991],
    [plain("BIGINT"), "9007199254740993", 9007199254740993n],
    [plain("BIGINT"), "-9223372036854775808", -9223372036854775808n],
    [plain("BIGINT"), "9223372036854775808", { fails: "out of range of BIGINT" }],
    [plain("BIGINT"), '"9223372036854775807"', 9223372036854775807n],
    [plain("BIGINT"), "1e3", 1000],
    [plain("BIGINT"), "null", null],
  ]);
});

test("a fraction is cut for INT and BIGINT and refused for the narrower types, as in Flink", () => {
  table([
    [plain("INTEGER"), "7.0", 7],
    [plain("INTEGER"), "7.9", 7],
    [plain("INTEGER"), "-7.9", -7],
    [plain("BIGINT"), "7.9", 7],
    [plain("SMALLINT"), "7.0", { fails: "not a SMALLINT" }],
    [plain("TINYINT"), "7.0", { fails: "not a TINYINT" }],
  ]);
});

test("floating point takes numbers, text, NaN and Infinity as text, and overflows to Infinity", () => {
  table([
    [floating("DOUBLE"), "20.5", 20.5],
    [floating("DOUBLE"), "-0.0", -0],
    [floating("DOUBLE"), "1e400", Infinity],
    [floating("DOUBLE"), "1e-400", 0],
    [floating("DOUBLE"), '" 20.5d "', 20.5],
    [floating("DOUBLE"), '"NaN"', NaN],
    [floating("DOUBLE"), '"-Infinity"', -Infinity],
    [floating("DOUBLE"), '"abc"', { fails: "^field v: 'abc' is not a DOUBLE$" }],
    [floating("DOUBLE"), '""', { fails: "not a DOUBLE" }],
    [floating("DOUBLE"), "true", { fails: "not a DOUBLE" }],
    [floating("FLOAT"), "0.1", Math.fround(0.1)],
    [floating("FLOAT"), '"0.1"', Math.fround(0.1)],
  ]);
});

test("BOOLEAN takes literals, and of other scalars the text true in any case", () => {
  table([
    [plain("BOOLEAN"), "true", true],
    [plain("BOOLEAN"), "false", false],
    [plain("BOOLEAN"), '" TRUE "', true],
    [plain("BOOLEAN"), '"yes"', false],
    [plain("BOOLEAN"), "1", false],
    [plain("BOOLEAN"), "{}", { fails: "an object is not a BOOLEAN" }],
  ]);
});

test("DECIMAL is rounded HALF_UP and becomes NULL when it does not fit", () => {
  table([
    [decimal(5, 2), "1.005", 101n],
    [decimal(5, 2), "-1.005", -101n],
    [decimal(5, 2), '"1.5"', 150n],
    [decimal(5, 2), "999.99", 99999n],
    [decimal(5, 2), "999.995", null],
    [decimal(5, 2), "1e9", null],
    [decimal(5, 2), '"x"', { fails: "not a DECIMAL" }],
    [
      decimal(38, 0),
      "12345678901234567890123456789012345678",
      12345678901234567890123456789012345678n,
    ],
  ]);
});

test("STRING takes every value: scalars as they are written, objects and arrays as compact JSON", () => {
  table([
    [STRING, '"a"', "a"],
    [STRING, "1.50", "1.50"],
    [STRING, "1e3", "1e3"],
    [STRING, "true", "true"],
    [STRING, "null", null],
    [STRING, '{ "a" : [ 1 , 2.50 , {} ] , "b" : null }', '{"a":[1,2.5,{}],"b":null}'],
    [STRING, "[1e7, 0.00001, 100.0]", "[1.0E7,1.0E-5,100.0]"],
    [STRING, '{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    [STRING, '["\\u0001\\n\\u00e9/"]', '["\\u0001\\né/"]'],
    [STRING, '{"__proto__":1}', '{"__proto__":1}'],
  ]);
});

test("timestamps take the SQL form by default, and the reason names the option for the other", () => {
  const ts = Date.UTC(2024, 1, 29, 12, 34, 56, 789);
  table([
    [timestamp("TIMESTAMP", 3), '"2024-02-29 12:34:56.789"', ts],
    [timestamp("TIMESTAMP", 3), '"2024-02-29 12:34:56"', ts - 789],
    [timestamp("TIMESTAMP", 0), '"2024-02-29 12:34:56.789"', ts],
    [
      timestamp("TIMESTAMP", 6),
      '"2024-02-29 12:34:56.123456789"',
      BigInt(ts - 789) * 1000000n + 123456000n,
    ],
    [timestamp("TIMESTAMP_LTZ", 3), '"2024-02-29 12:34:56.789Z"', ts],
    [timestamp("TIMESTAMP_LTZ", 3), '"2024-02-29 12:34:56.789"', { fails: "not a TIMESTAMP_LTZ" }],
    [
      timestamp("TIMESTAMP", 3),
      '"2024-02-29T12:34:56.789"',
      { fails: "'json.timestamp-format.standard' is 'SQL', this is 'ISO-8601'" },
    ],
    [timestamp("TIMESTAMP", 3), '"2024-13-01 00:00:00"', { fails: "not a TIMESTAMP" }],
    [timestamp("TIMESTAMP", 3), "1700000000000", { fails: "not a TIMESTAMP" }],
    // DateTimeFormatter resolves this form leniently.
    [timestamp("TIMESTAMP", 3), '"2023-02-30 24:00:00"', Date.UTC(2023, 2, 1)],
    [timestamp("TIMESTAMP", 3), '"1969-12-31 23:59:59.999"', -1],
  ]);
});

test("timestamps take the ISO form when asked to", () => {
  const iso = { "json.timestamp-format.standard": "ISO-8601" };
  const ts = Date.UTC(2024, 0, 1, 0, 0, 0, 123);
  const local = timestamp("TIMESTAMP", 3);
  const zoned = timestamp("TIMESTAMP_LTZ", 3);
  assert.equal(readValue(local, '"2024-01-01T00:00:00.123"', iso), ts);
  assert.equal(readValue(local, '"2024-01-01T00:00"', iso), ts - 123);
  assert.equal(readValue(zoned, '"2024-01-01T00:00:00.123Z"', iso), ts);
  assert.ok(isReason(readValue(zoned, '"2024-01-01T00:00:00.123"', iso)));
  assert.ok(isReason(readValue(local, '"2023-02-30T00:00:00"', iso)));
  const sql = readValue(zoned, '"2024-01-01 00:00:00Z"', iso);
  assert.ok(isReason(sql));
  assert.match(sql.reason, /is 'ISO-8601', this is 'SQL'/);
});

test("DATE, TIME and BYTES are read from text", () => {
  table([
    [{ kind: "DATE", nullable }, '"1970-01-02"', 1],
    [{ kind: "DATE", nullable }, '"2023-02-29"', { fails: "not a DATE" }],
    [{ kind: "TIME", precision: 3, nullable }, '"00:00:01.5"', 1500],
    [{ kind: "TIME", precision: 0, nullable }, '"25:00:00"', { fails: "not a TIME" }],
    [{ kind: "VARBINARY", length: MAX_LENGTH, nullable }, '"AQI="', Uint8Array.of(1, 2)],
    [{ kind: "VARBINARY", length: MAX_LENGTH, nullable }, '"!"', { fails: "BYTES" }],
    [{ kind: "VARBINARY", length: MAX_LENGTH, nullable }, "1234", { fails: "BYTES" }],
  ]);
});

test("ARRAY, MAP and ROW are read with their elements, and the reason names the inner field", () => {
  const ints: SqlType = { kind: "ARRAY", element: plain("INTEGER"), nullable };
  const map: SqlType = { kind: "MAP", key: STRING, value: floating("DOUBLE"), nullable };
  const row: SqlType = {
    kind: "ROW",
    fields: [
      { name: "a", type: plain("INTEGER") },
      { name: "b", type: ints },
    ],
    nullable,
  };
  table([
    [ints, "[1, null, 3]", [1, null, 3]],
    [ints, "[]", []],
    [ints, "[1,]", { fails: "not JSON" }],
    [ints, "{}", { fails: "^field v: not an array$" }],
    [map, '{"y": null, "x": 1, "x": 1.5}', { keys: ["x", "y"], values: [1.5, null] }],
    [row, '{"b": [1], "c": {"d": 1}}', [null, [1]]],
    [row, '{"a": "x"}', { fails: "^field v: a: 'x' is not a INT$" }],
  ]);
});
