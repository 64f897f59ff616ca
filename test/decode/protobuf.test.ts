// Protobuf: messages that protobufjs writes, profiles, damage; the rows of Flink's format are in flink-formats.test.ts.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import fc from "fast-check";
import protobuf from "protobufjs";

import { readProtobuf } from "../../src/config/protobuf-file.ts";
import type { Field } from "../../src/core/types.ts";
import { planSql } from "../../src/sql/plan-sql.ts";
import { RECEIVE_TIME_MS } from "./batch.ts";
import { survives } from "./codec-fuzz.ts";
import { PayloadRows } from "./payload-rows.ts";
import { ProfileDecoder } from "./profile-decoder.ts";

const PROTOS = join(import.meta.dirname, "..", "flink-formats");
const VIB = join(PROTOS, "vib.proto");

const root = new protobuf.Root().loadSync(VIB, { keepCase: true }).resolveAll();
const Vib = root.lookupType("acme.Vib");
const encode = (message: object): Buffer => {
  return Buffer.from(Vib.encode(Vib.fromObject(message)).finish());
};

const ALL = `device STRING, seq BIGINT, ts BIGINT, temp INT, big BIGINT, f32 INT, sf64 BIGINT, ok BOOLEAN,
  \`raw\` BYTES, state STRING, samples ARRAY<INT>, names ARRAY<STRING>, inners ARRAY<ROW<n INT, s STRING>>,
  accel ROW<rms_x FLOAT, rms_y DOUBLE>, u INT, db DOUBLE, i INT`;

function fields(columns: string): readonly Field[] {
  const plan = planSql(`CREATE TABLE t (${columns}); SELECT * FROM t;`, { file: "t.sql" });
  return plan.tables[0]?.columns ?? [];
}

const reader = (columns = ALL): PayloadRows =>
  new PayloadRows(fields(columns), {
    format: "protobuf",
    "protobuf.proto": JSON.stringify(readProtobuf(VIB, "acme.Vib")),
  });

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
/** Near the ends of each length of a varint, too. */
const long = fc.oneof(
  fc.bigInt(INT64),
  fc
    .tuple(fc.nat(62), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([bits, by, sign]) => (2n ** BigInt(bits) + BigInt(by)) * (sign ? 1n : -1n)),
);
const inner = fc.record({ n: fc.integer(INT32), s: fc.string() });
const message = fc.record({
  device: fc.string({ unit: "binary" }),
  seq: long,
  ts: long,
  temp: fc.integer(INT32),
  big: long,
  f32: fc.integer(INT32),
  sf64: long,
  ok: fc.boolean(),
  raw: fc.uint8Array(),
  state: fc.constantFrom("UNKNOWN", "RUN", "STOP"),
  samples: fc.array(fc.integer(INT32), { minLength: 1 }),
  names: fc.array(fc.string(), { minLength: 1 }),
  inners: fc.array(inner, { minLength: 1 }),
  accel: fc.record({ rms_x: fc.float(), rms_y: fc.double() }),
  u: fc.integer(INT32),
  db: fc.double(),
  i: fc.integer(INT32),
});

/** As protobufjs takes 64-bit numbers. */
function longs(value: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (typeof each !== "bigint") return [key, each];
      const text = key === "ts" ? BigInt.asUintN(64, each) : each;
      return [key, String(text)];
    }),
  );
}

