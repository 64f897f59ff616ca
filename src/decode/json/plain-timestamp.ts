// The usual form of a timestamp, straight from its bytes: a date, the format's separator, a time with seconds, up to nine
// fraction digits, Z if the type is TIMESTAMP_LTZ. Text, regular expressions and matches would cost four times as much.
// Every other form, also what only a careful reading can tell to be valid (February 30, 24:00:00), is left to texts.ts.

import { daysFromCivil, daysInMonth, MILLIS_PER_DAY } from "../../core/value/calendar.ts";
import type { JsonCursor } from "./cursor.ts";
import type { TimestampFormat } from "./texts.ts";
import { MINUS, QUOTE, ZERO } from "./tokens.ts";

const COLON = 0x3a;
const POINT = 0x2e;
const Z = 0x5a;
const SEPARATORS: Readonly<Record<TimestampFormat, number>> = { SQL: 0x20, "ISO-8601": 0x54 };
/** From the opening quote to the seconds, and a closing quote. */
const LEAST_BYTES = 21;

export interface TimestampForm {
  readonly separator: number;
  readonly zoned: boolean;
}

/** The form of a type in a format. */
export function timestampForm(format: TimestampFormat, zoned: boolean): TimestampForm {
  return { separator: SEPARATORS[format], zoned };
}

/**
 * Epoch milliseconds of the text whose quote stands at the cursor, which is then behind its closing quote. NaN, and a
 * cursor that has not moved, for any other form.
 */
export function plainTimestamp(cursor: JsonCursor, { separator, zoned }: TimestampForm): number {
  const { bytes, pos } = cursor;
  if (pos + LEAST_BYTES > cursor.end || bytes[pos] !== QUOTE) return Number.NaN;
  const days = plainDays(bytes, pos + 1);
  const time = plainTime(bytes, pos + 12);
  if (days === NONE || time === NONE || bytes[pos + 11] !== separator) return Number.NaN;
  let at = pos + 20;
  let ms = 0;
  if (bytes[at] === POINT) {
    const first = at + 1;
    let digit = (bytes[++at] ?? 0) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - ZERO) {
      if (at - first < 3) ms += digit * (MS_DIGITS[at - first] ?? 0);
    }
    if (at === first || at - first > 9) return Number.NaN;
  }
  if (zoned && bytes[at++] !== Z) return Number.NaN;
  if (at >= cursor.end || bytes[at] !== QUOTE) return Number.NaN;
  cursor.pos = at + 1;
  return days * MILLIS_PER_DAY + time * 1000 + ms;
}

const MS_DIGITS = [100, 10, 1];
const NONE = -(2 ** 31);

/** `yyyy-MM-dd` as days since 1970-01-01; NONE if it is not that, or may be no day. */
function plainDays(bytes: Uint8Array, at: number): number {
  const century = twoDigits(bytes, at);
  const year = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) return NONE;
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return NONE;
  const fullYear = century * 100 + year;
  return day > daysInMonth(fullYear, month) ? NONE : daysFromCivil(fullYear, month, day);
}

/** `HH:mm:ss` as seconds; NONE if it is not that. */
function plainTime(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at);
  const minute = twoDigits(bytes, at + 3);
  const second = twoDigits(bytes, at + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NONE;
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return NONE;
  return hour * 3600 + minute * 60 + second;
}

/** -1 if they are not two digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - ZERO;
  const ones = (bytes[at + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
