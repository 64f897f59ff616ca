// Sets of characters: predicates on code points, combined as Java's Pattern does it.

/** A set of code points; lone halves of surrogate pairs count as themselves. */
export interface CharSet {
  readonly has: (code: number) => boolean;
  /**
   * Nothing in it tells Java that the pattern is about characters beyond U+FFFF: it then starts matches inside of such
   * characters, too. That shows where a pattern matches the empty text.
   */
  readonly isBasic: boolean;
}

/** Code points above this take two UTF-16 units. */
export const LAST_BASIC = 0xffff;

/** All characters from `from` to `to`, both included. */
export function rangeSet(from: number, to: number): CharSet {
  const isBasic = to < 0xd800 || (from > 0xdfff && to <= LAST_BASIC);
  return { has: (code) => code >= from && code <= to, isBasic };
}

/** The characters of a text. */
export function anyOf(characters: string): CharSet {
  const codes = new Set(Array.from(characters, (character) => character.codePointAt(0) ?? 0));
  return { has: (code) => codes.has(code), isBasic: true };
}

export function union(left: CharSet, right: CharSet): CharSet {
  return {
    has: (code) => left.has(code) || right.has(code),
    isBasic: left.isBasic && right.isBasic,
  };
}

export function intersection(left: CharSet, right: CharSet): CharSet {
  return {
    has: (code) => left.has(code) && right.has(code),
    isBasic: left.isBasic && right.isBasic,
  };
}

export function complement(set: CharSet): CharSet {
  return { has: (code) => !set.has(code), isBasic: false };
}

/** \d and its like: ASCII only, as in Java without (?U). */
export const DIGITS: CharSet = rangeSet(0x30, 0x39);
export const WORD_CHARACTERS: CharSet = {
  has: (code) =>
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    DIGITS.has(code) ||
    code === 0x5f,
  isBasic: true,
};
export const WHITE_SPACE: CharSet = anyOf(" \t\n\v\f\r");
export const VERTICAL_SPACE: CharSet = anyOf("\n\v\f\r\u0085\u2028\u2029");
export const HORIZONTAL_SPACE: CharSet = anyOf(
  " \t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
);

/** What ends a line for . ^ and $. */
const LINE_FEED: CharSet = anyOf("\n");
const LINE_TERMINATORS: CharSet = anyOf("\n\r\u0085\u2028\u2029");

/** `.`, under (?s), (?d), or neither. */
export function anyCharacter(flags: { readonly s: boolean; readonly d: boolean }): CharSet {
  const except = flags.d ? LINE_FEED : LINE_TERMINATORS;
  return { has: (code) => flags.s || !except.has(code), isBasic: true };
}
