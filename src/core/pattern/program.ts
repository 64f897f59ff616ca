// A pattern as a program of a Pike machine: a list of instructions that many threads walk through at once, one step per
// character, so that the time is the text's length times the program's.
//
//   op         x               y
//   SET        set             -        takes a character of the set
//   LOW        -               -        takes the second half of a character beyond U+FFFF; stands behind its SET
//   SPLIT      first choice    second choice
//   JUMP       target          -
//   SAVE       slot            -        0: the group's beginning, 1: its end
//   TEST       assertion       -
//   ROUND      loop level      -        a round of a loop that may match nothing begins
//   CHECK      loop level      exit     a round ends: without progress the loop is left
//   MATCH      -               -
//
// Loops whose body can match nothing need to know whether a round has taken a character. Of the loops that a thread is
// in, the inner one's round began last: those that have made progress are the outer ones, so that one number per
// thread, how many they are, is enough (its level).

import { REGEX_PROGRAM } from "../limits.ts";
import type { CharSet } from "./char-set.ts";
import { unsupportedPattern } from "./problem.ts";
import {
  isAlwaysEmpty,
  isDeterministic,
  isNullable,
  setsOf,
  type Assertion,
  type PatternNode,
  type RepeatNode,
} from "./syntax.ts";

export const OP = {
  SET: 0,
  LOW: 1,
  SPLIT: 2,
  JUMP: 3,
  SAVE: 4,
  TEST: 5,
  ROUND: 6,
  CHECK: 7,
  MATCH: 8,
} as const;

/** A set with its ASCII part as a table. */
export interface ProgramSet extends CharSet {
  readonly ascii: Uint8Array;
}

export interface Program {
  readonly op: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly sets: readonly ProgramSet[];
  readonly tests: readonly Assertion[];
  /** How many loops with an empty round each instruction stands in. */
  readonly depth: Uint8Array;
  /** The first of an instruction's states: one for each level from 0 to its depth. The last item is their number. */
  readonly states: Int32Array;
  /** Java lets matches start inside of characters beyond U+FFFF if it knows no set that has such characters. */
  readonly isBasic: boolean;
  /** Every match begins at the text's begin. */
  readonly isAnchored: boolean;
}

/** Compiles a tree; `group` is the one whose bounds are kept, 0 for none. Throws PatternRefusal when it is too large. */
export function compileProgram(root: PatternNode, group: number): Program {
  return new Compiler(group).compile(root);
}

class Compiler {
  readonly #group: number;
  readonly #op: number[] = [];
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #depths: number[] = [];
  readonly #sets = new Map<CharSet, number>();
  readonly #tests: Assertion[] = [];
  #depth = 0;

  constructor(group: number) {
    this.#group = group;
  }

  compile(root: PatternNode): Program {
    this.#node(root);
    this.#emit(OP.MATCH);
    const states = new Int32Array(this.#op.length + 1);
    for (const [index, depth] of this.#depths.entries()) {
      states[index + 1] = (states[index] ?? 0) + depth + 1;
    }
    return {
      op: Uint8Array.from(this.#op),
      x: Int32Array.from(this.#x),
      y: Int32Array.from(this.#y),
      sets: Array.from(this.#sets.keys(), withAscii),
      tests: this.#tests,
      depth: Uint8Array.from(this.#depths),
      states,
      isBasic: setsOf(root).every((set) => set.isBasic),
      isAnchored: beginsAnchored(root),
    };
  }

  #emit(op: number, x = 0, y = 0): number {
    if (this.#op.length >= REGEX_PROGRAM) {
      throw unsupportedPattern(
        `a pattern that comes to more than ${REGEX_PROGRAM} steps once its repetitions are written out`,
        0,
        "Use * or + where the exact number does not matter.",
      );
    }
    this.#depths.push(this.#depth);
    this.#x.push(x);
    this.#y.push(y);
    return this.#op.push(op) - 1;
  }

  get #next(): number {
    return this.#op.length;
  }

  #node(node: PatternNode): void {
    switch (node.kind) {
      case "set":
        return this.#set(node.set);
      case "assert":
        this.#emit(OP.TEST, this.#tests.push(node.test) - 1);
        return;
      case "sequence":
        for (const item of node.items) this.#node(item);
        return;
      case "either":
        return this.#either(node.options);
      case "group": {
        const isKept = node.index > 0 && node.index === this.#group;
        if (isKept) this.#emit(OP.SAVE, 0);
        this.#node(node.body);
        if (isKept) this.#emit(OP.SAVE, 1);
        return;
      }
      case "repeat":
        return this.#repeat(node);
    }
  }

  #set(set: CharSet): void {
    const index = this.#sets.get(set) ?? this.#sets.size;
    this.#sets.set(set, index);
    this.#emit(OP.SET, index);
    this.#emit(OP.LOW);
  }

  #either(options: readonly PatternNode[]): void {
    const ends: number[] = [];
    for (const [index, option] of options.entries()) {
      if (index === options.length - 1) {
        this.#node(option);
        continue;
      }
      const split = this.#emit(OP.SPLIT, this.#next + 1);
      this.#node(option);
      ends.push(this.#emit(OP.JUMP));
      this.#y[split] = this.#next;
    }
    for (const end of ends) this.#x[end] = this.#next;
  }

  #repeat(node: RepeatNode): void {
    if (isAlwaysEmpty(node.body) && isDeterministic(node.body)) {
      // ^* and the like: once is as good as often. What need not match is tried for `?` only.
      if (node.min > 0) this.#node(node.body);
      else if (node.max === 1) this.#optional(node, () => this.#node(node.body));
      return;
    }
    if (node.max === 0) return;
    if (node.max === 1) {
      if (node.min === 1) this.#node(node.body);
      else this.#optional(node, () => this.#node(node.body));
    } else if (isNullable(node.body)) this.#nullableLoop(node);
    else this.#loop(node);
  }

  /** A choice between what `body` emits and nothing. */
  #optional(node: RepeatNode, body: () => void): void {
    const split = this.#emit(OP.SPLIT);
    const start = this.#next;
    body();
    this.#choose(split, node.greedy, { enter: start, skip: this.#next });
  }

