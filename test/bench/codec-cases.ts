// The cases of the codec bench: the same measurements in every format, of which five of seven fields are read.

import { join } from "node:path";

import avsc from "avsc";
import { encode as encodeCbor } from "cborg";
import { pack as packMsgpack } from "msgpackr";
import protobuf from "protobufjs";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { readProtobuf } from "../../src/config/protobuf-file.ts";
import type { Field } from "../../src/core/types.ts";
import { checksumFunction } from "../../src/decode/binary/checksum.ts";
import type { TableInput } from "../../src/decode/table-decoder.ts";
import { planSql } from "../../src/sql/plan-sql.ts";
import type { Bound } from "./report.ts";

/** A measurement. */
export interface Telemetry {
  readonly device: string;
  readonly seq: number;
  readonly ts: number;
  readonly temperature: number;
  readonly vibration: number;
  readonly status: string;
  readonly rssi: number;
}

export interface CodecCase {
  readonly name: string;
  readonly bounds: Readonly<Record<string, Bound>>;
  readonly input: TableInput;
  readonly payload: (of: Telemetry) => string | Uint8Array;
}

const PROTO = join(import.meta.dirname, "telemetry.proto");
const COLUMNS =
  "device STRING, seq BIGINT, ts BIGINT, temperature DOUBLE, vibration DOUBLE, status STRING, rssi INT";

/** The columns of every table here. */
export const FIELDS: readonly Field[] = fieldsOf(COLUMNS);
const MEASUREMENT = [0, 1, 2, 3, 4];

function fieldsOf(columns: string): readonly Field[] {
  const plan = planSql(`CREATE TABLE t (${columns}); SELECT * FROM t;`, { file: "bench.sql" });
  return (plan.tables[0]?.columns ?? []).map(({ name, type }) => ({ name, type }));
}

function tableOf(
  format: string,
  options: Readonly<Record<string, string>> = {},
  fields: readonly Field[] = FIELDS,
): TableInput {
  const columns = fields.map(({ name, type }) => {
    return { name, type, source: { kind: "physical" } } as const;
  });
  const table = { name: format, columns, options: { topic: "bench/+/t", format, ...options } };
  return { table, required: MEASUREMENT.filter((index) => index < fields.length) };
}

/** Measurements by a device profile: `resources` and the rest of `x-gateway` as YAML. */
function profileOf(resources: string, gateway: string, read: readonly string[]): TableInput {
  const text = `
name: measurements
deviceResources:
${resources}
x-gateway:
  version: 1
  match: {topic: "bench/{device}/t"}
  ${gateway}
`;
  const profile = parseProfile(text, "bench.yaml");
  const table = profileTable(profile);
  const required = read.map((name) => table.columns.findIndex((column) => column.name === name));
  return { table, required, profile: profileDecoding(profile) };
}

/** A frame of 20 bytes: seq, ts, temperature, vibration, rssi, a flag byte, CRC. */
function binary(check: string): TableInput {
  const resources = `
  - {name: seq, attributes: {at: 0, as: u16be}, properties: {valueType: Int32}}
  - {name: ts, attributes: {at: 2, as: u64be}, properties: {valueType: Int64}}
  - {name: temperature, attributes: {at: 10, as: i16be}, properties: {valueType: Float64, scale: 0.01}}
  - {name: vibration, attributes: {at: 12, as: u32be}, properties: {valueType: Float64, scale: 0.0001}}
  - {name: running, attributes: {at: 17, as: u8, bit: 0}, properties: {valueType: Bool}}
`;
  const codec = `codec: {type: binary, minLength: 20${check}}`;
  return profileOf(resources, codec, ["seq", "ts", "temperature", "vibration", "running"]);
}

/** JSON by a profile, of which five fields are read. `gateway`: more keys. */
function jsonProfile(gateway: string, more: readonly string[] = []): TableInput {
  const resources = `
  - {name: temperature, attributes: {pointer: /temperature}, properties: {valueType: Float64, minimum: 0, maximum: 100}}
  - {name: vibration, attributes: {pointer: /vibration}, properties: {valueType: Float64, minimum: 0, maximum: 100}}
  - {name: status, attributes: {pointer: /status}, properties: {valueType: String}}
`;
  const read = ["device", "sequence", "temperature", "vibration", "status", ...more];
  return profileOf(
    resources,
    `codec: {type: json}\n  identity: {sequence: {pointer: /seq}}\n  ${gateway}`,
    read,
  );
}

