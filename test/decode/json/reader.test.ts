import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { JSON_DEPTH } from "../../../src/core/limits.ts";
import { MAX_LENGTH } from "../../../src/core/types.ts";
import type { Field, SqlType } from "../../../src/core/types.ts";
import { rowReader } from "./read-row.ts";

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };
const BIGINT: SqlType = { kind: "BIGINT", nullable: true };
const BOOLEAN: SqlType = { kind: "BOOLEAN", nullable: true };
const FIELDS: readonly Field[] = [
  { name: "device", type: STRING },
  { name: "seq", type: BIGINT },
  { name: "temperature", type: DOUBLE },
  { name: "on", type: BOOLEAN },
];
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));
const NULLS = { device: null, seq: null, temperature: null, on: null };

function reasonOf(payload: string | Uint8Array, fields: readonly Field[] = FIELDS): string {
  const row = rowReader(fields)(payload);
  assert.ok("reason" in row, `${String(payload)} gave a row`);
  return row["reason"] as string;
}

test("fields are found by name in any order, missing ones are NULL, unknown ones are ignored", () => {
  const read = rowReader(FIELDS);
  const row = { device: "a", seq: 1, temperature: 20.5, on: true };
  assert.deepEqual(read('{"device":"a","seq":1,"temperature":20.5,"on":true}'), row);
  assert.deepEqual(read('{"on":true,"temperature":20.5,"seq":1,"device":"a"}'), row);
  assert.deepEqual(read(' \t\r\n{ "x" : {"device":[{}]} , "seq" : 1 } '), { ...NULLS, seq: 1 });
  assert.deepEqual(read("{}"), NULLS);
});

test("of duplicate keys the last one wins", () => {
  const read = rowReader(FIELDS);
  assert.deepEqual(read('{"seq":1,"seq":2,"device":"a","seq":null}'), { ...NULLS, device: "a" });
  assert.deepEqual(read('{"seq":1,"seq":12345678901234567}'), {
    ...NULLS,
    seq: 12345678901234567n,
  });
});

test("__proto__ and constructor are keys like any other", () => {
  const read = rowReader([{ name: "__proto__", type: DOUBLE }, ...FIELDS]);
  const row = read('{"__proto__":1,"constructor":{"prototype":{"seq":3}},"seq":2}');
  assert.equal(Object.getOwnPropertyDescriptor(row, "__proto__")?.value, 1);
  assert.equal(row["seq"], 2);
  assert.equal(({} as Record<string, unknown>)["seq"], undefined);
});

test("a changed order of keys is learnt, and results never depend on what was learnt", () => {
  const read = rowReader(FIELDS);
  for (let i = 0; i < 40; i++) {
    const members = [`"seq":${i}`, `"device":"d${i % 3}"`, `"temperature":${i}.5`];
    if (i % 7 > 3) members.reverse();
    if (i % 5 === 0) members.splice(1, 0, '"extra":[1,2]');
    assert.deepEqual(read(`{${members.join(",")}}`), {
      device: `d${i % 3}`,
      seq: i,
      temperature: i + 0.5,
      on: null,
    });
  }
});

test("what is not a JSON object has a reason that says so", () => {
  assert.equal(reasonOf(""), "not JSON: empty payload");
  assert.equal(reasonOf("  "), "not JSON: empty payload");
  assert.equal(reasonOf("[1]"), "an element of the array is not a JSON object");
  assert.equal(reasonOf("42"), "the payload is not a JSON object");
  assert.equal(reasonOf("temperature=1"), 'not JSON: unexpected "t"');
  assert.equal(reasonOf('{"seq":1'), "not JSON: unexpected end");
  assert.equal(reasonOf('{"seq" 1}'), 'not JSON: unexpected "1"');
  assert.equal(reasonOf('{"seq":1 "on":true}'), 'not JSON: unexpected """');
  assert.equal(reasonOf('{"seq":1,}'), 'not JSON: unexpected "}"');
  assert.equal(reasonOf("{seq:1}"), 'not JSON: unexpected "s"');
  assert.equal(reasonOf('{"seq":tru}'), 'not JSON: unexpected "t"');
  assert.equal(reasonOf('{"device":"abc'), "not JSON: a string does not end");
  assert.equal(reasonOf('{"device":"a\\x"}'), "not JSON: an escape that JSON does not have");
  assert.equal(reasonOf('{"other":"a\\u12g4"}'), "not JSON: an escape that JSON does not have");
});

test("numbers follow JSON's grammar", () => {
  for (const bad of [
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1.e3",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "-Infinity",
  ]) {
    assert.match(reasonOf(`{"temperature":${bad}}`), /^not JSON: /, bad);
    assert.match(reasonOf(`{"unknown":${bad}}`), /^not JSON: /, bad);
  }
  assert.match(reasonOf(`{"temperature":${"9".repeat(1001)}}`), /more than 1000 characters/);
});

