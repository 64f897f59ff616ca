// TIMESTAMPADD, TIMESTAMPDIFF, and the interval between two points in time. Flink computes in Java's int and long:
// what does not fit wraps, and a distance in units below the second is one in whole seconds, multiplied.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { MILLIS_PER_DAY, addMonths, modulo, monthsBetween } from "../../core/value/calendar.ts";
import { multiplyLong, wrapInteger, type Long } from "../../core/value/integer.ts";
import { timestampMillis, timestampOf, type TimestampValue } from "../../core/value/timestamp.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";
import { addToTimestamp } from "./temporal.ts";
import { UNIT_MILLIS } from "./time-units.ts";

/** The functions of this file. */
export const TIME_DISTANCES: ScalarTable = {
  TIMESTAMPADD: timestampAdd,
  TIMESTAMPDIFF: timestampDifference,
  DIFFERENCE: (shape) => {
    const [from, to] = [toMillis(argumentType(shape, 2)), toMillis(argumentType(shape, 1))];
    return shape.type.kind === "INTERVAL_YEAR_MONTH"
      ? { apply: (_: never, a: never, b: never) => monthsBetween(from(b), to(a)) + 0 }
      : { apply: (_: never, a: never, b: never) => to(a) - from(b) };
  },
};

const MONTHS: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12_000,
};

/** 4,000 years back and 100,000 ahead: Flink's dates go wrong before the year -4800, and wrap around far away. */
const MIN_MONTHS = -48_000;
const MAX_MONTHS = 1_200_000;

function timestampAdd(shape: CallShape): Implementation {
  const unit = unitOf(shape);
  const type = argumentType(shape, 2);
  const months = MONTHS[unit];
  if (months !== undefined) {
    if (type.kind === "TIME") return { apply: (_: never, _n: Long, time: number) => time };
    const count = (n: Long): number => {
      const product = Number(wrapInteger(BigInt(n) * BigInt(months), "INTEGER"));
      return product >= MIN_MONTHS && product <= MAX_MONTHS ? product : tooFar(shape);
    };
    return type.kind === "DATE"
      ? { apply: (_: never, n: Long, date: number) => addMonths(date, count(n)) }
      : {
          apply: (_: never, n: Long, value: TimestampValue) =>
            addToTimestamp(value, count(n), "months"),
        };
  }
  const millis = UNIT_MILLIS[unit] ?? 0;
  const distance = (n: Long): number => {
    const product = multiplyLong(n, millis);
    return typeof product === "number" ? product : tooFar(shape);
  };
  switch (type.kind) {
    case "TIME":
      return {
        apply: (_: never, n: Long, time: number) => modulo(time + distance(n), MILLIS_PER_DAY),
      };
    case "DATE":
      return shape.type.kind === "DATE"
        ? { apply: (_: never, n: Long, date: number) => date + distance(n) / MILLIS_PER_DAY }
        : {
            apply: (_: never, n: Long, date: number) =>
              timestampOf(bounded(date * MILLIS_PER_DAY + distance(n), shape), 0, 6),
          };
    default:
      return {
        apply: (_: never, n: Long, value: TimestampValue) => {
          bounded(timestampMillis(value) + distance(n), shape);
          return addToTimestamp(value, distance(n), "millis");
        },
      };
  }
}

function bounded(epochMs: number, shape: CallShape): number {
  return Number.isSafeInteger(epochMs) ? epochMs : tooFar(shape);
}

function tooFar(shape: CallShape): never {
  return dataError("the point in time lies too far away", shape.position);
}

function timestampDifference(shape: CallShape): Implementation {
  const distance = distanceIn(unitOf(shape));
  const from = toMillis(argumentType(shape, 1));
  const to = toMillis(argumentType(shape, 2));
  return { apply: (_: never, a: never, b: never) => distance(from(a), to(b)) };
}

function distanceIn(unit: string): (fromMs: number, toMs: number) => SqlValue {
  const months = MONTHS[unit];
  if (months !== undefined) {
    return (fromMs, toMs) => Math.trunc(monthsBetween(fromMs, toMs) / months) | 0;
  }
  const seconds = (fromMs: number, toMs: number): number => Math.trunc((toMs - fromMs) / 1000);
  switch (unit) {
    case "WEEK":
      return (fromMs, toMs) => Math.trunc((seconds(fromMs, toMs) | 0) / 604_800);
    case "MILLISECOND":
      return (fromMs, toMs) => Math.imul(seconds(fromMs, toMs), 1000);
    case "MICROSECOND":
      return (fromMs, toMs) => Math.imul(seconds(fromMs, toMs), 1_000_000);
    case "NANOSECOND":
      return (fromMs, toMs) => multiplyLong(seconds(fromMs, toMs), 1_000_000_000);
    default: {
      const millis = UNIT_MILLIS[unit] ?? 1;
      return (fromMs, toMs) => Math.trunc((toMs - fromMs) / millis) | 0;
    }
  }
}

function toMillis(type: SqlType): (value: never) => number {
  if (type.kind === "DATE") return (days: number) => days * MILLIS_PER_DAY;
  return (value: TimestampValue) => timestampMillis(value);
}

/** The unit is the first argument, a literal. */
function unitOf(shape: CallShape): string {
  const value = shape.constants[0];
  if (typeof value !== "string") throw new RangeError("the unit is no literal");
  return value;
}
