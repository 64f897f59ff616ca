// Common sub-expressions: what a row's code has computed already, so that equal expressions are evaluated once per row.
// All expressions are pure. A term lives in the block it was written in: what a branch of CASE computes is not there for
// the next one, and what may not be evaluated (it could fail) is not taken out of its branch.

import type { Expression } from "../../sql/plan.ts";
import { ExpressionNumbers } from "../../sql/plan-expressions.ts";
import type { Term } from "./code.ts";

/** Terms over one set of columns: others need another instance. */
export class ComputedTerms {
  readonly #numbers = new ExpressionNumbers();
  /** The innermost block is the last. */
  readonly #blocks: Map<number, Term>[] = [new Map()];

  /** The term of an equal expression, if this point of the code can see one. */
  find(expression: Expression): Term | undefined {
    const number = this.#numbers.of(expression);
    for (let index = this.#blocks.length - 1; index >= 0; index--) {
      const term = this.#blocks[index]?.get(number);
      if (term !== undefined) return term;
    }
    return undefined;
  }

  keep(expression: Expression, term: Term): void {
    this.#blocks.at(-1)?.set(this.#numbers.of(expression), term);
  }

  /** A block of code begins. */
  open(): void {
    this.#blocks.push(new Map());
  }

  /** `count` blocks end. */
  close(count: number = 1): void {
    this.#blocks.length -= count;
  }
}
