// Why a pattern is not run. Two kinds that must not be mixed up: what Java refuses as well (Flink's functions then give
// NULL or FALSE for every row), and what Java runs but this engine does not (refused by name while planning).

export interface PatternProblem {
  /** "invalid": Java has no such pattern either; "unsupported": Java has it, we do not. */
  readonly kind: "invalid" | "unsupported";
  readonly message: string;
  /** Index of the character in the pattern, from 0, in UTF-16 units. */
  readonly at: number;
  readonly hint: string | undefined;
}

/** Carries a problem out of the parser; never leaves this folder. */
export class PatternRefusal extends Error {
  readonly problem: PatternProblem;

  constructor(problem: PatternProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Java has no such pattern. */
export function invalidPattern(message: string, at: number): PatternRefusal {
  return new PatternRefusal({ kind: "invalid", message, at, hint: undefined });
}

/** Java has it, this engine does not. */
export function unsupportedPattern(message: string, at: number, hint?: string): PatternRefusal {
  return new PatternRefusal({ kind: "unsupported", message, at, hint });
}
