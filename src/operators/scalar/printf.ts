// PRINTF: values printed as java.util.Formatter does, in English. A value of the wrong type for its conversion, or a
// missing one, makes the whole result NULL; NULL itself prints as "null".

import type { SqlType, SqlValue } from "../../core/types.ts";
import { decimalText, divideHalfUp, powerOfTen } from "../../core/value/decimal.ts";
import { doubleDigits } from "../../core/value/java-digits.ts";
import { doubleText, floatText } from "../../core/value/java-number.ts";
import { parsePrintf, type FormatDirective, type FormatPart } from "../../core/value/printf.ts";
import { localDateTimeText } from "../../core/value/time-text.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError, quoted } from "../data-error.ts";
import type { CallShape, Implementation } from "./implementation.ts";
import { boundLength, wellFormed } from "./text-rules.ts";

/** PRINTF(format, value, …). */
export function printf(shape: CallShape): Implementation {
  const types = shape.arguments.slice(1);
  let last: string | undefined;
  let parts: readonly FormatPart[] | undefined;
  return {
    acceptsNull: true,
    nullable: true,
    apply: (format: string | null, ...values: SqlValue[]) => {
      if (format === null) return null;
      if (format !== last) {
        parts = partsOf(format, shape);
        last = format;
      }
      return parts === undefined ? null : print(parts, { types, values });
    },
  };
}

/** undefined for a format that Java refuses. */
function partsOf(format: string, shape: CallShape): readonly FormatPart[] | undefined {
  const parsed = parsePrintf(format);
  if (parsed.ok) return parsed.parts;
  if (parsed.kind === "invalid") return undefined;
  return dataError(`PRINTF does not know ${quoted(parsed.conversion)}`, shape.position);
}

interface Values {
  readonly types: readonly SqlType[];
  readonly values: readonly SqlValue[];
}

function print(parts: readonly FormatPart[], { types, values }: Values): string | null {
  let text = "";
  let next = 0;
  let previous = -1;
  for (const part of parts) {
    if (part.kind === "text") {
      text += part.text;
      continue;
    }
    let printed: string | undefined;
    if (part.conversion === "n") printed = "\n";
    else if (part.conversion === "%") printed = padded("%", part);
    else {
      const { argument } = part;
      const index =
        argument === "next" ? next++ : argument === "previous" ? previous : argument - 1;
      const type = types[index];
      if (type === undefined) return null;
      previous = index;
      printed = printValue(part, values[index] ?? null, type);
    }
    if (printed === undefined) return null;
    text += printed;
    boundLength(text.length);
  }
  return wellFormed(text);
}

/** undefined when the conversion does not go with the type. */
function printValue(
  directive: FormatDirective,
  value: SqlValue,
  type: SqlType,
): string | undefined {
  const { conversion, precision, isUpper } = directive;
  boundLength(Math.max(directive.width ?? 0, precision ?? 0));
  let text: string | undefined;
  if (conversion === "b")
    text = cut(String(type.kind === "BOOLEAN" ? value === true : value !== null), precision);
  else if (value === null) text = cut("null", precision);
  else if (conversion === "s") text = cut(plainText(value, type), precision);
  else if (conversion === "c") text = character(value, type);
  else if ("dox".includes(conversion)) return integer(directive, value, type);
  else
    return typeof value === "number" && isApproximate(type) ? float(directive, value) : undefined;
  if (text === undefined) return undefined;
  const whole = padded(text, directive);
  return isUpper ? whole.toUpperCase() : whole;
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : text.slice(0, precision);
}

function padded(text: string, { width = 0, flags }: FormatDirective): string {
  return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
}

function isApproximate(type: SqlType): boolean {
  return type.kind === "FLOAT" || type.kind === "DOUBLE";
}

/** Java's toString of the value; BOOLEAN in lower case, unlike a CAST. */
function plainText(value: SqlValue, type: SqlType): string {
  switch (type.kind) {
    case "DOUBLE":
      return doubleText(value as number);
    case "FLOAT":
      return floatText(value as number);
    case "DECIMAL":
      return decimalText(value as bigint, type.scale);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return localDateTimeText(value as TimestampValue);
    default:
      return `${value as string | number | bigint | boolean}`;
  }
}

function character(value: SqlValue, type: SqlType): string | undefined {
  const isCode = BITS[type.kind] !== undefined && type.kind !== "BIGINT";
  if (!isCode || typeof value !== "number" || value < 0 || value > 0x10ffff) return undefined;
  return String.fromCodePoint(value);
}

