// Fields of CSV as SQL values, as Flink's `csv` format converts them. A converter gives undefined for text that is none
// of its type. Confirmed by running Flink 2.3:
//
//   BOOLEAN               whether it is "true" in any case         integers     Java's parseInt, blanks around it
//   FLOAT DOUBLE          Java's parseDouble                       DECIMAL      no blanks; HALF_UP, NULL when too large
//   DATE                  a day beyond the month's end goes on     TIME         HH:mm[:ss[.fraction]]
//   TIMESTAMP, _LTZ       SQL form, the latter with Z              BYTES        base64
//   ARRAY ROW             split at the element delimiter, no quotes within; surplus fields of a ROW are not read

import type { CsvDialect } from "../../core/format/csv-dialect.ts";
import { GatewayError } from "../../core/errors.ts";
import { toBigintValue } from "../../core/types.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { daysFromCivil } from "../../core/value/calendar.ts";
import { parseDecimal } from "../../core/value/decimal.ts";
import { parseJavaDouble, parseJavaFloat, trimControl } from "../../core/value/java-number.ts";
import { timestampOf } from "../../core/value/timestamp.ts";
import { parseInteger, parseTime, parseTimestamp } from "../json/texts.ts";
import { decodeBase64 } from "../base64.ts";
import { typeName } from "../payload-convert.ts";

export interface CsvConversion {
  readonly dialect: CsvDialect;
  readonly ignoreParseErrors: boolean;
}

export type CsvConverter = (text: string) => SqlValue | undefined;

/**
 * The converter of a column. Text that is NULL is NULL (in an ARRAY or ROW, of its parts); with `ignoreParseErrors` bad
 * text is NULL, too. Throws blame `config` for types that CSV cannot hold.
 */
export function csvConverter(type: SqlType, conversion: CsvConversion): CsvConverter {
  const convert = notNull(type, conversion);
  const { nullLiteral, isEmptyNull } = conversion.dialect;
  const isList = type.kind === "ARRAY" || type.kind === "ROW";
  return (text) => {
    if (!isList && (text === nullLiteral || (isEmptyNull && text === ""))) return null;
    const value = convert(text);
    return value === undefined && conversion.ignoreParseErrors ? null : value;
  };
}

function notNull(type: SqlType, conversion: CsvConversion): CsvConverter {
  switch (type.kind) {
    case "BOOLEAN":
      return (text) => trimControl(text).toLowerCase() === "true";
    case "TINYINT":
      return (text) => integer(text, 8);
    case "SMALLINT":
      return (text) => integer(text, 16);
    case "INTEGER":
      return (text) => integer(text, 32);
    case "BIGINT":
      return (text) => integer(text, 64);
    case "FLOAT":
      return parseJavaFloat;
    case "DOUBLE":
      return parseJavaDouble;
    case "DECIMAL":
      return (text) => parseDecimal(text, type);
    case "CHAR":
    case "VARCHAR":
      return (text) => text;
    case "BINARY":
    case "VARBINARY":
      return decodeBase64;
    case "DATE":
      return date;
    case "TIME":
      return time(type);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return timestamp(type);
    case "ARRAY":
      return elements(type.element, conversion);
    case "ROW":
      return fields(type.fields, conversion);
    default:
      throw unsupported(type);
  }
}

function integer(text: string, bits: number): SqlValue | undefined {
  const value = parseInteger(trimControl(text));
  return value === undefined || BigInt.asIntN(bits, value) !== value
    ? undefined
    : toBigintValue(value);
}

/** java.sql.Date.valueOf. */
function date(text: string): number | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return daysFromCivil(year, month, 1) + day - 1;
}

/** LocalTime.parse, digits below the type's precision cut. */
function time(
  type: Extract<SqlType, { kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" }>,
): CsvConverter {
  if (type.precision > 3) throw unsupported(type);
  const unit = 10 ** (3 - type.precision);
  return (text) => {
    const ms = parseTime(/^\d\d:\d\d$/.test(text) ? `${text}:00` : text);
    if (ms === undefined || text.startsWith("24")) return undefined;
    return Math.floor(ms / unit) * unit;
  };
}

function timestamp(
  type: Extract<SqlType, { kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" }>,
): CsvConverter {
  const isZoned = type.kind === "TIMESTAMP_LTZ";
  return (text) => {
    const moment = parseTimestamp(trimControl(text), "SQL", isZoned);
    // Flink keeps all milliseconds, also of TIMESTAMP(0).
    return moment && timestampOf(moment.ms, moment.nanos, Math.max(3, type.precision));
  };
}

function elements(type: SqlType, conversion: CsvConversion): CsvConverter {
  const convert = csvConverter(simple(type), conversion);
  return (text) => {
    // A blank field is an array without elements, not one with a blank element.
    if (text.trim() === "") return [];
    const values: SqlValue[] = [];
    for (const part of parts(text, conversion.dialect)) {
      const value = convert(part);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

function fields(
  types: readonly { readonly type: SqlType }[],
  conversion: CsvConversion,
): CsvConverter {
  const converters = types.map(({ type }) => csvConverter(simple(type), conversion));
  return (text) => {
    if (text.trim() === "") return null;
    const own = parts(text, conversion.dialect);
    if (own.length < types.length && !conversion.ignoreParseErrors) return undefined;
    const values: SqlValue[] = [];
    for (const [i, convert] of converters.entries()) {
      const part = own[i];
      const value = part === undefined ? null : convert(part);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

function parts(text: string, { elementDelimiter, trimsSpaces }: CsvDialect): string[] {
  const own = text.split(elementDelimiter);
  return trimsSpaces ? own.map((part) => part.trim()) : own;
}

/** What may stand inside an ARRAY or a ROW. */
function simple(type: SqlType): SqlType {
  if (type.kind === "ARRAY" || type.kind === "ROW") throw unsupported(type);
  return type;
}

function unsupported(type: SqlType): GatewayError {
  return new GatewayError(`CSV cannot hold a ${typeName(type)} here`, {
    code: "SQL_UNSUPPORTED",
    blame: "config",
    hint: "Use 'format' = 'json'.",
  });
}
