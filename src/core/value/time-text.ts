// DATE, TIME, TIMESTAMP and intervals as text, written and read as Flink 2.3 does (DateTimeUtils).

import {
  MILLIS_PER_DAY,
  civilFromDays,
  dayOf,
  daysFromCivil,
  daysInMonth,
  isCivilDate,
  modulo,
  timeOf,
} from "./calendar.ts";
import { nanosOfMilli, timestampMillis, timestampOf } from "./timestamp.ts";
import type { TimestampValue } from "./timestamp.ts";

/** `2024-02-29`; beyond four digits, and before the year 0, with a sign: `+12024-02-29`. */
export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${signedYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** A year as ISO 8601 writes it. */
export function signedYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return `${year < 0 ? "-" : "+"}${pad(Math.abs(year), 4)}`;
}

/**
 * CAST(date AS STRING): Flink writes the last four digits of a year and counts a negative one's from the character 0
 * backwards, so that -221 is `0../`.
 */
export function castDateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  const digits = [1000, 100, 10, 1].map((unit) => 0x30 + (Math.trunc(year / unit) % 10));
  return `${String.fromCharCode(...digits)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `08:30:00`; milliseconds of the day, wrapped into one day. */
export function clockText(millisOfDay: number): string {
  const seconds = Math.floor(modulo(millisOfDay, MILLIS_PER_DAY) / 1000);
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
}

/**
 * Date, separator and time with at least `digits` fraction digits, more (up to 9) only where they are not
 * zero; no point when there are none.
 */
export function timestampText(value: TimestampValue, separator: string, digits: number): string {
  return dateText(dayOf(timestampMillis(value))) + separator + timeOfDayText(value, digits);
}

/** CAST(timestamp AS STRING): as above, with the year as `castDateText` has it; `digits` is the type's precision. */
export function castTimestampText(value: TimestampValue, digits: number): string {
  return `${castDateText(dayOf(timestampMillis(value)))} ${timeOfDayText(value, digits)}`;
}

function timeOfDayText(value: TimestampValue, digits: number): string {
  const millis = timeOf(timestampMillis(value));
  return clockText(millis) + fraction((millis % 1000) * 1_000_000 + nanosOfMilli(value), digits);
}

/** Java's LocalDateTime.toString: `2024-02-29T12:30`, seconds and three, six or nine digits of them if there are any. */
export function localDateTimeText(value: TimestampValue): string {
  const millis = timeOf(timestampMillis(value));
  const nanos = (millis % 1000) * 1_000_000 + nanosOfMilli(value);
  const clock = clockText(millis);
  const seconds = clock.endsWith(":00") && nanos === 0 ? clock.slice(0, 5) : clock;
  const digits = nanos % 1_000_000 === 0 ? 3 : nanos % 1000 === 0 ? 6 : 9;
  return `${dateText(dayOf(timestampMillis(value)))}T${seconds}${nanos === 0 ? "" : fraction(nanos, digits)}`;
}

/** `.5`, `.123456`: at least `digits` of the nine digits of `nanos`, trailing zeros beyond them cut. */
export function fraction(nanos: number, digits: number): string {
  if (nanos === 0) return digits === 0 ? "" : `.${"0".repeat(digits)}`;
  const text = String(nanos).padStart(9, "0");
  let end = 9;
  while (end > digits && text.charCodeAt(end - 1) === 0x30) end--;
  return end === 0 ? "" : `.${text.slice(0, end)}`;
}

/** CAST(time AS STRING): with precision > 0 at least one fraction digit, at most that many. */
export function timeText(millisOfDay: number, precision: number): string {
  if (precision === 0) return clockText(millisOfDay);
  const digits = pad(modulo(millisOfDay, 1000), 3).slice(0, Math.min(precision, 3));
  return `${clockText(millisOfDay)}.${digits.replace(/0+$/, "") || "0"}`;
}

/** `+1-02`: CAST(INTERVAL YEAR TO MONTH AS STRING). */
export function monthIntervalText(months: number): string {
  const size = Math.abs(months);
  return `${months < 0 ? "-" : "+"}${Math.floor(size / 12)}-${pad(size % 12, 2)}`;
}

/** `+1 02:03:04.005`: CAST(INTERVAL DAY TO SECOND AS STRING). */
export function dayIntervalText(millis: number): string {
  const size = Math.abs(millis);
  const days = Math.floor(size / MILLIS_PER_DAY);
  return `${millis < 0 ? "-" : "+"}${days} ${clockText(size)}.${pad(size % 1000, 3)}`;
}

/**
 * CAST(text AS DATE): `2024-2-9`, `2024-02` and `2024` are dates, too, and what follows a blank is not
 * read. undefined when it is no date of the years 0 to 9999.
 */
export function parseDate(text: string): number | undefined {
  const blank = text.indexOf(" ");
  const parts = splitDate(blank > 0 ? text.slice(0, blank) : text);
  if (parts.length > 3 || parts.some((part) => !/^\d{1,9}$/.test(part.trim()))) return undefined;
  const [year = 0, month = 1, day = 1] = parts.map(Number);
  return isCivilDate(year, month, day) ? daysFromCivil(year, month, day) : undefined;
}

/**
 * CAST(text AS TIME(p)): hours, optional minutes, seconds, fraction (rounded to ms, then cut to the precision),
 * optional offset.
 */
export function parseTime(text: string, precision: number): number | undefined {
  const match = TIME_TEXT.exec(text);
  // The minutes of an offset are looked for behind the colon of the seconds only.
  if (match === null || (match[7] !== undefined && match[3] === undefined)) return undefined;
  const [
    ,
    hour = "0",
    minute = "0",
    second = "0",
    digits = "",
    sign = "",
    zoneHour = "0",
    zoneMinute = "0",
  ] = match;
  // Flink adds a positive offset and subtracts a negative one.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const direction = sign === "-" ? -1 : 1;
  const hours = Number(hour) + direction * Number(zoneHour);
  const minutes = Number(minute) + direction * Number(zoneMinute);
  const unit = 10 ** Math.max(0, 3 - precision);
  const millis = Math.floor(roundedMillis(digits) / unit) * unit;
  const time = ((hours * 60 + minutes) * 60 + Number(second)) * 1000 + millis;
  // Rounded up to midnight, it is no TIME.
  return Number(hour) === 23 && time === MILLIS_PER_DAY ? undefined : time;
}

/**
 * CAST(text AS TIMESTAMP(p)): `yyyy-M-d` or `yyyy-M-d H:m:s[.fraction]`, with one blank between. Digits
 * beyond the precision are cut. undefined when it is no timestamp.
 */
export function parseTimestamp(text: string, precision: number): TimestampValue | undefined {
  const match = TIMESTAMP_TEXT.exec(text);
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = optionalPart(match[2], 1);
  const written = optionalPart(match[3], 1);
  // Java's formatter is lenient about the end of a month: February 30th is its last day.
  const isDay = month >= 1 && month <= 12 && written <= 31;
  const day = isDay ? Math.min(written, daysInMonth(year, month)) : 0;
  if (year === 0 || !isCivilDate(year, month, day)) return undefined;
  const [hour, minute, second] = [4, 5, 6].map((group) => optionalPart(match[group], 0));
  const seconds = secondsOfDay(hour ?? 0, minute ?? 0, second ?? 0);
  const digits = match[7] ?? "";
  // 24:00:00 is the next day's midnight.
  if (seconds === undefined || (seconds === 86_400 && Number(digits) > 0)) return undefined;
  const nanos = Number(digits.padEnd(9, "0"));
  const epochMs =
    daysFromCivil(year, month, day) * MILLIS_PER_DAY +
    seconds * 1000 +
    Math.floor(nanos / 1_000_000);
  return timestampOf(epochMs, nanos % 1_000_000, precision);
}

/** Flink's parts are [MM][M]: both forms, either, or none. In three digits they must agree; NaN when they do not. */
function optionalPart(digits: string | undefined, otherwise: number): number {
  if (digits === undefined || digits === "") return otherwise;
  const value = Number(digits.slice(0, 2));
  return digits.length < 3 || value === Number(digits.slice(2)) ? value : Number.NaN;
}

const TIMESTAMP_TEXT =
  /^(\d{4})-(?:(\d{1,3})-(\d{0,3})|-)(?: (\d{0,3}):(\d{0,3}):(\d{0,3})(?:\.(\d{0,9}))?)?$/;
const TIME_TEXT =
  /^\s*(\d{1,9})\s*(?::\s*(\d{1,9})\s*(?::\s*(\d{1,9})\s*(?:\.([^+-]*))?)?)?(?:([+-])\s*(\d{1,9})\s*(?::\s*(\d{1,9})\s*)?)?$/;

function secondsOfDay(hour: number, minute: number, second: number): number | undefined {
  const seconds = (hour * 60 + minute) * 60 + second;
  return minute <= 59 && second <= 59 && seconds <= 86_400 ? seconds : undefined;
}

function splitDate(text: string): string[] {
  const first = text.indexOf("-");
  if (first < 0) return [text];
  const second = text.indexOf("-", first + 1);
  if (second < 0) return [text.slice(0, first), text.slice(first + 1)];
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

/** Milliseconds of fraction digits, the fourth digit rounding; what is no digit counts as 0. */
function roundedMillis(digits: string): number {
  const text = digits.trim().replace(/\D/g, "0");
  return Number(text.slice(0, 3).padEnd(3, "0")) + (text.charAt(3) >= "5" ? 1 : 0);
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