test("bytes that are not UTF-8 are refused, in wanted and unwanted strings and in keys", () => {
  for (const bad of [[0xff], [0xc3], [0xe2, 0x82], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
    for (const [head, tail] of [
      ['{"device":"', '"}'],
      ['{"other":"', '"}'],
      ['{"', '":1}'],
      ['{"device":"a\\n', '"}'],
    ] as const) {
      const payload = Buffer.concat([Buffer.from(head), Buffer.from(bad), Buffer.from(tail)]);
      assert.equal(reasonOf(payload), "not JSON: a string is not UTF-8");
    }
  }
});

test("control characters may stand in strings, as Flink allows", () => {
  assert.deepEqual(rowReader(FIELDS)('{"device":"a\u0001\n"}'), { ...NULLS, device: "a\u0001\n" });
});

test("a byte order mark and what follows the object are passed over, as in Flink", () => {
  const read = rowReader(FIELDS);
  assert.deepEqual(read('\ufeff{"seq":1}'), { ...NULLS, seq: 1 });
  assert.deepEqual(read('{"seq":1} trailing }{'), { ...NULLS, seq: 1 });
});

test("nesting beyond the limit is refused without exhausting the stack", () => {
  const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const read = rowReader(FIELDS);
  assert.deepEqual(read(`{"other":${nested(JSON_DEPTH - 1)}}`), NULLS);
  assert.equal(reasonOf(`{"other":${nested(100_000)}}`), "not JSON: nested deeper than 1000");
  assert.equal(reasonOf(`{"device":${nested(100_000)}}`), "not JSON: nested deeper than 1000");
  assert.equal(
    reasonOf(`{"device":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`),
    "not JSON: nested deeper than 1000",
  );
});

test("json.ignore-parse-errors makes a bad field NULL and keeps the row", () => {
  const read = rowReader(FIELDS, { "json.ignore-parse-errors": "true" });
  assert.deepEqual(read('{"seq":"x","temperature":{"a":[1]},"device":"a"}'), {
    ...NULLS,
    device: "a",
  });
  assert.deepEqual(read('{"seq":1,"seq":"x"}'), NULLS);
  assert.ok("reason" in read('{"seq":1,'));
});

test("property: numbers give the double that JSON.parse gives", () => {
  const digits = (min: number, max: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...DIGITS), minLength: min, maxLength: max });
  const text = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.oneof(
        fc.constant("0"),
        fc.tuple(fc.constantFrom(...DIGITS.slice(1)), digits(0, 24)).map((p) => p.join("")),
      ),
      fc.option(digits(1, 24), { nil: undefined }),
      fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "e-"), digits(1, 3)), { nil: undefined }),
    )
    .map(([sign, whole, part, exponent]) =>
      [sign, whole, part === undefined ? "" : `.${part}`, ...(exponent ?? [])].join(""),
    );
  const read = rowReader(FIELDS);
  fc.assert(
    fc.property(
      fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
      (number) => {
        assert.equal(read(`{"temperature":${number}}`)["temperature"], JSON.parse(number));
      },
    ),
    { numRuns: 5000 },
  );
});

test("property: any JSON object is read as JSON.parse reads it", () => {
  const read = rowReader(FIELDS);
  const member = fc.tuple(
    fc.oneof(fc.constantFrom("device", "temperature", "on", "seq", "\u00e9"), fc.string()),
    fc.jsonValue({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(fc.array(member), fc.constantFrom(0, 1), (members, indent) => {
      const value = Object.fromEntries(
        members.filter(([key, v]) => key !== "__proto__" && matches(key, v)),
      );
      const text = JSON.stringify(value, null, indent);
      const row = read(text);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      for (const { name } of FIELDS) {
        if (name !== "seq") assert.deepEqual(row[name], parsed[name] ?? null, text);
      }
    }),
    { numRuns: 2000 },
  );
});

test("property: truncated or altered messages give a reason or a row, never an exception", () => {
  const read = rowReader(FIELDS);
  const whole = Buffer.from(
    '{"device":"dev \\u00e9\\n 1","seq":12,"temperature":-2.5e1,"on":false,"x":{"y":[1,null]}}',
  );
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.nat(whole.length - 1),
      fc.integer({ min: 0, max: 255 }),
      (length, at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const row = read(damaged.subarray(0, length));
        if (length < whole.length - 1) assert.ok("reason" in row || damaged[at] === 0x7d);
      },
    ),
    { numRuns: 5000 },
  );
});

/** Values whose column takes them unchanged; others are the matter of convert.test.ts. */
function matches(key: string, value: unknown): boolean {
  if (key === "device") return typeof value === "string" || value === null;
  if (key === "temperature") return typeof value === "number" || value === null;
  if (key === "on") return typeof value === "boolean" || value === null;
  return key !== "seq" || value === null;
}
