// Rows as Avro records (Apache Avro 1.12, binary encoding) with the schema that Flink derives from the columns:
//
//   avro             the record alone
//   avro-confluent   behind a zero byte and the id that the registry has given to its schema. The id is not ours to
//                    know: the uplink registers the schema and puts both in when it sends the row
//
// A column that may be NULL is a union with null, which comes first. An array or map is one block.

import { avroSchemaOf } from "../core/format/avro-columns.ts";
import { confluentOptions } from "../core/format/confluent.ts";
import { FormatOptions } from "../core/format/options.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";
import type { Field, MapValue, SqlType, SqlValue } from "../core/types.ts";
import { NullKeyError } from "../core/value/row-json.ts";
import { timestampMillis } from "../core/value/timestamp.ts";
import type { TimestampValue } from "../core/value/timestamp.ts";
import type { EncoderInput, RowEncoder } from "./row-encoder.ts";
import { WireWriter } from "./wire-writer.ts";

type Write = (value: SqlValue) => void;

export class AvroEncoder implements RowEncoder {
  reason = "";
  readonly registered: RegisteredSchema | undefined;
  readonly #writer = new WireWriter();
  readonly #write: Write;

  /** Throws blame `config` for bad options, and for columns that have no Avro schema. */
  constructor(input: EncoderInput, isRegistered: boolean) {
    const { table, fields } = input;
    const { isLegacy, subject } = isRegistered ? registryOptions(input) : plainOptions(input);
    const schema = avroSchemaOf({ table, fields, isLegacy });
    this.registered = subject === undefined ? undefined : { subject, schema };
    this.#write = recordWriter(this.#writer, fields);
  }

  encode(values: readonly SqlValue[]): Uint8Array | undefined {
    this.#writer.clear();
    try {
      this.#write(values);
    } catch (error) {
      if (!(error instanceof NullKeyError)) throw error;
      this.reason = error.message;
      return undefined;
    }
    return this.#writer.view();
  }
}

interface AvroOptions {
  readonly isLegacy: boolean;
  readonly subject: string | undefined;
}

function plainOptions({ table, prefix }: EncoderInput): AvroOptions {
  const options = new FormatOptions(table, prefix);
  const isLegacy = options.choice("timestamp_mapping.legacy", ["true", "false"]) !== "false";
  const encoding = options.choice("encoding", ["binary", "json"]);
  const schema = options.text("avsc");
  // It concerns files.
  options.ignore(["codec"]);
  options.finish();
  if (encoding === "json") throw options.refuse("encoding", "'json' is not built", "Use binary.");
  if (schema !== undefined) {
    throw options.refuse(
      "avsc",
      "is for reading",
      "What is written has the schema of the columns.",
    );
  }
  return { isLegacy, subject: undefined };
}

function registryOptions({ table, prefix, topic, part }: EncoderInput): AvroOptions {
  const { isLegacy, subject } = confluentOptions(table, prefix);
  // What Flink's Kafka connector names it by default.
  return { isLegacy, subject: subject ?? `${topic}-${part}` };
}

function recordWriter(writer: WireWriter, fields: readonly Field[]): Write {
  const writers = fields.map(({ type }) => nullableWriter(writer, type));
  return (value) => {
    const values = value as readonly SqlValue[];
    for (let i = 0; i < writers.length; i++) (writers[i] as Write)(values[i] ?? null);
  };
}

const NULL_BRANCH = 0;
const VALUE_BRANCH = 1;

function nullableWriter(writer: WireWriter, type: SqlType): Write {
  const write = valueWriter(writer, type);
  if (!type.nullable) return write;
  return (value) => {
    writer.zigzag(value === null ? NULL_BRANCH : VALUE_BRANCH);
    if (value !== null) write(value);
  };
}

function valueWriter(writer: WireWriter, type: SqlType): Write {
  switch (type.kind) {
    case "BOOLEAN":
      return (value) => writer.byte(Number(value));
    case "BIGINT":
      return (value) => writer.zigzag64(value as number | bigint);
    case "FLOAT":
      return (value) => writer.float32(value as number);
    case "DOUBLE":
      return (value) => writer.float64(value as number);
    case "CHAR":
    case "VARCHAR":
      return (value) => writeBytes(writer, Buffer.from(value as string));
    case "BINARY":
    case "VARBINARY":
      return (value) => writeBytes(writer, value as Uint8Array);
    case "DECIMAL":
      return (value) => writeBytes(writer, twosComplement(value as bigint));
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (value) => writer.zigzag64(timestampMillis(value as TimestampValue));
    case "ARRAY": {
      const write = nullableWriter(writer, type.element);
      return (value) => {
        const values = value as readonly SqlValue[];
        if (values.length > 0) writer.zigzag64(values.length);
        for (const each of values) write(each);
        writer.byte(0);
      };
    }
    case "MAP":
      return mapWriter(writer, nullableWriter(writer, type.value));
    case "MULTISET":
      return mapWriter(writer, nullableWriter(writer, { kind: "INTEGER", nullable: true }));
    case "ROW":
      return recordWriter(writer, type.fields);
    default:
      // The integers, DATE (days) and TIME (milliseconds).
      return (value) => writer.zigzag(value as number);
  }
}

function mapWriter(writer: WireWriter, write: Write): Write {
  return (value) => {
    const { keys, values } = value as MapValue;
    if (keys.length > 0) writer.zigzag64(keys.length);
    for (const [i, key] of keys.entries()) {
      if (key === null) throw new NullKeyError("a map has the key NULL");
      writeBytes(writer, Buffer.from(key as string));
      write(values[i] ?? null);
    }
    writer.byte(0);
  };
}

function writeBytes(writer: WireWriter, bytes: Uint8Array): void {
  writer.zigzag64(bytes.length);
  writer.raw(bytes);
}

/** Big-endian, as few bytes as hold the sign. */
function twosComplement(value: bigint): Uint8Array {
  const bits = (value < 0n ? ~value : value).toString(2).length + (value === 0n ? 0 : 1);
  const bytes = Math.max(1, Math.ceil(bits / 8));
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, "0"), "hex");
}
