// Avro: schemas, and records that avsc writes; the rows of Flink's formats are in flink-formats.test.ts.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import avsc from "avsc";
import fc from "fast-check";

import { MAX_LENGTH } from "../../src/core/types.ts";
import type { Field, SqlType } from "../../src/core/types.ts";
import { RECEIVE_TIME_MS } from "./batch.ts";
import { survives } from "./codec-fuzz.ts";
import { PayloadRows } from "./payload-rows.ts";
import { ProfileDecoder } from "./profile-decoder.ts";

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const type = (kind: "BOOLEAN" | "INTEGER" | "BIGINT" | "FLOAT" | "DOUBLE"): SqlType => ({
  kind,
  nullable: true,
});

const SCHEMA = {
  type: "record",
  name: "Reading",
  namespace: "acme",
  fields: [
    { name: "device", type: "string" },
    { name: "seq", type: "long" },
    { name: "ts", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "state", type: { type: "enum", name: "State", symbols: ["OFF", "RUN"] } },
    { name: "temperature", type: ["null", "double"], default: null },
    {
      name: "accel",
      type: {
        type: "record",
        name: "Accel",
        fields: [
          { name: "x", type: "float" },
          { name: "y", type: "float" },
        ],
      },
    },
    { name: "raw", type: { type: "fixed", name: "Four", size: 4 } },
    { name: "tags", type: { type: "map", values: "string" } },
    {
      name: "samples",
      type: { type: "array", items: { type: "record", name: "Sample", fields: SAMPLE_FIELDS() } },
    },
  ],
} as const;

function SAMPLE_FIELDS(): { name: string; type: string }[] {
  return [
    { name: "dt", type: "int" },
    { name: "v", type: "double" },
  ];
}

const avro = avsc.Type.forSchema(SCHEMA as unknown as avsc.Schema);
const READING = {
  device: "d1",
  seq: 7,
  ts: RECEIVE_TIME_MS - 5,
  state: "RUN",
  temperature: 21.5,
  accel: { x: 1.5, y: -2 },
  raw: Buffer.from([1, 2, 3, 4]),
  tags: { site: "north" },
  samples: [
    { dt: 0, v: 1.5 },
    { dt: 100, v: 2.5 },
  ],
};

const FIELDS: readonly Field[] = [
  { name: "device", type: STRING },
  { name: "seq", type: type("BIGINT") },
  { name: "temperature", type: type("DOUBLE") },
  {
    name: "accel",
    type: { kind: "ROW", fields: [{ name: "y", type: type("FLOAT") }], nullable: true },
  },
  { name: "tags", type: { kind: "MAP", key: STRING, value: STRING, nullable: true } },
];

const reader = (fields: readonly Field[] = FIELDS): PayloadRows =>
  new PayloadRows(fields, { format: "avro", "avro.avsc": JSON.stringify(SCHEMA) });

describe("Avro records", () => {
  it("that avsc writes are read, unwanted fields passed over", () => {
    assert.deepEqual(reader().read(avro.toBuffer(READING)).rows, [
      {
        device: "d1",
        seq: 7,
        temperature: 21.5,
        accel: [-2],
        tags: { keys: ["site"], values: ["north"] },
      },
    ]);
    const none = { ...READING, temperature: null, samples: [], tags: {} };
    const [row] = reader(FIELDS.slice(2, 3)).read(avro.toBuffer(none)).rows;
    assert.deepEqual(row, { temperature: null });
  });

  it("say where they are damaged", () => {
    const bytes = avro.toBuffer(READING);
    const { reason, position } = reader().read(bytes.subarray(0, 2));
    assert.equal(reason, "not Avro: field device: the message ends too early");
    assert.equal(position, 1);
    assert.match(reader().read(bytes.subarray(0, -3)).reason, /^not Avro: /);
    const wrong = new PayloadRows([{ name: "seq", type: type("INTEGER") }], {
      format: "avro",
      "avro.avsc": JSON.stringify(SCHEMA),
    });
    assert.equal(
      wrong.read(bytes).reason,
      "field seq: the schema has long where the column is INT",
    );
  });

  it("property: longs of all sizes are those of avsc, and exact", () => {
    // oxlint-disable-next-line no-underscore-dangle -- avsc names it so
    const long = avsc.types.LongType.__with({
      fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
      toBuffer: (value: bigint) => {
        const buffer = Buffer.alloc(8);
        buffer.writeBigInt64LE(value);
        return buffer;
      },
      fromJSON: BigInt,
      toJSON: Number,
      isValid: (value: unknown) => typeof value === "bigint",
      compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
    });
    const schema = { type: "record", name: "L", fields: [{ name: "v", type: "long" }] };
    const own = avsc.Type.forSchema(schema as avsc.Schema, { registry: { long } });
    const rows = new PayloadRows([{ name: "v", type: type("BIGINT") }], {
      format: "avro",
      "avro.avsc": JSON.stringify(schema),
    });
    const exact = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const edges = fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
      .map(([bits, by, negative]) =>
        BigInt.asIntN(64, (negative ? -1n : 1n) * (2n ** BigInt(bits) + BigInt(by))),
      );
    fc.assert(
      fc.property(fc.oneof(exact, edges), (v) => {
        const [row] = rows.read(own.toBuffer({ v })).rows;
        const value = row?.["v"] as number | bigint;
        assert.equal(BigInt(value), v);
        assert.equal(typeof value === "number", Number.isSafeInteger(Number(v)));
      }),
      { numRuns: 3000 },
    );
  });

  it("survive damage and noise", () => {
    const frames = [avro.toBuffer(READING), avro.toBuffer({ ...READING, samples: [] })];
    survives(reader(), frames);
    survives(reader(FIELDS.slice(1, 2)), frames);
  });
});

