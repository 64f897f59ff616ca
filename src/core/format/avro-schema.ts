// Avro schemas (Apache Avro 1.12, "Schema Declaration"): JSON text to a tree of types. Named types are put in where
// they are used; one that contains itself is refused, since no column could hold it. What readers do not need
// (defaults, aliases, order, doc) is left out; unknown logical types are ignored, as the specification asks.

import { GatewayError } from "../errors.ts";
import { PAYLOAD_DEPTH, SCHEMA_NODES } from "../limits.ts";

const PRIMITIVES = [
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
] as const;
export type AvroPrimitive = (typeof PRIMITIVES)[number];

/** `decimal`, `date`, `time-millis`, `timestamp-millis`, `local-timestamp-micros` … */
export interface AvroLogical {
  readonly name: string;
  /** Of a decimal. */
  readonly precision: number;
  readonly scale: number;
}

export type AvroType =
  | { readonly type: AvroPrimitive; readonly logical: AvroLogical | undefined }
  | {
      readonly type: "fixed";
      readonly name: string;
      readonly size: number;
      readonly logical: AvroLogical | undefined;
    }
  | { readonly type: "enum"; readonly name: string; readonly symbols: readonly string[] }
  | { readonly type: "array"; readonly items: AvroType }
  | { readonly type: "map"; readonly values: AvroType }
  | { readonly type: "union"; readonly branches: readonly AvroType[] }
  | { readonly type: "record"; readonly name: string; readonly fields: readonly AvroField[] };

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

/** Parses the JSON text of a schema. Throws blame `config`, with what is wrong, for one that is not valid. */
export function parseAvroSchema(text: string): AvroType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid("is not JSON", cause);
  }
  return new SchemaParser().parse(json, "", 0);
}

/** The names of a type, for messages: `record acme.Vib`, `long`. */
export function avroTypeName(type: AvroType): string {
  if (type.type === "union") return `union of ${type.branches.map(avroTypeName).join(" and ")}`;
  return "name" in type ? `${type.type} ${type.name}` : type.type;
}

const NAME = /^[A-Za-z_]\w*$/;
const FULL_NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

type Json = Readonly<Record<string, unknown>>;

class SchemaParser {
  /** Finished named types by full name; undefined while one is being read. */
  readonly #named = new Map<string, AvroType | undefined>();
  #nodes = 0;

  parse(json: unknown, namespace: string, depth: number): AvroType {
    if (depth > PAYLOAD_DEPTH) throw invalid(`is nested deeper than ${PAYLOAD_DEPTH}`);
    if (typeof json === "string") return this.#reference(json, namespace);
    if (Array.isArray(json)) return this.#union(json, namespace, depth);
    if (typeof json !== "object" || json === null) throw invalid("has a type that is none");
    const node = json as Json;
    const { type } = node;
    // {"type": {…}} and {"type": [ … ]} are the type inside.
    if (typeof type !== "string") return this.parse(type, namespace, depth + 1);
    this.#count(1);
    switch (type) {
      case "array":
        return { type, items: this.parse(node["items"], namespace, depth + 1) };
      case "map":
        return { type, values: this.parse(node["values"], namespace, depth + 1) };
      case "record":
      case "error":
      case "enum":
      case "fixed":
        return this.#definition(node, namespace, depth);
      default: {
        const plain = this.#reference(type, namespace);
        const logical = logicalOf(node);
        return "logical" in plain && logical !== undefined ? { ...plain, logical } : plain;
      }
    }
  }

  #reference(name: string, namespace: string): AvroType {
    const primitive = PRIMITIVES.find((known) => known === name);
    if (primitive !== undefined) {
      this.#count(1);
      return { type: primitive, logical: undefined };
    }
    const full = name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
    if (!this.#named.has(full)) throw invalid(`names the type ${full}, which it does not define`);
    const type = this.#named.get(full);
    if (type === undefined) throw invalid(`has the type ${full}, which contains itself`);
    // Put in by reference: a few definitions could otherwise unfold without end.
    this.#count(nodesOf(type));
    return type;
  }

  #union(branches: readonly unknown[], namespace: string, depth: number): AvroType {
    this.#count(1);
    const types = branches.map((branch) => this.parse(branch, namespace, depth + 1));
    const names = types.map(avroTypeName);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw invalid(`has a union with ${twice} twice`);
    if (types.length === 0 || types.some(({ type }) => type === "union")) {
      throw invalid("has a union that is empty or holds another union");
    }
    return { type: "union", branches: types };
  }

  #definition(node: Json, outer: string, depth: number): AvroType {
    const { name } = node;
    if (typeof name !== "string" || !FULL_NAME.test(name)) {
      throw invalid(`has a ${String(node["type"])} without a valid name`);
    }
    const inner = name.includes(".")
      ? name.slice(0, name.lastIndexOf("."))
      : typeof node["namespace"] === "string"
        ? node["namespace"]
        : outer;
    const full = name.includes(".") || inner === "" ? name : `${inner}.${name}`;
    if (this.#named.has(full)) throw invalid(`defines the type ${full} twice`);
    this.#named.set(full, undefined);
    const type = this.#body(node, full, inner, depth);
    this.#named.set(full, type);
    return type;
  }

  #body(node: Json, name: string, namespace: string, depth: number): AvroType {
    if (node["type"] === "fixed") {
      const { size } = node;
      if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(`${name} has no size`);
      return { type: "fixed", name, size: size as number, logical: logicalOf(node) };
    }
    if (node["type"] === "enum") {
      const { symbols } = node;
      if (!Array.isArray(symbols) || !symbols.every((symbol) => NAME.test(String(symbol)))) {
        throw invalid(`${name} has no list of symbols`);
      }
      return { type: "enum", name, symbols: symbols.map(String) };
    }
    const { fields } = node;
    if (!Array.isArray(fields)) throw invalid(`${name} has no list of fields`);
    return {
      type: "record",
      name,
      fields: fields.map((field: unknown): AvroField => {
        const { name: own, type } = (field ?? {}) as Json;
        if (typeof own !== "string" || !NAME.test(own)) {
          throw invalid(`${name} has a field without a valid name`);
        }
        return { name: own, type: this.parse(type, namespace, depth + 1) };
      }),
    };
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > SCHEMA_NODES) throw invalid(`has more than ${SCHEMA_NODES} types`);
  }
}

function nodesOf(type: AvroType): number {
  switch (type.type) {
    case "array":
      return 1 + nodesOf(type.items);
    case "map":
      return 1 + nodesOf(type.values);
    case "union":
      return type.branches.reduce((sum, branch) => sum + nodesOf(branch), 1);
    case "record":
      return type.fields.reduce((sum, field) => sum + nodesOf(field.type), 1);
    default:
      return 1;
  }
}

function logicalOf(node: Json): AvroLogical | undefined {
  const { logicalType: name, precision = 0, scale = 0 } = node;
  if (typeof name !== "string") return undefined;
  if (name !== "decimal") return { name, precision: 0, scale: 0 };
  const isDecimal =
    Number.isSafeInteger(precision) &&
    Number.isSafeInteger(scale) &&
    (precision as number) > 0 &&
    (scale as number) >= 0 &&
    (scale as number) <= (precision as number);
  return isDecimal ? { name, precision: precision as number, scale: scale as number } : undefined;
}

function invalid(what: string, cause?: unknown): GatewayError {
  return new GatewayError(`the Avro schema ${what}`, {
    code: "CONFIG_INVALID",
    blame: "config",
    cause,
  });
}
