// Avro values as SQL values, as Flink's avro formats read them: the reader's schema is what Flink derives from the
// columns, the writer's is resolved against it by Avro's rules ("Schema Resolution"). Confirmed by running Flink 2.3.
//
//   BOOLEAN boolean    TINYINT SMALLINT INT int (the first two wrap)     BIGINT int long     FLOAT int long float
//   DOUBLE any number  STRING string bytes   BYTES bytes string          DATE int            TIME int (ms)
//   TIMESTAMP(0..3) long: milliseconds       DECIMAL bytes: the unscaled number, NULL when too large
//   ARRAY array        MAP map (text keys)   MULTISET map to int         ROW record: fields by name, missing ones NULL
//
// Where the schemas do not fit, reading fails at that value, and not before: of a union only the branch that is there
// must fit. Deviations, where Flink 2.3 gives wrong values: a decimal written with another scale is rescaled, and times
// written in microseconds are.

import { avroTypeName } from "../../core/format/avro-schema.ts";
import type { AvroType } from "../../core/format/avro-schema.ts";
import { ROWS_PER_MESSAGE } from "../../core/limits.ts";
import { MAX_LENGTH } from "../../core/types.ts";
import type { Field, SqlType, SqlValue } from "../../core/types.ts";
import { toShape } from "../../core/value/decimal.ts";
import { mapMaker } from "../map-value.ts";
import { typeName } from "../payload-convert.ts";
import type { AvroCursor } from "./cursor.ts";
import { avroSkip, leastBytes } from "./skip.ts";

export type AvroReader<T> = (cursor: AvroCursor) => T;

/** The reader of values written as `writer` into a column of `type`. */
export function avroSqlReader(writer: AvroType, type: SqlType): AvroReader<SqlValue> {
  if (writer.type === "union") {
    const branches = writer.branches.map((branch) => avroSqlReader(branch, type));
    return (cursor) => {
      const read = branches[cursor.int()];
      if (read !== undefined) return read(cursor);
      cursor.fail("a branch that its union does not have");
      return null;
    };
  }
  if (writer.type === "null" && type.nullable) return () => null;
  return readerOf(writer, type) ?? mismatch(writer, type);
}

function mismatch(writer: AvroType, type: SqlType): AvroReader<SqlValue> {
  const reason = `the schema has ${avroTypeName(writer)} where the column is ${typeName(type)}`;
  return (cursor) => {
    cursor.refuse(reason, cursor.pos);
    return null;
  };
}

/** undefined: the writer's type does not go into the column. */
function readerOf(writer: AvroType, type: SqlType): AvroReader<SqlValue> | undefined {
  const { type: written } = writer;
  switch (type.kind) {
    case "BOOLEAN":
      return written === "boolean" ? (cursor) => cursor.boolean() : undefined;
    case "TINYINT":
      return written === "int" ? (cursor) => (cursor.int() << 24) >> 24 : undefined;
    case "SMALLINT":
      return written === "int" ? (cursor) => (cursor.int() << 16) >> 16 : undefined;
    case "INTEGER":
    case "DATE":
    case "TIME":
      return written === "int" ? (cursor) => cursor.int() : undefined;
    case "BIGINT":
      return long(written);
    case "FLOAT":
      return number(written, false);
    case "DOUBLE":
      return number(written, true);
    case "CHAR":
    case "VARCHAR":
      return isText(written) ? (cursor) => cursor.string() : undefined;
    case "BINARY":
    case "VARBINARY":
      return isText(written) ? (cursor) => cursor.bytesValue() : undefined;
    case "DECIMAL":
      return written === "bytes" ? decimal(writer, type) : undefined;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3 ? timestamp(writer) : undefined;
    case "ARRAY":
      return writer.type === "array" ? array(writer.items, type.element) : undefined;
    case "MAP":
      return writer.type === "map" ? map(writer.values, type.value) : undefined;
    case "MULTISET":
      return writer.type === "map" ? map(writer.values, COUNT) : undefined;
    case "ROW":
      return writer.type === "record" ? record(writer, type.fields) : undefined;
    default:
      return undefined;
  }
}

const COUNT: SqlType = { kind: "INTEGER", nullable: true };

function isText(written: string): boolean {
  return written === "string" || written === "bytes";
}

function long(written: string): AvroReader<SqlValue> | undefined {
  if (written === "int") return (cursor) => cursor.int();
  return written === "long" ? (cursor) => cursor.long() : undefined;
}

