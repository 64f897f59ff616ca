// EXTRACT, FLOOR and CEIL of points in time, TIMESTAMPADD and TIMESTAMPDIFF.
// CEIL to a week and above looks at the date only and QUARTER counts up from any date but January 1st: that is
// Flink's arithmetic, kept for equal rows.

import type { SqlType, SqlValue } from "../../core/types.ts";
import {
  MILLIS_PER_DAY,
  addMonths,
  civilFromDays,
  dayOf,
  dayOfWeek,
  dayOfYear,
  daysFromCivil,
  isoDayOfWeek,
  isoWeek,
  modulo,
  monthsBetween,
} from "../../core/value/calendar.ts";
import { nanosOfMilli, timestampMillis } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";
import { addToTimestamp } from "./temporal.ts";

/** The functions of this file; FLOOR and CEIL of numbers stand in numeric.ts. */
export const TIME_FIELDS: ScalarTable = {
  EXTRACT: extract,
  TIMESTAMPADD: timestampAdd,
  TIMESTAMPDIFF: timestampDifference,
};

const MILLIS: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: MILLIS_PER_DAY,
  WEEK: 7 * MILLIS_PER_DAY,
};

const MONTHS: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12_000,
};

/** FLOOR(t TO unit) and CEIL(t TO unit). */
export function roundTime(shape: CallShape, up: boolean): Implementation {
  const unit = constantText(shape, 1);
  const type = argumentType(shape, 0);
  if (type.kind === "DATE") {
    // Units within a day leave a date as it is.
    const isWhole = unit !== "WEEK" && MILLIS[unit] !== undefined;
    return { apply: (days: number) => (isWhole ? days : roundDays(days, unit, up)) };
  }
  const millis = unit === "WEEK" ? undefined : MILLIS[unit];
  const round =
    millis === undefined
      ? (ms: number) => roundDays(dayOf(ms), unit, up) * MILLIS_PER_DAY
      : (ms: number) => (up ? Math.ceil(ms / millis) : Math.floor(ms / millis)) * millis + 0;
  const isWide = "precision" in type && type.kind !== "TIME" && type.precision > 3;
  if (!isWide) return { apply: (value: number) => round(value) };
  return { apply: (value: TimestampValue) => BigInt(round(timestampMillis(value))) * 1_000_000n };
}

function extract(shape: CallShape): Implementation {
  const unit = constantText(shape, 0);
  const type = argumentType(shape, 1);
  switch (type.kind) {
    case "DATE":
      return { apply: (_: never, days: number) => fieldOf(unit, days * MILLIS_PER_DAY, 0) };
    case "TIME":
      return { apply: (_: never, millis: number) => fieldOf(unit, millis, 0) };
    case "INTERVAL_YEAR_MONTH":
      return { apply: (_: never, months: number) => monthField(unit, months) };
    case "INTERVAL_DAY_TIME":
      return { apply: (_: never, millis: number) => intervalField(unit, millis) };
    default:
      return {
        apply: (_: never, value: TimestampValue) =>
          fieldOf(unit, timestampMillis(value), nanosOfMilli(value)),
      };
  }
}

function fieldOf(unit: string, epochMs: number, nanos: number): number {
  const millis = modulo(epochMs, 1000);
  switch (unit) {
    case "NANOSECOND":
      return millis * 1_000_000 + nanos;
    case "MICROSECOND":
      return millis * 1000 + Math.floor(nanos / 1000);
    case "MILLISECOND":
      return millis;
    case "SECOND":
      return Math.floor(modulo(epochMs, 60_000) / 1000);
    case "MINUTE":
      return Math.floor(modulo(epochMs, 3_600_000) / 60_000);
    case "HOUR":
      return Math.floor(modulo(epochMs, MILLIS_PER_DAY) / 3_600_000);
    case "EPOCH":
      return Math.floor(epochMs / 1000);
    default:
      return dateField(unit, dayOf(epochMs));
  }
}

