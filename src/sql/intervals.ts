// Intervals: INTERVAL '…' unit [TO unit] to months or milliseconds, and what Flink checks of their fields.

import type { IntervalLiteral, TimeUnit } from "./ast.ts";
import type { SourceText, Span } from "./source.ts";

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  WEEK: 7 * DAY_MS,
  DAY: DAY_MS,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};
const UNIT_MONTHS: Readonly<Record<string, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };

/** Whether an interval that begins with this unit is one of months; else it is one of milliseconds. */
export function isMonths(unit: TimeUnit): boolean {
  return UNIT_MONTHS[unit] !== undefined;
}

/** Months or milliseconds of a unit. */
export function unitLength(unit: TimeUnit): number {
  return UNIT_MONTHS[unit] ?? UNIT_MS[unit] ?? 0;
}

/** The months or milliseconds of INTERVAL '…'. Throws SQL_INVALID. */
export function intervalValue(source: SourceText, expr: IntervalLiteral): number {
  const value =
    expr.to === undefined ? singleField(source, expr) : severalFields(source, expr, expr.to);
  const negative = expr.negative !== expr.text.trim().startsWith("-");
  return negative ? 0 - value : value;
}

function malformed(source: SourceText, expr: IntervalLiteral): Error {
  const unit = expr.to === undefined ? expr.from : `${expr.from} TO ${expr.to}`;
  return source.invalid(expr, `'${expr.text}' is no interval of ${unit}`);
}

function singleField(source: SourceText, expr: IntervalLiteral): number {
  const match = /^\s*[+-]?(\d+)(?:\.(\d{1,9}))?\s*$/.exec(expr.text);
  const [, whole = "", fraction = ""] = match ?? [];
  if (match === null || (fraction !== "" && expr.from !== "SECOND")) throw malformed(source, expr);
  checkPrecision(source, expr, whole);
  const months = UNIT_MONTHS[expr.from];
  if (months !== undefined) return Number(whole) * months;
  const millis = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return Number(whole) * (UNIT_MS[expr.from] ?? 0) + millis;
}

const LONGER_UNIT = "Use a longer unit, or a multiple: 1440 * INTERVAL '1' SECOND.";

/** Throws SQL_INVALID when the first field has more digits than Flink takes; of months, than always fit. */
export function checkIntervalDigits(
  source: SourceText,
  span: Span,
  { unit, precision }: { readonly unit: TimeUnit; readonly precision: number },
): void {
  const most = maxDigits(unit);
  if (precision <= most) return;
  throw source.invalid(span, `an interval has at most ${most} digits`, LONGER_UNIT);
}

function maxDigits(unit: TimeUnit): number {
  return isMonths(unit) ? 8 : 3;
}

/** INTERVAL '100' DAY is refused by Flink: a field has two digits unless it says DAY(3). */
function checkPrecision(source: SourceText, expr: IntervalLiteral, digits: string): void {
  const length = digits.replace(/^0+(?=\d)/, "").length;
  checkIntervalDigits(source, expr, { unit: expr.from, precision: expr.precision });
  if (length <= expr.precision) return;
  throw source.invalid(
    expr,
    `${digits} has more than the ${expr.precision} digits of ${expr.from}(${expr.precision})`,
    length <= maxDigits(expr.from)
      ? `Write INTERVAL '${digits}' ${expr.from}(${length}), or a longer unit.`
      : LONGER_UNIT,
  );
}

const FIELD_ORDER = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
const FIELD_LIMITS: Readonly<Record<string, number>> = {
  MONTH: 11,
  HOUR: 23,
  MINUTE: 59,
  SECOND: 59,
};

/** INTERVAL '1 02:03:04.005' DAY TO SECOND, INTERVAL '1-2' YEAR TO MONTH. */
function severalFields(source: SourceText, expr: IntervalLiteral, to: string): number {
  const first = FIELD_ORDER.indexOf(expr.from);
  const last = FIELD_ORDER.indexOf(to);
  const years = expr.from === "YEAR";
  if (first < 0 || last <= first || years !== (to === "MONTH")) throw malformed(source, expr);
  const units = FIELD_ORDER.slice(first, last + 1);
  const parts = expr.text
    .trim()
    .replace(/^[+-]/, "")
    .split(years ? "-" : /[ :]/);
  if (parts.length !== units.length) throw malformed(source, expr);
  let total = 0;
  units.forEach((unit, index) => {
    const part = parts[index] ?? "";
    const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(part);
    const [, whole = "", fraction = ""] = match ?? [];
    if (match === null || (fraction !== "" && unit !== "SECOND")) throw malformed(source, expr);
    if (index === 0) checkPrecision(source, expr, whole);
    else if (Number(whole) > (FIELD_LIMITS[unit] ?? 0)) throw malformed(source, expr);
    total += Number(whole) * (UNIT_MONTHS[unit] ?? UNIT_MS[unit] ?? 0);
    total += Number(fraction.slice(0, 3).padEnd(3, "0"));
  });
  return total;
}
