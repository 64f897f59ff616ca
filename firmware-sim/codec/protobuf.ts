// Protobuf's wire format. Fields without presence are left out when they are zero, as protoc's code does.
// @see https://protobuf.dev/programming-guides/encoding/

import { EACH } from "../../src/core/format/profile-codec.ts";
import type {
  ProtobufField,
  ProtobufScalar,
  ProtobufSchema,
} from "../../src/core/format/protobuf-schema.ts";
import { floatBytes } from "./byte-writer.ts";
import type { Cell, Node } from "./node.ts";

/** The payload of the schema's first message; names that it does not have are a profile's mistake and throw. */
export function protobufBytes(schema: ProtobufSchema, node: Node): Uint8Array {
  return message(schema, 0, node);
}

/** The field at a path of names and indexes; undefined where it names none. */
export function protobufField(
  schema: ProtobufSchema,
  path: readonly string[],
): ProtobufField | undefined {
  let index = 0;
  let found: ProtobufField | undefined;
  for (const step of path) {
    if (found?.label === "repeated" && (step === EACH || /^\d+$/.test(step))) continue;
    found = schema.messages[index]?.fields.find(({ name }) => name === step);
    if (found?.type.kind === "message") index = found.type.message;
  }
  return found;
}

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

function message(schema: ProtobufSchema, index: number, node: Node): Buffer {
  const { name: type, fields } = schema.messages[index] ?? { name: "", fields: [] };
  const parts: Uint8Array[] = [];
  for (const [name, value] of node as ReadonlyMap<string, Node>) {
    const field = fields.find((each) => each.name === name);
    if (field === undefined) throw new Error(`message ${type} has no field ${name}`);
    if (field.label === "map") throw new Error(`${type}.${name}: maps are not simulated`);
    if (field.label !== "repeated") {
      if (!isDefault(field, value)) parts.push(...tagged(schema, field, value));
      continue;
    }
    const items = value as readonly Node[];
    // Only numbers are packed, whatever the schema says.
    if (!field.packed || wireType(field) === DELIMITED)
      parts.push(...items.flatMap((item) => tagged(schema, field, item)));
    else
      parts.push(
        tag(field.number, DELIMITED),
        delimited(items.map((item) => body(schema, field, item))),
      );
  }
  return Buffer.concat(parts);
}

function isDefault(field: ProtobufField, value: Node): boolean {
  if (field.hasPresence) return false;
  if (field.type.kind === "enum") return enumNumber(field.type.symbols, value as Cell) === 0;
  return value === 0 || value === 0n || value === false || value === "";
}

function tagged(schema: ProtobufSchema, field: ProtobufField, value: Node): Uint8Array[] {
  return [tag(field.number, wireType(field)), body(schema, field, value)];
}

function tag(number: number, wire: number): Uint8Array {
  return varint(BigInt(number * 8 + wire));
}

function wireType({ type }: ProtobufField): number {
  if (type.kind === "message") return DELIMITED;
  if (type.kind === "enum") return VARINT;
  if (type.scalar === "string" || type.scalar === "bytes") return DELIMITED;
  if (/^s?fixed32$|^float$/.test(type.scalar)) return FIXED_32;
  return /^s?fixed64$|^double$/.test(type.scalar) ? FIXED_64 : VARINT;
}

function body(schema: ProtobufSchema, { type }: ProtobufField, value: Node): Uint8Array {
  switch (type.kind) {
    case "message":
      return delimited([message(schema, type.message, value)]);
    case "enum":
      return varint(BigInt(enumNumber(type.symbols, value as Cell)));
    case "scalar":
      return scalar(type.scalar, value as Cell);
  }
}

function enumNumber(symbols: readonly (readonly [string, number])[], value: Cell): number {
  const found = symbols.find(([symbol, number]) => symbol === value || number === value);
  if (found === undefined) throw new Error(`there is no symbol ${value}`);
  return found[1];
}

function scalar(type: ProtobufScalar, value: Cell): Uint8Array {
  switch (type) {
    case "double":
      return floatBytes(Number(value), 8).reverse();
    case "float":
      return floatBytes(Number(value), 4).reverse();
    case "string":
    case "bytes":
      return delimited([Buffer.from(String(value))]);
    case "fixed32":
    case "sfixed32":
      return fixed(BigInt(value), 4);
    case "fixed64":
    case "sfixed64":
      return fixed(BigInt(value), 8);
    case "sint32":
    case "sint64": {
      const whole = BigInt(value);
      return varint(whole < 0n ? -2n * whole - 1n : 2n * whole);
    }
    default:
      return varint(BigInt(value));
  }
}

/** Little-endian. */
function fixed(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** Negative numbers have ten bytes, of 32 bits, too. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest /= 128n) bytes.push(128 + Number(rest % 128n));
  return Uint8Array.from([...bytes, Number(rest)]);
}

function delimited(parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(BigInt(content.length)), content]);
}