  #choose(split: number, greedy: boolean, to: { enter: number; skip: number }): void {
    this.#x[split] = greedy ? to.enter : to.skip;
    this.#y[split] = greedy ? to.skip : to.enter;
  }

  #loop(node: RepeatNode): void {
    const { body, min, max, greedy } = node;
    for (let count = 0; count < min; count++) {
      const start = this.#next;
      this.#node(body);
      if (max === Infinity && count === min - 1) {
        const split = this.#emit(OP.SPLIT);
        this.#choose(split, greedy, { enter: start, skip: this.#next });
        return;
      }
    }
    if (max === Infinity) {
      const split = this.#emit(OP.SPLIT);
      const start = this.#next;
      this.#node(body);
      this.#emit(OP.JUMP, split);
      this.#choose(split, greedy, { enter: start, skip: this.#next });
      return;
    }
    const splits: { at: number; enter: number }[] = [];
    for (let count = min; count < max; count++) {
      splits.push({ at: this.#emit(OP.SPLIT), enter: this.#next });
      this.#node(body);
    }
    for (const { at, enter } of splits) this.#choose(at, greedy, { enter, skip: this.#next });
  }

  /** Rounds end with a check: a round that took nothing is the last, even if more were asked for. */
  #nullableLoop(node: RepeatNode): void {
    const { body, min, max, greedy } = node;
    const rounds = max === Infinity ? Math.max(1, min) : max;
    const splits: { at: number; enter: number }[] = [];
    const checks: number[] = [];
    let last = 0;
    for (let count = 0; count < rounds; count++) {
      if (count >= min) splits.push({ at: this.#emit(OP.SPLIT), enter: this.#next });
      this.#depth++;
      last = this.#emit(OP.ROUND, this.#depth);
      this.#node(body);
      checks.push(this.#emit(OP.CHECK, this.#depth));
      this.#depth--;
    }
    if (max === Infinity) splits.push({ at: this.#emit(OP.SPLIT), enter: last });
    const exit = this.#next;
    for (const { at, enter } of splits) this.#choose(at, greedy, { enter, skip: exit });
    for (const check of checks) this.#y[check] = exit;
  }
}

function withAscii(set: CharSet): ProgramSet {
  return { ...set, ascii: Uint8Array.from({ length: 128 }, (_, code) => (set.has(code) ? 1 : 0)) };
}

function beginsAnchored(node: PatternNode): boolean {
  switch (node.kind) {
    case "assert":
      return node.test === "begin";
    case "sequence":
      return node.items[0] !== undefined && beginsAnchored(node.items[0]);
    case "either":
      return node.options.every(beginsAnchored);
    case "group":
      return beginsAnchored(node.body);
    case "repeat":
      return node.min > 0 && beginsAnchored(node.body);
    case "set":
      return false;
  }
}
