// Matching without regard to case: ASCII letters under (?i), all letters under (?iu), by Java's one-to-one mappings
// (Character.toUpperCase, Character.toLowerCase).

import { LAST_BASIC, rangeSet, type CharSet } from "./char-set.ts";

export interface CaseFlags {
  /** CASE_INSENSITIVE */
  readonly i: boolean;
  /** UNICODE_CASE; means nothing without `i`. */
  readonly u: boolean;
}

/** One character, and its other case if the flags say so. */
export function singleSet(code: number, flags: CaseFlags): CharSet {
  if (!flags.i) return rangeSet(code, code);
  if (!flags.u) {
    const other = otherAsciiCase(code);
    return {
      has: (each) => each === code || each === other,
      isBasic: code <= LAST_BASIC,
    };
  }
  const upper = upperCase(code);
  const lower = lowerCase(upper);
  if (upper === lower) return rangeSet(code, code);
  return { has: (each) => each === lower || foldCase(each) === lower, isBasic: false };
}

/** A range of a character class, in both cases if the flags say so. */
export function foldedRange(from: number, to: number, flags: CaseFlags): CharSet {
  const plain = rangeSet(from, to);
  if (!flags.i) return plain;
  const has = flags.u
    ? (code: number): boolean => {
        if (plain.has(code)) return true;
        const upper = upperCase(code);
        return plain.has(upper) || plain.has(lowerCase(upper));
      }
    : (code: number): boolean => plain.has(code) || plain.has(otherAsciiCase(code));
  return { has, isBasic: false };
}

function otherAsciiCase(code: number): number {
  const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
  return isLetter ? code ^ 0x20 : code;
}

function foldCase(code: number): number {
  return lowerCase(upperCase(code));
}

/** Greek letters with iota: JavaScript writes their capitals as two letters, Java's one-letter mapping is this. */
const IOTA_CAPITALS: ReadonlyMap<number, number> = new Map([
  [0x1fb3, 0x1fbc],
  [0x1fc3, 0x1fcc],
  [0x1ff3, 0x1ffc],
]);

function upperCase(code: number): number {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
  if (code >= 0x1f80 && code <= 0x1faf) return code | 8;
  return IOTA_CAPITALS.get(code) ?? oneCodePoint(String.fromCodePoint(code).toUpperCase(), code);
}

function lowerCase(code: number): number {
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  if (code === 0x130) return 0x69; // İ to i, without the dot above that JavaScript adds
  return oneCodePoint(String.fromCodePoint(code).toLowerCase(), code);
}

/** The text's code point, if it is one; a mapping to several letters is none of Java's. */
function oneCodePoint(text: string, otherwise: number): number {
  const code = text.codePointAt(0) ?? otherwise;
  return text.length === (code > LAST_BASIC ? 2 : 1) ? code : otherwise;
}
