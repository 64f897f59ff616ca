// (?ims) and its like.

import type { PatternCursor } from "./cursor.ts";
import { unsupportedPattern } from "./problem.ts";

export interface PatternFlags {
  /** CASE_INSENSITIVE */
  readonly i: boolean;
  /** MULTILINE: ^ and $ at every line. */
  readonly m: boolean;
  /** DOTALL: . is every character. */
  readonly s: boolean;
  /** UNIX_LINES: only \n ends a line. */
  readonly d: boolean;
  /** UNICODE_CASE: (?i) for all letters, not only ASCII. */
  readonly u: boolean;
}

export const NO_FLAGS: PatternFlags = { i: false, m: false, s: false, d: false, u: false };

const REFUSED: Readonly<Record<string, string>> = {
  c: "the flag c (canonical equivalence)",
  U: "the flag U (Unicode classes)",
  x: "the flag x (comments)",
};

/** Reads `i-s` of `(?i-s)`; the cursor then stands on what follows the letters. */
export function readFlags(cursor: PatternCursor, before: PatternFlags): PatternFlags {
  const flags: { -readonly [flag in keyof PatternFlags]: boolean } = { ...before };
  let isOn = true;
  for (;;) {
    const letter = cursor.peek();
    const refused = REFUSED[letter];
    if (refused !== undefined) throw unsupportedPattern(refused, cursor.at);
    if (letter === "-" && isOn) isOn = false;
    else if (isFlag(letter)) flags[letter] = isOn;
    else return flags;
    cursor.take();
  }
}

function isFlag(letter: string): letter is keyof PatternFlags {
  return letter !== "" && "imsdu".includes(letter);
}
