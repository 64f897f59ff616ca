// Which field of a protobuf message each column is, as Flink's protobuf format matches them: by name, with the one SQL
// type that belongs to the field's. Both ends use it, decode/ and encode/.

import { GatewayError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import type { Field, SqlType } from "../types.ts";
import type { ProtobufField, ProtobufMessage, ProtobufSchema } from "./protobuf-schema.ts";

/** A column (or a field of a ROW) and its field. */
export interface ProtobufColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly field: ProtobufField;
  /** Of a ROW, also as an element of an ARRAY or the value of a MAP. */
  readonly inner: ProtobufRow | undefined;
}

export interface ProtobufRow {
  /** The index of the message in the schema. */
  readonly message: number;
  readonly columns: readonly ProtobufColumn[];
}

const SQL_TYPES: Readonly<Record<string, readonly SqlType["kind"][]>> = {
  double: ["DOUBLE"],
  float: ["FLOAT"],
  bool: ["BOOLEAN"],
  string: ["VARCHAR", "CHAR"],
  bytes: ["VARBINARY", "BINARY"],
  enum: ["VARCHAR", "CHAR", "INTEGER"],
};

/** The fields of a table's physical columns. Throws blame `config` where a column does not fit. */
export function protobufColumns(
  table: string,
  schema: ProtobufSchema,
  fields: readonly Field[],
): ProtobufRow {
  return rowOf({ table, schema }, 0, fields, "");
}

interface Context {
  readonly table: string;
  readonly schema: ProtobufSchema;
}

function rowOf(
  context: Context,
  index: number,
  fields: readonly Field[],
  path: string,
): ProtobufRow {
  const message = context.schema.messages[index] as ProtobufMessage;
  const columns = fields.map(({ name, type }) => {
    const field = message.fields.find((each) => each.name === name);
    if (field !== undefined) return columnOf(context, { name, type, field, path: path + name });
    const names = message.fields.map((each) => each.name);
    throw refuse(
      context,
      `column ${path}${name}: message ${message.name} has no such field`,
      didYouMean(name, names) ?? `Its fields are ${names.slice(0, 20).join(", ")}.`,
    );
  });
  return { message: index, columns };
}

interface Pair {
  readonly name: string;
  readonly type: SqlType;
  readonly field: ProtobufField;
  readonly path: string;
}

function columnOf(context: Context, pair: Pair): ProtobufColumn {
  const { name, type, field, path } = pair;
  const matched = { name, type, field };
  if (field.label === "map") {
    if (type.kind !== "MAP") throw mismatch(context, pair, type);
    if (!allowed(field.key ?? "").includes(type.key.kind)) throw mismatch(context, pair, type);
    return { ...matched, inner: valueOf(context, pair, type.value, `${path}.value.`) };
  }
  if (field.label !== "repeated")
    return { ...matched, inner: valueOf(context, pair, type, `${path}.`) };
  if (type.kind !== "ARRAY") throw mismatch(context, pair, type);
  return { ...matched, inner: valueOf(context, pair, type.element, `${path}.`) };
}

function valueOf(
  context: Context,
  pair: Pair,
  type: SqlType,
  path: string,
): ProtobufRow | undefined {
  const { type: own } = pair.field;
  if (own.kind === "message") {
    if (type.kind !== "ROW") throw mismatch(context, pair, type);
    return rowOf(context, own.message, type.fields, path);
  }
  if (allowed(own.kind === "enum" ? "enum" : own.scalar).includes(type.kind)) return undefined;
  throw mismatch(context, pair, type);
}

/** The SQL types of a scalar or `enum`. */
function allowed(kind: string): readonly SqlType["kind"][] {
  return SQL_TYPES[kind] ?? (kind.endsWith("64") ? ["BIGINT"] : ["INTEGER"]);
}

function mismatch(context: Context, { field, path }: Pair, type: SqlType): GatewayError {
  return refuse(
    context,
    `column ${path} is ${type.kind}, but the field is ${fieldName(field)}`,
    `Declare it as ${sqlName(field)}.`,
  );
}

function fieldName({ label, key, type }: ProtobufField): string {
  const value = type.kind === "scalar" ? type.scalar : type.kind;
  if (label === "map") return `map<${key}, ${value}>`;
  return label === "repeated" ? `repeated ${value}` : value;
}

/** The column that the field wants. */
function sqlName({ label, key, type }: ProtobufField): string {
  const value =
    type.kind === "message"
      ? "ROW<…>"
      : type.kind === "enum"
        ? "STRING or INT"
        : nameOf(allowed(type.scalar)[0]);
  if (label === "map") return `MAP<${nameOf(allowed(key ?? "")[0])}, ${value}>`;
  return label === "repeated" ? `ARRAY<${value}>` : value;
}

const NAMES: Readonly<Record<string, string>> = {
  VARCHAR: "STRING",
  VARBINARY: "BYTES",
  INTEGER: "INT",
};

function nameOf(kind: SqlType["kind"] = "INTEGER"): string {
  return NAMES[kind] ?? kind;
}

function refuse({ table }: Context, message: string, hint: string): GatewayError {
  return new GatewayError(`table ${table}: ${message}`, {
    code: "SQL_INVALID",
    blame: "config",
    hint,
    context: { option: "format" },
  });
}
