// Text and epoch numbers to points in time and back: TO_TIMESTAMP, TO_TIMESTAMP_LTZ, TO_DATE, DATE_FORMAT,
// FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ. The session zone is UTC. Text that does not parse gives NULL.

import type { SqlValue } from "../../core/types.ts";
import { dayOf } from "../../core/value/calendar.ts";
import { decimalToInteger } from "../../core/value/decimal.ts";
import { parseDate, parseTimestamp, timestampText } from "../../core/value/time-text.ts";
import { nanosOfMilli, timestampMillis } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError, quoted } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType, partial } from "./implementation.ts";
import { timePattern } from "./time-format.ts";
import type { TimePattern } from "./time-format.ts";
import { toUtc, zoneOffsetMs } from "./zone.ts";

/** The functions of this file. */
export const TIME_CONVERSIONS: ScalarTable = {
  TO_TIMESTAMP: partial((text: string, pattern?: string) =>
    pattern === undefined ? toNull(parseTimestamp(text, 3)) : parseWith(text, pattern),
  ),
  TO_TIMESTAMP_LTZ: toTimestampLtz,
  TO_DATE: partial((text: string, pattern?: string) => {
    if (pattern === undefined) return toNull(parseDate(text));
    const epochMs = patternOf(pattern).parseLenient(text);
    return epochMs === undefined ? null : dayOf(epochMs);
  }),
  DATE_FORMAT: dateFormat,
  FROM_UNIXTIME: partial((seconds: number | bigint, pattern = SQL_PATTERN) =>
    patternOf(pattern).format(Number(seconds) * 1000, 0),
  ),
  UNIX_TIMESTAMP: partial((text: string, pattern = SQL_PATTERN) => {
    const epochMs = patternOf(pattern).parseLenient(text);
    // Flink gives Long.MIN_VALUE for text that does not parse.
    return epochMs === undefined ? -(2n ** 63n) : Math.trunc(epochMs / 1000) + 0;
  }),
  CONVERT_TZ: partial((text: string, from: string, to: string) => {
    const local = patternOf(SQL_PATTERN).parseLenient(text);
    if (local === undefined) return null;
    const utc = toUtc(local, from);
    return timestampText(utc + zoneOffsetMs(utc, to), " ", 0);
  }),
};

const SQL_PATTERN = "yyyy-MM-dd HH:mm:ss";
/** 0000-01-01 and 9999-12-31T23:59:59.999: beyond is NULL. */
const MIN_EPOCH_MS = -62_167_219_200_000;
const MAX_EPOCH_MS = 253_402_300_799_999;

function toTimestampLtz(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  if (type.kind === "CHAR" || type.kind === "VARCHAR") {
    return {
      nullable: true,
      apply: (text: string, pattern?: string, zone?: string) => {
        const local =
          pattern === undefined ? toNull(parseTimestamp(text, 3)) : parseWith(text, pattern);
        if (local === null || zone === undefined) return local;
        return toUtc(timestampMillis(local), zone);
      },
    };
  }
  const unit = (shape.constants[1] ?? 3) === 0 ? 1000 : 1;
  const inRange = (epochMs: number): SqlValue =>
    epochMs >= MIN_EPOCH_MS && epochMs <= MAX_EPOCH_MS ? epochMs : null;
  switch (type.kind) {
    case "DECIMAL":
      return {
        nullable: true,
        apply: (value: bigint) => inRange(Number(decimalToInteger(value, type.scale)) * unit),
      };
    case "FLOAT":
    case "DOUBLE":
      return {
        nullable: true,
        apply: (value: number) => inRange(Math.floor(value * unit)),
      };
    default:
      return { nullable: true, apply: (value: number | bigint) => inRange(Number(value) * unit) };
  }
}

function dateFormat(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  if (type.kind === "CHAR" || type.kind === "VARCHAR") {
    return {
      nullable: true,
      apply: (text: string, pattern: string) => {
        const epochMs = patternOf(SQL_PATTERN).parseLenient(text);
        return epochMs === undefined ? null : patternOf(pattern, shape).format(epochMs, 0);
      },
    };
  }
  return {
    apply: (value: TimestampValue, pattern: string) =>
      patternOf(pattern, shape).format(timestampMillis(value), nanosOfMilli(value)),
  };
}

/** By pattern, else `yyyy-M-d[ H:m:s[.f]]` as java.sql.Date and Timestamp read it: carrying over. */
function parseWith(text: string, pattern: string): TimestampValue | null {
  const strict = patternOf(pattern).parse(text);
  if (strict !== undefined) return strict;
  const match = JAVA_SQL_TEXT.exec(text.trim());
  if (match === null || Number(match[2]) > 12 || Number(match[3]) > 31) return null;
  const { parseLenient } = patternOf(match[4] === undefined ? "yyyy-M-d" : SQL_PATTERN);
  const epochMs = toNull(parseLenient(text.trim()));
  return epochMs === null ? null : epochMs + Number((match[5] ?? "").slice(0, 3).padEnd(3, "0"));
}

const JAVA_SQL_TEXT =
  /^(\d{4})-(0?[1-9]|1\d)-(0?[1-9]|[123]\d)(?: (\d{1,2}:\d{1,2}:\d{1,2})(?:\.(\d{1,9}))?)?$/;

function patternOf(pattern: string, shape?: CallShape): TimePattern {
  return (
    timePattern(pattern) ??
    dataError(`the date pattern ${quoted(pattern)} is not known`, shape?.position)
  );
}

function toNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
