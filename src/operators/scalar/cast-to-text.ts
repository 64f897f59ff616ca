// CAST to text: what Flink prints for each type.

import type { MapValue, SqlType, SqlValue } from "../../core/types.ts";
import { decimalText } from "../../core/value/decimal.ts";
import { doubleText, floatText } from "../../core/value/java-number.ts";
import {
  castDateText,
  castTimestampText,
  dayIntervalText,
  monthIntervalText,
  timeText,
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
      return { apply: castDateText };
    case "TIME":
      return { apply: (millis: number) => timeText(millis, from.precision) };
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return { apply: timestampToText(from.precision) };
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
      return { apply: collectionText(from) };
    default:
      return { apply: (value: number | bigint) => String(value) };
  }
}

/** A column of fewer than three digits holds the milliseconds that its payload had, and prints them not. */
function timestampToText(precision: number): (value: TimestampValue) => string {
  const stepMs = 10 ** Math.max(0, 3 - precision);
  return (value) => {
    const cut = typeof value === "number" ? Math.floor(value / stepMs) * stepMs : value;
    return castTimestampText(cut, precision);
  };
}

/** `[1, 2]`, `(1, a)`, `{k=1}`, nested, NULL for NULL; nothing is quoted. */
function collectionText(type: SqlType): (value: never) => string {
  switch (type.kind) {
    case "ARRAY": {
      const text = partText(type.element);
      return (items: readonly SqlValue[]) => `[${items.map(text).join(", ")}]`;
    }
    case "ROW": {
      const texts = type.fields.map((field) => partText(field.type));
      return (row: readonly SqlValue[]) =>
        `(${texts.map((text, index) => text(row[index] ?? null)).join(", ")})`;
    }
    case "MAP":
      return mapText(partText(type.key), partText(type.value));
    case "MULTISET":
      return mapText(partText(type.element), (count) => `${(count as number | null) ?? 0}`);
    default:
      throw new RangeError(`${type.kind} is no collection`);
  }
}

type PartText = (value: SqlValue) => string;

function partText(type: SqlType): PartText {
  const text = toText(type).apply as PartText;
  return (value) => (value === null ? "NULL" : text(value));
}

function mapText(key: PartText, item: PartText): (map: MapValue) => string {
  return ({ keys, values }) =>
    `{${keys.map((name, index) => `${key(name)}=${item(values[index] ?? null)}`).join(", ")}}`;
}
