// SQL values as keys of JavaScript Maps: two values have the same key exactly where Flink's binary rows are equal, so
// that NaN equals NaN and -0.0 is another value than 0.0.

import type { MapValue, SqlType, SqlValue } from "../core/types.ts";

/** The form of a key value in the Maps. */
export type MapKey = SqlValue | symbol;
/** A DOUBLE -0.0 is another group than 0.0 in Flink, but the same key to a Map. */
const NEGATIVE_ZERO = Symbol("-0");

/** How values of a key type become Map keys; undefined: as they are. */
export function mapKeyOf(type: SqlType): ((value: SqlValue) => MapKey) | undefined {
  switch (type.kind) {
    case "FLOAT":
    case "DOUBLE":
      return (value) => (Object.is(value, -0) ? NEGATIVE_ZERO : value);
    case "BINARY":
    case "VARBINARY":
      return (value) => (value === null ? null : Buffer.from(value as Uint8Array).toString("hex"));
    case "ARRAY":
    case "MAP":
    case "MULTISET":
    case "ROW":
      return (value) => (value === null ? null : compositeKey(value));
    default:
      return undefined;
  }
}

/** Collections as text: equal exactly where Flink's binary rows are. */
function compositeKey(value: SqlValue): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      break;
  }
  if (value === null) return "null";
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${(value as readonly SqlValue[]).map(compositeKey).join()}]`;
  const { keys, values } = value as MapValue;
  return `{${keys.map(compositeKey).join()}:${values.map(compositeKey).join()}}`;
}
