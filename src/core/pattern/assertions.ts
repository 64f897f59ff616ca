// The zero-width tests of Java's Pattern at an index of a text, in UTF-16 units.

import type { Assertion } from "./syntax.ts";

const CR = 0x0d;
const LF = 0x0a;

/** Whether the test holds between the units at `at - 1` and `at`. */
export function holdsAt(test: Assertion, text: string, at: number): boolean {
  switch (test) {
    case "begin":
      return at === 0;
    case "end":
      return at === text.length;
    case "last-line-end":
      return isLastLineEnd(text, at);
    case "last-newline":
      return at === text.length || (at === text.length - 1 && text.charCodeAt(at) === LF);
    case "line-begin":
      return isLineBegin(text, at);
    case "line-end":
      return at === text.length || isBeforeTerminator(text, at);
    case "newline-begin":
      return at < text.length && (at === 0 || text.charCodeAt(at - 1) === LF);
    case "newline-end":
      return at === text.length || text.charCodeAt(at) === LF;
    case "word-boundary":
      return isWordBefore(text, at) !== isWordAt(text, at);
    case "no-word-boundary":
      return isWordBefore(text, at) === isWordAt(text, at);
  }
}

function isTerminator(unit: number): boolean {
  return unit === LF || unit === CR || unit === 0x85 || unit === 0x2028 || unit === 0x2029;
}

/** Before a line terminator, but not inside \r\n. */
function isBeforeTerminator(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return isTerminator(unit) && !(unit === LF && at > 0 && text.charCodeAt(at - 1) === CR);
}

/** At the end, or before the line terminator that is the last thing in the text. */
function isLastLineEnd(text: string, at: number): boolean {
  const rest = text.length - at;
  if (rest === 0) return true;
  if (rest === 2) return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF;
  return rest === 1 && isBeforeTerminator(text, at);
}

/** After a line terminator, but not at the end of the text. */
function isLineBegin(text: string, at: number): boolean {
  if (at >= text.length) return false;
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return isTerminator(before) && !(before === CR && text.charCodeAt(at) === LF);
}

const WORD = /^[\p{L}\p{Nd}_]$/u;
const BASE = /^[\p{L}\p{Nd}]$/u;
const MARK = /^\p{Mn}$/u;

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false;
  const low = text.charCodeAt(at - 1);
  const isPair = low >= 0xdc00 && low <= 0xdfff && at > 1 && isHigh(text.charCodeAt(at - 2));
  return isWordCharacter(text, isPair ? at - 2 : at - 1);
}

function isWordAt(text: string, at: number): boolean {
  return at < text.length && isWordCharacter(text, at);
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** A letter, a digit, _, or a mark on a letter or digit: wider than \w, as in Java 17. */
function isWordCharacter(text: string, at: number): boolean {
  const code = text.codePointAt(at) ?? 0;
  if (code < 0x80) {
    return (
      (code >= 0x61 && code <= 0x7a) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x30 && code <= 0x39) ||
      code === 0x5f
    );
  }
  const character = String.fromCodePoint(code);
  return WORD.test(character) || (MARK.test(character) && hasBase(text, at));
}

/** More marks than this on one letter are no writing; bounds the way back. */
const MARKS_MAX = 32;

function hasBase(text: string, at: number): boolean {
  for (let index = at - 1; index >= 0 && index >= at - MARKS_MAX; index--) {
    const character = text.charAt(index);
    if (BASE.test(character)) return true;
    if (!MARK.test(character)) return false;
  }
  return false;
}