/** What Java boxes the types as that %d takes: DATE and TIME are ints inside, intervals of days longs. */
const BITS: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  DATE: 32,
  TIME: 32,
  INTERVAL_YEAR_MONTH: 32,
  INTERVAL_DAY_TIME: 64,
  BIGINT: 64,
};

function integer(directive: FormatDirective, value: SqlValue, type: SqlType): string | undefined {
  const bits = BITS[type.kind];
  if (bits === undefined) return undefined;
  const { conversion, flags, width = 0, isUpper } = directive;
  const number = BigInt(value as number | bigint);
  if (conversion === "d") {
    return signed(directive, {
      digits: String(number < 0n ? -number : number),
      isNegative: number < 0n,
    });
  }
  const radix = conversion === "x" ? 16 : 8;
  const prefix = flags.includes("#") ? (radix === 16 ? "0x" : "0") : "";
  const digits = BigInt.asUintN(bits, number).toString(radix);
  const zeros = flags.includes("0") ? width - prefix.length : 0;
  const text = padded(prefix + digits.padStart(zeros, "0"), directive);
  return isUpper ? text.toUpperCase() : text;
}

interface Magnitude {
  readonly digits: string;
  readonly isNegative: boolean;
}

/** Sign, grouping and padding around the digits of a magnitude. */
function signed(directive: FormatDirective, { digits, isNegative }: Magnitude): string {
  const { flags, width = 0, isUpper } = directive;
  const inParentheses = isNegative && flags.includes("(");
  const positive = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const sign = inParentheses ? "(" : isNegative ? "-" : positive;
  const close = inParentheses ? ")" : "";
  const grouped = flags.includes(",") ? withCommas(digits) : digits;
  const isNumber = /^\d/.test(digits);
  const room = flags.includes("0") && isNumber ? width - sign.length - close.length : 0;
  const text = padded(sign + grouped.padStart(room, "0") + close, directive);
  return isUpper ? text.toUpperCase() : text;
}

/** 1,234,567.89 */
function withCommas(digits: string): string {
  const whole = /^\d*/.exec(digits)?.[0] ?? "";
  return whole.replace(/\d(?=(?:\d{3})+$)/g, "$&,") + digits.slice(whole.length);
}

function float(directive: FormatDirective, value: number): string {
  const isNegative = value < 0 || Object.is(value, -0);
  if (Number.isNaN(value)) return padded("NaN", directive);
  if (!Number.isFinite(value)) return signed(directive, { digits: "Infinity", isNegative });
  return signed(directive, { digits: floatDigits(directive, Math.abs(value)), isNegative });
}

function floatDigits({ conversion, precision = 6, flags }: FormatDirective, value: number): string {
  const point = flags.includes("#") && precision === 0 ? "." : "";
  switch (conversion) {
    case "f":
      return fixed(value, precision) + point;
    case "e":
      return scientific(value, precision, point);
    default: {
      const significant = Math.max(1, precision);
      if (value === 0) return fixed(0, significant - 1);
      const { exponent } = rounded(value, significant);
      return exponent < -4 || exponent >= significant
        ? scientific(value, significant - 1, "")
        : fixed(value, significant - exponent - 1);
    }
  }
}

/** `digits` × 10^-`scale`, the first of them of order `exponent`; 0 counts as one digit. */
function digitsOf(value: number): { digits: bigint; scale: number; exponent: number } {
  if (value === 0) return { digits: 0n, scale: 0, exponent: 0 };
  const { digits, point } = doubleDigits(value);
  return { digits: BigInt(digits), scale: digits.length - point, exponent: point - 1 };
}

/** Rounded half up to significant digits, padded with zeros. */
function rounded(value: number, count: number): { digits: string; exponent: number } {
  const { digits, exponent } = digitsOf(value);
  const excess = String(digits).length - count;
  if (excess <= 0) return { digits: String(digits).padEnd(count, "0"), exponent };
  const kept = String(divideHalfUp(digits, powerOfTen(excess)));
  // 9.99 may become 10.0.
  return { digits: kept.slice(0, count), exponent: exponent + kept.length - count };
}

function fixed(value: number, decimals: number): string {
  const { digits, scale } = digitsOf(value);
  const places = Math.min(decimals, Math.max(0, scale));
  const unscaled =
    scale > places
      ? divideHalfUp(digits, powerOfTen(scale - places))
      : digits * powerOfTen(places - scale);
  const text = decimalText(unscaled, places);
  if (decimals === places) return text;
  return (places === 0 ? `${text}.` : text) + "0".repeat(decimals - places);
}

function scientific(value: number, decimals: number, point: string): string {
  const { digits, exponent } = rounded(value, decimals + 1);
  const fraction = decimals === 0 ? point : `.${digits.slice(1)}`;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits.charAt(0)}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
}
