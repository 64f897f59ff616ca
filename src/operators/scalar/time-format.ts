// Java's date patterns ("yyyy-MM-dd HH:mm:ss.SSS"), for DATE_FORMAT, TO_TIMESTAMP, FROM_UNIXTIME and the like:
// DateTimeFormatter's letters in English, UTC. A pattern is compiled once and kept.
//
// Letters: y u (year) M L (month) d D E e a H h K k m s S n, 'quoted text', '' for a quote; others are refused.

import {
  civilFromDays,
  dayOf,
  dayOfYear,
  isoDayOfWeek,
  timeOf,
} from "../../core/value/calendar.ts";
import { DAY_NAMES, MONTH_NAMES, lenientParser, strictParser } from "./time-parse.ts";
import type { Parser } from "./time-parse.ts";

/** A point in time split for formatting: milliseconds, and nanoseconds within the millisecond. */
export type Formatter = (epochMs: number, nanos: number) => string;
export interface TimePattern {
  readonly format: Formatter;
  /** As java.time's DateTimeFormatter: the whole text, exact widths. */
  readonly parse: Parser;
  /** As SimpleDateFormat: a beginning of the text, any number of digits, fields out of range carried over. */
  readonly parseLenient: Parser;
}

/** A field (letter and width) or literal text of a pattern. */
export interface Token {
  readonly letter: string;
  readonly width: number;
  readonly literal: string;
}

/** Patterns come from SQL literals nearly always; a column of patterns must not grow memory. */
const KEPT_PATTERNS = 256;
const patterns = new Map<string, TimePattern | undefined>();

/** Compiles a pattern; undefined when it has a letter that is not known. */
export function timePattern(pattern: string): TimePattern | undefined {
  if (patterns.has(pattern)) return patterns.get(pattern);
  const tokens = tokenize(pattern);
  const compiled =
    tokens === undefined
      ? undefined
      : {
          format: formatterOf(tokens),
          parse: strictParser(tokens),
          parseLenient: lenientParser(tokens),
        };
  if (patterns.size >= KEPT_PATTERNS) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

const LETTERS = "yuMLdDEeaHhKkmsSn";

function tokenize(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  let index = 0;
  while (index < pattern.length) {
    const letter = pattern.charAt(index);
    if (letter === "'") {
      const end = quoteEnd(pattern, index);
      if (end === undefined) return undefined;
      const text = pattern.slice(index + 1, end).replaceAll("''", "'");
      tokens.push({ letter: "", width: 0, literal: text === "" ? "'" : text });
      index = end + 1;
    } else if (/[A-Za-z]/.test(letter)) {
      if (!LETTERS.includes(letter)) return undefined;
      let end = index + 1;
      while (pattern.charAt(end) === letter) end++;
      tokens.push({ letter, width: end - index, literal: "" });
      index = end;
    } else {
      tokens.push({ letter: "", width: 0, literal: letter });
      index++;
    }
  }
  return tokens;
}

function quoteEnd(pattern: string, start: number): number | undefined {
  for (let index = start + 1; index < pattern.length; index++) {
    if (pattern.charAt(index) !== "'") continue;
    if (pattern.charAt(index + 1) !== "'" || index === start + 1) return index;
    index++;
  }
  return undefined;
}

function formatterOf(tokens: readonly Token[]): Formatter {
  return (epochMs, nanos) => {
    let text = "";
    for (const token of tokens)
      text += token.letter === "" ? token.literal : field(token, epochMs, nanos);
    return text;
  };
}

function field({ letter, width }: Token, epochMs: number, nanos: number): string {
  const days = dayOf(epochMs);
  const millis = timeOf(epochMs);
  const hour = Math.floor(millis / 3_600_000);
  const nanoOfSecond = (millis % 1000) * 1_000_000 + nanos;
  switch (letter) {
    case "y":
    case "u": {
      const { year } = civilFromDays(days);
      return width === 2 ? pad(year % 100, 2) : pad(year, width);
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
      return named((isoDayOfWeek(days) % 7) + 1, width, [
        ...DAY_NAMES.slice(6),
        ...DAY_NAMES.slice(0, 6),
      ]);
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
    case "S":
      return String(nanoOfSecond).padStart(9, "0").padEnd(width, "0").slice(0, width);
    default:
      return pad(nanoOfSecond, width);
  }
}

function named(value: number, width: number, names: readonly string[]): string {
  const name = names[value - 1] ?? "";
  if (width < 3) return pad(value, width);
  return width === 3 ? name.slice(0, 3) : width === 5 ? name.slice(0, 1) : name;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
