// JSON as Flink's json format writes it.

import { holdsOtherKeys } from "../core/format/json-keys.ts";
import { FormatOptions } from "../core/format/options.ts";
import type { Field, SqlValue } from "../core/types.ts";
import { FLINK_JSON, NullKeyError, rowJsonWriter } from "../core/value/row-json.ts";
import type { JsonForm, RowJsonWriter } from "../core/value/row-json.ts";
import type { EncoderInput, RowEncoder } from "./row-encoder.ts";

const NULL_KEYS = ["FAIL", "DROP", "LITERAL"] as const;

export class JsonEncoder implements RowEncoder {
  reason = "";
  readonly #write: RowJsonWriter;

  /** Throws blame `config` for bad options, and for maps whose keys are no text. */
  constructor({ table, prefix, fields }: EncoderInput) {
    const options = new FormatOptions(table, prefix);
    this.#write = rowJsonWriter(fields, jsonForm(options));
    options.ignore(["ignore-parse-errors", "fail-on-missing-field", "decode.json-parser.enabled"]);
    options.finish();
    checkKeys(options, fields);
  }

  encode(values: readonly SqlValue[]): string | undefined {
    try {
      return this.#write(values);
    } catch (error) {
      if (!(error instanceof NullKeyError)) throw error;
      this.reason = `${error.message} ('json.map-null-key.mode' is 'FAIL')`;
      return undefined;
    }
  }
}

function jsonForm(options: FormatOptions): JsonForm {
  const timestamps = options.choice("timestamp-format.standard", ["SQL", "ISO-8601"]);
  const nullKeys = options.choice("map-null-key.mode", NULL_KEYS) ?? "FAIL";
  const literal = options.text("map-null-key.literal") ?? "null";
  return {
    ...FLINK_JSON,
    separator: timestamps === "ISO-8601" ? "T" : " ",
    decimal: options.flag("encode.decimal-as-plain-number") ? "plain" : "scientific",
    skipsNull: options.flag("encode.ignore-null-fields"),
    nullKey: nullKeys === "LITERAL" ? { literal } : nullKeys === "DROP" ? "drop" : "fail",
  };
}

function checkKeys(options: FormatOptions, fields: readonly Field[]): void {
  const bad = fields.find(({ type }) => holdsOtherKeys(type));
  if (bad === undefined) return;
  throw options.refuseFormat(
    `column ${bad.name}: the keys of a MAP must be STRING`,
    "CAST them to STRING.",
  );
}
