// CAST between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ. The session zone is UTC, so TIMESTAMP and TIMESTAMP_LTZ
// differ in type only.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { MILLIS_PER_DAY, dayOf, timeOf } from "../../core/value/calendar.ts";
import { timestampMillis, timestampOf, withPrecision } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import type { Implementation } from "./implementation.ts";

/** Between two of DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ; anything else stays as it is. */
export function timeCast(from: SqlType, to: SqlType): Implementation {
  switch (from.kind) {
    case "DATE":
      return isTimestamp(to)
        ? { apply: (days: number) => timestampOf(days * MILLIS_PER_DAY, 0, to.precision) }
        : same();
    case "TIME":
      if (to.kind === "TIME" && to.precision < from.precision) {
        return { apply: (millis: number) => cutTime(millis, to.precision) };
      }
      // Also a TIMESTAMP(0) keeps the milliseconds.
      return isTimestamp(to) && to.precision > 3
        ? { apply: (millis: number) => timestampOf(millis, 0, to.precision) }
        : same();
    default:
      return fromTimestamp(from, to);
  }
}

function fromTimestamp(from: SqlType, to: SqlType): Implementation {
  if (to.kind === "DATE")
    return { apply: (value: TimestampValue) => dayOf(timestampMillis(value)) };
  if (to.kind === "TIME") {
    const { precision } = to;
    return {
      apply: (value: TimestampValue) => cutTime(timeOf(timestampMillis(value)), precision),
    };
  }
  if (!isTimestamp(to) || !isTimestamp(from)) return same();
  // Milliseconds of precision 3 hold those of fewer digits unchanged.
  if (from.precision <= to.precision && to.precision <= 3) return same();
  return { apply: (value: TimestampValue) => withPrecision(value, to.precision) };
}

/** Digits beyond the precision are cut. */
function cutTime(millis: number, precision: number): number {
  const unit = 10 ** Math.max(0, 3 - precision);
  return Math.floor(millis / unit) * unit;
}

type TimestampType = Extract<SqlType, { kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" }>;

function isTimestamp(type: SqlType): type is TimestampType {
  return type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
}

function same(): Implementation {
  return { apply: (value: SqlValue) => value, inline: ([value]) => `${value}` };
}
