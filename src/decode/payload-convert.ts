// Payload values as SQL values, for the formats that Flink does not have. What is exact stays exact; what has no sense
// is refused, never guessed:
//
//   BOOLEAN             true, false; 0 and 1; text of either
//   integers            a number (a fraction is cut), text of an integer
//   FLOAT DOUBLE        a number, text of one
//   DECIMAL             the same, rounded HALF_UP, NULL when too large
//   STRING              text; numbers and truth values as text; arrays and maps as compact JSON
//   BYTES               bytes; base64 text
//   DATE TIME           text
//   TIMESTAMP, _LTZ     a moment where the format has one; text in SQL or ISO-8601 form
//   ARRAY MAP ROW       arrays, maps, maps by field name

import { toBigintValue } from "../core/types.ts";
import type { SqlType, SqlValue } from "../core/types.ts";
import { decimalText, parseDecimal, powerOfTen, toShape } from "../core/value/decimal.ts";
import type { DecimalShape } from "../core/value/decimal.ts";
import { parseJavaDouble, trimControl } from "../core/value/java-number.ts";
import { timestampOf } from "../core/value/timestamp.ts";
import { decodeBase64 } from "./base64.ts";
import { parseDate, parseInteger, parseTime, parseTimestamp } from "./json/texts.ts";
import { payloadJson } from "./payload-json.ts";
import { mapMaker } from "./map-value.ts";
import { PayloadDecimal, PayloadInstant, shownValue } from "./payload-value.ts";
import type { PayloadValue } from "./payload-value.ts";

/** undefined: the value is none of the type. */
export type PayloadConverter = (value: PayloadValue) => SqlValue | undefined;

const BITS: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  BIGINT: 64,
  INTERVAL_YEAR_MONTH: 32,
  INTERVAL_DAY_TIME: 64,
};

/** The converter of a type; NULL is NULL everywhere. */
export function payloadConverter(type: SqlType): PayloadConverter {
  const convert = notNull(type);
  return (value) => (value === null ? null : convert(value));
}

/** Why `value` is none of `type`. */
export function refusedValue(value: PayloadValue, type: SqlType): string {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  const is = isNumber && BITS[type.kind] !== undefined ? "is out of range of" : "is not a";
  return `${shownValue(value)} ${is} ${typeName(type)}`;
}

/** The type as SQL names it. */
export function typeName(type: SqlType): string {
  switch (type.kind) {
    case "INTEGER":
      return "INT";
    case "VARCHAR":
      return "STRING";
    case "VARBINARY":
      return "BYTES";
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${type.kind}(${type.precision})`;
    default:
      return type.kind;
  }
}

function notNull(type: SqlType): PayloadConverter {
  switch (type.kind) {
    case "BOOLEAN":
      return boolean;
    case "FLOAT":
      return (value) => {
        const number = double(value);
        return number === undefined ? undefined : Math.fround(number);
      };
    case "DOUBLE":
      return double;
    case "DECIMAL":
      return (value) => decimal(value, type);
    case "CHAR":
    case "VARCHAR":
      return text;
    case "BINARY":
    case "VARBINARY":
      return bytes;
    case "DATE":
      return (value) => (typeof value === "string" ? parseDate(value) : undefined);
    case "TIME":
      return (value) => (typeof value === "string" ? parseTime(value) : undefined);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (value) => timestamp(value, type);
    case "ARRAY":
      return array(payloadConverter(type.element));
    case "MAP":
      return map(type.key, type.value);
    case "MULTISET":
      return map(type.element, { kind: "INTEGER", nullable: true });
    case "ROW":
      return row(type.fields);
    case "NULL":
      return () => null;
    default:
      return (value) => integer(value, BITS[type.kind] ?? 64);
  }
}

function boolean(value: PayloadValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === 0 || value === 1) return value === 1;
  if (typeof value !== "string") return undefined;
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" ? false : undefined;
}

function integer(value: PayloadValue, bits: number): SqlValue | undefined {
  let whole: bigint | undefined;
  if (typeof value === "number") {
    // Most are small: no bigint for them.
    const cut = Math.trunc(value) + 0;
    if (cut >= -(2 ** 31) && cut < 2 ** 31 && bits >= 32) return cut;
    whole = Number.isFinite(value) ? BigInt(cut) : undefined;
  } else if (typeof value === "bigint") whole = value;
  else if (typeof value === "string") whole = parseInteger(trimControl(value));
  else if (value instanceof PayloadDecimal) whole = value.unscaled / powerOfTen(value.scale);
  if (whole === undefined || BigInt.asIntN(bits, whole) !== whole) return undefined;
  return toBigintValue(whole);
}

function double(value: PayloadValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return parseJavaDouble(value);
  if (value instanceof PayloadDecimal) return Number(decimalText(value.unscaled, value.scale));
  return value instanceof PayloadInstant ? value.ms / 1000 + value.nanos / 1e9 : undefined;
}

function decimal(value: PayloadValue, shape: DecimalShape): bigint | null | undefined {
  if (value instanceof PayloadDecimal) return toShape(value.unscaled, value.scale, shape);
  if (typeof value === "bigint") return toShape(value, 0, shape);
  if (typeof value === "number") return parseDecimal(String(value), shape);
  return typeof value === "string" ? parseDecimal(trimControl(value), shape) : undefined;
}

function text(value: PayloadValue): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof PayloadDecimal) return decimalText(value.unscaled, value.scale);
  if (value instanceof PayloadInstant) return shownValue(value);
  return typeof value === "object" ? payloadJson(value) : String(value);
}

function bytes(value: PayloadValue): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? decodeBase64(value) : undefined;
}

function timestamp(
  value: PayloadValue,
  type: Extract<SqlType, { readonly precision: number }>,
): SqlValue | undefined {
  const precision = Math.max(3, type.precision);
  if (value instanceof PayloadInstant) return timestampOf(value.ms, value.nanos, precision);
  if (typeof value !== "string") return undefined;
  const zoned = type.kind === "TIMESTAMP_LTZ";
  const moment = parseTimestamp(value, "ISO-8601", zoned) ?? parseTimestamp(value, "SQL", zoned);
  return moment === undefined ? undefined : timestampOf(moment.ms, moment.nanos, precision);
}

function array(element: PayloadConverter): PayloadConverter {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const elements: SqlValue[] = [];
    for (const item of value as readonly PayloadValue[]) {
      const converted = element(item);
      if (converted === undefined) return undefined;
      elements.push(converted);
    }
    return elements;
  };
}

function map(keyType: SqlType, memberType: SqlType): PayloadConverter {
  const key = payloadConverter(keyType);
  const member = payloadConverter(memberType);
  const make = mapMaker(keyType);
  return (value) => {
    if (!(value instanceof Map)) return undefined;
    const members = new Map<SqlValue, SqlValue>();
    for (const [name, item] of value as ReadonlyMap<PayloadValue, PayloadValue>) {
      const converted = member(item);
      const under = key(name);
      if (converted === undefined || under === undefined) return undefined;
      members.set(under, converted);
    }
    return make(members);
  };
}

function row(
  fields: readonly { readonly name: string; readonly type: SqlType }[],
): PayloadConverter {
  const columns = fields.map(({ name, type }) => ({ name, convert: payloadConverter(type) }));
  return (value) => {
    if (!(value instanceof Map)) return undefined;
    const members = value as ReadonlyMap<PayloadValue, PayloadValue>;
    const values: SqlValue[] = [];
    for (const { name, convert } of columns) {
      const converted = convert(members.get(name) ?? null);
      if (converted === undefined) return undefined;
      values.push(converted);
    }
    return values;
  };
}
