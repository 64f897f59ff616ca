// Avro's binary encoding, by the writer's schema. What a device does not measure is null where it may be, else zero or empty.
// @see https://avro.apache.org/docs/1.12.0/specification/#binary-encoding

import type { AvroType } from "../../src/core/format/avro-schema.ts";
import { floatBytes } from "./byte-writer.ts";
import type { Cell, Node } from "./node.ts";

/** Under which a twin's schema has to stand at the registry. */
const TWIN_SCHEMA_ID = 1;

/** The payload; names that the schema does not have are a profile's mistake and throw. */
export function avroBytes(schema: AvroType, node: Node): Uint8Array {
  return Buffer.concat(parts(schema, node));
}

/** The same behind the head of a schema registry. */
export function confluentBytes(schema: AvroType, node: Node): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(TWIN_SCHEMA_ID, 1);
  return Buffer.concat([head, avroBytes(schema, node)]);
}

function parts(type: AvroType, node: Node | undefined): Uint8Array[] {
  switch (type.type) {
    case "null":
      return [];
    case "boolean":
      return [Uint8Array.of(node === true ? 1 : 0)];
    case "int":
    case "long":
      return [integer(type, node)];
    case "float":
      return [floatBytes(Number(node ?? 0), 4).reverse()];
    case "double":
      return [floatBytes(Number(node ?? 0), 8).reverse()];
    case "string":
      return sized(Buffer.from(String((node ?? "") as Cell)));
    case "enum":
      return [zigzag(BigInt(node === undefined ? 0 : symbol(type, node as Cell)))];
    case "union": {
      const index = type.branches.findIndex((branch) => holds(branch, node));
      const branch = type.branches[Math.max(index, 0)];
      if (branch === undefined) throw new Error("a union without branches");
      return [zigzag(BigInt(Math.max(index, 0))), ...parts(branch, node)];
    }
    case "array": {
      const items = (node ?? []) as readonly Node[];
      const body = items.flatMap((item) => parts(type.items, item));
      return items.length === 0 ? [END] : [zigzag(BigInt(items.length)), ...body, END];
    }
    case "record":
      return record(type, node);
    case "bytes":
    case "fixed":
    case "map":
      if (node !== undefined) throw new Error(`Avro's ${type.type} is not simulated`);
      return [type.type === "fixed" ? new Uint8Array(type.size) : END];
  }
}

/** Of a block of an array or map, and of a length: none. */
const END = Uint8Array.of(0);

function record(
  { name, fields }: Extract<AvroType, { type: "record" }>,
  node: Node | undefined,
): Uint8Array[] {
  const members = (node ?? new Map()) as ReadonlyMap<string, Node>;
  const strange = [...members.keys()].find((key) => !fields.some((field) => field.name === key));
  if (strange !== undefined) throw new Error(`record ${name} has no field ${strange}`);
  return fields.flatMap((field) => parts(field.type, members.get(field.name)));
}

function holds(type: AvroType, node: Node | undefined): boolean {
  if (node === undefined || node === null) return type.type === "null";
  switch (typeof node) {
    case "boolean":
      return type.type === "boolean";
    case "string":
      return type.type === "string" || (type.type === "enum" && type.symbols.includes(node));
    case "object":
      return type.type === (node instanceof Map ? "record" : "array");
    default:
      if (type.type === "float" || type.type === "double") return true;
      return (type.type === "int" || type.type === "long") && Number.isInteger(Number(node));
  }
}

function integer(
  type: Extract<AvroType, { logical: unknown }>,
  node: Node | undefined,
): Uint8Array {
  const logical = type.logical?.name ?? "";
  if (node !== undefined && /-(?:micros|nanos)$/.test(logical)) {
    throw new Error(`Avro's ${logical} is not simulated`);
  }
  return zigzag(BigInt((node ?? 0) as number | bigint));
}

function symbol({ name, symbols }: Extract<AvroType, { type: "enum" }>, cell: Cell): number {
  const index = symbols.indexOf(String(cell));
  if (index < 0) throw new Error(`enum ${name} has no symbol ${cell}`);
  return index;
}

function sized(content: Uint8Array): Uint8Array[] {
  return [zigzag(BigInt(content.length)), content];
}

function zigzag(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 128n; rest /= 128n) bytes.push(128 + Number(rest % 128n));
  return Uint8Array.from([...bytes, Number(rest)]);
}
