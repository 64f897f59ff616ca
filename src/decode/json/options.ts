// The options of Flink's `json` format that a table may have, checked, with Flink's defaults.

import { FormatOptions } from "../../core/format/options.ts";
import type { FormattedTable } from "../../core/format/options.ts";
import type { JsonOptions } from "./convert.ts";
import { TIMESTAMP_FORMATS } from "./texts.ts";

const IGNORE = "ignore-parse-errors";
const FAIL = "fail-on-missing-field";
/** They concern writing, or make reading faster in Flink; they change no row that is read. */
const WITHOUT_EFFECT = [
  "map-null-key.mode",
  "map-null-key.literal",
  "encode.decimal-as-plain-number",
  "encode.ignore-null-fields",
  "decode.json-parser.enabled",
];

/** The table's options. Throws blame `config` for unknown json options and bad values. */
export function jsonOptions(table: FormattedTable): JsonOptions {
  const options = new FormatOptions(table, "json.");
  const json: JsonOptions = {
    timestampFormat: options.choice("timestamp-format.standard", TIMESTAMP_FORMATS) ?? "SQL",
    ignoreParseErrors: options.flag(IGNORE),
    failOnMissingField: options.flag(FAIL),
  };
  options.ignore(WITHOUT_EFFECT);
  options.finish();
  if (json.ignoreParseErrors && json.failOnMissingField) {
    throw options.refuse(IGNORE, `and 'json.${FAIL}' cannot both be 'true'`, undefined);
  }
  return json;
}
