// What the gateway says, while it drains, of when it will be through, against when it was.

/** Off by no more than this, either way. */
const FACTOR = 2;
/** What is over sooner is not worth a forecast. */
const NEAR_SECONDS = 5;
/** A drain of less says little. */
const SHORT_SECONDS = 20;

interface Saying {
  readonly atSeconds: number;
  readonly seconds: number;
}

export class Forecasts {
  readonly #sayings: Saying[] = [];
  #looks = 0;

  /** So long into the drain; undefined: nothing is said. */
  note(atSeconds: number, seconds: number | undefined): void {
    this.#looks++;
    if (seconds !== undefined) this.#sayings.push({ atSeconds, seconds });
  }

  /** What is wrong with them for a drain that took `tookSeconds`. */
  problems(tookSeconds: number): string[] {
    if (tookSeconds < SHORT_SECONDS) return [];
    if (this.#sayings.length < this.#looks / 2)
      return [
        `it said only ${this.#sayings.length} of ${this.#looks} times how long it would take`,
      ];
    const [first] = this.#sayings;
    const last = this.#sayings.at(-1);
    const grew = (last?.seconds ?? 0) >= (first?.seconds ?? 0);
    return [
      ...(grew ? ["what it said of the time that was left did not go down"] : []),
      ...this.#sayings.flatMap(({ atSeconds, seconds }) => {
        const left = tookSeconds - atSeconds;
        const isHonest = seconds <= left * FACTOR && seconds >= left / FACTOR;
        return left < NEAR_SECONDS || isHonest
          ? []
          : [`${left} s before the end it said ${seconds.toFixed(1)} s`];
      }),
    ];
  }
}
