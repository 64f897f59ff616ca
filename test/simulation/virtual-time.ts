// Time that moves only when the simulation says so. Everything that waits, waits here: what the gateway's own code asks
// of the event loop (setTimeout, setImmediate, taken over while a history runs), and what happens in the world around it
// (a packet arrives, a broker answers). After every event all promises settle before the next one; so nothing depends
// on the machine, and one seed is one history.

import type { Clock } from "../../src/core/clock.ts";

/** Whose timers they are: those of a process end with it, those of its worker with the worker. */
export type Owner = "world" | "main" | "worker";

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly owner: Owner;
  readonly run: () => void;
  cancelled: boolean;
}

/** 2026-01-01T00:00:00Z. */
export const EPOCH_MS = 1_767_225_600_000;

export class VirtualTime implements Clock {
  /** Added to the monotonic clock to make wall time. */
  wallOffsetMs: number = EPOCH_MS;
  /** On whose behalf code runs now. */
  owner: Owner = "main";
  /** Told of what a timer of the process threw. */
  onError: (error: unknown, owner: Owner) => void = (error) => {
    throw error;
  };
  readonly #random: () => number;
  readonly #queue: Entry[] = [];
  readonly #settle = setImmediate;
  #nowMs = 0;
  #orders = 0;

  /** `random`: what Math.random gives while a history runs. */
  constructor(random: () => number) {
    this.#random = random;
  }

  wallMs(): number {
    return this.#nowMs + this.wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Something in the world. The result takes it back. */
  after(delayMs: number, run: () => void): () => void {
    const entry = this.#add(delayMs, "world", run);
    return () => void (entry.cancelled = true);
  }

  /** Ends what these have under way. */
  cancel(...owners: readonly Owner[]): void {
    for (const entry of this.#queue) if (owners.includes(entry.owner)) entry.cancelled = true;
  }

  /** Runs `work` with the timers and the chance of the event loop replaced by these. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { setTimeout, clearTimeout, setImmediate } = globalThis;
    const { random } = Math;
    const cancel = (entry: Entry | undefined): void => {
      if (entry !== undefined) entry.cancelled = true;
    };
    const ours = {
      setTimeout: (run: () => void, delayMs = 0) => this.#add(delayMs, this.owner, run),
      setImmediate: (run: () => void) => this.#add(0, this.owner, run),
      clearTimeout: cancel,
    };
    Object.assign(globalThis, ours);
    Math.random = this.#random;
    try {
      return await work();
    } finally {
      Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate });
      Math.random = random;
    }
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.#quiet();
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (next.atMs > untilMs && !next.cancelled) break;
      this.#queue.shift();
      if (next.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#run(next);
      await this.#quiet();
    }
    this.#nowMs = untilMs;
  }

  /** Runs `work` on behalf of `owner`; what it throws goes to `onError`. */
  as(owner: Owner, work: () => void): void {
    const before = this.owner;
    this.owner = owner;
    try {
      work();
    } catch (error) {
      this.onError(error, owner);
    } finally {
      this.owner = before;
    }
  }

  #run({ owner, run }: Entry): void {
    this.as(owner === "world" ? "main" : owner, run);
  }

  /** Until no promise has anything left to do. */
  async #quiet(): Promise<void> {
    await new Promise<void>((resolve) => this.#settle(resolve));
  }

  #add(delayMs: number, owner: Owner, run: () => void): Entry {
    // Whole milliseconds, as the event loop's.
    const atMs = this.#nowMs + Math.max(0, Math.trunc(delayMs));
    const entry: Entry = { atMs, order: this.#orders++, owner, run, cancelled: false };
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1] as Entry).atMs > atMs) at--;
    this.#queue.splice(at, 0, entry);
    return entry;
  }
}
