// The scalar types of protobuf: how each is read. Flink has Java's types, where unsigned numbers wrap; a device profile
// gets them as they are.

import type { ProtobufScalar } from "../../core/format/protobuf-schema.ts";
import { FIXED32, FIXED64, LENGTH, VARINT } from "./cursor.ts";
import type { ProtobufCursor } from "./cursor.ts";

export type ScalarValue = number | bigint | boolean | string | Uint8Array;
export type ScalarReader = (cursor: ProtobufCursor) => ScalarValue;

export interface ScalarOptions {
  /** Unsigned numbers are not wrapped. */
  readonly isExact: boolean;
  /** Text that is not UTF-8 fails (proto3); else what is wrong in it becomes U+FFFD, as in Java. */
  readonly isStrict: boolean;
}

/** How a scalar is written. */
export function wireType(scalar: ProtobufScalar): number {
  switch (scalar) {
    case "double":
    case "fixed64":
    case "sfixed64":
      return FIXED64;
    case "float":
    case "fixed32":
    case "sfixed32":
      return FIXED32;
    case "string":
    case "bytes":
      return LENGTH;
    default:
      return VARINT;
  }
}

/** The reader of a scalar. */
export function scalarReader(scalar: ProtobufScalar, options: ScalarOptions): ScalarReader {
  const { isExact, isStrict } = options;
  switch (scalar) {
    case "double":
      return (cursor) => cursor.float64(true);
    case "float":
      return (cursor) => cursor.float32(true);
    case "int32":
      return (cursor) => cursor.varint32();
    case "uint32":
      return isExact ? (cursor) => cursor.varint32() >>> 0 : (cursor) => cursor.varint32();
    case "sint32":
      return (cursor) => {
        const bits = cursor.varint32();
        return (bits >>> 1) ^ -(bits & 1);
      };
    case "fixed32":
      return isExact ? (cursor) => cursor.int32() >>> 0 : (cursor) => cursor.int32();
    case "sfixed32":
      return (cursor) => cursor.int32();
    case "int64":
      return (cursor) => cursor.varint64();
    case "uint64":
      return isExact ? (cursor) => cursor.unsignedVarint64() : (cursor) => cursor.varint64();
    case "sint64":
      return (cursor) => cursor.zigzag64();
    case "fixed64":
      return isExact ? (cursor) => cursor.unsignedFixed64() : (cursor) => cursor.int64();
    case "sfixed64":
      return (cursor) => cursor.int64();
    case "bool":
      return (cursor) => {
        cursor.varint();
        return (cursor.low | cursor.high) !== 0;
      };
    case "string":
      return (cursor) => cursor.text(cursor.size(), !isStrict);
    case "bytes":
      return (cursor) => cursor.blob(cursor.size());
  }
}

const NO_BYTES = new Uint8Array(0);

/** What stands for a value that is not there: zero and empty, or what a proto2 file says. */
export function scalarDefault(
  scalar: ProtobufScalar,
  text: string | undefined,
  isExact: boolean,
): ScalarValue {
  switch (scalar) {
    case "bool":
      return text === "true";
    case "string":
      return text ?? "";
    case "bytes":
      return text === undefined ? NO_BYTES : Uint8Array.from(Buffer.from(text, "latin1"));
    case "double":
    case "float":
      return Number(text ?? "0");
    default: {
      const value = BigInt(text ?? "0");
      const bits = scalar.endsWith("64") ? 64 : 32;
      const whole = isExact ? value : BigInt.asIntN(bits, value);
      const number = Number(whole);
      return Number.isSafeInteger(number) ? number : whole;
    }
  }
}
