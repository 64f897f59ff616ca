// What stands after a backslash: a character, a set, or a test.

import {
  DIGITS,
  HORIZONTAL_SPACE,
  VERTICAL_SPACE,
  WHITE_SPACE,
  WORD_CHARACTERS,
  complement,
  type CharSet,
} from "./char-set.ts";
import type { PatternCursor } from "./cursor.ts";
import { unsupportedPattern } from "./problem.ts";
import { propertySet } from "./properties.ts";
import type { Assertion } from "./syntax.ts";

export type Escape =
  | { readonly kind: "character"; readonly code: number }
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly test: Assertion };

export interface EscapeContext {
  readonly isInClass: boolean;
  /** An end of a range of a character class: \v is the vertical tab there. */
  readonly isRangeEnd: boolean;
  readonly flags: { readonly i: boolean; readonly d: boolean };
}

const SETS: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  h: HORIZONTAL_SPACE,
  H: complement(HORIZONTAL_SPACE),
  s: WHITE_SPACE,
  S: complement(WHITE_SPACE),
  v: VERTICAL_SPACE,
  V: complement(VERTICAL_SPACE),
  w: WORD_CHARACTERS,
  W: complement(WORD_CHARACTERS),
};

const CHARACTERS: Readonly<Record<string, number>> = {
  a: 0x07,
  e: 0x1b,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

const TESTS: Readonly<Record<string, Assertion>> = {
  A: "begin",
  B: "no-word-boundary",
  b: "word-boundary",
  z: "end",
};

/** Constructs that Java has outside of character classes only, with what to say of them. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  G: "\\G (the end of the match before)",
  R: "\\R (any line break)",
  X: "\\X (a grapheme cluster)",
  k: "a back-reference by name",
};

/** Reads an escape; the cursor stands on the backslash. */
export function readEscape(cursor: PatternCursor, context: EscapeContext): Escape {
  const { at } = cursor;
  cursor.take();
  const letter = cursor.peek();
  const code = cursor.take();
  if (code === undefined) throw cursor.invalid("the pattern ends in a backslash", at);
  if (letter === "v" && context.isRangeEnd) return { kind: "character", code: 0x0b };
  const set =
    letter === "p" || letter === "P" ? readProperty(cursor, letter, context) : SETS[letter];
  if (set !== undefined) return { kind: "set", set };
  const fixed = CHARACTERS[letter] ?? readNumeric(cursor, letter, at);
  if (fixed !== undefined) return { kind: "character", code: fixed };
  if (letter === "N")
    throw unsupportedPattern("a character by its name", at, "Write the character.");
  if (/[A-Za-z1-9]/.test(letter)) return readTest(cursor, letter, { at, context });
  return { kind: "character", code };
}

function readTest(
  cursor: PatternCursor,
  letter: string,
  { at, context }: { readonly at: number; readonly context: EscapeContext },
): Escape {
  const test = letter === "Z" ? lastLine(context) : TESTS[letter];
  if (!context.isInClass) {
    if (test === "word-boundary" && cursor.peek() === "{") {
      throw unsupportedPattern("\\b{…}", at);
    }
    if (test !== undefined) return { kind: "assert", test };
    const what = /[1-9]/.test(letter) ? `the back-reference \\${letter}` : UNSUPPORTED[letter];
    if (what !== undefined) {
      throw unsupportedPattern(what, at, "Only patterns that match in linear time are run.");
    }
  }
  throw cursor.invalid(`there is no escape \\${letter}`, at);
}

function lastLine({ flags }: EscapeContext): Assertion {
  return flags.d ? "last-newline" : "last-line-end";
}

/** \0n, \xhh, \x{h…h}, \uhhhh and \cx; undefined for any other letter. */
function readNumeric(cursor: PatternCursor, letter: string, at: number): number | undefined {
  switch (letter) {
    case "0":
      return readOctal(cursor, at);
    case "x":
      return readHexadecimal(cursor, at);
    case "u":
      return readUnicode(cursor, at);
    case "c": {
      const control = cursor.take();
      if (control === undefined) throw cursor.invalid("\\c needs a character", at);
      return control ^ 64;
    }
    default:
      return undefined;
  }
}

/** Up to three digits, the first of three at most 3. */
function readOctal(cursor: PatternCursor, at: number): number {
  let digits = "";
  while (/[0-7]/.test(cursor.peek()) && digits.length < (/^[0-3]/.test(digits) ? 3 : 2)) {
    digits += cursor.peek();
    cursor.take();
  }
  if (digits === "") throw cursor.invalid("\\0 needs octal digits", at);
  return Number.parseInt(digits, 8);
}

function readHexadecimal(cursor: PatternCursor, at: number): number {
  if (!cursor.accept("{")) return readDigits(cursor, 2, at);
  const digits = cursor.takeWhile(/[0-9a-fA-F]/);
  const code = Number.parseInt(digits, 16);
  if (!cursor.accept("}") || digits === "" || code > 0x10ffff) {
    throw cursor.invalid("\\x{…} needs the hexadecimal digits of a character", at);
  }
  return notSurrogate(code, at);
}

/** \uD83D\uDE00 is one character. */
function readUnicode(cursor: PatternCursor, at: number): number {
  const code = readDigits(cursor, 4, at);
  if (code < 0xd800 || code > 0xdbff || !cursor.accept("\\u")) return notSurrogate(code, at);
  const low = readDigits(cursor, 4, at);
  if (low < 0xdc00 || low > 0xdfff) throw notSurrogate(code, at);
  return (code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
}

function notSurrogate(code: number, at: number): number {
  if (code >= 0xd800 && code <= 0xdfff) throw unsupportedPattern("half of a surrogate pair", at);
  return code;
}

function readDigits(cursor: PatternCursor, count: number, at: number): number {
  let digits = "";
  while (digits.length < count && /[0-9a-fA-F]/.test(cursor.peek())) {
    digits += cursor.peek();
    cursor.take();
  }
  if (digits.length < count)
    throw cursor.invalid(`this escape needs ${count} hexadecimal digits`, at);
  return Number.parseInt(digits, 16);
}

/** \pL or \p{Name}; \P is the complement. */
function readProperty(cursor: PatternCursor, letter: string, context: EscapeContext): CharSet {
  const { at } = cursor;
  let name = "";
  if (cursor.accept("{")) {
    while (!cursor.isAtEnd && cursor.peek() !== "}")
      name += String.fromCodePoint(cursor.take() ?? 0);
    if (!cursor.accept("}")) throw cursor.invalid("a \\p{…} is not closed", at);
    if (name === "") throw cursor.invalid("\\p{} names no property", at);
  } else {
    const code = cursor.take();
    if (code === undefined) throw cursor.invalid("\\p needs a name", at);
    name = String.fromCodePoint(code);
  }
  const set = propertySet(name, context.flags.i);
  if (set === undefined) {
    throw unsupportedPattern(
      `the property ${name}`,
      at,
      "Use a general category such as \\p{L}, a POSIX class such as \\p{Alpha}, or a script such as \\p{IsGreek}.",
    );
  }
  return letter === "P" ? complement(set) : set;
}
