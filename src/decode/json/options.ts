// The options of Flink's `json` format that a table may have, checked, with Flink's defaults.

import { GatewayError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { DecodeTable } from "../table.ts";
import type { JsonOptions } from "./convert.ts";
import { TIMESTAMP_FORMATS } from "./texts.ts";

const BOOLEANS = ["true", "false"] as const;
const IGNORE = "json.ignore-parse-errors";
const FAIL = "json.fail-on-missing-field";
const TIMESTAMP = "json.timestamp-format.standard";
/** They concern writing, or make reading faster in Flink; they change no row that is read. */
const WITHOUT_EFFECT = [
  "json.map-null-key.mode",
  "json.map-null-key.literal",
  "json.encode.decimal-as-plain-number",
  "json.encode.ignore-null-fields",
  "json.decode.json-parser.enabled",
];

/** The table's options. Throws blame `config` for a format that is not json, unknown json options and bad values. */
export function jsonOptions(table: DecodeTable): JsonOptions {
  const { options } = table;
  const format = options["format"] ?? "json";
  if (format !== "json") {
    throw new GatewayError(`table ${table.name}: format '${format}' is not built yet`, {
      code: "SQL_UNSUPPORTED",
      blame: "config",
      hint: "Use 'format' = 'json'.",
    });
  }
  const known = [IGNORE, FAIL, TIMESTAMP, ...WITHOUT_EFFECT];
  for (const name of Object.keys(options)) {
    if (!name.startsWith("json.") || known.includes(name)) continue;
    throw refuse(table, `unknown option '${name}'`, didYouMean(name, known));
  }
  const json: JsonOptions = {
    timestampFormat: oneOf(table, TIMESTAMP, TIMESTAMP_FORMATS) ?? "SQL",
    ignoreParseErrors: oneOf(table, IGNORE, BOOLEANS) === "true",
    failOnMissingField: oneOf(table, FAIL, BOOLEANS) === "true",
  };
  if (json.ignoreParseErrors && json.failOnMissingField) {
    throw refuse(table, `'${IGNORE}' and '${FAIL}' cannot both be 'true'`, undefined);
  }
  return json;
}

function oneOf<const T extends string>(
  table: DecodeTable,
  name: string,
  values: readonly T[],
): T | undefined {
  const text = table.options[name];
  if (text === undefined) return undefined;
  const value = values.find((allowed) => allowed.toLowerCase() === text.toLowerCase());
  if (value !== undefined) return value;
  throw refuse(table, `'${name}' must be one of ${values.join(", ")}`, didYouMean(text, values));
}

function refuse(table: DecodeTable, message: string, hint: string | undefined): GatewayError {
  return new GatewayError(`table ${table.name}: ${message}`, {
    code: "SQL_INVALID",
    blame: "config",
    ...(hint === undefined ? {} : { hint }),
  });
}
