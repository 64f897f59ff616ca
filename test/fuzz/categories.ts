// Categories of types, as arguments of functions want them.

import type { SqlType } from "../../src/core/types.ts";
import type { Parameter } from "../../src/sql/functions/spec.ts";
import {
  isBinary,
  isCollection,
  isDatetime,
  isExact,
  isInteger,
  isInterval,
  isNumeric,
  isText,
  isTimestamp,
} from "../../src/sql/types.ts";

export type Category =
  | "boolean"
  | "integer"
  | "exact"
  | "numeric"
  | "text"
  | "binary"
  | "date"
  | "time"
  | "timestamp"
  | "ltz"
  | "anyTimestamp"
  | "datetime"
  | "interval"
  | Collection
  | "array"
  | "json";

/** Arrays of numbers and of texts, maps with text keys, rows, arrays of rows. */
export type Collection = "numbers" | "texts" | "map" | "row" | "rows";

const ACCEPTS: Readonly<Record<Category, (type: SqlType) => boolean>> = {
  boolean: (type) => type.kind === "BOOLEAN",
  integer: isInteger,
  exact: isExact,
  numeric: isNumeric,
  text: isText,
  binary: isBinary,
  date: (type) => type.kind === "DATE",
  time: (type) => type.kind === "TIME",
  timestamp: (type) => type.kind === "TIMESTAMP",
  ltz: (type) => type.kind === "TIMESTAMP_LTZ",
  anyTimestamp: isTimestamp,
  datetime: isDatetime,
  interval: isInterval,
  numbers: (type) => type.kind === "ARRAY" && isNumeric(type.element),
  texts: (type) => type.kind === "ARRAY" && isText(type.element),
  map: (type) => type.kind === "MAP" && isText(type.key),
  row: (type) => type.kind === "ROW",
  rows: (type) => type.kind === "ARRAY" && type.element.kind === "ROW",
  array: (type) => type.kind === "ARRAY" && !isCollection(type.element),
  json: isText,
};

export const COLLECTIONS: readonly Collection[] = ["numbers", "texts", "map", "row", "rows"];

/** Categories that do not overlap and can be compared with themselves. */
export const PLAIN: readonly Category[] = [
  "boolean",
  "numeric",
  "text",
  "binary",
  "date",
  "time",
  "timestamp",
  "ltz",
];

/** Whether a type is of a category. */
export function accepts(category: Category, type: SqlType): boolean {
  return ACCEPTS[category](type);
}

/** The plain category of a type; undefined for intervals and collections. */
export function plainCategory(type: SqlType): Category | undefined {
  return isCollection(type) ? undefined : PLAIN.find((category) => accepts(category, type));
}

/** What a template's slot (forms.ts) is called for each parameter of the registry. */
export const SLOT_OF: Readonly<Record<Parameter, string>> = {
  text: "text",
  binary: "binary",
  data: "text",
  // Mostly positions and lengths: great ones would only make great texts.
  integer: "small",
  whole: "integer",
  bigint: "integer",
  exact: "exact",
  numeric: "numeric",
  double: "numeric",
  timestamp: "anyTimestamp",
  datetime: "datetime",
  symbol: "unit",
};