const crc = checksumFunction("crc16/modbus");

function frame({ seq, ts, temperature, vibration, rssi }: Telemetry): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16BE(seq, 0);
  bytes.writeBigUInt64BE(BigInt(ts), 2);
  bytes.writeInt16BE(Math.round(temperature * 100), 10);
  bytes.writeUInt32BE(Math.round(vibration * 10_000), 12);
  bytes.writeInt8(rssi, 16);
  bytes.writeUInt8(1, 17);
  bytes.writeUInt16LE(crc.compute(bytes, 0, 18), 18);
  return bytes;
}

const nullable = (type: string): string[] => ["null", type];
const avroType = avsc.Type.forSchema({
  type: "record",
  name: "record",
  fields: [
    { name: "device", type: nullable("string") },
    { name: "seq", type: nullable("long") },
    { name: "ts", type: nullable("long") },
    { name: "temperature", type: nullable("double") },
    { name: "vibration", type: nullable("double") },
    { name: "status", type: nullable("string") },
    { name: "rssi", type: nullable("int") },
  ],
});
const protoType = new protobuf.Root().loadSync(PROTO).lookupType("bench.Telemetry");

/** As a sensor would pack it: the device as base name, each quantity a record. */
function senml({ device, ts, temperature, vibration }: Telemetry): string {
  return JSON.stringify([
    { bn: `${device}/`, bt: ts / 1000, n: "temperature", u: "Cel", v: temperature },
    { n: "vibration", u: "mm/s", v: vibration },
  ]);
}

export const PROTOBUF: Readonly<Record<string, string>> = {
  "protobuf.proto": JSON.stringify(readProtobuf(PROTO, "bench.Telemetry")),
};

const values = (of: Telemetry): unknown[] => FIELDS.map(({ name }) => of[name as keyof Telemetry]);

/** Microseconds of CPU per message. */
const atMost = (max: number): Readonly<Record<string, Bound>> => ({ us_per_message: { max } });

export const DECODE_CASES: readonly CodecCase[] = [
  { name: "json", bounds: atMost(1.2), input: tableOf("json"), payload: JSON.stringify },
  {
    name: "json profile",
    bounds: atMost(1.2),
    input: jsonProfile("time: {pointer: /ts}"),
    payload: JSON.stringify,
  },
  {
    // By receive time, which does not go back when the same batches come again.
    name: "json judged",
    bounds: {},
    input: jsonProfile("quality: {stuckFor: 15m, silentFor: 2m}", ["quality"]),
    payload: JSON.stringify,
  },
  { name: "binary", bounds: atMost(0.3), input: binary(""), payload: frame },
  {
    name: "binary+crc16",
    bounds: {},
    input: binary(", check: {crc16: {kind: modbus, at: -2}}"),
    payload: frame,
  },
  {
    name: "protobuf",
    bounds: atMost(1.5),
    input: tableOf("protobuf", PROTOBUF),
    payload: (of) => protoType.encode(protoType.fromObject(of)).finish(),
  },
  {
    name: "avro",
    bounds: {},
    input: tableOf("avro"),
    payload: (of) => avroType.toBuffer(of),
  },
  { name: "cbor", bounds: {}, input: tableOf("cbor"), payload: encodeCbor },
  { name: "msgpack", bounds: {}, input: tableOf("msgpack"), payload: packMsgpack },
  { name: "csv", bounds: {}, input: tableOf("csv"), payload: (of) => values(of).join(",") },
  {
    name: "senml",
    bounds: {},
    input: tableOf("senml", {}, fieldsOf("n STRING, v DOUBLE, t DOUBLE, u STRING")),
    payload: senml,
  },
  {
    name: "raw",
    bounds: {},
    input: tableOf("raw", {}, fieldsOf("`line` STRING")),
    payload: (of) => values(of).join(" "),
  },
];
