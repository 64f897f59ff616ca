// Rows as protobuf messages, as Flink's protobuf format writes them. Confirmed by running Flink 2.3:
//
//   NULL                   the field is absent; within a repeated field or a map the default stands for it (for text
//                          what 'protobuf.write-null-string-literal' says)
//   0, "", false           absent where the file does not tell it from absence (proto3), but for -0.0
//   names of enums         unknown ones are the first of the enum, numbers too
//   several of a oneof     the last column counts
//
// Fields are in order of their numbers, repeated numbers packed as the file says.

import { protobufColumns } from "../core/format/protobuf-columns.ts";
import type { ProtobufColumn, ProtobufRow } from "../core/format/protobuf-columns.ts";
import type {
  ProtobufField,
  ProtobufMessage,
  ProtobufScalar,
  ProtobufSchema,
} from "../core/format/protobuf-schema.ts";
import { FormatOptions } from "../core/format/options.ts";
import type { MapValue, SqlType, SqlValue } from "../core/types.ts";
import type { EncoderInput, RowEncoder } from "./row-encoder.ts";
import { WireWriter } from "./wire-writer.ts";

export class ProtobufEncoder implements RowEncoder {
  reason = "";
  readonly #writer = new WireWriter();
  readonly #write: MessageWriter;

  /** Throws blame `config` for bad options, and for columns that the message does not have. */
  constructor({ table, prefix, fields }: EncoderInput) {
    const options = new FormatOptions(table, prefix);
    const schema = JSON.parse(
      options.required("proto", "Name the .proto file that declares the message."),
    ) as ProtobufSchema;
    options.ignore(["message-class-name"]);
    // They concern reading.
    for (const flag of ["ignore-parse-errors", "read-default-values"]) options.flag(flag);
    const nullText = options.text("write-null-string-literal") ?? "";
    options.finish();
    const row = protobufColumns(table.name, schema, fields);
    this.#write = messageWriter({ schema, writer: this.#writer, nullText }, row);
  }

  encode(values: readonly SqlValue[]): Uint8Array | undefined {
    this.#writer.clear();
    const missing = this.#write(values);
    if (missing === "") return this.#writer.view();
    this.reason = `NULL for the required field ${missing}`;
    return undefined;
  }
}

interface Context {
  readonly schema: ProtobufSchema;
  readonly writer: WireWriter;
  readonly nullText: string;
}

/** Gives the name of a required field that is NULL, or "". */
type MessageWriter = (values: readonly SqlValue[]) => string;
/** Writes a field with its tag; the same. */
type FieldWriter = (value: SqlValue) => string;
/** Writes a value without its tag; NULL as what stands for it. */
type ValueWriter = (value: SqlValue) => string;

interface Step {
  readonly field: ProtobufField;
  readonly index: number;
  readonly write: FieldWriter;
  /** Of the same oneof, later in the row: when one of them is there, this one is not. */
  readonly overriding: readonly number[];
}

