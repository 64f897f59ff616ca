// Text to points in time by a date pattern (time-format.ts): the strict way of java.time's DateTimeFormatter and the
// lenient one of SimpleDateFormat. Flink's functions use one or the other.

import { MILLIS_PER_DAY, daysFromCivil, daysInMonth } from "../../core/value/calendar.ts";
import type { Token } from "./time-format.ts";

/** Epoch milliseconds, or undefined when the text does not match. Missing fields default to 1970-01-01 00:00. */
export type Parser = (text: string) => number | undefined;

export const MONTH_NAMES: readonly string[] =
  "January February March April May June July August September October November December".split(
    " ",
  );
export const DAY_NAMES: readonly string[] =
  "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

/** The whole text must match, with the widths of the pattern. */
export function strictParser(tokens: readonly Token[]): Parser {
  const expression = new RegExp(`^${source(tokens, fieldPattern)}$`, "i");
  const letters = lettersOf(tokens);
  return (text) => {
    const match = expression.exec(text);
    const fields = match === null ? undefined : fieldsOf(letters, match.slice(1));
    return fields === undefined ? undefined : strictMillis(fields);
  };
}

/** A beginning of the text must match; numbers have any width, unless digits of another field follow directly. */
export function lenientParser(tokens: readonly Token[]): Parser {
  const expression = new RegExp(`^${source(tokens, lenientPattern)}`, "i");
  const letters = lettersOf(tokens);
  return (text) => {
    const match = expression.exec(text);
    const fields = match === null ? undefined : fieldsOf(letters, match.slice(1));
    return fields === undefined ? undefined : millis(fields);
  };
}

type Fields = ReadonlyMap<string, number>;

function lettersOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ letter }) => (letter === "" ? [] : [letter]));
}

function source(
  tokens: readonly Token[],
  pattern: (token: Token, next: string | undefined) => string,
): string {
  const parts = tokens.map((token, index) =>
    token.letter === ""
      ? token.literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
      : pattern(token, tokens[index + 1]?.letter),
  );
  return parts.join("");
}

function fieldPattern({ letter, width }: Token, next: string | undefined): string {
  const names = namesPattern(letter, width);
  if (names !== undefined) return names;
  if (letter === "S" || width > 1) return `(\\d{${width}})`;
  // A lone letter takes as many digits as there are, unless digits of another field follow directly.
  return next === undefined || next === "" ? "(\\d{1,9})" : "(\\d)";
}

function lenientPattern({ letter, width }: Token, next: string | undefined): string {
  const names = namesPattern(letter, width);
  if (names !== undefined) return names;
  const isAlone = next === undefined || next === "";
  return isAlone ? "\\s*(\\d{1,9})" : `\\s*(\\d{${width}})`;
}

function namesPattern(letter: string, width: number): string | undefined {
  if (letter === "a") return "(AM|PM)";
  return letter === "E" || (letter === "M" && width >= 3) ? "([A-Za-z]+)" : undefined;
}

function fieldsOf(letters: readonly string[], texts: readonly string[]): Fields | undefined {
  const fields = new Map<string, number>();
  for (const [index, letter] of letters.entries()) {
    const value = fieldValue(letter, texts[index] ?? "");
    if (value === undefined) return undefined;
    fields.set(letter, value);
  }
  return fields;
}

/** undefined for fields out of range; the end of a month is clamped, and 24:00 is the next day's midnight. */
function strictMillis(fields: Fields): number | undefined {
  const year = fields.get("y") ?? fields.get("u") ?? 1970;
  const month = fields.get("M") ?? fields.get("L") ?? 1;
  const day = fields.get("d") ?? 1;
  const [minute, second] = [fields.get("m") ?? 0, fields.get("s") ?? 0];
  if (month < 1 || month > 12 || day < 1 || day > 31 || minute > 59 || second > 59)
    return undefined;
  if (hourOf(fields) * 60 + minute > 24 * 60 || (fields.has("y") && year === 0)) return undefined;
  return millis(new Map([...fields, ["d", Math.min(day, daysInMonth(year, month))]]));
}

/** Carries fields out of range over into the next ones. */
function millis(fields: Fields): number {
  const at = (letter: string, otherwise: number): number => fields.get(letter) ?? otherwise;
  const months = at("y", at("u", 1970)) * 12 + at("M", at("L", 1)) - 1;
  const year = Math.floor(months / 12);
  const days = daysFromCivil(year, months - year * 12 + 1, 1) + at("d", 1) - 1;
  const seconds = (hourOf(fields) * 60 + at("m", 0)) * 60 + at("s", 0);
  return days * MILLIS_PER_DAY + seconds * 1000 + at("S", 0);
}

function hourOf(fields: Fields): number {
  const half = fields.has("h") ? (fields.get("h") ?? 12) % 12 : (fields.get("K") ?? 0);
  const hour = fields.get("H") ?? half + 12 * (fields.get("a") ?? 0);
  return fields.has("k") ? (fields.get("k") ?? 24) % 24 : hour;
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
