// Wall time as the main thread judges it, readable by the core worker without being told: one number in shared memory,
// by which wall time is ahead of the monotonic clock. That clock is the same in all threads of a process.

import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";

const NS_PER_MS = 1e6;

export class SharedClock implements Clock {
  /** For the other thread's SharedClock. */
  readonly buffer: SharedArrayBuffer;
  readonly #aheadNs: BigInt64Array;

  /** Without `buffer` it begins with the machine's wall clock. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#aheadNs = new BigInt64Array(this.buffer);
    if (buffer === undefined) this.set(systemClock.wallMs());
  }

  /** It is so late now, and goes on from there with the monotonic clock. */
  set(wallMs: number): void {
    const aheadNs = BigInt(Math.round(wallMs * NS_PER_MS)) - process.hrtime.bigint();
    Atomics.store(this.#aheadNs, 0, aheadNs);
  }

  wallMs(): number {
    return Math.floor(Number(Atomics.load(this.#aheadNs, 0) + process.hrtime.bigint()) / NS_PER_MS);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }
}
