// Randomness by seed: the same numbers for the same (seed, index), whatever was drawn for other indexes.

import { below, chance, hash32 } from "../../firmware-sim/random.ts";

/** The random choices of one generated case. */
export class Random {
  readonly #seed: number;
  readonly #index: number;
  #drawn = 0;

  constructor(seed: number, index: number) {
    this.#seed = seed;
    this.#index = index;
  }

  /** An integer in [0, bound); bound at most 2^21. */
  below(bound: number): number {
    return below(this.bits(), bound);
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with probability `share`. */
  chance(share: number): boolean {
    return chance(this.bits(), share);
  }

  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** One of the values, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of choices) {
      at -= weight;
      if (at < 0) return value;
    }
    throw new RangeError("nothing to choose from");
  }

  /** From `least` to `most` values of `make`. */
  several<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.between(least, most) }, (_, index) => make(index));
  }

  /** 32 random bits. */
  bits(): number {
    return hash32(this.#seed, this.#index, 0, this.#drawn++);
  }
}
