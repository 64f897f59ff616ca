// A pause that can be ended early, growing pauses after failures, and a wait with a limit.

/** One waiter at a time. `wake` without a waiter has no effect. */
export class Wake {
  #end: (() => void) | undefined;

  /** Resolves after `ms` (Infinity: never), or at `wake`. */
  async wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      if (ms !== Infinity) timer = setTimeout(resolve, ms);
    });
    this.#end = undefined;
    clearTimeout(timer);
  }

  wake(): void {
    this.#end?.();
  }
}

/** Doubling pauses from `firstMs` to `maxMs`, each ± half: many gateways must not come back at once. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #pauseMs: number;

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#pauseMs = firstMs;
  }

  /** The next pause in milliseconds. */
  next(): number {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#maxMs, pauseMs * 2);
    return pauseMs * (0.5 + Math.random());
  }

  reset(): void {
    this.#pauseMs = this.#firstMs;
  }
}

/** Resolves when `work` has ended either way, and after `limitMs` at the latest. */
export async function settled(work: Promise<void> | undefined, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work?.catch(() => undefined), limit]);
  clearTimeout(timer);
}