function dateField(unit: string, days: number): number {
  const { year, month, day } = civilFromDays(days);
  switch (unit) {
    case "YEAR":
      return year;
    case "QUARTER":
      return Math.floor((month + 2) / 3);
    case "MONTH":
      return month;
    case "WEEK":
      return isoWeek(days).week;
    case "ISOYEAR":
      return isoWeek(days).year;
    case "DAY":
      return day;
    case "DOY":
      return dayOfYear(days);
    case "DOW":
      return dayOfWeek(days);
    case "ISODOW":
      return isoDayOfWeek(days);
    case "DECADE":
      return Math.floor(year / 10);
    case "CENTURY":
      return Math.floor((year + 99) / 100);
    case "MILLENNIUM":
      return Math.floor((year + 999) / 1000);
    default:
      throw new RangeError(`no such unit: ${unit}`);
  }
}

function monthField(unit: string, months: number): number {
  if (unit === "YEAR") return Math.trunc(months / 12) + 0;
  if (unit === "QUARTER") return Math.trunc((months % 12) / 3) + 1;
  return (months % 12) + 0;
}

function intervalField(unit: string, millis: number): number {
  const bounds: Readonly<Record<string, number>> = {
    MILLISECOND: 1000,
    SECOND: 60_000,
    MINUTE: 3_600_000,
    HOUR: MILLIS_PER_DAY,
  };
  const bound = bounds[unit];
  const within = bound === undefined ? millis : millis % bound;
  return Math.trunc(within / (unit === "EPOCH" ? 1000 : (MILLIS[unit] ?? 1))) + 0;
}

function roundDays(days: number, unit: string, up: boolean): number {
  const { year, month, day } = civilFromDays(days);
  const isFirst = month === 1 && day === 1;
  switch (unit) {
    case "WEEK": {
      const back = dayOfWeek(days) - 1;
      return up && back > 0 ? days - back + 7 : days - back;
    }
    case "MONTH":
      return addMonths(daysFromCivil(year, month, 1), up && day > 1 ? 1 : 0);
    case "QUARTER": {
      const first = daysFromCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1);
      return addMonths(first, up && !isFirst ? 3 : 0);
    }
    case "YEAR":
      return daysFromCivil(up && !isFirst ? year + 1 : year, 1, 1);
    case "DECADE":
      return daysFromCivil(10 * (Math.floor(year / 10) + (up ? 1 : 0)), 1, 1);
    case "CENTURY":
      return daysFromCivil(100 * Math.floor((year + 99) / 100) + (up ? 1 : -99), 1, 1);
    case "MILLENNIUM":
      return daysFromCivil(1000 * Math.floor((year + 999) / 1000) + (up ? 1 : -999), 1, 1);
    default:
      throw new RangeError(`no such unit: ${unit}`);
  }
}

function timestampAdd(shape: CallShape): Implementation {
  const unit = constantText(shape, 0);
  const type = argumentType(shape, 2);
  const months = MONTHS[unit];
  if (type.kind === "DATE" && shape.type.kind === "DATE") {
    const days = (MILLIS[unit] ?? 0) / MILLIS_PER_DAY;
    return {
      apply: (_: never, n: number, date: number) =>
        months === undefined ? date + Math.trunc(n * days) : addMonths(date, n * months),
    };
  }
  const toPoint =
    type.kind === "DATE" ? (days: number) => days * MILLIS_PER_DAY : (v: SqlValue) => v;
  const point = toPoint as (value: never) => TimestampValue;
  return {
    apply: (_: never, n: number, value: never) =>
      months === undefined
        ? addToTimestamp(point(value), n * (MILLIS[unit] ?? 0), "millis")
        : addToTimestamp(point(value), n * months, "months"),
  };
}

function timestampDifference(shape: CallShape): Implementation {
  const unit = constantText(shape, 0);
  const from = toMillis(argumentType(shape, 1));
  const to = toMillis(argumentType(shape, 2));
  const months = MONTHS[unit];
  const millis = MILLIS[unit] ?? 1;
  return {
    apply: (_: never, a: never, b: never) =>
      months === undefined
        ? Math.trunc((to(b) - from(a)) / millis) | 0
        : Math.trunc(monthsBetween(from(a), to(b)) / months) | 0,
  };
}

function toMillis(type: SqlType): (value: never) => number {
  if (type.kind === "DATE") return (days: number) => days * MILLIS_PER_DAY;
  return (value: TimestampValue) => timestampMillis(value);
}

/** A unit or mode: always a literal. */
function constantText(shape: CallShape, index: number): string {
  const value = shape.constants[index];
  return typeof value === "string" ? value : dataError("the unit is not a literal", shape.position);
}
