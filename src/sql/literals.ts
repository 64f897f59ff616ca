// Literals to values in the run-time form of core/types.ts. Widths and formats as Calcite's: a text literal
// is CHAR(n), digits with a point are DECIMAL, with an exponent DOUBLE; dates may leave out leading zeros.

import type { SqlType, SqlValue } from "../core/types.ts";
import type { Expr } from "./ast.ts";
import { intervalValue, isMonths } from "./intervals.ts";
import type { Expression } from "./plan.ts";
import type { SourceText, Span } from "./source.ts";
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, char, decimal, withNullable } from "./types.ts";

const INT_MAX = 2_147_483_647n;
const LONG_MAX = 9_223_372_036_854_775_807n;
/** Of a DECIMAL. */
const MOST_DIGITS = 38;

/** A non-NULL literal of the given type. */
function literal(value: SqlValue, type: SqlType): Expression {
  return { kind: "literal", value, type: withNullable(type, false) };
}

/** The bound form of a literal; undefined when `expr` is no literal. Throws SQL_INVALID. */
export function bindLiteral(source: SourceText, expr: Expr): Expression | undefined {
  switch (expr.kind) {
    case "number":
      return bindNumber(source, expr, expr.text);
    case "string":
      return literal(expr.value, char(expr.value.length));
    case "symbol":
      return literal(expr.value, char(expr.value.length));
    case "binary-literal": {
      const bytes = Uint8Array.from(expr.hex.match(/../g) ?? [], (pair) =>
        Number.parseInt(pair, 16),
      );
      return literal(bytes, { kind: "BINARY", length: bytes.length, nullable: false });
    }
    case "boolean":
      return literal(expr.value, BOOLEAN);
    case "null":
      return { kind: "literal", value: null, type: { kind: "NULL", nullable: true } };
    case "temporal":
      return bindTemporal(source, expr, expr);
    case "interval":
      return literal(intervalValue(source, expr), {
        kind: isMonths(expr.from) ? "INTERVAL_YEAR_MONTH" : "INTERVAL_DAY_TIME",
        nullable: false,
      });
    default:
      return undefined;
  }
}

function bindNumber(source: SourceText, span: Span, text: string): Expression {
  if (/e/i.test(text)) {
    // + 0: a literal has no negative zero.
    const value = Number(text) + 0;
    if (Number.isFinite(value)) return literal(value, DOUBLE);
    throw source.invalid(span, `the number ${text} is out of range`);
  }
  const negative = text.startsWith("-");
  const digits = negative ? text.slice(1) : text;
  const [whole = "", fraction = ""] = digits.split(".");
  if (fraction === "") return bindInteger(source, span, BigInt(`${negative ? "-" : ""}${whole}`));
  const unscaled = BigInt(`${negative ? "-" : ""}${whole}${fraction}`);
  // As in Flink, whatever the type would hold.
  if (!isLong(unscaled) || fraction.length > MOST_DIGITS) {
    const message = `the number ${text} has more digits than a literal may have: they must fit into 64 bits`;
    throw source.invalid(span, message, `Write CAST('${text}' AS DECIMAL(38, …)).`);
  }
  const precision = Math.min(whole.length + fraction.length, MOST_DIGITS);
  return literal(unscaled, decimal(precision, fraction.length));
}

function bindInteger(source: SourceText, span: Span, value: bigint): Expression {
  if (value >= -INT_MAX - 1n && value <= INT_MAX) return literal(Number(value), INTEGER);
  if (!isLong(value)) {
    throw source.invalid(
      span,
      `the number ${value} is out of range for BIGINT`,
      `Write it with an exponent, or CAST('${value}' AS DECIMAL(38, 0)).`,
    );
  }
  const small =
    value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return literal(small ? Number(value) : value, BIGINT);
}

function isLong(value: bigint): boolean {
  return value >= -LONG_MAX - 1n && value <= LONG_MAX;
}

type TemporalName = "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ";

const FORMATS: Readonly<Record<TemporalName, string>> = {
  DATE: "yyyy-MM-dd",
  TIME: "HH:mm:ss",
  TIMESTAMP: "yyyy-MM-dd HH:mm:ss",
  TIMESTAMP_LTZ: "yyyy-MM-dd HH:mm:ss",
};

function bindTemporal(
  source: SourceText,
  span: Span,
  written: { readonly type: TemporalName; readonly text: string },
): Expression {
  const bound = parseTemporalText(written.type, written.text);
  if (bound !== undefined) return bound;
  const format = FORMATS[written.type];
  throw source.invalid(span, `'${written.text}' is no ${written.type} of the form ${format}`);
}

/** Whether a type has literals of the form DATE '…'. */
export function isTemporalKind(kind: string): kind is TemporalName {
  return kind in FORMATS;
}

/** A text as a literal DATE, TIME or TIMESTAMP with as many fraction digits as it has; undefined if it is none. */
export function parseTemporalText(type: TemporalName, text: string): Expression | undefined {
  if (type === "TIME") return parseTime(text);
  const match = /^(\d{1,4})-(\d{1,2})-(\d{1,2})(?: (.+))?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, clock] = match;
  const days = epochDays(Number(year), Number(month), Number(day));
  if (days === undefined) return undefined;
  if (type === "DATE") {
    return clock === undefined ? literal(days, { kind: "DATE", nullable: false }) : undefined;
  }
  const time = clock === undefined ? { seconds: 0, fraction: "" } : parseClock(clock);
  if (time === undefined) return undefined;
  const precision = Math.min(9, time.fraction.length);
  const nanos = Number(time.fraction.slice(0, 9).padEnd(9, "0"));
  const seconds = days * 86_400 + time.seconds;
  const value: SqlValue =
    precision <= 3
      ? seconds * 1000 + nanos / 1e6
      : BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  return literal(value, { kind: type, precision, nullable: false });
}

function parseTime(text: string): Expression | undefined {
  const time = parseClock(text);
  if (time === undefined) return undefined;
  const precision = Math.min(3, time.fraction.length);
  const millis = Number(time.fraction.slice(0, 3).padEnd(3, "0"));
  return literal(time.seconds * 1000 + millis, { kind: "TIME", precision, nullable: false });
}

function parseClock(text: string): { seconds: number; fraction: string } | undefined {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [hour = 0, minute = 0, second = 0] = match.slice(1, 4).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return { seconds: hour * 3600 + minute * 60 + second, fraction: match[4] ?? "" };
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01 in the proleptic Gregorian calendar; undefined for a day that it does not have. */
function epochDays(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = (MONTH_DAYS[month - 1] ?? 0) + (leap && month === 2 ? 1 : 0);
  if (day < 1 || day > length) return undefined;
  // Years are counted from March, so that the leap day is the last one.
  const marchYear = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leaps =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leaps + dayOfYear - 719_468;
}
