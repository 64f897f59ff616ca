// CAST from text. Blanks around numbers are cut first, as Flink does; not around booleans and timestamps.

import type { SourcePosition } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { decimalOfText } from "../../core/value/decimal-of-text.ts";
import { parseInteger } from "../../core/value/integer.ts";
import { parseJavaDouble, parseJavaFloat } from "../../core/value/java-number.ts";
import { parseDate, parseTime, parseTimestamp } from "../../core/value/time-text.ts";
import { dataError, quoted } from "../data-error.ts";
import type { Implementation } from "./implementation.ts";
import { trimText } from "./text-rules.ts";

const TRUE_TEXTS: ReadonlySet<string> = new Set(["t", "true", "y", "yes", "1"]);
const FALSE_TEXTS: ReadonlySet<string> = new Set(["f", "false", "n", "no", "0"]);

/** Text to `to`, which is no text type. */
export function textCast(to: SqlType, position: SourcePosition | undefined): Implementation {
  const read = reader(to);
  return {
    nullable: true,
    apply: (text: string) => {
      const value = read(text);
      if (value === undefined) dataError(`${quoted(text)} is no ${typeName(to)}`, position);
      return value ?? null;
    },
  };
}

/** undefined: no such text. */
function reader(to: SqlType): (text: string) => SqlValue | undefined {
  switch (to.kind) {
    case "BOOLEAN":
      return (text) => {
        const word = text.toLowerCase();
        return TRUE_TEXTS.has(word) ? true : FALSE_TEXTS.has(word) ? false : undefined;
      };
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT": {
      const { kind } = to;
      return (text) => parseInteger(trimText(text, " ", "BOTH"), kind);
    }
    case "FLOAT":
      return parseJavaFloat;
    case "DOUBLE":
      return parseJavaDouble;
    case "DECIMAL":
      // Unlike numbers, text that does not fit fails.
      return (text) => decimalOfText(text, to);
    case "DATE":
      return parseDate;
    case "TIME":
      return (text) => parseTime(text, to.precision);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (text) => parseTimestamp(text, to.precision);
    case "BINARY":
    case "VARBINARY":
      return (text) => limitBytes(Buffer.from(text), to);
    default:
      return () => undefined;
  }
}

/** VARBINARY(n) cuts, BINARY(n) cuts or fills with zeros. */
export function limitBytes(
  bytes: Uint8Array,
  { kind, length }: Extract<SqlType, { length: number }>,
): Uint8Array {
  if (bytes.length >= length) return bytes.subarray(0, length);
  return kind === "BINARY" ? Buffer.concat([bytes], length) : bytes;
}

function typeName(type: SqlType): string {
  return type.kind === "INTEGER" ? "INT" : type.kind;
}
