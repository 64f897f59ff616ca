// The budget for bytes that were read from sockets and are in no batch yet: frames in pieces, and what waits while
// batches are full. All sources share one.
//
// Policy. Half used up: every connection stops reading, but for those that complete a large frame. Whoever needs a
// large frame buffer beyond the budget waits, paused, for its turn (first come, first served; one reservation is
// always possible, so there is progress). A reservation for a frame that does not get complete is ended by closing its
// connection after PARTIAL_FRAME_TIMEOUT_MS, but only while others wait. Nothing is dropped.

import { BUFFERED_BYTES, PARTIAL_FRAME_TIMEOUT_MS } from "../core/limits.ts";

/** Somebody who keeps bytes. */
export interface BudgetHolder {
  /** The reservation that was refused fits now; it is made. */
  granted(bytes: number): void;
  /** The reservation was held too long while others wait. */
  overdue(): void;
}

/** All connections of a source. */
export interface BudgetSource {
  /** Stops or resumes the reading of every connection that holds no reservation. */
  setAllReading(reading: boolean): void;
}

/** Buffers up to this are kept without asking: the frames of ordinary telemetry. */
const FREE_BYTES = 4096;

/** See the header. */
export class ByteBudget {
  /** Bytes kept now. */
  used = 0;
  /** True while connections are stopped because too much is kept. */
  strained = false;
  readonly #limit: number;
  readonly #sources = new Set<BudgetSource>();
  /** Large reservations, oldest first, with the time they were made. */
  readonly #holders = new Map<BudgetHolder, number>();
  readonly #waiting = new Map<BudgetHolder, number>();
  #nowMs = 0;

  constructor(limit: number = BUFFERED_BYTES) {
    this.#limit = limit;
  }

  attach(source: BudgetSource): void {
    this.#sources.add(source);
  }

  detach(source: BudgetSource): void {
    this.#sources.delete(source);
  }

  /** True for who holds a large reservation, and must go on reading to complete its frame. */
  holds(holder: BudgetHolder): boolean {
    return this.#holders.has(holder);
  }

  /** Reserves a frame buffer. False: `granted` is called once it fits. */
  reserve(holder: BudgetHolder, bytes: number): boolean {
    if (bytes > FREE_BYTES) {
      if (!this.#fits(bytes)) {
        this.#waiting.set(holder, bytes);
        return false;
      }
      this.#holders.set(holder, this.#nowMs);
    }
    this.keep(bytes);
    return true;
  }

  /** Counts bytes that are kept without a reservation, since they were read already. */
  keep(bytes: number): void {
    this.used += bytes;
    if (!this.strained && this.used > this.#limit / 2) {
      this.strained = true;
      for (const source of this.#sources) source.setAllReading(false);
    }
  }

  /** `holder` keeps `bytes` less, and no reservation any more. */
  release(holder: BudgetHolder, bytes: number): void {
    this.used -= bytes;
    this.#holders.delete(holder);
    for (const [waiting, wanted] of this.#waiting) {
      if (!this.#fits(wanted)) break;
      this.#waiting.delete(waiting);
      this.#holders.set(waiting, this.#nowMs);
      this.keep(wanted);
      waiting.granted(wanted);
    }
    if (this.strained && this.used < this.#limit / 4) {
      this.strained = false;
      for (const source of this.#sources) source.setAllReading(true);
    }
  }

  /** `holder` is gone, with the `bytes` it kept. */
  forget(holder: BudgetHolder, bytes: number): void {
    this.#waiting.delete(holder);
    this.release(holder, bytes);
  }

  /** Call about once a second with the monotonic clock. */
  sweep(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#waiting.size === 0) return;
    for (const [holder, sinceMs] of this.#holders) {
      if (nowMs - sinceMs < PARTIAL_FRAME_TIMEOUT_MS) return;
      holder.overdue();
    }
  }

  #fits(bytes: number): boolean {
    return this.#holders.size === 0 || this.used + bytes <= this.#limit;
  }
}
