// How long a backlog will take: from how it has shrunk, from commit to commit, over the last minute. New rows are part of
// that: what comes in makes it shrink less.

import type { Clock } from "../core/clock.ts";
import { UPLINK_DRAIN_STEP_MS, UPLINK_DRAIN_WINDOW_MS } from "../core/limits.ts";

interface Sample {
  readonly atMs: number;
  readonly rows: number;
}

export class DrainEta {
  readonly #clock: Clock;
  #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A transaction has committed, and so many rows wait; `isBehind`: not only those that have come meanwhile. */
  committed(rows: number, isBehind: boolean): void {
    if (!isBehind) {
      this.reset();
      return;
    }
    const atMs = this.#clock.monotonicMs();
    const newest = this.#samples.at(-1);
    if (newest !== undefined && atMs - newest.atMs < UPLINK_DRAIN_STEP_MS) return;
    const fromMs = atMs - UPLINK_DRAIN_WINDOW_MS;
    this.#samples = [...this.#samples.filter((each) => each.atMs >= fromMs), { atMs, rows }];
  }

  /** Nothing is forwarded: what was measured says nothing of what comes. */
  reset(): void {
    this.#samples = [];
  }

  /** Seconds until `rows`, those that wait now, have left; undefined where that is not known, or they grow more. */
  seconds(rows: number): number | undefined {
    const [oldest] = this.#samples;
    const newest = this.#samples.at(-1);
    if (oldest === undefined || newest === undefined || oldest === newest) return undefined;
    const tookMs = newest.atMs - oldest.atMs;
    const usualMs = tookMs / (this.#samples.length - 1);
    // A commit that is longer in coming than the others makes the estimate worse before it has come.
    const overdueMs = Math.max(0, this.#clock.monotonicMs() - newest.atMs - usualMs);
    const rowsPerMs = (oldest.rows - newest.rows) / (tookMs + overdueMs);
    return rowsPerMs > 0 ? rows / rowsPerMs / 1000 : undefined;
  }
}