describe("protobuf messages", () => {
  it("property: what protobufjs writes is read as it is", () => {
    const rows = reader();
    fc.assert(
      fc.property(message, (value) => {
        const [row, ...more] = rows.read(encode(longs(value))).rows;
        assert.equal(more.length, 0);
        const expected = {
          ...value,
          raw: Uint8Array.from(value.raw),
          accel: [value.accel.rms_x, value.accel.rms_y],
          inners: value.inners.map(({ n, s }) => [n, s]),
        };
        const actual = { ...row };
        for (const key of ["seq", "ts", "big", "sf64"]) {
          const number = actual[key] as number | bigint;
          assert.equal(typeof number === "number", Number.isSafeInteger(Number(number)));
          actual[key] = BigInt(number);
        }
        assert.deepEqual(actual, expected);
      }),
      { numRuns: 500 },
    );
  });

  it("say where they are damaged", () => {
    const bytes = encode({ device: "d1", seq: 7, accel: { rms_x: 1 } });
    const { reason, position } = reader("device STRING").read(bytes.subarray(0, 2));
    assert.equal(reason, "not protobuf: the message ends too early");
    assert.equal(position, 1);
    const wrong = reader("device STRING").read(Buffer.of(0x0a, 2, 0xc3, 0x28));
    assert.equal(wrong.reason, "not protobuf: a text is not UTF-8");
    assert.equal(wrong.position, 2);
  });

  it("survive damage and noise", () => {
    const frames = [
      encode({ device: "d1", seq: 7, accel: { rms_x: 1, deep: { n: 1, s: "x" } } }),
      encode({ samples: [1, 2, 300], names: ["a"], inners: [{ n: 1 }], counts: { a: 1 } }),
    ];
    survives(reader(), frames);
    survives(reader("seq BIGINT"), frames);
  });

  it("survive damage and noise where messages contain themselves", () => {
    const schema = JSON.stringify(readProtobuf(join(PROTOS, "tree.proto"), "acme.Tree"));
    const options = { format: "protobuf", "protobuf.proto": schema };
    const deep = "0a".repeat(3000);
    survives(new PayloadRows(fields("v INT, packed ARRAY<INT>"), options), [
      Buffer.from("0a040a021007", "hex"),
      Buffer.from("3a03010203", "hex"),
      Buffer.from(deep, "hex"),
      Buffer.from("53".repeat(3000), "hex"),
    ]);
  });
});

describe("protobuf under a device profile", () => {
  const profile = (resources: string, more = ""): ProfileDecoder =>
    new ProfileDecoder(
      `
name: p
deviceResources:
${resources}
x-gateway:
  version: 1
  match: {topic: "d/{device}"}
  codec: {type: protobuf, proto: vib.proto, message: acme.Vib}
${more}
`,
      join(PROTOS, "p.yaml"),
    );

  it("finds values by their paths, absent ones are NULL or what stands for them", () => {
    const decoder = profile(
      `
  - {name: x, attributes: {path: accel.rms_x}, properties: {valueType: Float64, scale: 10}}
  - {name: n, attributes: {path: accel.deep.n}, properties: {valueType: Int32}}
  - {name: name, attributes: {path: state}, properties: {valueType: String}}
  - {name: number, attributes: {path: state}, properties: {valueType: Int16}}
  - {name: ticks, attributes: {path: f64}, properties: {valueType: Uint64}}
  - {name: u, attributes: {path: u}, properties: {valueType: Uint32}}
  - {name: maybe, attributes: {path: maybe}, properties: {valueType: Int32}}
  - {name: left, attributes: {path: left}, properties: {valueType: Int32}}
  - {name: count, attributes: {path: counts.a}, properties: {valueType: Int32}}
  - {name: tree, attributes: {path: accel}, properties: {valueType: String}}
`,
      "  time: {path: ts, unit: ms}\n  identity: {sequence: {path: seq}}",
    );
    const { rows, dead } = decoder.decode([
      encode({
        seq: 7,
        ts: RECEIVE_TIME_MS - 5,
        accel: { rms_x: 1.5, deep: { n: 3, s: "x" } },
        state: "RUN",
        f64: "18446744073709551615",
        u: 4_294_967_295,
        maybe: 0,
        left: 4,
        counts: { a: 5, b: 6 },
      }),
      encode({ seq: 8, ts: RECEIVE_TIME_MS }),
    ]);
    assert.deepEqual(dead, []);
    const shown = rows.map(({ x, n, name, number, ticks, u, maybe, left, count, tree }) => {
      return [x, n, name, number, ticks, u, maybe, left, count, tree];
    });
    const tree = '{"rms_x":1.5,"rms_y":0,"deep":{"n":3,"s":"x"}}';
    assert.deepEqual(shown, [
      [15, 3, "RUN", 1, 18_446_744_073_709_551_615n, 4_294_967_295, 0, 4, 5, tree],
      [null, null, "UNKNOWN", 0, 0n, 0, null, null, null, null],
    ]);
    assert.deepEqual(
      rows.map(({ sequence, event_time: time }) => [sequence, time]),
      [
        [7, RECEIVE_TIME_MS - 5],
        [8, RECEIVE_TIME_MS],
      ],
    );
  });

  it("makes a row of each element", () => {
    const decoder = profile(`
  - {name: n, attributes: {path: inners.*.n}, properties: {valueType: Int32}}
  - {name: s, attributes: {path: inners.*.s}, properties: {valueType: String}}
  - {name: all, attributes: {path: samples}, properties: {valueType: String}}
`);
    const { rows } = decoder.decode([
      encode({ inners: [{ n: 1, s: "x" }, { n: 2 }], samples: [4, 5] }),
      encode({}),
    ]);
    assert.deepEqual(
      rows.map(({ n, s, all }) => [n, s, all]),
      [
        [1, "x", "[4,5]"],
        [2, "", "[4,5]"],
      ],
    );
    const scalars = profile(`
  - {name: v, attributes: {path: samples.*}, properties: {valueType: Int32}}
`);
    assert.deepEqual(scalars.values("v", encode({ samples: [4, 5] })), [4, 5]);
  });

  it("says which value does not fit, and where it stands", () => {
    const decoder = profile(`
  - {name: v, attributes: {path: device}, properties: {valueType: Float64}}
`);
    const [reason] = decoder.values("v", encode({ seq: 1, device: "x" }));
    assert.equal(reason, "0 undecodable: field v: 'x' is not a DOUBLE, at byte 0");
  });

  it("is refused where its paths lead nowhere", () => {
    const refused = (path: string, expected: RegExp): void => {
      const resource = `  - {name: v, attributes: {path: ${path}}, properties: {valueType: Int32}}`;
      assert.throws(() => profile(resource), expected);
    };
    refused("accel.rmsx", /acme\.Accel has no field rmsx/);
    refused("seq.x", /has x behind seq, which has no fields/);
    refused("seq.*", /has a \* where the schema has no array/);
    refused("inners.n", /inners is repeated/);
  });
});

