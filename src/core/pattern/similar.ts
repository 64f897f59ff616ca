// SIMILAR TO as Flink reads it: SQL's wildcards and classes are rewritten, everything else is handed to the regular
// expression as it stands, so that . ^ and (?i) mean there what they mean in Java.

import { unsupportedPattern, type PatternRefusal } from "./problem.ts";

/** Characters that an escape makes ordinary. */
const SPECIAL = "[]()|^-+*_%?{}";
/** Flink has no pattern with one of these in a class. */
const NOT_IN_CLASS = "%()*+?[\\_{|}";

const CLASS_NAMES: Readonly<Record<string, string>> = {
  ALPHA: "\\p{Alpha}",
  UPPER: "\\p{Upper}",
  LOWER: "\\p{Lower}",
  DIGIT: "\\d",
  SPACE: " ",
  WHITESPACE: "\\s",
  ALNUM: "\\p{Alnum}",
};

/** A pattern rewritten: the regular expression that a whole text must match. */
export interface SimilarRegex {
  readonly regex: string;
  /** For each unit of `regex` the index in the pattern that it comes from. */
  readonly origins: readonly number[];
}

/** Throws PatternRefusal for what Flink's job dies on. */
export function similarToRegex(pattern: string, escape: string | undefined): SimilarRegex {
  if (escape !== undefined) checkEscape(escape);
  let regex = "";
  const origins: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const { text, end } = readPart(pattern, at, escape);
    regex += text;
    while (origins.length < regex.length) origins.push(at);
    at = end;
  }
  return { regex, origins };
}

interface Part {
  readonly text: string;
  /** Index of its last character in the pattern. */
  readonly end: number;
}

function readPart(pattern: string, at: number, escape: string | undefined): Part {
  const character = pattern.charAt(at);
  if (character === escape) {
    const next = pattern.charAt(at + 1);
    if (next === "" || !(SPECIAL.includes(next) || (next === escape && next !== "\\"))) {
      throw refusal("the escape before no special character", at);
    }
    return { text: `\\${next}`, end: at + 1 };
  }
  switch (character) {
    case "[":
      return readClass(pattern, at, escape);
    case "]":
      throw refusal("a ] that closes no class", at);
    case "_":
      return { text: ".", end: at };
    case "%":
      return { text: "(?s:.*)", end: at };
    default:
      return { text: /[\\$]/.test(character) ? `\\${character}` : character, end: at };
  }
}

function checkEscape(escape: string): void {
  if (escape.length !== 1) throw refusal("an escape of more than one character", 0);
  if (!`${SPECIAL}.$:`.includes(escape)) return;
  throw refusal(`the escape ${escape}, which means something by itself`, 0);
}

function readClass(pattern: string, start: number, escape: string | undefined): Part {
  let text = "[";
  let at = start + 1;
  if (pattern.charAt(at) === "^") {
    text += "^";
    at++;
  }
  const first = at;
  for (; pattern.charAt(at) !== "]" || at === first; at++) {
    const character = pattern.charAt(at);
    const name = /^\[:([A-Z]+|[a-z]+):\]/.exec(pattern.slice(at, at + 14));
    const set = CLASS_NAMES[(name?.[1] ?? "").toUpperCase()];
    if (name !== null && set !== undefined) {
      text += set;
      at += name[0].length - 1;
      continue;
    }
    const isRefused = NOT_IN_CLASS.includes(character) || character === "]" || character === escape;
    if (character === "" || isRefused || pattern.startsWith("&&", at)) {
      throw refusal("a class with more than characters, ranges and [:ALPHA:] and its like", start);
    }
    text += character;
  }
  return { text: `${text}]`, end: at };
}

function refusal(message: string, at: number): PatternRefusal {
  return unsupportedPattern(message, at);
}