function messageWriter(context: Context, { message: at, columns }: ProtobufRow): MessageWriter {
  const message = context.schema.messages[at] as ProtobufMessage;
  const steps = columns
    .map(({ field, ...column }, index): Step => {
      const write = fieldWriter(context, { field, ...column });
      const later = columns.slice(index + 1).flatMap((other, i) => {
        return field.oneof !== undefined && other.field.oneof === field.oneof ? index + 1 + i : [];
      });
      return { field, index, write, overriding: later };
    })
    .sort((a, b) => a.field.number - b.field.number);
  const lacking = message.fields.find(
    ({ label, name }) => label === "required" && !columns.some(({ field }) => field.name === name),
  );
  return (values) => {
    let missing = lacking?.name ?? "";
    for (const { field, index, write, overriding } of steps) {
      const value = values[index] ?? null;
      if (value === null) {
        if (field.label === "required") missing ||= field.name;
      } else if (overriding.every((other) => (values[other] ?? null) === null)) {
        missing ||= write(value);
      }
    }
    return missing;
  };
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

function fieldWriter(
  context: Context,
  { field, type, inner }: Omit<ProtobufColumn, "name">,
): FieldWriter {
  const { writer } = context;
  const element = type.kind === "ARRAY" ? type.element : type.kind === "MAP" ? type.value : type;
  const { wire, write, isDefault } = valueForm(context, field, { type: element, inner });
  const tag = field.number * 8 + wire;
  switch (field.label) {
    case "map":
      return mapWriter(context, field, { type, tag: VALUE * 8 + wire, write });
    case "repeated":
      return field.packed && wire !== LENGTH
        ? packedWriter(writer, field.number, write)
        : (values) => {
            let missing = "";
            for (const value of values as readonly SqlValue[]) {
              writer.varint(tag);
              missing ||= write(value);
            }
            return missing;
          };
    default:
      return (value) => {
        if (!field.hasPresence && isDefault(value)) return "";
        writer.varint(tag);
        return write(value);
      };
  }
}

function packedWriter(writer: WireWriter, number: number, write: ValueWriter): FieldWriter {
  return (value) => {
    const values = value as readonly SqlValue[];
    if (values.length === 0) return "";
    writer.varint(number * 8 + LENGTH);
    writer.lengthPrefixed(() => {
      for (const each of values) write(each);
    });
    return "";
  };
}

const KEY = 1;
const VALUE = 2;

/** Every entry is a message of key and value, both always there. */
function mapWriter(
  context: Context,
  field: ProtobufField,
  value: { readonly type: SqlType; readonly tag: number; readonly write: ValueWriter },
): FieldWriter {
  const { writer } = context;
  const key = scalarForm(context, field.key ?? "string");
  return (members) => {
    let missing = "";
    const { keys, values } = members as MapValue;
    for (let i = 0; i < keys.length; i++) {
      writer.varint(field.number * 8 + LENGTH);
      writer.lengthPrefixed(() => {
        writer.varint(KEY * 8 + key.wire);
        key.write(keys[i] ?? null);
        writer.varint(value.tag);
        missing ||= value.write(values[i] ?? null);
      });
    }
    return missing;
  };
}

interface ValueForm {
  readonly wire: number;
  readonly write: ValueWriter;
  readonly isDefault: (value: SqlValue) => boolean;
}

function valueForm(
  context: Context,
  { type: own }: ProtobufField,
  { type, inner }: { readonly type: SqlType; readonly inner: ProtobufRow | undefined },
): ValueForm {
  if (own.kind === "scalar") return scalarForm(context, own.scalar);
  if (own.kind === "enum") return enumForm(context, own.symbols, type);
  const write = inner === undefined ? (): string => "" : messageWriter(context, inner);
  const none: readonly SqlValue[] = [];
  return {
    wire: LENGTH,
    isDefault: () => false,
    write: (value) => {
      let missing = "";
      context.writer.lengthPrefixed(() => {
        missing = write((value ?? none) as readonly SqlValue[]);
      });
      return missing;
    },
  };
}

function enumForm(
  { writer }: Context,
  symbols: readonly (readonly [string, number])[],
  { kind }: SqlType,
): ValueForm {
  const numbers = new Map<SqlValue, number>(
    kind === "INTEGER" ? symbols.map(([, number]) => [number, number]) : symbols,
  );
  const first = symbols[0]?.[1] ?? 0;
  const numberOf = (value: SqlValue): number => numbers.get(value) ?? first;
  return {
    wire: VARINT,
    isDefault: (value) => numberOf(value) === 0,
    write: (value) => {
      writer.varint64(numberOf(value));
      return "";
    },
  };
}

function scalarForm({ writer, nullText }: Context, scalar: ProtobufScalar): ValueForm {
  const number = (wire: number, write: (value: number) => void): ValueForm => ({
    wire,
    isDefault: isZero,
    write: (value) => {
      write((value ?? 0) as number);
      return "";
    },
  });
  switch (scalar) {
    case "bool":
      return {
        wire: VARINT,
        isDefault: (value) => value === false,
        write: (value) => {
          writer.byte(value === true ? 1 : 0);
          return "";
        },
      };
    case "double":
      return number(FIXED64, (value) => writer.float64(value));
    case "float":
      return number(FIXED32, (value) => writer.float32(value));
    case "fixed32":
    case "sfixed32":
      return number(FIXED32, (value) => writer.fixed32(value));
    case "fixed64":
    case "sfixed64":
      return number(FIXED64, (value) => writer.fixed64(value));
    case "sint32":
      return number(VARINT, (value) => writer.zigzag(value));
    case "sint64":
      return number(VARINT, (value) => writer.zigzag64(value));
    case "uint32":
      return number(VARINT, (value) => writer.varint(value >>> 0));
    case "string":
      return blobForm(writer, (value) => Buffer.from((value ?? nullText) as string));
    case "bytes":
      return blobForm(writer, (value) => (value ?? NO_BYTES) as Uint8Array);
    default:
      return number(VARINT, (value) => writer.varint64(value));
  }
}

const NO_BYTES = new Uint8Array(0);

function blobForm(writer: WireWriter, bytesOf: (value: SqlValue) => Uint8Array): ValueForm {
  return {
    wire: LENGTH,
    isDefault: (value) => (value as string | Uint8Array).length === 0,
    write: (value) => {
      writer.blob(bytesOf(value));
      return "";
    },
  };
}

/** -0.0 is something else. */
function isZero(value: SqlValue): boolean {
  return Object.is(value, 0);
}
