// Temporal literals: DATE '…', TIMESTAMP '…', INTERVAL '…' DAY TO SECOND. Only the syntax; values and
// ranges are checked by the binder.

import type { SqlType } from "../../core/types.ts";
import type { Expr, TimeUnit } from "../ast.ts";
import { checkIntervalDigits, isMonths } from "../intervals.ts";
import type { Cursor } from "./cursor.ts";

const INTERVAL_UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"];
const OTHER_UNITS =
  "MILLISECOND MICROSECOND NANOSECOND DOY DOW EPOCH DECADE CENTURY MILLENNIUM ISODOW ISOYEAR";
const UNITS: ReadonlySet<string> = new Set([...INTERVAL_UNITS, ...OTHER_UNITS.split(" ")]);

const ODBC_UNITS: ReadonlyMap<string, string> = new Map([
  ["SQL_TSI_FRAC_SECOND", "NANOSECOND"],
  ["SQL_TSI_MICROSECOND", "MICROSECOND"],
  ...[...INTERVAL_UNITS].map((unit) => [`SQL_TSI_${unit}`, unit] as const),
]);

/** DATE '…', TIME '…', TIMESTAMP '…', TIMESTAMP WITH LOCAL TIME ZONE '…'. */
export function parseTemporal(cursor: Cursor): Expr {
  const start = cursor.advance();
  let type = start.upper as "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ";
  if (type === "TIMESTAMP" && cursor.accept("WITH", "LOCAL", "TIME", "ZONE"))
    type = "TIMESTAMP_LTZ";
  const text = cursor.acceptString();
  if (text === undefined) {
    throw cursor.source.syntax(
      start,
      `${start.upper} is a reserved word of Flink SQL`,
      `Write \`${start.value}\` for a column, or ${start.upper} '…' for a value.`,
    );
  }
  return { kind: "temporal", type, text: text.value, ...cursor.since(start) };
}

/** INTERVAL [-] '…' unit [(precision)] [TO unit]; INTERVAL 10 MINUTE is the same as INTERVAL '10' MINUTE. */
export function parseInterval(cursor: Cursor): Expr {
  const start = cursor.expect("INTERVAL");
  const negative = cursor.accept("-");
  if (!negative) cursor.accept("+");
  const value = cursor.current;
  if (value.kind !== "string" && !(value.kind === "number" && /^\d+$/.test(value.value))) {
    throw cursor.source.syntax(
      value,
      "an interval needs a literal length",
      "Write INTERVAL '10' SECOND, or column * INTERVAL '1' SECOND.",
    );
  }
  cursor.advance();
  const { from, precision, to } = parseQualifier(cursor);
  const span = cursor.since(start);
  return { kind: "interval", negative, text: value.value, from, to, precision, ...span };
}

/** INTERVAL DAY, INTERVAL DAY(3) TO SECOND(3) …; `unit` if it has one alone. */
export function parseIntervalType(cursor: Cursor): {
  readonly type: SqlType;
  readonly unit: TimeUnit | undefined;
} {
  const start = cursor.expect("INTERVAL");
  const { from, precision, to } = parseQualifier(cursor);
  const kind = isMonths(from) ? "INTERVAL_YEAR_MONTH" : "INTERVAL_DAY_TIME";
  checkIntervalDigits(cursor.source, cursor.since(start), { unit: from, precision });
  return { type: { kind, nullable: true }, unit: to === undefined ? from : undefined };
}

interface Qualifier {
  readonly from: TimeUnit;
  /** Digits allowed in the leading field. */
  readonly precision: number;
  readonly to: TimeUnit | undefined;
}

/** DAY, DAY(3) TO SECOND(3) … */
function parseQualifier(cursor: Cursor): Qualifier {
  const from = intervalUnit(cursor);
  let precision = 2;
  if (cursor.accept("(")) {
    precision = digits(cursor);
    if (cursor.accept(",")) digits(cursor); // fraction digits: milliseconds are kept whatever they are
    cursor.expect(")");
  }
  const to = cursor.accept("TO") ? intervalUnit(cursor) : undefined;
  if (to !== undefined && cursor.accept("(")) {
    digits(cursor);
    cursor.expect(")");
  }
  return { from, precision, to };
}

/** Whether the cursor stands on a unit of an interval. */
export function atIntervalUnit(cursor: Cursor): boolean {
  const { kind, upper } = cursor.current;
  return kind === "word" && INTERVAL_UNITS.includes(singular(upper));
}

/** The qualifier behind (a - b): its leading unit says whether months or milliseconds are meant. */
export function parseDifferenceUnit(cursor: Cursor): Expr {
  const { current } = cursor;
  const { from } = parseQualifier(cursor);
  return { kind: "symbol", value: from, ...cursor.since(current) };
}

/** A unit of time as a function's argument: EXTRACT, FLOOR … TO, TIMESTAMPADD, TIMESTAMPDIFF. */
export function parseUnit(cursor: Cursor): Expr {
  const token = cursor.current;
  if (token.kind !== "word" || !UNITS.has(token.upper)) throw cursor.unexpected("a unit of time");
  cursor.advance();
  return { kind: "symbol", value: token.upper, start: token.start, end: token.end };
}

/** A unit of TIMESTAMPADD and TIMESTAMPDIFF, which ODBC writes SQL_TSI_DAY. */
export function parseDistanceUnit(cursor: Cursor): Expr {
  const { kind, upper, start, end } = cursor.current;
  const unit = ODBC_UNITS.get(upper);
  if (kind !== "word" || unit === undefined) return parseUnit(cursor);
  cursor.advance();
  return { kind: "symbol", value: unit, start, end };
}

function intervalUnit(cursor: Cursor): TimeUnit {
  if (!atIntervalUnit(cursor)) throw cursor.unexpected(INTERVAL_UNITS.join(", "));
  return singular(cursor.advance().upper);
}

function singular(unit: string): TimeUnit {
  return unit.endsWith("S") ? unit.slice(0, -1) : unit;
}

function digits(cursor: Cursor): number {
  const token = cursor.current;
  if (token.kind !== "number" || !/^\d$|^10$/.test(token.value))
    throw cursor.unexpected("a precision");
  cursor.advance();
  return Number(token.value);
}
