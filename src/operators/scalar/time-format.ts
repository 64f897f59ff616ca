// Java's date patterns ("yyyy-MM-dd HH:mm:ss.SSS"), for DATE_FORMAT, TO_TIMESTAMP, FROM_UNIXTIME and the like:
// DateTimeFormatter's letters in English, UTC. A pattern is compiled once and kept.
//
// Letters: y u (year) M L (month) d D E e a H h K k m s S n, 'quoted text', '' for a quote; others are refused.

import {
  MILLIS_PER_DAY,
  civilFromDays,
  dayOf,
  dayOfYear,
  daysFromCivil,
  daysInMonth,
  isoDayOfWeek,
  timeOf,
} from "../../core/value/calendar.ts";

/** A point in time split for formatting: milliseconds, and nanoseconds within the millisecond. */
export type Formatter = (epochMs: number, nanos: number) => string;
/** Epoch milliseconds, or undefined when the text does not match. Missing fields default to 1970-01-01 00:00. */
export type Parser = (text: string) => number | undefined;

export interface TimePattern {
  readonly format: Formatter;
  readonly parse: Parser;
}

interface Token {
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
    tokens === undefined ? undefined : { format: formatterOf(tokens), parse: parserOf(tokens) };
  if (patterns.size >= KEPT_PATTERNS) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

const MONTH_NAMES =
  "January February March April May June July August September October November December".split(
    " ",
  );
const DAY_NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
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

function parserOf(tokens: readonly Token[]): Parser {
  const letters: string[] = [];
  const source = tokens.map((token, index) => {
    if (token.letter === "") return token.literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    letters.push(token.letter);
    return `(${fieldPattern(token, tokens[index + 1]?.letter)})`;
  });
  const expression = new RegExp(`^${source.join("")}$`, "i");
  return (text) => {
    const match = expression.exec(text);
    return match === null ? undefined : assemble(letters, match.slice(1));
  };
}

function fieldPattern({ letter, width }: Token, next: string | undefined): string {
  if (letter === "a") return "AM|PM";
  if (letter === "E") return "[A-Za-z]+";
  if (letter === "M" && width >= 3) return "[A-Za-z]+";
  if (letter === "S" || width > 1) return `\\d{${width}}`;
  // A lone letter takes as many digits as there are, unless digits of another field follow directly.
  return next === undefined || next === "" ? "\\d{1,9}" : "\\d";
}

function assemble(letters: readonly string[], texts: readonly string[]): number | undefined {
  const values = new Map<string, number>();
  for (const [index, letter] of letters.entries()) {
    const value = fieldValue(letter, texts[index] ?? "");
    if (value === undefined) return undefined;
    values.set(letter, value);
  }
  const at = (letter: string, otherwise: number): number => values.get(letter) ?? otherwise;
  const year = at("y", at("u", 1970));
  const month = at("M", at("L", 1));
  const day = at("d", 1);
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const half = values.has("h") ? at("h", 12) % 12 : at("K", 0);
  const hour = values.has("k") ? at("k", 24) % 24 : at("H", half + 12 * at("a", 0));
  const [minute, second] = [at("m", 0), at("s", 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)));
  return days * MILLIS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + at("S", 0);
}

function fieldValue(letter: string, text: string): number | undefined {
  switch (letter) {
    case "a":
      return text.toUpperCase() === "PM" ? 1 : 0;
    case "E":
      return indexOfName(DAY_NAMES, text);
    case "S":
      return Number(text.padEnd(3, "0").slice(0, 3));
    case "y":
    case "u":
      return text.length === 2 ? 2000 + Number(text) : Number(text);
    case "M":
    case "L":
      return /^\d/.test(text) ? Number(text) : indexOfName(MONTH_NAMES, text);
    default:
      return Number(text);
  }
}

function indexOfName(names: readonly string[], text: string): number | undefined {
  const wanted = text.toLowerCase();
  const index = names.findIndex((name) => {
    const lower = name.toLowerCase();
    return lower === wanted || lower.slice(0, 3) === wanted;
  });
  return index < 0 ? undefined : index + 1;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
