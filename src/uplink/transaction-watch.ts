// Which transactions of others hang: those still open long after they were first seen, by the clock here. Timestamps of
// their records tell nothing: they are event times, and a neighbour that sends what it has kept for a week has old ones.

import type { Clock } from "../core/clock.ts";
import { HANGING_TRANSACTION_MS } from "../core/limits.ts";
import type { OpenTransaction } from "./describe-producers.ts";

export class TransactionWatch {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** When each that was open at the last look was seen first. */
  #since: ReadonlyMap<string, number> = new Map();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** `open`: all that are open now. Gives those that hang. */
  look(open: readonly OpenTransaction[]): OpenTransaction[] {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#since;
    const since = new Map(open.map((each) => [keyOf(each), known.get(keyOf(each)) ?? nowMs]));
    this.#since = since;
    return open.filter((each) => nowMs - since.get(keyOf(each))! >= HANGING_TRANSACTION_MS);
  }
}

function keyOf({ topic, partition, producerId, startOffset }: OpenTransaction): string {
  return `${topic}/${partition}/${producerId}/${startOffset}`;
}