describe(".proto files", () => {
  const file = (context: TestContext, text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "headrace-proto-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "a.proto");
    writeFileSync(path, text);
    return path;
  };

  it("name their messages, also as Java does", (context) => {
    const path = file(
      context,
      'syntax = "proto3"; package a.b; message M { message N { int32 x = 1; } } message N { N n = 1; }',
    );
    const name = (as: string): string | undefined => readProtobuf(path, as).messages[0]?.name;
    assert.equal(name("a.b.M"), "a.b.M");
    assert.equal(name(".a.b.M.N"), "a.b.M.N");
    assert.equal(name("com.acme.Outer$M"), "a.b.M");
    assert.equal(name("com.acme.Outer$M$N"), "a.b.M.N");
    assert.throws(() => name("com.acme.N"), /there is no message com\.acme\.N/);
    assert.throws(() => name("a.b.Mm"), { hint: /a\.b\.M/ });
  });

  it("are refused where they are not understood", (context) => {
    const refused = (text: string, expected: RegExp): void => {
      assert.throws(() => readProtobuf(file(context, text), "M"), expected);
    };
    refused("message M {", /cannot read .*a\.proto/);
    refused('syntax = "proto3"; message M { Other o = 1; }', /cannot read .*Other/);
    refused('edition = "2023"; message M { int32 x = 1; }', /is of edition 2023/);
    const proto2 = 'syntax = "proto2"; message M ';
    refused(`${proto2}{ optional group G = 1 { optional int32 x = 2; } }`, /is a group/);
    refused(`${proto2}{ optional int64 x = 1 [default = 9007199254740993]; }`, /not be exact/);
    const part = (i: number): string =>
      `message P${i} { ${Array.from({ length: 100 }, (_, k) => `int32 f${k} = ${k + 1};`).join("")} }`;
    const parts = Array.from({ length: 101 }, (_, i) => i);
    const own = parts.map((i) => `P${i} p${i} = ${i + 1};`).join("");
    const many = `syntax = "proto3"; ${parts.map(part).join("")} message M { ${own} }`;
    refused(many, /more than 10000 fields/);
    assert.throws(() => readProtobuf("none.proto", "M"), /cannot read none\.proto/);
  });
});
