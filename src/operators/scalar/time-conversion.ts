// Text and epoch numbers to points in time and back: TO_TIMESTAMP, TO_TIMESTAMP_LTZ, TO_DATE, DATE_FORMAT,
// FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ. Date patterns are literals nearly always: these have been read while
// planning. A session zone other than UTC has been made an argument of the functions that go by it.

import type { SqlValue } from "../../core/types.ts";
import {
  MILLIS_PER_DAY,
  daysFromCivil,
  eraYear,
  mixedDateFromDays,
  mixedDaysFromDate,
} from "../../core/value/calendar.ts";
import { decimalToInteger } from "../../core/value/decimal.ts";
import { multiplyLong, type Long } from "../../core/value/integer.ts";
import {
  readTimePattern,
  type PatternDialect,
  type PatternToken,
  type TimePattern,
} from "../../core/value/time-pattern.ts";
import { parseDate, parseTimestamp } from "../../core/value/time-text.ts";
import { nanosOfMilli, timestampMillis, timestampOf } from "../../core/value/timestamp.ts";
import type { TimestampValue } from "../../core/value/timestamp.ts";
import { dataError, quoted } from "../data-error.ts";
import { formatterOf, parserOf, type ParsedTime } from "./date-time-formatter.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";
import { simpleFormat, simpleParse } from "./simple-date-format.ts";
import { toLocal, toUtc } from "./zone.ts";

/** The functions of this file. */
export const TIME_CONVERSIONS: ScalarTable = {
  TO_TIMESTAMP: (shape) => ({ nullable: true, apply: textToTimestamp(shape, 3) }),
  TO_TIMESTAMP_LTZ: (shape) => {
    const type = argumentType(shape, 0);
    return type.kind === "CHAR" || type.kind === "VARCHAR" ? textToLtz(shape) : numberToLtz(shape);
  },
  TO_DATE: (shape) => {
    if (shape.arguments.length === 1) {
      return { nullable: true, apply: (text: string) => toDate(text, shape) };
    }
    const parser = byPattern(shape, "simple", simpleParse);
    return {
      nullable: true,
      apply: (text: string, pattern: string) => {
        const epochMs = parser(pattern)(text);
        // Flink gives a day of the year 1,705,471 for text that does not match: NULL says what is meant.
        return epochMs === undefined ? null : Math.floor(epochMs / MILLIS_PER_DAY);
      },
    };
  },
  DATE_FORMAT: dateFormat,
  FROM_UNIXTIME: (shape) => {
    const formatter = byPattern(shape, "simple", simpleFormat);
    return {
      apply: (seconds: Long, pattern?: string, zone = "UTC") => {
        const epochMs = Number(multiplyLong(seconds, 1000));
        return formatter(pattern)(toLocal(epochMs, zone, "calendar") ?? epochMs);
      },
    };
  },
  UNIX_TIMESTAMP: (shape) => {
    const parser = byPattern(shape, "simple", simpleParse);
    return {
      apply: (text: string, pattern?: string, zone = "UTC") => {
        const localMs = parser(pattern)(text);
        // Flink gives Long.MIN_VALUE for text that does not match.
        if (localMs === undefined) return -(2n ** 63n);
        return Math.trunc((toUtc(localMs, zone, "calendar") ?? localMs) / 1000) + 0;
      },
    };
  },
  CONVERT_TZ: () => ({
    nullable: true,
    apply: (text: string, from: string, to: string) => {
      const local = parseSqlText(text);
      if (local === undefined) return null;
      const utc = toUtc(local, from, "calendar");
      const moved = utc === undefined ? undefined : toLocal(utc, to, "calendar");
      return moved === undefined ? null : writeSqlText(moved);
    },
  }),
};

/** NULL for text that is no date; Flink's job dies on parts that are beyond an int. */
function toDate(text: string, shape: CallShape): number | null {
  const days = parseDate(text);
  if (days !== undefined) return days;
  const isBeyond = text
    .split("-")
    .some((part) => /^\s*\d+/.test(part) && Number.parseInt(part, 10) > 2 ** 31 - 1);
  return isBeyond ? dataError(`${quoted(text)} is no DATE`, shape.position) : null;
}

const SQL_PATTERN = "yyyy-MM-dd HH:mm:ss";
const SQL_READ = readTimePattern(SQL_PATTERN, "simple");
const SQL_TOKENS = SQL_READ.ok ? SQL_READ.tokens : [];
const parseSqlText = simpleParse(SQL_TOKENS);
const writeSqlText = simpleFormat(SQL_TOKENS);

/**
 * What `build` makes of the pattern, the second argument; SQL's own without one. The last pattern is kept. A pattern that
 * Java refuses is a data error, or what `refused` gives.
 */
function byPattern<T>(
  shape: CallShape,
  dialect: PatternDialect,
  build: (tokens: readonly PatternToken[]) => T,
  refused?: () => T,
): (pattern: string | undefined) => T {
  let last: { readonly pattern: string; readonly built: T } | undefined;
  return (pattern = SQL_PATTERN) => {
    if (last?.pattern !== pattern) {
      const read = readTimePattern(pattern, dialect);
      const isRefused = !read.ok && read.kind === "invalid" && refused !== undefined;
      const built = isRefused ? refused() : build(tokensOf(pattern, read, shape));
      last = { pattern, built };
    }
    return last.built;
  };
}

/** Data error for a pattern that cannot be run: one that no literal was. */
function tokensOf(pattern: string, read: TimePattern, shape: CallShape): readonly PatternToken[] {
  return read.ok ? read.tokens : dataError(`${quoted(pattern)}: ${read.problem}`, shape.position);
}

