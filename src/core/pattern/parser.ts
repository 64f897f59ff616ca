// Java's regular expressions (java.util.regex.Pattern) as a tree, as far as they can be matched in linear time:
// no back-references, no look-around, no atomic groups, no possessive quantifiers.

import { REGEX_NESTING } from "../limits.ts";
import { singleSet } from "./case-fold.ts";
import { anyCharacter } from "./char-set.ts";
import { readClass } from "./char-class.ts";
import { PatternCursor } from "./cursor.ts";
import { readEscape } from "./escapes.ts";
import { NO_FLAGS, readFlags, type PatternFlags } from "./flags.ts";
import { unsupportedPattern, type PatternRefusal } from "./problem.ts";
import { EMPTY_NODE, type Assertion, type PatternNode } from "./syntax.ts";

export interface ParsedPattern {
  readonly root: PatternNode;
  /** Capturing groups. */
  readonly groups: number;
}

/** Throws PatternRefusal. */
export function parsePattern(pattern: string): ParsedPattern {
  return new PatternParser(pattern).parse();
}

const LINEAR = "Only patterns that match in linear time are run.";
/** Java counts in an int. */
const MAX_COUNT = 2_147_483_647;

class PatternParser {
  readonly #cursor: PatternCursor;
  readonly #names = new Set<string>();
  #flags: PatternFlags = NO_FLAGS;
  #groups = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#cursor = new PatternCursor(pattern);
  }

  parse(): ParsedPattern {
    const root = this.#alternatives();
    if (!this.#cursor.isAtEnd) throw this.#cursor.invalid("a ) closes no group");
    return { root, groups: this.#groups };
  }

  #alternatives(): PatternNode {
    if (++this.#depth > REGEX_NESTING) {
      throw unsupportedPattern(`more than ${REGEX_NESTING} nested groups`, this.#cursor.at);
    }
    const options = [this.#sequence()];
    while (this.#cursor.accept("|")) options.push(this.#sequence());
    this.#depth--;
    return options.length === 1 ? (options[0] ?? EMPTY_NODE) : { kind: "either", options };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (!this.#cursor.isAtEnd && !["|", ")"].includes(this.#cursor.peek())) {
      const atom = this.#atom();
      if (atom !== undefined) items.push(this.#quantified(atom));
    }
    return items.length === 1 ? (items[0] ?? EMPTY_NODE) : { kind: "sequence", items };
  }

  /** undefined for flags, which are no part of the text and take no quantifier. */
  #atom(): PatternNode | undefined {
    const cursor = this.#cursor;
    const flags = this.#flags;
    switch (cursor.peek()) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", set: readClass(cursor, flags) };
      case "\\": {
        const escape = readEscape(cursor, { isInClass: false, isRangeEnd: false, flags });
        return escape.kind === "character"
          ? { kind: "set", set: singleSet(escape.code, flags) }
          : escape;
      }
      case ".":
        cursor.take();
        return { kind: "set", set: anyCharacter(flags) };
      case "^":
      case "$":
        return { kind: "assert", test: lineTest(cursor.take() === 0x5e, flags) };
      case "*":
      case "+":
      case "?":
        throw cursor.invalid(`the ${cursor.peek()} repeats nothing`);
      case "{":
        // Java repeats the empty text then: a{2}{3} is a{2}.
        return EMPTY_NODE;
      default:
        return { kind: "set", set: singleSet(cursor.take() ?? 0, flags) };
    }
  }

  #group(): PatternNode | undefined {
    const cursor = this.#cursor;
    const { at } = cursor;
    const before = this.#flags;
    cursor.take();
    let index = 0;
    if (!cursor.accept("?")) index = ++this.#groups;
    else if (!this.#groupKind(at)) return undefined;
    else if (this.#isNamed) index = ++this.#groups;
    const body = this.#alternatives();
    if (!cursor.accept(")")) throw cursor.invalid("a group is not closed", at);
    this.#flags = before;
    return { kind: "group", index, body };
  }

  #isNamed = false;

  /** Reads what follows `(?`; false when it was flags for the rest of the group around it. */
  #groupKind(at: number): boolean {
    const cursor = this.#cursor;
    this.#isNamed = false;
    if (cursor.accept(":")) return true;
    if (cursor.peek() === "=" || cursor.peek() === "!") throw lookAround("look-ahead", at);
    if (cursor.peek() === ">") throw unsupportedPattern("an atomic group (?>…)", at, LINEAR);
    if (cursor.accept("<")) {
      if (cursor.peek() === "=" || cursor.peek() === "!") throw lookAround("look-behind", at);
      this.#name(at);
      this.#isNamed = true;
      return true;
    }
    this.#flags = readFlags(cursor, this.#flags);
    if (cursor.accept(")")) return false;
    if (!cursor.accept(":")) throw cursor.invalid("(? stands before no kind of group", at);
    return true;
  }

  #name(at: number): void {
    const name = this.#cursor.takeWhile(/[A-Za-z0-9]/);
    if (!/^[A-Za-z]/.test(name) || !this.#cursor.accept(">")) {
      throw this.#cursor.invalid("the name of a group is letters and digits, and ends with >", at);
    }
    if (this.#names.has(name)) throw this.#cursor.invalid(`two groups have the name ${name}`, at);
    this.#names.add(name);
  }

  #quantified(body: PatternNode): PatternNode {
    const cursor = this.#cursor;
    const { at } = cursor;
    const [min, max] = this.#counts();
    if (min === undefined || max === undefined) return body;
    if (cursor.peek() === "+") {
      throw unsupportedPattern("a possessive quantifier", at, LINEAR);
    }
    return { kind: "repeat", body, min, max, greedy: !cursor.accept("?") };
  }

  #counts(): readonly [min?: number, max?: number] {
    const cursor = this.#cursor;
    if (cursor.accept("*")) return [0, Infinity];
    if (cursor.accept("+")) return [1, Infinity];
    if (cursor.accept("?")) return [0, 1];
    if (cursor.peek() !== "{") return [];
    const { at } = cursor;
    cursor.take();
    const min = this.#count(at);
    let max = min;
    if (cursor.accept(",")) max = cursor.peek() === "}" ? Infinity : this.#count(at);
    if (!cursor.accept("}")) throw cursor.invalid("a { is not closed", at);
    if (max < min) throw cursor.invalid("a repetition's bounds run backwards", at);
    return [min, max];
  }

  #count(at: number): number {
    const digits = this.#cursor.takeWhile(/[0-9]/);
    const count = Number(digits);
    if (digits === "" || count > MAX_COUNT) {
      throw this.#cursor.invalid("a { needs a number of repetitions", at);
    }
    return count;
  }
}

function lookAround(what: string, at: number): PatternRefusal {
  return unsupportedPattern(
    what,
    at,
    `${LINEAR} Match the text around, and capture the part you want.`,
  );
}

function lineTest(isBegin: boolean, flags: PatternFlags): Assertion {
  if (!flags.m) {
    if (isBegin) return "begin";
    return flags.d ? "last-newline" : "last-line-end";
  }
  if (flags.d) return isBegin ? "newline-begin" : "newline-end";
  return isBegin ? "line-begin" : "line-end";
}
