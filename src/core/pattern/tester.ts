// Whether a text has a match, by a machine of sets of states that is built as texts need it (a lazy DFA): one look-up a
// character once it is warm, where the Pike machine moves every thread. It knows no bounds of matches, and only tests
// that hold at the text's begin and end.

import { REGEX_DFA_STATES, REGEX_STEPS } from "../limits.ts";
import { StepsExceeded, characterAt } from "./matcher.ts";
import { OP, type Program } from "./program.ts";

/** Where threads stand after a character, and what is known about going on from there. */
interface State {
  /** Instructions that wait for a character. */
  readonly waiting: readonly number[];
  readonly targets: readonly number[];
  readonly isFirst: boolean;
  readonly isMatch: boolean;
  /** The same if the text ends here; undefined until asked. */
  isMatchAtEnd: boolean | undefined;
  readonly ascii: (State | undefined)[];
  readonly others: Map<number, State>;
}

/** Characters beyond ASCII whose next state is remembered, per state: an alphabet has about so many. */
const KEPT_CHARACTERS = 64;

/** Whether a Tester can run a program: no tests but those of the text's begin and end. */
export function canTest(program: Program): boolean {
  return program.tests.every((test) =>
    ["begin", "end", "last-line-end", "last-newline"].includes(test),
  );
}

/** Runs one program over texts; keeps its states from text to text, up to a bound. */
export class Tester {
  readonly #program: Program;
  readonly #states = new Map<string, State>();
  /** By state of the program: the number of the last set it was reached in. */
  readonly #seen: Float64Array;
  #mark = 0;
  #first: State;
  #budget = REGEX_STEPS;
  /** Steps of all texts so far: for tests of how they grow. */
  steps = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#seen = new Float64Array(program.states.at(-1) ?? 0);
    this.#first = this.#state([0], true);
  }

  /**
   * Whether there is a match anywhere. A text that ends in a line terminator is not for this machine when the pattern
   * looks for the end of the last line. Throws StepsExceeded.
   */
  test(text: string): boolean {
    this.#budget = REGEX_STEPS;
    let state = this.#first;
    let at = 0;
    while (at < text.length && !state.isMatch) {
      const unit = text.charCodeAt(at);
      const next = unit < 128 ? state.ascii[unit] : state.others.get(text.codePointAt(at) ?? 0);
      state = next ?? this.#next(state, text, at);
      at++;
    }
    const matches = state.isMatch || this.#matchesAtEnd(state);
    this.steps += at + REGEX_STEPS - this.#budget;
    return matches;
  }

  #matchesAtEnd(state: State): boolean {
    state.isMatchAtEnd ??=
      this.#follow(state.targets, { begin: state.isFirst, end: true }) === undefined;
    return state.isMatchAtEnd;
  }

  #next(state: State, text: string, at: number): State {
    const { op, x, sets, isAnchored, isBasic } = this.#program;
    const { code, isPair } = characterAt(text, at);
    const targets = new Set<number>();
    for (const pc of state.waiting) {
      if (op[pc] === OP.LOW) targets.add(pc + 1);
      else if (sets[x[pc] ?? 0]?.has(code) === true) targets.add(pc + (isPair ? 1 : 2));
    }
    if (!isAnchored && (isBasic || !isPair)) targets.add(0);
    const next = this.#state(
      [...targets].sort((a, b) => a - b),
      false,
    );
    if (code < 128) state.ascii[code] = next;
    else if (state.others.size < KEPT_CHARACTERS) state.others.set(code, next);
    return next;
  }

  #state(targets: readonly number[], isFirst: boolean): State {
    const key = targets.join(" ");
    const known = isFirst ? undefined : this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= REGEX_DFA_STATES) {
      this.#states.clear();
      this.#first = this.#state([0], true);
    }
    const waiting = this.#follow(targets, { begin: isFirst, end: false });
    const state: State = {
      waiting: waiting ?? [],
      targets,
      isFirst,
      isMatch: waiting === undefined,
      isMatchAtEnd: undefined,
      ascii: new Array<State | undefined>(128).fill(undefined),
      others: new Map(),
    };
    if (!isFirst) this.#states.set(key, state);
    return state;
  }

  /** The instructions that wait for a character once all targets are followed; undefined for a match. */
  #follow(
    targets: readonly number[],
    context: { readonly begin: boolean; readonly end: boolean },
  ): number[] | undefined {
    const { op, x, y, depth, states, tests } = this.#program;
    this.#mark++;
    const waiting: number[] = [];
    const pending = targets.map((pc) => ({ pc, level: depth[pc] ?? 0 }));
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { pc } = next;
      const level = Math.min(next.level, depth[pc] ?? 0);
      const state = (states[pc] ?? 0) + level;
      if (this.#seen[state] === this.#mark) continue;
      this.#seen[state] = this.#mark;
      if (--this.#budget < 0) throw new StepsExceeded();
      const target = x[pc] ?? 0;
      switch (op[pc]) {
        case OP.MATCH:
          return undefined;
        case OP.SPLIT:
          pending.push({ pc: target, level }, { pc: y[pc] ?? 0, level });
          break;
        case OP.JUMP:
          pending.push({ pc: target, level });
          break;
        case OP.TEST:
          if (tests[target] === "begin" ? context.begin : context.end)
            pending.push({ pc: pc + 1, level });
          break;
        case OP.SAVE:
          pending.push({ pc: pc + 1, level });
          break;
        case OP.ROUND:
          pending.push({ pc: pc + 1, level: Math.min(level, target - 1) });
          break;
        case OP.CHECK:
          pending.push({ pc: level >= target ? pc + 1 : (y[pc] ?? 0), level });
          break;
        default:
          waiting.push(pc);
      }
    }
    return waiting;
  }
}
