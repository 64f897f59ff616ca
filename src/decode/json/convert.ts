// Values of every SQL type from JSON, as Flink's json format converts them; column-taker.ts has the quick ways
// for the common pairs. A converter reads the value at the cursor and gives undefined with a reason when it
// cannot; JSON null is NULL everywhere.
//
//   BOOLEAN              true, false; other scalars: whether their text is "true" in any case
//   TINYINT SMALLINT     an integer or text of one
//   INTEGER BIGINT       a number (a fraction is cut: 7.9 is 7) or text of an integer
//   FLOAT DOUBLE         a number or text of one, NaN and Infinity included
//   DECIMAL              the same, rounded HALF_UP, NULL when too large
//   STRING               text; a number or boolean as it is written; an object or array as compact JSON
//   BYTES                base64      DATE TIME TIMESTAMP   text; see texts.ts
//   ARRAY MAP ROW        array, object, object by field name
//
// Confirmed by running Flink 2.3. Left out of it on purpose, being its bugs: of duplicate keys the first wins once all
// columns have been found, and a duplicate hides a column that comes later; an object is FALSE for BOOLEAN, with its
// fields read as the row's. An object in a STRING column prints fractions as DECIMALs if the table has a DECIMAL.

import { toBigintValue } from "../../core/types.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { parseDecimal } from "../../core/value/decimal.ts";
import { parseJavaDouble, parseJavaFloat, trimControl } from "../../core/value/java-number.ts";
import { timestampOf } from "../../core/value/timestamp.ts";
import { decodeBase64 } from "../base64.ts";
import type { FieldPaths } from "../payload-reader.ts";
import { arrayConverter, mapConverter } from "./collections.ts";
import type { JsonCursor } from "./cursor.ts";
import { RowReader } from "./row-value.ts";
import type { RowField } from "./row-value.ts";
import { parseDate, parseInteger, parseTime, parseTimestamp } from "./texts.ts";
import type { TimestampFormat } from "./texts.ts";
import { MINUS, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./tokens.ts";
import { treeText } from "./tree-text.ts";

export interface JsonOptions {
  readonly timestampFormat: TimestampFormat;
  /** A field that cannot be converted becomes NULL. */
  readonly ignoreParseErrors: boolean;
  readonly failOnMissingField: boolean;
}

export type Converter = (cursor: JsonCursor) => SqlValue | undefined;

const WHOLE: FieldPaths = [[]];

/** The converter of a type, NULL included. Of a ROW only the fields in `paths` are converted, the others are NULL. */
export function compileConverter(
  type: SqlType,
  options: JsonOptions,
  paths: FieldPaths = WHOLE,
): Converter {
  const convert =
    type.kind === "ROW"
      ? rowConverter(type.fields, options, paths)
      : quickly(type, notNull(type, options));
  return (cursor) => {
    const byte = cursor.next();
    if (byte === 0x6e) return cursor.literal("null") ? null : undefined;
    const start = cursor.pos;
    const value = convert(cursor);
    if (value !== undefined || cursor.syntax || !options.ignoreParseErrors) return value;
    cursor.reason = "";
    cursor.pos = start;
    return cursor.skip() ? null : undefined;
  };
}

/** A JSON number for a number is read straight from the bytes; everything else goes the careful way. */
function quickly(type: SqlType, careful: Converter): Converter {
  const range = WHOLE_RANGES[type.kind];
  const isFloat = type.kind === "FLOAT";
  if (range === undefined && type.kind !== "DOUBLE" && !isFloat) return careful;
  return (cursor) => {
    const byte = cursor.next();
    if (byte !== MINUS && (byte < 0x30 || byte > 0x39)) return careful(cursor);
    const start = cursor.pos;
    const value = cursor.number();
    if (cursor.reason !== "") return undefined;
    if (range === undefined) return isFloat ? Math.fround(value) : value;
    // + 0 makes -0 a plain zero.
    if (cursor.exact && cursor.integral && value >= -range && value < range) return value + 0;
    cursor.pos = start;
    return careful(cursor);
  };
}

/** Whole numbers of a type are in [-range, range). */
export const WHOLE_RANGES: Readonly<Record<string, number>> = {
  TINYINT: 0x80,
  SMALLINT: 0x8000,
  INTEGER: 0x8000_0000,
  BIGINT: Infinity,
};

function notNull(type: SqlType, options: JsonOptions): Converter {
  switch (type.kind) {
    case "BOOLEAN":
      return fromText((text) => trimControl(text).toLowerCase() === "true", "BOOLEAN");
    case "TINYINT":
      return (cursor) => integer(cursor, "TINYINT", 8);
    case "SMALLINT":
      return (cursor) => integer(cursor, "SMALLINT", 16);
    case "INTEGER":
    case "INTERVAL_YEAR_MONTH":
      return (cursor) => integer(cursor, "INT", 32);
    case "BIGINT":
    case "INTERVAL_DAY_TIME":
      return (cursor) => integer(cursor, "BIGINT", 64);
    case "FLOAT":
      return fromText(parseJavaFloat, "FLOAT");
    case "DOUBLE":
      return fromText(parseJavaDouble, "DOUBLE");
    case "DECIMAL":
      return fromText((text) => parseDecimal(trimControl(text), type), "DECIMAL");
    case "CHAR":
    case "VARCHAR":
      return string;
    case "BINARY":
    case "VARBINARY":
      return bytes;
    case "DATE":
      return fromText(parseDate, "DATE");
    case "TIME":
      return fromText(parseTime, "TIME");
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return timestamp(type, options.timestampFormat);
    case "ARRAY":
      return arrayConverter(compileConverter(type.element, options));
    case "MAP":
      return mapConverter(compileConverter(type.value, options));
    case "MULTISET":
      return mapConverter(compileConverter({ kind: "INTEGER", nullable: false }, options));
    case "ROW":
      return rowConverter(type.fields, options, WHOLE);
    case "NULL":
      return (cursor) => (cursor.skip() ? null : undefined);
  }
}

/** A converter that sees every scalar as its text, as Jackson's getText does. */
function fromText(parse: (text: string) => SqlValue | undefined, name: string): Converter {
  return (cursor) => {
    const text = scalarText(cursor, name);
    if (text === undefined) return undefined;
    const value = parse(text);
    return value === undefined ? cursor.conversionError(`${shown(text)} is not a ${name}`) : value;
  };
}

/** The text of a scalar. Objects and arrays are refused (Flink would go astray inside them). */
function scalarText(cursor: JsonCursor, name: string): string | undefined {
  const byte = cursor.next();
  if (byte === QUOTE) return cursor.string();
  if (byte === OPEN_OBJECT) return cursor.conversionError(`an object is not a ${name}`);
  if (byte === OPEN_ARRAY) return cursor.conversionError(`an array is not a ${name}`);
  const start = cursor.pos;
  return cursor.skip() ? cursor.ascii(start, cursor.pos) : undefined;
}

function string(cursor: JsonCursor): string | undefined {
  const byte = cursor.next();
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY
    ? treeText(cursor)
    : scalarText(cursor, "STRING");
}

/** Whole numbers: 32 and 64 bits also take a number with a fraction or exponent, cut towards zero. */
function integer(cursor: JsonCursor, name: string, bits: number): SqlValue | undefined {
  const byte = cursor.next();
  let value: bigint | undefined;
  let text: string | undefined;
  if (bits >= 32 && (byte === MINUS || (byte >= 0x30 && byte <= 0x39))) {
    const number = cursor.number();
    if (cursor.reason !== "") return undefined;
    text = cursor.numberText();
    if (cursor.integral) value = BigInt(text);
    else if (Number.isFinite(number)) value = BigInt(Math.trunc(number));
  } else {
    text = scalarText(cursor, name);
    if (text === undefined) return undefined;
    value = parseInteger(trimControl(text));
  }
  if (value === undefined) return cursor.conversionError(`${shown(text)} is not a ${name}`);
  if (BigInt.asIntN(bits, value) !== value) {
    return cursor.conversionError(`${shown(text)} is out of range of ${name}`);
  }
  return toBigintValue(value);
}

function timestamp(
  type: Extract<SqlType, { precision: number }>,
  format: TimestampFormat,
): Converter {
  const zoned = type.kind === "TIMESTAMP_LTZ";
  const other = format === "SQL" ? "ISO-8601" : "SQL";
  const name = `${type.kind}(${type.precision})`;
  return (cursor) => {
    const text = scalarText(cursor, name);
    if (text === undefined) return undefined;
    const moment = parseTimestamp(text, format, zoned);
    if (moment === undefined) {
      const hint =
        parseTimestamp(text, other, zoned) === undefined
          ? ""
          : ` ('json.timestamp-format.standard' is '${format}', this is '${other}')`;
      return cursor.conversionError(`${shown(text)} is not a ${name} in ${format} form${hint}`);
    }
    // Flink keeps all milliseconds, also of TIMESTAMP(0); only digits of nanoseconds are cut.
    return timestampOf(moment.ms, moment.nanos, Math.max(3, type.precision));
  };
}

function rowConverter(
  fields: readonly { readonly name: string; readonly type: SqlType }[],
  options: JsonOptions,
  paths: FieldPaths,
): Converter {
  // Whether a field is missing can only be told of all of them.
  const isWhole = options.failOnMissingField || paths.some((path) => path.length === 0);
  const wanted = fields.flatMap(({ name, type }, index): RowField[] => {
    const below = paths.filter(([first]) => first === index).map(([, ...rest]) => rest);
    if (!isWhole && below.length === 0) return [];
    const convert = compileConverter(type, options, isWhole ? WHOLE : below);
    return [{ index, name, convert }];
  });
  const row = new RowReader(fields.length, wanted);
  return (cursor) => row.read(cursor, options.failOnMissingField);
}

const convertBase64: Converter = fromText(decodeBase64, "BYTES (base64)");

/** Base64 text; no other scalar, although its text could be base64. */
function bytes(cursor: JsonCursor): SqlValue | undefined {
  if (cursor.next() === QUOTE) return convertBase64(cursor);
  return cursor.conversionError("only text (base64) is BYTES");
}

/** Payload text in a reason: quoted and short. Reasons go to dead letters only, never into logs. */
function shown(text: string | undefined): string {
  const full = text ?? "";
  return full.length <= 40 ? `'${full}'` : `'${full.slice(0, 40)}…'`;
}
