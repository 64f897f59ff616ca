// Rows as JSON text, one writer per row type, built once: a window of 10,000 keys fires 10,000 rows at a time.
//
//   style     "print"  what `headrace sql` and the print connector show
//             "flink"  the defaults of Flink's json format, what Kafka sinks send
//                                 print                           flink
//   TIMESTAMP(p), _LTZ            2024-01-01T00:00:00.000 (+ Z)   2024-01-01 00:00:00 (+ Z), 0 to 9 digits
//   TIME                          08:30:00.000                    08:30:00, 0 to 9 digits
//   DECIMAL                       "12.50"                         12.50 (as BigDecimal.toString)
// Both: BIGINT with all digits, DOUBLE as Java prints it, NaN and Infinity as text, BYTES base64, NULL written.

import type { Field, SqlType, SqlValue } from "../types.ts";
import { bigDecimalText, decimalText } from "./decimal.ts";
import { doubleText, floatText } from "./java-number.ts";
import { clockText, dateText, fraction, timestampText } from "./time-text.ts";
import type { TimestampValue } from "./timestamp.ts";

export type JsonStyle = "print" | "flink";

/** Values of a row in field order to one JSON object, without a line end. */
export type RowJsonWriter = (values: readonly SqlValue[]) => string;

type ValueWriter = (value: SqlValue) => string;

/** Builds the writer of a row type. Names are written as they are; equal names give equal keys. */
export function rowJsonWriter(fields: readonly Field[], style: JsonStyle): RowJsonWriter {
  const columns = fields.map((field, index) => ({
    head: `${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`,
    write: valueWriter(field.type, style),
  }));
  if (columns.length === 0) return () => "{}";
  return (values) => {
    let text = "";
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      const value = values[index];
      if (column !== undefined) {
        text +=
          column.head + (value === null || value === undefined ? "null" : column.write(value));
      }
    }
    return `${text}}`;
  };
}

/** Writes one non-NULL value of `type`. */
function valueWriter(type: SqlType, style: JsonStyle): ValueWriter {
  switch (type.kind) {
    case "DOUBLE":
      return (value) => floating(value as number, doubleText);
    case "FLOAT":
      return (value) => floating(value as number, floatText);
    case "CHAR":
    case "VARCHAR":
      return (value) => JSON.stringify(value);
    case "DECIMAL": {
      const { scale } = type;
      return style === "print"
        ? (value) => `"${decimalText(value as bigint, scale)}"`
        : (value) => bigDecimalText(value as bigint, scale);
    }
    case "BINARY":
    case "VARBINARY":
      return (value) => `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "DATE":
      return (value) => `"${dateText(value as number)}"`;
    case "TIME":
      return (value) => {
        const millis = value as number;
        return `"${clockText(millis)}${fraction((millis % 1000) * 1e6, style === "print" ? 3 : 0)}"`;
      };
    case "TIMESTAMP":
      return timestampWriter(style, "");
    case "TIMESTAMP_LTZ":
      return timestampWriter(style, "Z");
    case "ARRAY":
    case "MULTISET":
    case "MAP":
    case "ROW":
      return collectionWriter(type, style);
    default:
      // BOOLEAN, the exact integers and the intervals.
      return (value) => (value as boolean | number | bigint).toString();
  }
}

/** The rows of a window share their bounds: the last text is kept. */
function timestampWriter(style: JsonStyle, zone: string): ValueWriter {
  const [separator, digits] = style === "print" ? (["T", 3] as const) : ([" ", 0] as const);
  let last: SqlValue = null;
  let text = "";
  return (value) => {
    if (value !== last) {
      text = `"${timestampText(value as TimestampValue, separator, digits)}${zone}"`;
      last = value;
    }
    return text;
  };
}

function floating(value: number, text: (value: number) => string): string {
  return Number.isFinite(value) ? text(value) : `"${String(value)}"`;
}

type CollectionType = Extract<SqlType, { kind: "ARRAY" | "MULTISET" | "MAP" | "ROW" }>;

function collectionWriter(type: CollectionType, style: JsonStyle): ValueWriter {
  if (type.kind === "ROW") {
    const write = rowJsonWriter(type.fields, style);
    return (value) => write(value as readonly SqlValue[]);
  }
  if (type.kind === "ARRAY") {
    const write = valueWriter(type.element, style);
    return (value) =>
      `[${(value as readonly SqlValue[]).map((item) => (item === null ? "null" : write(item))).join(",")}]`;
  }
  const key = type.kind === "MAP" ? type.key : type.element;
  const writeKey = valueWriter(key, style);
  const write = type.kind === "MAP" ? valueWriter(type.value, style) : String;
  return (value) => {
    const entries = Array.from(value as ReadonlyMap<SqlValue, SqlValue>, ([name, item]) => {
      const text = name === null ? '"null"' : writeKey(name);
      const quoted = text.startsWith('"') ? text : `"${text}"`;
      return `${quoted}:${item === null ? "null" : write(item)}`;
    });
    return `{${entries.join(",")}}`;
  };
}
