// SQL values as JSON text, as JSON_STRING, JSON_OBJECT and JSON_ARRAY write them: floating-point numbers as BigDecimal
// prints their Java text, times in ISO form without trailing zeros, members sorted by name.

import type { MapValue, SqlType, SqlValue } from "../../core/types.ts";
import { bigDecimalText, bigDecimalTextOf } from "../../core/value/decimal.ts";
import { doubleText } from "../../core/value/java-number.ts";
import { jsonText } from "../../core/value/json-text.ts";
import { timestampText } from "../../core/value/time-text.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError } from "../data-error.ts";
import { writeMembers } from "./value.ts";

export type JsonWriter = (value: SqlValue) => string;

/** The writer of a type's values, NULL included. */
export function jsonWriter(type: SqlType): JsonWriter {
  const write = notNull(type);
  return (value) => (value === null ? "null" : write(value));
}

function notNull(type: SqlType): JsonWriter {
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      return (value) => jsonText(value as string);
    case "FLOAT":
    case "DOUBLE":
      return (value) => floating(value as number);
    case "DECIMAL":
      return (value) => bigDecimalText(value as bigint, type.scale);
    case "BINARY":
    case "VARBINARY":
      return (value) => `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "TIMESTAMP":
      return (value) => `"${timestampText(value as TimestampValue, "T", 0)}"`;
    case "TIMESTAMP_LTZ":
      return (value) => `"${timestampText(value as TimestampValue, "T", 0)}Z"`;
    case "ARRAY": {
      const write = jsonWriter(type.element);
      return (value) => `[${(value as readonly SqlValue[]).map(write).join(",")}]`;
    }
    case "ROW": {
      const fields = type.fields.map((field) => ({ ...field, write: jsonWriter(field.type) }));
      return (value) =>
        writeMembers(
          fields.map(({ name, write }, index) => [
            name,
            write((value as readonly SqlValue[])[index] ?? null),
          ]),
        );
    }
    case "MAP":
      return mapWriter(jsonWriter(type.value));
    case "MULTISET":
      return mapWriter(String);
    default:
      // BOOLEAN and the exact integers.
      return String;
  }
}

/** The number of the double: 1e7 is 1.0E+7, -0.0 is 0.0. */
function floating(value: number): string {
  return Number.isFinite(value) ? bigDecimalTextOf(doubleText(value)) : `"${value}"`;
}

function mapWriter(write: JsonWriter): JsonWriter {
  return (value) => {
    const { keys, values } = value as MapValue;
    return writeMembers(
      keys.map((key, index) => [
        key === null ? dataError("a NULL key has no place in JSON") : (key as string),
        write(values[index] ?? null),
      ]),
    );
  };
}
