// The Pike machine: runs a program over a text, all threads in step, each unit of the text once. Finds the match that
// Java's backtracking would find first: leftmost, then by the order of the choices. Memory is bounded by the program,
// time by program × text, and beyond that by a budget of steps.

import { REGEX_STEPS } from "../limits.ts";
import { holdsAt } from "./assertions.ts";
import { LAST_BASIC } from "./char-set.ts";
import { OP, type Program, type ProgramSet } from "./program.ts";

/** Bounds of a match in UTF-16 units; the group's are -1 when it took no part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groupStart: number;
  readonly groupEnd: number;
}

/** A search would take too long; the caller makes a data error of it. */
export class StepsExceeded extends Error {}

/** Numbers kept per thread: where its match begins, and the group's bounds. */
const SLOTS = 3;

/** Threads at one index of the text, by falling priority. */
class ThreadList {
  readonly pcs: Int32Array;
  readonly slots: Int32Array;
  /** The index, as a number that no other index of this or another text has. */
  mark = 0;
  count = 0;

  constructor(states: number) {
    this.pcs = new Int32Array(states);
    this.slots = new Int32Array(states * SLOTS);
  }
}

/** Runs one program. Keeps nothing between searches but the count of its steps. */
export class Matcher {
  readonly #program: Program;
  readonly #starts: Uint8Array;
  /** By state: the mark of the list it was last added to. */
  readonly #seen: Float64Array;
  #current: ThreadList;
  #following: ThreadList;
  #text = "";
  #mark = 0;
  #budget = 0;
  // The thread that is being followed.
  #start = 0;
  #open = -1;
  #close = -1;
  /** Steps of all searches so far: for tests of how they grow. */
  steps = 0;

  constructor(program: Program) {
    const states = program.states.at(-1) ?? 0;
    this.#program = program;
    this.#starts = startUnits(program);
    this.#seen = new Float64Array(states);
    this.#current = new ThreadList(states);
    this.#following = new ThreadList(states);
  }

  /** Whether there is a match anywhere. Throws StepsExceeded. */
  test(text: string): boolean {
    this.#budget = REGEX_STEPS;
    return this.#search(text, 0, true) !== undefined;
  }

  /** The first match. Throws StepsExceeded. */
  find(text: string): Match | undefined {
    this.#budget = REGEX_STEPS;
    return this.#search(text, 0, false);
  }

  /**
   * All matches, one after the other as Java's Matcher finds them. Each may look at the whole rest of the text: the
   * budget is one for all. Throws StepsExceeded.
   */
  findAll(text: string): Match[] {
    this.#budget = REGEX_STEPS;
    const matches: Match[] = [];
    for (let from = 0; from <= text.length;) {
      const match = this.#search(text, from, false);
      if (match === undefined) break;
      matches.push(match);
      from = match.end === match.start ? match.end + 1 : match.end;
    }
    return matches;
  }

