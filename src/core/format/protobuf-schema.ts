// Protobuf messages as plain data: what is needed to read and write the wire format of one message and what it
// contains. Messages refer to one another by index, so that they may contain themselves.

export const PROTOBUF_SCALARS = [
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
] as const;
export type ProtobufScalar = (typeof PROTOBUF_SCALARS)[number];

export interface ProtobufSchema {
  /** The message that payloads hold is the first. */
  readonly messages: readonly ProtobufMessage[];
}

export interface ProtobufMessage {
  readonly name: string;
  readonly syntax: "proto2" | "proto3";
  /** By number, ascending. */
  readonly fields: readonly ProtobufField[];
}

export interface ProtobufField {
  readonly number: number;
  readonly name: string;
  readonly type: ProtobufType;
  /** `required` is proto2's; a map is repeated entries of key and value. */
  readonly label: "single" | "required" | "repeated" | "map";
  /** Of a map. */
  readonly key: ProtobufScalar | undefined;
  /** Repeated numbers are written in one piece; reading takes both forms. */
  readonly packed: boolean;
  /** Whether absence is told from the default: proto2, `optional`, members of a oneof, messages. */
  readonly hasPresence: boolean;
  /** Members of one oneof exclude each other. */
  readonly oneof: string | undefined;
  /** proto2's; a number, text, or true and false as text. */
  readonly default: string | undefined;
}

export type ProtobufType =
  | { readonly kind: "scalar"; readonly scalar: ProtobufScalar }
  | { readonly kind: "enum"; readonly symbols: readonly (readonly [string, number])[] }
  | { readonly kind: "message"; readonly message: number };