function number(written: string, isDouble: boolean): AvroReader<SqlValue> | undefined {
  const round = isDouble ? (value: number): number => value : Math.fround;
  switch (written) {
    case "int":
      return (cursor) => round(cursor.int());
    case "long":
      return (cursor) => round(Number(cursor.long()));
    case "float":
      return (cursor) => cursor.float32(true);
    case "double":
      return isDouble ? (cursor) => cursor.float64(true) : undefined;
    default:
      return undefined;
  }
}

function decimal(
  writer: AvroType,
  type: Extract<SqlType, { kind: "DECIMAL" }>,
): AvroReader<SqlValue> {
  const logical = "logical" in writer ? writer.logical : undefined;
  const scale = logical?.name === "decimal" ? logical.scale : type.scale;
  return (cursor) => {
    const unscaled = avroInteger(cursor, cursor.size());
    return unscaled === undefined ? null : toShape(unscaled, scale, type);
  };
}

/** Longer ones are no decimal of any column, and would cost time in their square. */
const MAX_DECIMAL_BYTES = 64;

/** A big-endian two's-complement number of `length` bytes; undefined with a failure. */
export function avroInteger(cursor: AvroCursor, length: number): bigint | undefined {
  if (length === 0 || length > MAX_DECIMAL_BYTES) cursor.fail(`a decimal of ${length} bytes`);
  const at = cursor.take(length);
  if (cursor.failed) return undefined;
  const hex = cursor.bytes.toString("hex", at, cursor.pos);
  return BigInt.asIntN(8 * length, BigInt(`0x${hex}`));
}

function timestamp(writer: AvroType): AvroReader<SqlValue> | undefined {
  if (writer.type !== "long") return undefined;
  const perMs = unitsPerMs(writer.logical?.name);
  return (cursor) => {
    const value = cursor.long();
    if (perMs === 1) return Number(value);
    return Number(typeof value === "bigint" ? value / BigInt(perMs) : Math.floor(value / perMs));
  };
}

/** How fine a logical type counts. */
export function unitsPerMs(logical: string | undefined): number {
  if (logical?.endsWith("-micros") === true) return 1000;
  return logical?.endsWith("-nanos") === true ? 1_000_000 : 1;
}

function array(items: AvroType, element: SqlType): AvroReader<SqlValue> {
  const read = avroSqlReader(items, element);
  const least = leastBytes(items);
  return (cursor) => {
    const values: SqlValue[] = [];
    for (let count = cursor.block(least, ROWS_PER_MESSAGE); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) values.push(read(cursor));
      count = cursor.failed ? 0 : cursor.block(least, ROWS_PER_MESSAGE);
    }
    return values;
  };
}

const TEXT: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: false };

function map(values: AvroType, type: SqlType): AvroReader<SqlValue> {
  const read = avroSqlReader(values, type);
  const make = mapMaker(TEXT);
  return (cursor) => {
    const members = new Map<SqlValue, SqlValue>();
    for (let count = cursor.block(1, 0); count > 0;) {
      for (let i = 0; i < count && !cursor.failed; i++) {
        const key = cursor.string();
        members.set(key, read(cursor));
      }
      count = cursor.failed ? 0 : cursor.block(1, 0);
    }
    return make(members);
  };
}

function record(
  writer: Extract<AvroType, { type: "record" }>,
  fields: readonly Field[],
): AvroReader<SqlValue> {
  const names = fields.map(({ name }) => name);
  const steps = writer.fields.map(({ name, type }) => {
    const index = names.indexOf(name);
    const field = fields[index];
    return field === undefined
      ? { index: -1, read: undefined, skip: avroSkip(type) }
      : { index, read: avroSqlReader(type, field.type), skip: undefined };
  });
  const required = missingField(writer, fields);
  return (cursor) => {
    if (required !== undefined) cursor.refuse(required, cursor.pos);
    const values: SqlValue[] = fields.map(() => null);
    for (const { index, read, skip } of steps) {
      if (read !== undefined) values[index] = read(cursor);
      else skip(cursor);
    }
    return values;
  };
}

/** Why a record of the writer cannot be one of the columns: it lacks what must not be NULL. */
export function missingField(
  writer: Extract<AvroType, { type: "record" }>,
  fields: readonly Field[],
): string | undefined {
  const lacking = fields.find(
    ({ name, type }) => !type.nullable && !writer.fields.some((field) => field.name === name),
  );
  return lacking && `the schema has no field ${lacking.name}, which is NOT NULL`;
}
