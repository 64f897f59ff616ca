// Calendar arithmetic on plain integers, proleptic Gregorian, no time zone. Days count from 1970-01-01,
// months from 1. Before 1970 everything floors, where Flink's own code partly truncates towards zero (a bug of
// Flink's that is outside the equality claim).
// Source: Howard Hinnant, chrono-compatible low-level date algorithms.

export const MILLIS_PER_DAY = 86_400_000;

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days since 1970-01-01 of a date; month 1–12, day 1–31. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const yearDay = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + yearDay;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date `days` after 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const yearDay =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const mp = Math.floor((5 * yearDay + 2) / 153);
  const day = yearDay - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** 1582-10-15, the first day of the Gregorian calendar. */
const GREGORIAN_START = -141_427;
/** Days of four Julian years. */
const JULIAN_CYCLE = 1461;

/**
 * Days since 1970-01-01 of a date of the Julian calendar before 1582-10-15 and the Gregorian one after it, as
 * java.util.GregorianCalendar has it; the day may lie beyond its month.
 */
export function mixedDaysFromDate(year: number, month: number, day: number): number {
  const days = daysFromCivil(year, month, 1) + day - 1;
  return days >= GREGORIAN_START ? days : julianDays(year, month, day);
}

/** The date in that calendar. */
export function mixedDateFromDays(days: number): CivilDate {
  if (days >= GREGORIAN_START) return civilFromDays(days);
  // Both calendars name the days of a four-year cycle alike, that of the years 2000 to 2003.
  const start = julianDays(0, 1, 1);
  const cycle = Math.floor((days - start) / JULIAN_CYCLE);
  const date = civilFromDays(daysFromCivil(2000, 1, 1) + days - start - cycle * JULIAN_CYCLE);
  return { ...date, year: date.year - 2000 + cycle * 4 };
}

function julianDays(year: number, month: number, day: number): number {
  const cycle = Math.floor(year / 4);
  // 0001-01-01 of the Julian calendar is two days before that of the Gregorian one.
  const start = daysFromCivil(1, 1, 1) - 2 - 366;
  const within = daysFromCivil(2000 + year - cycle * 4, month, 1) - daysFromCivil(2000, 1, 1);
  return start + cycle * JULIAN_CYCLE + within + day - 1;
}

/** The year's number in its era: 0 is 1 BC, -1 is 2 BC. */
export function eraYear(year: number): number {
  return year > 0 ? year : 1 - year;
}

/** The day of an instant or local timestamp in milliseconds. */
export function dayOf(epochMs: number): number {
  return Math.floor(epochMs / MILLIS_PER_DAY);
}

/** Milliseconds since the midnight before; 0 to 86 399 999. */
export function timeOf(epochMs: number): number {
  return epochMs - dayOf(epochMs) * MILLIS_PER_DAY;
}

/** 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** True for a date that exists in the years 0 to 9999, the range Flink accepts in text. */
export function isCivilDate(year: number, month: number, day: number): boolean {
  return (
    year >= 0 &&
    year <= 9999 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month)
  );
}

/** Adds months to a day number; the day of the month is clamped to the month's end. */
export function addMonths(days: number, months: number): number {
  const date = civilFromDays(days);
  const index = date.year * 12 + date.month - 1 + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  return daysFromCivil(year, month, Math.min(date.day, daysInMonth(year, month)));
}

/**
 * Months from `fromMs` to `toMs` as Flink counts them: whole months between the dates, less one if the day of the last
 * one is reached at an earlier time of day. Backwards that is not the negative of forwards.
 */
export function monthsBetween(fromMs: number, toMs: number): number {
  const from = dayOf(fromMs);
  const to = dayOf(toMs);
  const months = monthsBetweenDays(from, to);
  const isShort = addMonths(from, months) === to && timeOf(toMs) < timeOf(fromMs);
  return months - (isShort ? 1 : 0);
}

/** The most months that can be added to one day without passing the other, towards zero. */
function monthsBetweenDays(from: number, to: number): number {
  if (to < from) return 0 - monthsBetweenDays(to, from);
  const [first, last] = [civilFromDays(from), civilFromDays(to)];
  const months = (last.year - first.year) * 12 + last.month - first.month;
  return addMonths(from, months) > to ? months - 1 : months;
}

/** 1 = Sunday … 7 = Saturday, SQL's DAYOFWEEK. */
export function dayOfWeek(days: number): number {
  return modulo(days + 4, 7) + 1;
}

/** 1 = Monday … 7 = Sunday. */
export function isoDayOfWeek(days: number): number {
  return modulo(days + 3, 7) + 1;
}

/** The ISO 8601 year and week a day belongs to. */
export function isoWeek(days: number): { readonly year: number; readonly week: number } {
  // The week's Thursday decides its year.
  const thursday = days + 4 - isoDayOfWeek(days);
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/** 1 to 366. */
export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;
}

/** a mod n in [0, n). */
export function modulo(a: number, n: number): number {
  return a - Math.floor(a / n) * n;
}
