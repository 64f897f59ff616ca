// After a restored disk image: up to where each rule had put out its rows before. What it derives again at or before
// that does not leave a second time. Part of the pipeline's state; without a restored image all are -Infinity.

import type { RuleTimes } from "../core/outbox-rows.ts";

/** One rule's, to be asked row by row. */
export interface Frontier {
  /** Epoch milliseconds, inclusive; -Infinity: nothing is withheld. */
  readonly ms: number;
}

export class Frontiers {
  readonly #byRule: Map<string, { ms: number }>;

  constructor(saved: RuleTimes = {}) {
    this.#byRule = new Map(Object.entries(saved).map(([rule, ms]) => [rule, { ms }]));
  }

  /** Stays the rule's while they change. */
  of(rule: string): Frontier {
    let frontier = this.#byRule.get(rule);
    if (frontier === undefined) {
      frontier = { ms: Number.NEGATIVE_INFINITY };
      this.#byRule.set(rule, frontier);
    }
    return frontier;
  }

  raise(frontiers: RuleTimes): void {
    for (const [rule, ms] of Object.entries(frontiers)) {
      const known = this.#byRule.get(rule);
      if (known === undefined) this.#byRule.set(rule, { ms });
      else known.ms = Math.max(known.ms, ms);
    }
  }

  release(rules: readonly string[]): void {
    for (const rule of rules) {
      const known = this.#byRule.get(rule);
      if (known !== undefined) known.ms = Number.NEGATIVE_INFINITY;
    }
  }

  /** Those in force. */
  saved(): RuleTimes {
    const inForce = [...this.#byRule].filter(([, { ms }]) => ms > Number.NEGATIVE_INFINITY);
    return Object.fromEntries(inForce.map(([rule, { ms }]) => [rule, ms]));
  }
}
