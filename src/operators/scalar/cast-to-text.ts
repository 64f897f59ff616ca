// CAST to text: what Flink prints for each type.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { decimalText } from "../../core/value/decimal.ts";
import { doubleText, floatText } from "../../core/value/java-number.ts";
import {
  dateText,
  dayIntervalText,
  monthIntervalText,
  timeText,
  timestampText,
} from "../../core/value/time-text.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import type { Implementation } from "./implementation.ts";

/** The text of non-NULL values of `from`, of any length. */
export function toText(from: SqlType): Implementation {
  switch (from.kind) {
    case "CHAR":
    case "VARCHAR":
      return { apply: (text: string) => text, inline: ([text]) => `${text}` };
    case "BOOLEAN":
      return { apply: (value: boolean) => (value ? "TRUE" : "FALSE") };
    case "DOUBLE":
      return { apply: doubleText };
    case "FLOAT":
      return { apply: floatText };
    case "DECIMAL":
      return { apply: (value: bigint) => decimalText(value, from.scale) };
    case "DATE":
      return { apply: dateText };
    case "TIME":
      return { apply: (millis: number) => timeText(millis, from.precision) };
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return { apply: (value: TimestampValue) => timestampText(value, " ", from.precision) };
    case "INTERVAL_YEAR_MONTH":
      return { apply: monthIntervalText };
    case "INTERVAL_DAY_TIME":
      return { apply: dayIntervalText };
    case "BINARY":
    case "VARBINARY":
      return { apply: (bytes: Uint8Array) => Buffer.from(bytes).toString() };
    case "ARRAY":
    case "ROW":
    case "MAP":
    case "MULTISET":
      return { apply: (value: SqlValue) => collectionText(from, value) };
    default:
      return { apply: (value: number | bigint) => String(value) };
  }
}

/** `[1, 2]`, `(1, a)`, `{k=1}`, nested, NULL for NULL. */
function collectionText(type: SqlType, value: SqlValue): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "ARRAY": {
      const items = value as readonly SqlValue[];
      return `[${items.map((item) => collectionText(type.element, item)).join(", ")}]`;
    }
    case "ROW": {
      const items = value as readonly SqlValue[];
      const texts = type.fields.map((field, index) =>
        collectionText(field.type, items[index] ?? null),
      );
      return `(${texts.join(", ")})`;
    }
    case "MAP":
    case "MULTISET": {
      const key = type.kind === "MAP" ? type.key : type.element;
      const item: SqlType = type.kind === "MAP" ? type.value : { kind: "INTEGER", nullable: false };
      const entries = Array.from(
        value as ReadonlyMap<SqlValue, SqlValue>,
        ([name, held]) => `${collectionText(key, name)}=${collectionText(item, held)}`,
      );
      return `{${entries.join(", ")}}`;
    }
    default:
      return (toText(type).apply as (value: SqlValue) => string)(value);
  }
}
