// What a run draws from its seed. Fault and seed together name a sequence of numbers; the order of the calls matters.

import { below, hash32 } from "../../firmware-sim/random.ts";

export class Draw {
  readonly #seed: number;
  readonly #fault: number;
  #calls = 0;

  constructor(fault: number, seed: number) {
    this.#fault = fault;
    this.#seed = seed;
  }

  /** A whole number from 0 to `bound` − 1; bound at most 2^21. */
  below(bound: number): number {
    return below(this.#bits(), bound);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** The items in a drawn order. */
  shuffle<T>(items: readonly T[]): T[] {
    const order = items.map((item) => ({ item, at: this.#bits() }));
    return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
  }

  /** `count` items, none of them more than once oftener than another, in a drawn order. */
  deal<T>(items: readonly T[], count: number): T[] {
    const rounds = Array.from({ length: Math.ceil(count / items.length) }, () =>
      this.shuffle(items),
    );
    return rounds.flat().slice(0, count);
  }

  #bits(): number {
    return hash32(this.#seed, this.#fault, 0, this.#calls++);
  }
}