/** NULL for text that does not match. */
function textToTimestamp(
  shape: CallShape,
  precision: number,
): (text: string, pattern?: string) => TimestampValue | null {
  if (shape.arguments.length === 1) return (text) => toNull(parseTimestamp(text, precision));
  const parser = byPattern(shape, "formatter", timestampParser, () => undefined);
  return (text, pattern) => {
    const parsed = parser(pattern)?.(text);
    return parsed === undefined ? null : timestampOf(parsed.epochMs, parsed.nanos, precision);
  };
}

function timestampParser(
  tokens: readonly PatternToken[],
): ((text: string) => ParsedTime | undefined) | undefined {
  const parse = parserOf(tokens);
  return (text) => parse(text) ?? parseJavaSql(text.trim());
}

const JAVA_SQL_DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?: ([+-]?\d+):([+-]?\d+):([+-]?\d+)(?:\.(\d{1,9}))?)?$/;

/** `yyyy-M-d[ H:m:s[.f]]` as java.sql.Date and Timestamp read it: fields out of range carry over. */
function parseJavaSql(text: string): ParsedTime | undefined {
  const match = JAVA_SQL_DATE.exec(text);
  if (match === null) return undefined;
  const [, y = "", m = "", d = "", hour = "0", minute = "0", second = "0", digits = ""] = match;
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const nanos = Number(digits.padEnd(9, "0"));
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  // They read a date as java.util.Calendar has it; Flink then takes its year, month and day without the era.
  const read = mixedDateFromDays(mixedDaysFromDate(year, month, day));
  const date = daysFromCivil(eraYear(read.year), read.month, read.day);
  return {
    epochMs: date * MILLIS_PER_DAY + seconds * 1000 + Math.floor(nanos / 1_000_000),
    nanos: nanos % 1_000_000,
  };
}

/** Without a pattern, text that is no timestamp fails; with one it gives NULL. */
function textToLtz(shape: CallShape): Implementation {
  const precision = shape.type.kind === "TIMESTAMP_LTZ" ? shape.type.precision : 3;
  const parse = textToTimestamp(shape, precision);
  if (shape.arguments.length === 1) {
    return {
      apply: (text: string) =>
        parse(text) ?? dataError(`${quoted(text)} is no TIMESTAMP`, shape.position),
    };
  }
  return {
    nullable: true,
    apply: (text: string, pattern?: string, zone?: string) => {
      const local = parse(text, pattern);
      if (local === null || zone === undefined) return local;
      const utc = toUtc(timestampMillis(local), zone, "java.time");
      return utc === undefined ? null : timestampOf(utc, nanosOfMilli(local), precision);
    },
  };
}

/** 0000-01-01 and the last second of 9999: beyond is NULL. */
const MIN_SECOND = -62_167_219_200;
const MAX_SECOND = 253_402_300_799;
const LONG_MAX = 2n ** 63n - 1n;

/** A number in units of 10^-p seconds, p a literal. */
function numberToLtz(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  const unit = Number(shape.constants[1] ?? 3);
  const precision = Math.max(3, unit);
  const fromNanos = (nanos: bigint): TimestampValue => {
    const millis = nanos >= 0n ? nanos / 1_000_000n : (nanos - 999_999n) / 1_000_000n;
    return timestampOf(Number(millis), Number(nanos - millis * 1_000_000n), precision);
  };
  const fromLong = (value: bigint): SqlValue => {
    const nanos = value * 10n ** BigInt(9 - unit);
    const isInRange =
      nanos >= BigInt(MIN_SECOND) * 1_000_000_000n &&
      nanos < BigInt(MAX_SECOND + 1) * 1_000_000_000n;
    return isInRange ? fromNanos(nanos) : null;
  };
  switch (type.kind) {
    case "DECIMAL":
      return {
        nullable: true,
        apply: (value: bigint) => fromLong(BigInt.asIntN(64, decimalToInteger(value, type.scale))),
      };
    case "FLOAT":
    case "DOUBLE":
      return {
        nullable: true,
        apply: (value: number) => {
          const seconds = value / 10 ** unit;
          if (seconds < MIN_SECOND || seconds > MAX_SECOND) return null;
          const nanos = Math.trunc(value * 10 ** (9 - unit));
          return fromNanos(saturated(nanos));
        },
      };
    default:
      if (precision > 3) return { nullable: true, apply: (value: Long) => fromLong(BigInt(value)) };
      return {
        nullable: true,
        apply: (value: Long) => {
          const epochMs = Number(value) * 10 ** (3 - unit);
          return epochMs >= MIN_SECOND * 1000 && epochMs < (MAX_SECOND + 1) * 1000 ? epochMs : null;
        },
      };
  }
}

/** A double as a Java long: NaN is 0, what is too large the largest. */
function saturated(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return LONG_MAX;
  return value <= -(2 ** 63) ? -LONG_MAX - 1n : BigInt(value);
}

function dateFormat(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  if (type.kind === "CHAR" || type.kind === "VARCHAR") {
    const formatter = byPattern(shape, "simple", simpleFormat);
    return {
      nullable: true,
      apply: (text: string, pattern: string) => {
        const epochMs = parseSqlText(text);
        return epochMs === undefined ? null : formatter(pattern)(epochMs);
      },
    };
  }
  const formatter = byPattern(shape, "formatter", formatterOf);
  return {
    apply: (value: TimestampValue, pattern: string) =>
      formatter(pattern)(timestampMillis(value), nanosOfMilli(value)),
  };
}

function toNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
