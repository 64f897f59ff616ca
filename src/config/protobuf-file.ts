// `.proto` files: protobufjs parses them and resolves their imports; what comes out is plain data (see
// core/format/protobuf-schema.ts), so that nothing else knows of it. Reading and writing the wire format is our own: it
// reads only what is wanted and evaluates no generated text. The package takes 9 MiB and 80 ms to load, hence only when
// some profile or table has protobuf, and on the main thread alone.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Field, MapField, Root, Type } from "protobufjs";

import { GatewayError } from "../core/errors.ts";
import { PROTOBUF_SCALARS } from "../core/format/protobuf-schema.ts";
import type {
  ProtobufField,
  ProtobufMessage,
  ProtobufScalar,
  ProtobufSchema,
  ProtobufType,
} from "../core/format/protobuf-schema.ts";
import { SCHEMA_NODES } from "../core/limits.ts";
import { didYouMean } from "../core/suggest.ts";

const require = createRequire(import.meta.url);

/**
 * The message `name` of a file and what it contains. `name` is the full name, or (as Flink names messages) that of the
 * Java class, of which the part behind the last dot counts: `com.acme.Outer$Vib`. Throws blame `config`.
 */
export function readProtobuf(file: string, name: string): ProtobufSchema {
  const root = load(file);
  const type = findMessage(root, name);
  const types: Type[] = [type];
  const messages: ProtobufMessage[] = [];
  let fields = 0;
  for (let i = 0; i < types.length; i++) {
    const next = types[i] as Type;
    fields += next.fieldsArray.length;
    if (fields > SCHEMA_NODES) throw refuse(`${file} has more than ${SCHEMA_NODES} fields`);
    messages.push(messageOf(next, types));
  }
  return { messages };
}

function load(file: string): Root {
  const protobuf = require("protobufjs") as typeof import("protobufjs");
  try {
    const root = new protobuf.Root().loadSync(file, { keepCase: true });
    root.resolveAll();
    return root;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`cannot read ${file}: ${reason}`, undefined, cause);
  }
}

function findMessage(root: Root, name: string): Type {
  const all = messagesOf(root);
  const full = name.replace(/^\./, "");
  const exact = all.find((type) => nameOf(type) === full);
  if (exact !== undefined) return exact;
  // Of a Java class: package.Outer$Message or package.Message.
  const parts = full.slice(full.lastIndexOf(".") + 1).split("$");
  const suffixes = parts.map((_, i) => `.${parts.slice(i).join(".")}`);
  for (const suffix of suffixes) {
    const [only, another] = all.filter((type) => `.${nameOf(type)}`.endsWith(suffix));
    if (only !== undefined && another === undefined) return only;
  }
  const names = all.map(nameOf);
  throw refuse(
    `there is no message ${name}`,
    didYouMean(full, names) ?? `Messages are ${names.slice(0, 20).join(", ")}.`,
  );
}

function messagesOf(root: Root): Type[] {
  const found: Type[] = [];
  const visit = (namespace: { readonly nestedArray: readonly object[] }): void => {
    for (const nested of namespace.nestedArray) {
      if ("fieldsArray" in nested) found.push(nested as Type);
      if ("nestedArray" in nested) visit(nested as Type);
    }
  };
  visit(root);
  return found;
}

function nameOf(type: Type): string {
  return type.fullName.replace(/^\./, "");
}

/** `types` gets the messages it contains, if they are new. */
function messageOf(type: Type, types: Type[]): ProtobufMessage {
  const syntax = syntaxOf(type);
  const fields = type.fieldsArray.map((field) => fieldOf(field, syntax, types));
  return { name: nameOf(type), syntax, fields: fields.sort((a, b) => a.number - b.number) };
}

/** As the file says that declares the type; protobufjs keeps only what follows from it. */
function syntaxOf({ filename, fullName }: Type): "proto2" | "proto3" {
  // What protobufjs brings along (google/protobuf/*) is proto3.
  if (filename === null) return "proto3";
  const text = readFileSync(filename, "utf8").replaceAll(/\/\/.*|\/\*[^]*?\*\//g, "");
  const [, key, value = "proto2"] = /\b(syntax|edition)\s*=\s*["']([^"']+)["']/.exec(text) ?? [];
  if (key !== "edition" && (value === "proto2" || value === "proto3")) return value;
  throw refuse(`message ${fullName} is of ${key ?? "syntax"} ${value}`, "Use proto2 or proto3.");
}

function fieldOf(field: Field, syntax: "proto2" | "proto3", types: Type[]): ProtobufField {
  const { id, name, repeated, required, map, packed, partOf, options } = field;
  const isOptional = options?.["proto3_optional"] === true;
  const type = typeOf(field, types);
  const initial = options?.["default"] as string | number | boolean | undefined;
  const isFloating = field.type === "double" || field.type === "float";
  if (typeof initial === "number" && !isFloating && !Number.isSafeInteger(initial)) {
    throw refuse(`the default of field ${field.fullName} is beyond 2^53 and would not be exact`);
  }
  return {
    number: id,
    name,
    type,
    label: map ? "map" : repeated ? "repeated" : required ? "required" : "single",
    key: map ? ((field as unknown as MapField).keyType as ProtobufScalar) : undefined,
    packed,
    hasPresence: syntax === "proto2" || type.kind === "message" || partOf !== null,
    // The oneof that stands behind `optional` is none.
    oneof: isOptional ? undefined : partOf?.name,
    default: initial === undefined ? undefined : String(initial),
  };
}

function typeOf(field: Field, types: Type[]): ProtobufType {
  const scalar = PROTOBUF_SCALARS.find((known) => known === field.type);
  if (scalar !== undefined) return { kind: "scalar", scalar };
  const resolved = field.resolvedType;
  if (resolved === null) throw refuse(`field ${field.fullName} has no type`);
  if ("values" in resolved) return { kind: "enum", symbols: Object.entries(resolved.values) };
  if (field.delimited) {
    throw refuse(`field ${field.fullName} is a group`, "Use a message: groups are of the past.");
  }
  const message = types.indexOf(resolved);
  return { kind: "message", message: message < 0 ? types.push(resolved) - 1 : message };
}

function refuse(message: string, hint?: string, cause?: unknown): GatewayError {
  return new GatewayError(message, {
    code: "CONFIG_INVALID",
    blame: "config",
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
