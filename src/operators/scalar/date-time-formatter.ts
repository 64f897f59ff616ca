// Points in time to text and back by the rules of java.time's DateTimeFormatter: the whole text, exact widths, exact
// case. What a pattern leaves out is that of 1970-01-01 00:00.

import {
  MILLIS_PER_DAY,
  civilFromDays,
  dayOf,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  isoDayOfWeek,
  timeOf,
  eraYear,
} from "../../core/value/calendar.ts";
import { DAY_NAMES, MONTH_NAMES, type PatternToken } from "../../core/value/time-pattern.ts";
import { signedYear } from "../../core/value/time-text.ts";

/** Epoch milliseconds, and nanoseconds within the millisecond. */
export interface ParsedTime {
  readonly epochMs: number;
  readonly nanos: number;
}

/** Writes a point in time. */
export function formatterOf(
  tokens: readonly PatternToken[],
): (epochMs: number, nanos: number) => string {
  return (epochMs, nanos) => {
    let text = "";
    for (const token of tokens) {
      text += token.letter === "" ? token.literal : field(token, epochMs, nanos);
    }
    return text;
  };
}

function field({ letter, width }: PatternToken, epochMs: number, nanos: number): string {
  const days = dayOf(epochMs);
  const millis = timeOf(epochMs);
  switch (letter) {
    case "y":
    case "u": {
      const { year: proleptic } = civilFromDays(days);
      const year = letter === "y" ? eraYear(proleptic) : proleptic;
      if (width === 2) return pad(Math.abs(year) % 100, 2);
      if (width === 4) return signedYear(year);
      return `${year < 0 ? "-" : ""}${pad(Math.abs(year), width)}`;
    }
    case "M":
    case "L":
      return named(civilFromDays(days).month, width, MONTH_NAMES);
    case "d":
      return pad(civilFromDays(days).day, width);
    case "D":
      return pad(dayOfYear(days), width);
    case "E":
      return named(isoDayOfWeek(days), Math.max(3, width), DAY_NAMES);
    case "e":
      // Weeks begin on Sunday, as in the United States.
      return named((isoDayOfWeek(days) % 7) + 1, width, SUNDAY_FIRST);
    case "S":
      return pad((millis % 1000) * 1_000_000 + nanos, 9).slice(0, width);
    case "n":
      return pad((millis % 1000) * 1_000_000 + nanos, width);
    default:
      return clockField(letter, width, millis);
  }
}

const SUNDAY_FIRST: readonly string[] = [...DAY_NAMES.slice(6), ...DAY_NAMES.slice(0, 6)];

/** The fields of the time of day, which both of Java's classes write alike. */
export function clockField(letter: string, width: number, millis: number): string {
  const hour = Math.floor(millis / 3_600_000);
  switch (letter) {
    case "a":
      return hour < 12 ? "AM" : "PM";
    case "H":
      return pad(hour, width);
    case "k":
      return pad(hour === 0 ? 24 : hour, width);
    case "K":
      return pad(hour % 12, width);
    case "h":
      return pad(hour % 12 === 0 ? 12 : hour % 12, width);
    case "m":
      return pad(Math.floor(millis / 60_000) % 60, width);
    case "s":
      return pad(Math.floor(millis / 1000) % 60, width);
    default:
      throw new RangeError(`no such letter: ${letter}`);
  }
}

