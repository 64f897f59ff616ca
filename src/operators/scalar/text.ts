// Text functions but for patterns (pattern.ts) and encodings (encoding.ts). Semantics: Flink's SqlFunctionUtils and
// BinaryStringDataUtil.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { compareBytes } from "../../core/value/compare.ts";
import { parseJavaDouble } from "../../core/value/java-number.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType, partial, plain } from "./implementation.ts";
import { printf } from "./printf.ts";
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
  TRANSLATE: () => ({ acceptsNull: true, nullable: true, apply: translate }),
  OVERLAY: plain(overlay),
  POSITION: plain(position),
  LOCATE: plain(position),
  INSTR: plain(inString),
  SPLIT_INDEX: partial(splitIndex),
  STARTSWITH: plain((text: string | Uint8Array, prefix: string | Uint8Array) =>
    typeof text === "string" ? text.startsWith(prefix as string) : hasBytes(text, prefix, 0),
  ),
  ENDSWITH: plain((text: string | Uint8Array, suffix: string | Uint8Array) =>
    typeof text === "string"
      ? text.endsWith(suffix as string)
      : hasBytes(text, suffix, text.length - suffix.length),
  ),
  IS_ALPHA: tests(/^\p{L}+$/u, () => false),
  IS_DIGIT: tests(/^\p{Nd}+$/u, (type) => INTEGERS.includes(type.kind)),
  IS_DECIMAL: tests(
    (text) => text !== "" && parseJavaDouble(text) !== undefined,
    (type) => type.kind !== "DECIMAL",
  ),
  ELT: elt,
  PRINTF: printf,
};

function concatTwo(): Implementation {
  return { apply: (a: string, b: string) => a + b, inline: ([a, b]) => `${a} + ${b}` };
}

function concatWithSeparator(...parts: SqlValue[]): SqlValue {
  const [separator = null, ...rest] = parts;
  if (typeof separator !== "string") return null;
  return rest.filter((part) => typeof part === "string").join(separator);
}

const INTEGERS: readonly string[] = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

/** A test of a text that is never NULL; of a number Flink looks at the type only, even for NULL. */
function tests(
  holds: RegExp | ((text: string) => boolean),
  ofNumber: (type: SqlType) => boolean,
): (shape: CallShape) => Implementation {
  const test = holds instanceof RegExp ? (text: string): boolean => holds.test(text) : holds;
  return (shape) => {
    const type = argumentType(shape, 0);
    const isText = type.kind === "CHAR" || type.kind === "VARCHAR";
    const answer = isText ? false : ofNumber(type);
    return {
      acceptsNull: true,
      apply: (value: SqlValue) => (typeof value === "string" ? test(value) : answer),
    };
  };
}

function hasBytes(bytes: Uint8Array, part: string | Uint8Array, start: number): boolean {
  if (typeof part === "string" || start < 0) return false;
  const end = start + part.length;
  return end <= bytes.length && compareBytes(bytes.subarray(start, end), part) === 0;
}

/** The value at an index from 1. */
function elt(): Implementation {
  return {
    acceptsNull: true,
    nullable: true,
    apply: (index: number | null, ...values: SqlValue[]) =>
      index === null ? null : (values[index - 1] ?? null),
  };
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

/** Without characters to replace the text stays, without replacements they go. */
function translate(text: SqlValue, from: SqlValue, to: SqlValue): string | null {
  if (typeof text !== "string") return null;
  const sources = Array.from(typeof from === "string" ? from : "");
  const targets = Array.from(typeof to === "string" ? to : "");
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

/** A delimiter may be the code of a character, 1 to 255. */
function splitIndex(text: string, delimiter: string | number, index: number): string | null {
  if (index < 0 || text === "") return null;
  if (typeof delimiter === "string")
    return text.split(delimiter === "" ? " " : delimiter)[index] ?? null;
  if (delimiter < 1 || delimiter > 255) return null;
  return text.split(String.fromCharCode(delimiter))[index] ?? null;
}
