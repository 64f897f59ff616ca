// Points in time to text and back by the rules of Java's SimpleDateFormat, lenient: a beginning of the text is enough,
// numbers have any width, and fields out of range carry over into the next ones. Dates before 1582-10-15 are those of
// the Julian calendar, and years before 1 count backwards.

import {
  MILLIS_PER_DAY,
  dayOf,
  isoDayOfWeek,
  mixedDateFromDays,
  mixedDaysFromDate,
  timeOf,
  eraYear,
} from "../../core/value/calendar.ts";
import { DAY_NAMES, MONTH_NAMES, type PatternToken } from "../../core/value/time-pattern.ts";
import { clockField, named, pad } from "./date-time-formatter.ts";

/** Writes a point in time, UTC. */
export function simpleFormat(tokens: readonly PatternToken[]): (epochMs: number) => string {
  return (epochMs) => {
    let text = "";
    for (const token of tokens) text += token.letter === "" ? token.literal : field(token, epochMs);
    return text;
  };
}

function field({ letter, width }: PatternToken, epochMs: number): string {
  const days = dayOf(epochMs);
  switch (letter) {
    case "y": {
      const year = eraYear(mixedDateFromDays(days).year);
      return width === 2 ? pad(year % 100, 2) : pad(year, width);
    }
    case "M":
    case "L":
      return named(mixedDateFromDays(days).month, width, MONTH_NAMES);
    case "d":
      return pad(mixedDateFromDays(days).day, width);
    case "D":
      return pad(days - mixedDaysFromDate(mixedDateFromDays(days).year, 1, 1) + 1, width);
    case "E":
      return named(isoDayOfWeek(days), Math.max(3, width), DAY_NAMES);
    case "u":
      return pad(isoDayOfWeek(days), width);
    case "S":
      return pad(timeOf(epochMs) % 1000, width);
    default:
      return clockField(letter, width, timeOf(epochMs));
  }
}

/** Fields that only a text has. */
type Fields = Map<string, number>;

interface Reading {
  readonly text: string;
  at: number;
  readonly fields: Fields;
}

/** Reads the beginning of a text, UTC: epoch milliseconds, or undefined when it does not match. */
export function simpleParse(tokens: readonly PatternToken[]): (text: string) => number | undefined {
  return (text) => {
    const reading: Reading = { text, at: 0, fields: new Map() };
    for (const [index, token] of tokens.entries()) {
      const isRead =
        token.letter === ""
          ? readLiteral(reading, token.literal)
          : readField(reading, token, isNumeric(tokens[index + 1]));
      if (!isRead) return undefined;
    }
    return resolve(reading.fields);
  };
}

function readLiteral(reading: Reading, literal: string): boolean {
  const matches = reading.text.startsWith(literal, reading.at);
  reading.at += literal.length;
  return matches;
}

/** Whether digits of this field follow directly, so that the one before takes its width and no more. */
function isNumeric(token: PatternToken | undefined): boolean {
  if (token === undefined || token.letter === "" || "Ea".includes(token.letter)) return false;
  return !("ML".includes(token.letter) && token.width > 2);
}

function readField(reading: Reading, token: PatternToken, obeyWidth: boolean): boolean {
  const { text, fields } = reading;
  // A field's width counts from the blanks before it.
  const end = reading.at + token.width;
  while (" \t".includes(text.charAt(reading.at)) && reading.at < text.length) reading.at++;
  const { letter, width } = token;
  if (letter === "E") return readName(reading, "E", DAY_NAMES);
  if (letter === "a") return readName(reading, "a", ["AM", "PM"]);
  if ("ML".includes(letter) && width > 2) return readName(reading, "M", MONTH_NAMES);
  if (obeyWidth && end > text.length) return false;
  const part = text.slice(reading.at, obeyWidth ? end : undefined);
  const number = /^-?\d+/.exec(part)?.[0];
  if (number === undefined) return false;
  reading.at += number.length;
  fields.set(letter === "L" ? "M" : letter, wrapInt(number));
  return true;
}

/** Java takes the number's lowest 32 bits. */
function wrapInt(digits: string): number {
  return Number(BigInt.asIntN(32, BigInt(digits)));
}

/** The longest name, in full or its first three letters, in any case. */
function readName(reading: Reading, letter: string, names: readonly string[]): boolean {
  const rest = reading.text.slice(reading.at).toLowerCase();
  let best = "";
  for (const [index, name] of names.entries()) {
    for (const form of [name, name.slice(0, 3)]) {
      if (form.length <= best.length || !rest.startsWith(form.toLowerCase())) continue;
      best = form;
      reading.fields.set(letter, index + 1);
    }
  }
  reading.at += best.length;
  return best !== "";
}

function resolve(fields: Fields): number {
  const at = (letter: string, otherwise: number): number => fields.get(letter) ?? otherwise;
  const byDayOfYear = fields.has("D") && !fields.has("d");
  const months = at("y", 1970) * 12 + (byDayOfYear ? 1 : at("M", 1)) - 1;
  const year = Math.floor(months / 12);
  const day = byDayOfYear ? at("D", 1) : at("d", 1);
  const days = mixedDaysFromDate(year, months - year * 12 + 1, day);
  const seconds = (hourOf(fields) * 60 + at("m", 0)) * 60 + at("s", 0);
  return days * MILLIS_PER_DAY + seconds * 1000 + at("S", 0);
}

function hourOf(fields: Fields): number {
  const ofDay = fields.get("H");
  const clock = fields.get("k");
  if (ofDay !== undefined || clock !== undefined) return ofDay ?? (clock === 24 ? 0 : (clock ?? 0));
  const half = fields.get("h");
  const hour = half === 12 ? 0 : (half ?? fields.get("K") ?? 0);
  return hour + (fields.get("a") === 2 ? 12 : 0);
}