describe("Avro under a device profile", () => {
  const profile = (
    context: TestContext,
    resources: string,
    time = "{path: ts}",
  ): ProfileDecoder => {
    const folder = mkdtempSync(join(tmpdir(), "headrace-avro-"));
    context.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "reading.avsc"), JSON.stringify(SCHEMA));
    return new ProfileDecoder(
      `
name: p
deviceResources:
${resources}
x-gateway:
  version: 1
  match: {topic: "d/{device}"}
  codec: {type: avro, schema: reading.avsc}
  time: ${time}
  identity: {sequence: {path: seq}}
`,
      join(folder, "p.yaml"),
    );
  };

  it("finds values by their paths", (context) => {
    const { rows, dead } = profile(
      context,
      `
  - {name: t, attributes: {path: temperature}, properties: {valueType: Float32, scale: 10}}
  - {name: y, attributes: {path: accel.y}, properties: {valueType: Float64}}
  - {name: state, attributes: {path: state}, properties: {valueType: String}}
  - {name: site, attributes: {path: tags.site}, properties: {valueType: String}}
`,
    ).decode([avro.toBuffer(READING)]);
    assert.deepEqual(dead, []);
    assert.deepEqual(
      rows.map(({ t, y, state, site }) => [t, y, state, site]),
      [[215, -2, "RUN", "north"]],
    );
    assert.deepEqual(
      rows.map(({ sequence, event_time: time }) => [sequence, time]),
      [[7, RECEIVE_TIME_MS - 5]],
    );
  });

  it("makes a row of each element", (context) => {
    const { rows } = profile(
      context,
      "  - {name: v, attributes: {path: samples.*.v}, properties: {valueType: Float64}}",
      "{path: samples.*.dt, base: {path: ts}, unit: ms, maxFuture: 1m}",
    ).decode([avro.toBuffer(READING)]);
    assert.deepEqual(
      rows.map(({ v, sequence, event_time }) => [v, sequence, event_time]),
      [
        [1.5, 7, RECEIVE_TIME_MS - 5],
        [2.5, 7, RECEIVE_TIME_MS + 95],
      ],
    );
  });

  it("is refused where its paths lead nowhere", (context) => {
    const refused = (path: string, expected: RegExp): void => {
      const resource = `  - {name: v, attributes: {path: ${path}}, properties: {valueType: Int32}}`;
      assert.throws(() => profile(context, resource), expected);
    };
    refused("accel.z", /acme\.Accel has no field z/);
    refused("temperature.x", /has x behind double, which has no fields/);
    refused("seq.*", /has a \* where the schema has no array/);
  });

  it("is refused where its schema cannot be read", () => {
    const text = `
name: p
deviceResources: [{name: v, attributes: {path: v}, properties: {valueType: Float64}}]
x-gateway: {version: 1, match: {topic: "d/{device}"}, codec: {type: avro, schema: none.avsc}}
`;
    assert.throws(() => new ProfileDecoder(text), /cannot read none\.avsc/);
  });
});
