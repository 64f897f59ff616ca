// Bugs in rules: their sinks throw at every row. Planted in the product's code while a history runs, and repaired from a
// start on: the rules that the card has suspended then have another text, and no rule fails.

import { KafkaSink } from "../../src/engine/kafka-sink.ts";
import { BREAKABLE, type Breakable, type Repairs } from "./rules.ts";

/** What it throws says. */
export const BUG = "a bug of the history";

export class Bugs {
  /** How often each rule has been repaired. */
  repairs: Repairs = { seen: 0, tumble: 0 };
  /** The next start is one from which on they are repaired. */
  isRepairing = false;
  readonly #topics = new Set<string>();

  /** Lets them be for as long as `work` takes. */
  async during(work: () => Promise<void>): Promise<void> {
    const topics = this.#topics;
    const value = KafkaSink.prototype.value;
    KafkaSink.prototype.value = function (values) {
      if (topics.has(this.topic)) throw new Error(BUG);
      return value.call(this, values);
    };
    try {
      await work();
    } finally {
      KafkaSink.prototype.value = value;
    }
  }

  plant(rule: Breakable): void {
    this.#topics.add(BREAKABLE[rule]);
  }

  /** Whether this start has repaired a rule. */
  start(suspended: readonly string[]): boolean {
    if (!this.isRepairing) return false;
    this.isRepairing = false;
    this.#topics.clear();
    const repairs = { ...this.repairs };
    for (const rule of suspended) repairs[rule as Breakable]++;
    this.repairs = repairs;
    return suspended.length > 0;
  }
}
