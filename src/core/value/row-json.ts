// Rows as JSON text, one writer per row type, built once: a window of 10,000 keys fires 10,000 rows at a time.
//
//   style     "print"  what `headrace sql` and the print connector show
//             "flink"  the defaults of Flink's json format, what Kafka sinks send
//                                 print                           flink
//   TIMESTAMP(p), _LTZ            2024-01-01T00:00:00.000 (+ Z)   2024-01-01 00:00:00 (+ Z), 0 to 9 digits
//                                 with p digits, at least 3
//   TIME                          08:30:00.000                    08:30:00, 0 to 9 digits
//   DECIMAL                       "12.50"                         12.5 (as BigDecimal, stripped)
// Both: BIGINT with all digits, DOUBLE as Java prints it, NaN and Infinity as text, BYTES base64, NULL written; a MAP
// is an object in which the last of equal keys wins.

import type { Field, MapValue, SqlType, SqlValue } from "../types.ts";
import { strippedDecimalText, decimalText } from "./decimal.ts";
import { doubleText, floatText } from "./java-number.ts";
import { clockText, dateText, fraction, timestampText } from "./time-text.ts";
import type { TimestampValue } from "./timestamp.ts";

export type JsonStyle = "print" | "flink";

/** What may be different from style to style. */
export interface JsonForm {
  readonly separator: " " | "T";
  /** The fewest fraction digits of a time. */
  readonly digits: number;
  readonly decimal: "quoted" | "scientific" | "plain";
  /** Fields that are NULL are left out. */
  readonly skipsNull: boolean;
  /** A map's NULL key: left out, or this text. "fail": NullKeyError. */
  readonly nullKey: "fail" | "drop" | { readonly literal: string };
}

/** How Flink's json format writes, unless its options say otherwise. */
export const FLINK_JSON: JsonForm = {
  separator: " ",
  digits: 0,
  decimal: "scientific",
  skipsNull: false,
  nullKey: "fail",
};

/** The gateway's own rows are never refused. */
const NULL_KEY = { literal: "null" };

const STYLES: Readonly<Record<JsonStyle, JsonForm>> = {
  print: { separator: "T", digits: 3, decimal: "quoted", skipsNull: false, nullKey: NULL_KEY },
  flink: { ...FLINK_JSON, nullKey: NULL_KEY },
};

/** A map has the key NULL, which JSON cannot say. */
export class NullKeyError extends Error {}

/** Values of a row in field order to one JSON object, without a line end. */
export type RowJsonWriter = (values: readonly SqlValue[]) => string;

type ValueWriter = (value: SqlValue) => string;

/** Builds the writer of a row type. Names are written as they are; equal names give equal keys. */
export function rowJsonWriter(
  fields: readonly Field[],
  style: JsonStyle | JsonForm,
): RowJsonWriter {
  const form = typeof style === "string" ? STYLES[style] : style;
  return form.skipsNull ? sparseWriter(fields, form) : fullWriter(fields, form);
}

function fullWriter(fields: readonly Field[], form: JsonForm): RowJsonWriter {
  const columns = fields.map((field, index) => ({
    head: `${index === 0 ? "{" : ","}${JSON.stringify(field.name)}:`,
    write: valueWriter(field.type, form),
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

function sparseWriter(fields: readonly Field[], form: JsonForm): RowJsonWriter {
  const columns = fields.map(({ name, type }) => ({
    head: `${JSON.stringify(name)}:`,
    write: valueWriter(type, form),
  }));
  return (values) => {
    const members = columns.flatMap(({ head, write }, index) => {
      const value = values[index] ?? null;
      return value === null ? [] : [head + write(value)];
    });
    return `{${members.join(",")}}`;
  };
}

/** Writes one non-NULL value of `type`. */
function valueWriter(type: SqlType, form: JsonForm): ValueWriter {
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
      if (form.decimal === "scientific")
        return (value) => strippedDecimalText(value as bigint, scale);
      const quote = form.decimal === "quoted" ? '"' : "";
      return (value) => quote + decimalText(value as bigint, scale) + quote;
    }
    case "BINARY":
    case "VARBINARY":
      return (value) => `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "DATE":
      return (value) => `"${dateText(value as number)}"`;
    case "TIME":
      return (value) => {
        const millis = value as number;
        return `"${clockText(millis)}${fraction((millis % 1000) * 1e6, form.digits)}"`;
      };
    case "TIMESTAMP":
      return timestampWriter(type.precision, form, "");
    case "TIMESTAMP_LTZ":
      return timestampWriter(type.precision, form, "Z");
    case "ARRAY":
    case "MULTISET":
    case "MAP":
    case "ROW":
      return collectionWriter(type, form);
    default:
      // BOOLEAN, the exact integers and the intervals.
      return (value) => (value as boolean | number | bigint).toString();
  }
}

/** The rows of a window share their bounds: the last text is kept. */
function timestampWriter(precision: number, form: JsonForm, zone: string): ValueWriter {
  const { separator } = form;
  const digits = form.digits === 0 ? 0 : Math.max(form.digits, precision);
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

function collectionWriter(type: CollectionType, form: JsonForm): ValueWriter {
  if (type.kind === "ROW") {
    const write = rowJsonWriter(type.fields, form);
    return (value) => write(value as readonly SqlValue[]);
  }
  if (type.kind === "ARRAY") {
    const write = valueWriter(type.element, form);
    return (value) =>
      `[${(value as readonly SqlValue[]).map((item) => (item === null ? "null" : write(item))).join(",")}]`;
  }
  const writeKey = keyWriter(type.kind === "MAP" ? type.key : type.element, form);
  const write = type.kind === "MAP" ? valueWriter(type.value, form) : String;
  return (value) => {
    const { keys, values } = value as MapValue;
    const members = new Map<string, string>();
    for (const [index, key] of keys.entries()) {
      const name = writeKey(key);
      const item = values[index] ?? null;
      if (name !== undefined) members.set(name, item === null ? "null" : write(item));
    }
    return `{${Array.from(members, ([name, text]) => `${name}:${text}`).join(",")}}`;
  };
}

/** Keys of an object are text: `1` becomes `"1"`, an array its JSON as text. undefined: the member is left out. */
function keyWriter(type: SqlType, form: JsonForm): (key: SqlValue) => string | undefined {
  const write = valueWriter(type, form);
  const { nullKey } = form;
  return (key) => {
    if (key !== null) {
      const text = write(key);
      return text.startsWith('"') ? text : JSON.stringify(text);
    }
    if (nullKey === "drop") return undefined;
    if (nullKey === "fail") throw new NullKeyError("a map has the key NULL");
    return JSON.stringify(nullKey.literal);
  };
}
