// Regular expressions in Java's syntax and with Java's results, matched in linear time. The planner asks whether a
// pattern is one (compilePattern gives a problem or not), operators/ run it.

import { Matcher, type Match } from "./matcher.ts";
import { parsePattern } from "./parser.ts";
import { PatternRefusal, unsupportedPattern, type PatternProblem } from "./problem.ts";
import { compileProgram, type Program } from "./program.ts";
import { similarToRegex } from "./similar.ts";
import { unreliableGroups, type PatternNode } from "./syntax.ts";
import { Tester, canTest } from "./tester.ts";

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly problem: PatternProblem };

/** A pattern, ready to run. */
export class Pattern {
  /** Capturing groups. */
  readonly groups: number;
  readonly #matcher: Matcher;
  readonly #tester: Tester | undefined;
  readonly #looksForLastLine: boolean;

  constructor(program: Program, groups: number) {
    this.groups = groups;
    this.#matcher = new Matcher(program);
    this.#tester = canTest(program) ? new Tester(program) : undefined;
    this.#looksForLastLine = program.tests.some((test) => test.startsWith("last-"));
  }

  /** Whether there is a match anywhere. Throws StepsExceeded. */
  test(text: string): boolean {
    const isForTester = !this.#looksForLastLine || !ENDS_IN_TERMINATOR.test(text);
    return (isForTester ? this.#tester : undefined)?.test(text) ?? this.#matcher.test(text);
  }

  /** The first match. Throws StepsExceeded. */
  find(text: string): Match | undefined {
    return this.#matcher.find(text);
  }

  /** All matches, one after the other as Java's Matcher finds them. Throws StepsExceeded. */
  findAll(text: string): readonly Match[] {
    return this.#matcher.findAll(text);
  }

  /** Steps of all searches so far: for tests of how they grow. */
  get steps(): number {
    return this.#matcher.steps + (this.#tester?.steps ?? 0);
  }
}

const ENDS_IN_TERMINATOR = /[\n\r\u0085\u2028\u2029]$/;

/** Compiles a pattern. `group`: the capturing group that matches shall tell the bounds of; 0 for none. */
export function compilePattern(pattern: string, group = 0): CompiledPattern {
  return compiled(() => {
    const { root, groups } = parsePattern(pattern);
    if (group > 0 && unreliableGroups(root).includes(group)) {
      throw unsupportedPattern(
        `group ${group}, which stands inside of a repeated group`,
        0,
        "Java leaves such a group in a state that the pattern does not define: capture the repeated group itself.",
      );
    }
    return new Pattern(compileProgram(root, group), groups);
  });
}

/** Compiles a pattern of SIMILAR TO; it matches whole texts. */
export function compileSimilar(pattern: string, escape: string | undefined): CompiledPattern {
  return compiled(() => {
    const { regex, origins } = similarToRegex(pattern, escape);
    const { root, groups } = located(origins, () => parsePattern(regex));
    const begin: PatternNode = { kind: "assert", test: "begin" };
    const end: PatternNode = { kind: "assert", test: "end" };
    return new Pattern(compileProgram({ kind: "sequence", items: [begin, root, end] }, 0), groups);
  });
}

/** Tells a problem of a rewritten pattern by its place in the original. */
function located<T>(origins: readonly number[], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error;
    const { message, at, hint } = error.problem;
    throw unsupportedPattern(message, origins[at] ?? 0, hint);
  }
}

function compiled(compile: () => Pattern): CompiledPattern {
  try {
    return { ok: true, pattern: compile() };
  } catch (error) {
    if (error instanceof PatternRefusal) return { ok: false, problem: error.problem };
    throw error;
  }
}
