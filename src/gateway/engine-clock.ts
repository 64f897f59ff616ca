// Engine time on the main thread: it goes on with the monotonic clock while a core worker runs and ingest takes
// messages, and stands still otherwise, so that nobody counts as silent who could not be heard. Batches carry it; when
// something is due and no batch is under way, the worker is told the time by itself.

import type { Clock } from "../core/clock.ts";
import { CLOCK_GAP_MS } from "../core/limits.ts";
import type { Timers } from "../ingest/timers.ts";

export interface EngineClockOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Milliseconds, so far, in which ingest could take no message. */
  blockedMs(): number;
  /** Whether no message waits for a batch or its commit: each of them tells the time, too. */
  isQuiet(): boolean;
  /** Tells the worker the time; answered by `next`. */
  tell(engineTimeMs: number): void;
}

/** No timer runs longer than this; a later deadline is looked at again. */
const LONGEST_MS = 3_600_000;

export class EngineClock {
  readonly #options: EngineClockOptions;
  /** Engine time when it last stood still, and the clock's reading when it went on; undefined: it has not. */
  #stoodAtMs = 0;
  #startedMs: number | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: EngineClockOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    if (this.#startedMs === undefined) return this.#stoodAtMs;
    return this.#stoodAtMs + this.#readingMs() - this.#startedMs;
  }

  /** A worker has recovered, at this engine time. */
  start(engineTimeMs: number, deadlineMs: number): void {
    this.#stoodAtMs = Math.max(this.nowMs, engineTimeMs);
    this.#startedMs = this.#readingMs();
    this.next(deadlineMs);
  }

  /** The worker is gone, or about to stop. */
  stop(): void {
    this.#stoodAtMs = this.nowMs;
    this.#startedMs = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The engine has told when something may be due next; Infinity: never. */
  next(deadlineMs: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#deadlineMs = deadlineMs;
    if (this.#startedMs === undefined || deadlineMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(LONGEST_MS, Math.max(CLOCK_GAP_MS, deadlineMs - this.nowMs));
    this.#cancel = this.#options.timers.after(delayMs, () => this.#due());
  }

  #due(): void {
    this.#cancel = undefined;
    const { isQuiet, tell } = this.#options;
    const { nowMs } = this;
    if (nowMs < this.#deadlineMs) this.next(this.#deadlineMs);
    // Otherwise the batch under way lets time pass, and its commit says when to look again.
    else if (isQuiet()) tell(nowMs);
  }

  #readingMs(): number {
    const { clock, blockedMs } = this.#options;
    return clock.monotonicMs() - blockedMs();
  }
}
