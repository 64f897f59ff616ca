// EXTRACT, FLOOR and CEIL of points in time.
// CEIL to a week and above looks at the date only and QUARTER counts up from any date but January 1st: that is
// Flink's arithmetic, kept for equal rows.

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
} from "../../core/value/calendar.ts";
import { nanosOfMilli, timestampMillis } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";
import { UNIT_MILLIS } from "./time-units.ts";

/** The functions of this file; FLOOR and CEIL of numbers stand in numeric.ts. */
export const TIME_FIELDS: ScalarTable = {
  EXTRACT: extract,
};

/** FLOOR(t TO unit) and CEIL(t TO unit). */
export function roundTime(shape: CallShape, up: boolean): Implementation {
  const unit = constantText(shape, 1);
  const type = argumentType(shape, 0);
  if (type.kind === "DATE") {
    if (unit !== "DAY" && UNIT_MILLIS[unit] !== undefined && unit !== "WEEK") {
      return { apply: (days: number) => days };
    }
    if (unit !== "DAY") return { apply: (days: number) => roundDays(days, unit, up) };
    // Flink's CEIL goes to the next day from every day.
    return { apply: (days: number) => (up ? days + 1 : days) };
  }
  const millis = unit === "WEEK" ? undefined : UNIT_MILLIS[unit];
  const round =
    millis === undefined
      ? (ms: number) => roundDays(dayOf(ms), unit, up) * MILLIS_PER_DAY
      : (ms: number) => (up ? Math.ceil(ms / millis) : Math.floor(ms / millis)) * millis + 0;
  if (type.kind === "TIME") return { apply: (value: number) => withinDay(round(value), shape) };
  const isWide = "precision" in type && type.precision > 3;
  if (!isWide) return { apply: (value: number) => round(value) };
  // Of the digits below the millisecond, Flink looks at those of a TIMESTAMP only, and only for CEIL TO MILLISECOND.
  const lifts = up && unit === "MILLISECOND" && type.kind === "TIMESTAMP";
  return {
    apply: (value: TimestampValue) => {
      const rounded = round(timestampMillis(value));
      return BigInt(lifts && nanosOfMilli(value) > 0 ? rounded + 1 : rounded) * 1_000_000n;
    },
  };
}

/** Flink's job dies on a TIME of 24:00. */
function withinDay(millis: number, shape: CallShape): number {
  return millis < MILLIS_PER_DAY
    ? millis
    : dataError("no TIME lies beyond the day", shape.position);
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
  if (unit === "CENTURY") return Math.trunc(months / 1200) + 0;
  if (unit === "MILLENNIUM") return Math.trunc(months / 12_000) + 0;
  // Of months 0 to 11, as Flink counts them: the third one is still in the first quarter.
  if (unit === "QUARTER") return Math.trunc(((months % 12) - 1) / 3) + 1;
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
  return Math.trunc(within / (unit === "EPOCH" ? 1000 : (UNIT_MILLIS[unit] ?? 1))) + 0;
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

/** A unit or mode: always a literal. */
function constantText(shape: CallShape, index: number): string {
  const value = shape.constants[index];
  return typeof value === "string" ? value : dataError("the unit is not a literal", shape.position);
}