/** A number, or from width 3 a name: short, from width 4 in full. `value` counts from 1. */
export function named(value: number, width: number, names: readonly string[]): string {
  const name = names[value - 1] ?? "";
  if (width < 3) return pad(value, width);
  return width === 3 ? name.slice(0, 3) : name;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** Reads a whole text; undefined when it does not match. */
export function parserOf(
  tokens: readonly PatternToken[],
): (text: string) => ParsedTime | undefined {
  const parts = tokens.map((token, index) =>
    token.letter === "" ? escaped(token.literal) : fieldPattern(token, tokens[index + 1]),
  );
  const expression = new RegExp(`^${parts.join("")}$`);
  const fields = tokens.filter(({ letter }) => letter !== "");
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return undefined;
    const values = new Map<string, number>();
    for (const [index, token] of fields.entries()) {
      const value = fieldValue(token, match[index + 1] ?? "");
      const before = values.get(token.letter) ?? value;
      // The same field twice must say the same.
      if (value === undefined || value !== before) return undefined;
      values.set(token.letter, value);
    }
    return resolve(values);
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function fieldPattern({ letter, width }: PatternToken, next: PatternToken | undefined): string {
  if (letter === "a") return "(AM|PM)";
  if (letter === "E" || ((letter === "M" || letter === "L") && width >= 3)) {
    const names = letter === "E" ? DAY_NAMES : MONTH_NAMES;
    const isShort = width < 4;
    return `(${names.map((name) => (isShort ? name.slice(0, 3) : name)).join("|")})`;
  }
  if (letter === "D" && width === 2) return "(\\d{2,3})";
  if (letter === "y" && width === 3) return "(\\d{3,9})";
  if (letter === "S" || width > 1) return `(\\d{${width}})`;
  // A lone letter takes as many digits as there are, unless digits of another field follow directly.
  return next === undefined || next.letter === "" ? "(\\d{1,9})" : "(\\d)";
}

/** undefined for a value out of its field's range. */
function fieldValue({ letter, width }: PatternToken, text: string): number | undefined {
  const value = Number(text);
  switch (letter) {
    case "a":
      return text === "PM" ? 1 : 0;
    case "E":
      return nameIndex(DAY_NAMES, text);
    case "M":
    case "L":
      return width >= 3 ? nameIndex(MONTH_NAMES, text) : within(value, 1, 12);
    case "S":
      return Number(text.padEnd(9, "0"));
    case "y":
    case "u":
      return width === 2 ? 2000 + value : within(value, letter === "y" ? 1 : 0, 999_999_999);
    case "d":
      return within(value, 1, 31);
    case "D":
      return within(value, 1, 366);
    case "k":
      return within(value, 1, 24);
    case "h":
      return within(value, 1, 12);
    case "K":
      return within(value, 0, 11);
    default:
      // 24:00 is the next day's midnight.
      return within(value, 0, letter === "H" ? 24 : 59);
  }
}

function within(value: number, least: number, most: number): number | undefined {
  return value >= least && value <= most ? value : undefined;
}

function nameIndex(names: readonly string[], text: string): number {
  return names.findIndex((name) => name.startsWith(text)) + 1;
}

type Fields = ReadonlyMap<string, number>;

function resolve(fields: Fields): ParsedTime | undefined {
  const date = resolveDate(fields);
  const hour = hourOf(fields);
  if (date === undefined || hour === undefined) return undefined;
  const minute = fields.get("m") ?? 0;
  const second = fields.get("s") ?? 0;
  const nanoOfSecond = fields.get("S") ?? 0;
  if (hour === 24 && minute + second + nanoOfSecond > 0) return undefined;
  const seconds = (hour * 60 + minute) * 60 + second;
  return {
    epochMs: date * MILLIS_PER_DAY + seconds * 1000 + Math.floor(nanoOfSecond / 1_000_000),
    nanos: nanoOfSecond % 1_000_000,
  };
}

/** The end of a month is clamped: February 30th is its last day. */
function resolveDate(fields: Fields): number | undefined {
  const year = fields.get("y") ?? fields.get("u") ?? 1970;
  const month = fields.get("M") ?? fields.get("L");
  const day = fields.get("d");
  const ofYear = fields.get("D");
  const hasYear = fields.has("y") || fields.has("u");
  const isWhole = hasYear && month !== undefined && day !== undefined;
  let date = daysFromCivil(year, month ?? 1, Math.min(day ?? 1, daysInMonth(year, month ?? 1)));
  if (hasYear && ofYear !== undefined) {
    const byDay = daysFromCivil(year, 1, 1) + ofYear - 1;
    if (civilFromDays(byDay).year !== year || (isWhole && byDay !== date)) return undefined;
    date = byDay;
  }
  const weekday = fields.get("E");
  const isKnown = isWhole || (hasYear && ofYear !== undefined);
  if (isKnown && weekday !== undefined && weekday !== isoDayOfWeek(date)) return undefined;
  return date;
}

/** An hour of twelve counts with AM or PM only. */
function hourOf(fields: Fields): number | undefined {
  const half = fields.get("h") ?? fields.get("K");
  const afternoon = fields.get("a");
  const clock = fields.get("k");
  const hours = [
    fields.get("H"),
    clock === undefined ? undefined : clock % 24,
    half === undefined || afternoon === undefined ? undefined : (half % 12) + 12 * afternoon,
  ].filter((hour) => hour !== undefined);
  if (new Set(hours).size > 1) return undefined;
  return hours[0] ?? 0;
}
