// Text functions but for patterns (pattern.ts) and encodings (encoding.ts). Semantics: Flink's SqlFunctionUtils and
// BinaryStringDataUtil.

import type { SqlValue } from "../../core/types.ts";
import { parseJavaDouble } from "../../core/value/java-number.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { partial, plain } from "./implementation.ts";
import {
  boundLength,
  codePoints,
  indexOfText,
  repeatText,
  reverseText,
  sliceText,
  trimText,
  wellFormed,
} from "./text-rules.ts";

/** The functions of this file. */
export const TEXT: ScalarTable = {
  "||": concatTwo,
  CONCAT: plain((...parts: string[]) => parts.join("")),
  CONCAT_WS: () => ({ acceptsNull: true, nullable: true, apply: concatWithSeparator }),
  UPPER: plain((text: string) => text.toUpperCase()),
  LOWER: plain((text: string) => text.toLowerCase()),
  INITCAP: plain(initCap),
  REVERSE: plain(reverseText),
  CHAR_LENGTH: plain(codePoints),
  ASCII: plain((text: string) => firstByte(text)),
  CHR: plain((code: number | bigint) =>
    code < 0 ? "" : String.fromCharCode(Number(BigInt.asUintN(8, BigInt(code)))),
  ),
  SUBSTRING: partial(substring),
  LEFT: plain((text: string, length: number) => (length <= 0 ? "" : sliceText(text, 0, length))),
  RIGHT: plain((text: string, length: number) =>
    length <= 0 ? "" : sliceText(text, Math.max(0, codePoints(text) - length), codePoints(text)),
  ),
  REPEAT: plain(repeatText),
  LPAD: partial((text: string, length: number, pad: string) => padded(text, length, pad, true)),
  RPAD: partial((text: string, length: number, pad: string) => padded(text, length, pad, false)),
  TRIM: plain((ends: "BOTH" | "LEADING" | "TRAILING", set: string, text: string) =>
    trimText(text, set, ends),
  ),
  LTRIM: plain((text: string, set = " ") => trimText(text, set, "LEADING")),
  RTRIM: plain((text: string, set = " ") => trimText(text, set, "TRAILING")),
  BTRIM: plain((text: string, set = " ") => trimText(text, set, "BOTH")),
  REPLACE: plain((text: string, search: string, by: string) => text.replaceAll(search, () => by)),
  TRANSLATE: plain(translate),
  OVERLAY: plain(overlay),
  POSITION: plain(position),
  LOCATE: plain(position),
  INSTR: plain(inString),
  SPLIT_INDEX: partial(splitIndex),
  STARTSWITH: plain((text: string, prefix: string) => text.startsWith(prefix)),
  ENDSWITH: plain((text: string, suffix: string) => text.endsWith(suffix)),
  IS_ALPHA: tests((value) => typeof value === "string" && /^\p{L}+$/u.test(value)),
  IS_DIGIT: tests((value) =>
    typeof value === "string" ? /^\p{Nd}+$/u.test(value) : isExact(value),
  ),
  IS_DECIMAL: tests((value) =>
    typeof value === "string"
      ? value !== "" && parseJavaDouble(value) !== undefined
      : typeof value === "number" || typeof value === "bigint",
  ),
};

function concatTwo(): Implementation {
  return { apply: (a: string, b: string) => a + b, inline: ([a, b]) => `${a} + ${b}` };
}

function concatWithSeparator(...parts: SqlValue[]): SqlValue {
  const [separator = null, ...rest] = parts;
  if (typeof separator !== "string") return null;
  return rest.filter((part) => typeof part === "string").join(separator);
}

function tests(holds: (value: SqlValue) => boolean): (shape: CallShape) => Implementation {
  return () => ({ acceptsNull: true, apply: (value: SqlValue) => value !== null && holds(value) });
}

function isExact(value: SqlValue): boolean {
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
}

/** Words are ASCII letters and digits, as in Calcite. */
function initCap(text: string): string {
  return text.replace(/[A-Za-z0-9]+/g, (word) => {
    const first = word.charAt(0);
    return (
      (first >= "a" && first <= "z" ? first.toUpperCase() : first) + word.slice(1).toLowerCase()
    );
  });
}

function substring(text: string, from: number, length = Number.MAX_SAFE_INTEGER): string | null {
  if (length < 0) return null;
  const size = codePoints(text);
  const start = from > 0 ? from - 1 : from < 0 ? size + from : 0;
  if (start < 0 || start >= size) return "";
  return sliceText(text, start, Math.min(size, start + length));
}

function padded(text: string, length: number, pad: string, left: boolean): string | null {
  if (length < 0 || pad === "") return null;
  boundLength(length);
  const missing = length - text.length;
  if (missing <= 0) return wellFormed(text.slice(0, length));
  const filling = pad.repeat(Math.ceil(missing / pad.length)).slice(0, missing);
  return wellFormed(left ? filling + text : text + filling);
}

/** The first UTF-8 byte, signed, as Flink takes it. */
function firstByte(text: string): number {
  return ((Buffer.from(text)[0] ?? 0) << 24) >> 24;
}

function translate(text: string, from: string, to: string): string {
  const sources = Array.from(from);
  const targets = Array.from(to);
  return Array.from(text, (letter) => {
    const index = sources.indexOf(letter);
    return index < 0 ? letter : (targets[index] ?? "");
  }).join("");
}

function overlay(text: string, by: string, from: number, length = by.length): string {
  if (from <= 0 || from > text.length) return text;
  const tail = from + length <= text.length && length > 0 ? text.slice(from - 1 + length) : "";
  return wellFormed(text.slice(0, from - 1) + by + tail);
}

function position(needle: string, text: string, from = 1): number {
  return indexOfText(text, needle, Math.max(0, from - 1)) + 1;
}

function inString(text: string, needle: string, start = 1, occurrence = 1): number {
  if (occurrence <= 0) return dataError("the occurrence must be positive");
  if (start === 0) return 0;
  if (start < 0) {
    const found = inString(reverseText(text), reverseText(needle), -start, occurrence);
    return found === 0 ? 0 : codePoints(text) + 2 - found - codePoints(needle);
  }
  let from = start;
  let index = 0;
  for (let count = 0; count < occurrence; count++) {
    index = indexOfText(text, needle, from - 1) + 1;
    if (index === 0) return 0;
    from = index + 1;
  }
  return index;
}

function splitIndex(text: string, delimiter: string | number, index: number): string | null {
  if (index < 0 || text === "") return null;
  const separator = typeof delimiter === "number" ? String.fromCharCode(delimiter) : delimiter;
  return text.split(separator === "" ? " " : separator)[index] ?? null;
}