  #search(text: string, from: number, anyMatch: boolean): Match | undefined {
    const before = this.#budget;
    this.#text = text;
    this.#current.count = 0;
    this.#current.mark = ++this.#mark;
    let found: Match | undefined;
    for (let at = from; at <= text.length; at++) {
      if (found === undefined) {
        if (this.#current.count === 0) at = this.#nextStart(at);
        if (this.#mayStart(at, from)) this.#begin(at);
      } else if (anyMatch || this.#current.count === 0) break;
      this.#following.count = 0;
      this.#following.mark = ++this.#mark;
      found = this.#step(at) ?? found;
      [this.#current, this.#following] = [this.#following, this.#current];
    }
    this.steps += before - this.#budget;
    return found;
  }

  /** The next index at which a match can begin while no thread runs; beyond the end if none can. */
  #nextStart(at: number): number {
    const { length } = this.#text;
    if (this.#program.isAnchored) return at === 0 ? 0 : length + 1;
    let index = at;
    while (index < length) {
      const unit = this.#text.charCodeAt(index);
      if (unit >= 128 || this.#starts[unit] === 1) break;
      index++;
    }
    return index;
  }

  #mayStart(at: number, from: number): boolean {
    if (at > this.#text.length || (this.#program.isAnchored && at > 0)) return false;
    if (this.#program.isBasic || at === from) return true;
    return !(isLow(this.#text.charCodeAt(at)) && isHigh(this.#text.charCodeAt(at - 1)));
  }

  /** A new thread, after all others. */
  #begin(at: number): void {
    this.#start = at;
    this.#open = -1;
    this.#close = -1;
    this.#follow({ list: this.#current, at }, 0, 0);
  }

  /** Moves every thread over the unit at `at`; gives the match that ends there before it, if any. */
  #step(at: number): Match | undefined {
    const { op, x, sets } = this.#program;
    const { pcs, count } = this.#current;
    const to: Place = { list: this.#following, at: at + 1 };
    const { code, isPair } = characterAt(this.#text, at);
    for (let index = 0; index < count; index++) {
      const pc = pcs[index] ?? 0;
      this.#load(index);
      if (op[pc] === OP.MATCH) {
        return { start: this.#start, end: at, groupStart: this.#open, groupEnd: this.#close };
      }
      if (op[pc] === OP.LOW) this.#follow(to, pc + 1, DEEPEST);
      else if (contains(sets[x[pc] ?? 0], code)) {
        // The second half of a pair keeps the thread's place among the others.
        if (isPair) this.#follow(to, pc + 1, DEEPEST);
        else this.#follow(to, pc + 2, DEEPEST);
      }
    }
    return undefined;
  }

  #load(index: number): void {
    const { slots } = this.#current;
    this.#start = slots[index * SLOTS] ?? 0;
    this.#open = slots[index * SLOTS + 1] ?? -1;
    this.#close = slots[index * SLOTS + 2] ?? -1;
  }

  /** Takes the thread in hand on to all instructions that wait for a unit; `level`: see program.ts. */
  #follow(place: Place, from: number, fromLevel: number): void {
    const { op, x, y, depth, states, tests } = this.#program;
    let pc = from;
    let level = fromLevel;
    for (;;) {
      level = Math.min(level, depth[pc] ?? 0);
      const state = (states[pc] ?? 0) + level;
      if (this.#seen[state] === place.list.mark) return;
      this.#seen[state] = place.list.mark;
      if (--this.#budget < 0) throw new StepsExceeded();
      const target = x[pc] ?? 0;
      switch (op[pc]) {
        case OP.SPLIT: {
          const [open, close] = [this.#open, this.#close];
          this.#follow(place, target, level);
          this.#open = open;
          this.#close = close;
          pc = y[pc] ?? 0;
          break;
        }
        case OP.JUMP:
          pc = target;
          break;
        case OP.SAVE:
          if (target === 0) this.#open = place.at;
          else this.#close = place.at;
          pc++;
          break;
        case OP.TEST:
          if (!holdsAt(tests[target] ?? "end", this.#text, place.at)) return;
          pc++;
          break;
        case OP.ROUND:
          level = Math.min(level, target - 1);
          pc++;
          break;
        case OP.CHECK:
          pc = level >= target ? pc + 1 : (y[pc] ?? 0);
          break;
        default:
          this.#push(place.list, pc);
          return;
      }
    }
  }

  #push(list: ThreadList, pc: number): void {
    const index = list.count++;
    list.pcs[index] = pc;
    list.slots[index * SLOTS] = this.#start;
    list.slots[index * SLOTS + 1] = this.#open;
    list.slots[index * SLOTS + 2] = this.#close;
  }
}

/** Where threads are gathered: a list, and the index of the text that it belongs to. */
interface Place {
  readonly list: ThreadList;
  readonly at: number;
}

/** More than any instruction's depth: every loop around has taken a character. */
const DEEPEST = 255;

/** The character at an index, a lone half of a pair as itself; -1 at the end. */
export function characterAt(text: string, at: number): { code: number; isPair: boolean } {
  const code = text.codePointAt(at) ?? -1;
  return { code, isPair: code > LAST_BASIC };
}

function contains(set: ProgramSet | undefined, code: number): boolean {
  if (set === undefined || code < 0) return false;
  return code < 128 ? set.ascii[code] === 1 : set.has(code);
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** ASCII characters that a match can begin with: 1; all of them if it may be empty or begins with a test. */
function startUnits(program: Program): Uint8Array {
  const { op, x, y, sets } = program;
  const units = new Uint8Array(128);
  const pending = [0];
  const seen = new Set<number>();
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    if (seen.has(pc)) continue;
    seen.add(pc);
    switch (op[pc]) {
      case OP.SET:
        sets[x[pc] ?? 0]?.ascii.forEach((has, code) => void (units[code] ||= has));
        break;
      case OP.SPLIT:
        pending.push(x[pc] ?? 0, y[pc] ?? 0);
        break;
      case OP.JUMP:
        pending.push(x[pc] ?? 0);
        break;
      case OP.SAVE:
      case OP.ROUND:
        pending.push(pc + 1);
        break;
      case OP.CHECK:
        pending.push(pc + 1, y[pc] ?? 0);
        break;
      default:
        return units.fill(1);
    }
  }
  return units;
}
