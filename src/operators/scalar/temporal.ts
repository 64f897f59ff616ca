// + and - of dates, times, timestamps and intervals, and intervals times or by a number. Formulas are those of
// Flink's ScalarOperatorGens; timestamps above precision 3 are bigint nanoseconds (core/types.ts).

import type { SqlType, SqlValue } from "../../core/types.ts";
import { MILLIS_PER_DAY, addMonths, dayOf, timeOf } from "../../core/value/calendar.ts";
import { decimalToNumber } from "../../core/value/decimal.ts";
import { nanosOfMilli, timestampMillis, timestampOf } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation } from "./implementation.ts";
import { argumentType } from "./implementation.ts";

/** A date, time, timestamp or interval. */
export function isTemporal(type: SqlType): boolean {
  return (
    type.kind === "DATE" ||
    type.kind === "TIME" ||
    type.kind === "TIMESTAMP" ||
    type.kind === "TIMESTAMP_LTZ" ||
    isInterval(type)
  );
}

/** -interval. */
export function temporalNegate(): Implementation {
  return { apply: (a: number) => 0 - a };
}

/** The five operators with a temporal first argument. */
export function temporalArithmetic(operator: string, shape: CallShape): Implementation {
  const left = argumentType(shape, 0);
  const right = argumentType(shape, 1);
  if (operator === "+" || operator === "-") {
    if (isInterval(left)) return addIntervals(operator);
    return addTo(left, right.kind === "INTERVAL_YEAR_MONTH", operator === "-" ? -1 : 1);
  }
  return scaleInterval(operator, right, shape);
}

/** Adds milliseconds or months to a timestamp; digits below the millisecond stay. */
export function addToTimestamp(
  value: TimestampValue,
  amount: number,
  unit: "months" | "millis",
): TimestampValue {
  const epochMs = timestampMillis(value);
  const moved = unit === "months" ? addMonthsToMillis(epochMs, amount) : epochMs + amount;
  return typeof value === "number" ? moved : timestampOf(moved, nanosOfMilli(value), 9);
}

/** Adds months to a point in milliseconds; the time of day stays. */
function addMonthsToMillis(epochMs: number, months: number): number {
  return addMonths(dayOf(epochMs), months) * MILLIS_PER_DAY + timeOf(epochMs);
}

function addTo(type: SqlType, isMonths: boolean, sign: 1 | -1): Implementation {
  switch (type.kind) {
    case "DATE":
      return isMonths
        ? { apply: (date: number, months: number) => addMonths(date, sign * months) }
        : { apply: (date: number, ms: number) => date + sign * Math.trunc(ms / MILLIS_PER_DAY) };
    case "TIME":
      return isMonths
        ? { apply: (time: number) => time }
        : {
            apply: (time: number, ms: number) =>
              (time + MILLIS_PER_DAY + sign * ms) % MILLIS_PER_DAY,
          };
    default: {
      if (isMonths) {
        return {
          apply: (value: TimestampValue, months: number) =>
            addToTimestamp(value, sign * months, "months"),
        };
      }
      const apply = (value: TimestampValue, ms: number): SqlValue =>
        addToTimestamp(value, sign * ms, "millis");
      const isPlain = "precision" in type && type.precision <= 3;
      if (!isPlain) return { apply };
      return { apply, inline: ([value, ms]) => `${value} ${sign === 1 ? "+" : "-"} ${ms}` };
    }
  }
}

function addIntervals(operator: "+" | "-"): Implementation {
  return operator === "+"
    ? { apply: (a: number, b: number) => a + b, inline: ([a, b]) => `${a} + ${b}` }
    : { apply: (a: number, b: number) => a - b, inline: ([a, b]) => `${a} - ${b}` };
}

function scaleInterval(operator: string, by: SqlType, shape: CallShape): Implementation {
  const factor =
    by.kind === "DECIMAL"
      ? (value: bigint) => decimalToNumber(value, by)
      : (value: number | bigint) => Number(value);
  const number = factor as (value: never) => number;
  if (operator === "*") {
    return { apply: (interval: number, value: never) => Math.trunc(interval * number(value)) + 0 };
  }
  return {
    apply: (interval: number, value: never) => {
      const divisor = number(value);
      if (divisor === 0) dataError("division by zero", shape.position);
      return Math.trunc(interval / divisor) + 0;
    },
  };
}

function isInterval(type: SqlType): boolean {
  return type.kind === "INTERVAL_DAY_TIME" || type.kind === "INTERVAL_YEAR_MONTH";
}
