// Integers, dates and times from text as Flink's json format reads them, i.e. by Integer.parseInt and
// DateTimeFormatter (CAST reads other forms: core/value). Every function gives undefined where Java throws.
//
// The two timestamp formats resolve as DateTimeFormatter does. `smart` ones (SQL, and ISO-8601 with a zone) turn
// February 30 into the month's last day and 24:00:00 into the next midnight; `strict` ones refuse both.

import { MILLIS_PER_DAY, daysFromCivil, daysInMonth } from "../../core/value/calendar.ts";

const DATE = /^(\d{4}|-\d{4}|[+-]\d{5,9})-(\d\d)-(\d\d)$/;
const SQL_TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?$/;
const ISO_TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?$/;

export const TIMESTAMP_FORMATS = ["SQL", "ISO-8601"] as const;
/** Values of `json.timestamp-format.standard`. */
export type TimestampFormat = (typeof TIMESTAMP_FORMATS)[number];

/** Long.parseLong and its narrower kin: a sign and decimal digits. */
export function parseInteger(text: string): bigint | undefined {
  return /^[+-]?\d{1,40}$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
}

/** ISO_LOCAL_DATE, as days since 1970-01-01. */
export function parseDate(text: string): number | undefined {
  return dateDays(text, true);
}

/** `HH:mm:ss[.fraction]`, as milliseconds of the day. */
export function parseTime(text: string): number | undefined {
  const time = timeOfDay(SQL_TIME.exec(text));
  // 24:00:00 is the midnight that ends the day.
  return time === undefined ? undefined : time.ms % MILLIS_PER_DAY;
}

/** A moment: epoch milliseconds and the nanoseconds within the last of them. */
export interface Moment {
  readonly ms: number;
  readonly nanos: number;
}

/** A TIMESTAMP (no zone) or, with `zoned`, a TIMESTAMP_LTZ, which must end in Z. */
export function parseTimestamp(
  text: string,
  format: TimestampFormat,
  zoned: boolean,
): Moment | undefined {
  if (zoned && !text.endsWith("Z")) return undefined;
  const local = zoned ? text.slice(0, -1) : text;
  const split = local.indexOf(format === "SQL" ? " " : "T");
  if (split < 0) return undefined;
  const strict = format === "ISO-8601" && !zoned;
  const days = dateDays(local.slice(0, split), strict);
  const time = timeOfDay((format === "SQL" ? SQL_TIME : ISO_TIME).exec(local.slice(split + 1)));
  if (days === undefined || time === undefined) return undefined;
  if (strict && time.ms >= MILLIS_PER_DAY) return undefined;
  return { ms: days * MILLIS_PER_DAY + time.ms, nanos: time.nanos };
}

function dateDays(text: string, strict: boolean): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const last = daysInMonth(year, month);
  if (day > last && strict) return undefined;
  return daysFromCivil(year, month, Math.min(day, last));
}

/** Up to 24:00:00, which is one day. */
function timeOfDay(match: RegExpExecArray | null): Moment | undefined {
  if (match === null) return undefined;
  const [, hourText, minuteText, secondText = "0", fraction = ""] = match;
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = Number(secondText);
  const nanos = Number(fraction.padEnd(9, "0"));
  if (minute > 59 || second > 59 || hour > 24) return undefined;
  if (hour === 24 && minute + second + nanos > 0) return undefined;
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1e6);
  return { ms, nanos: nanos % 1e6 };
}
