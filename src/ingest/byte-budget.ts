// The budget for bytes that were read from sockets and are in no batch yet. All sources share one. Half of it is for
// frame buffers, half for what queues: bytes that were read but may not be taken now.
//
// - Whoever needs a large frame buffer beyond the first half waits, paused, for its turn (first come, first served; one
//   is always possible). A frame that does not get complete is ended by closing its connection after
//   PARTIAL_FRAME_TIMEOUT_MS, but only while others wait.
// - When the second half is used up, every connection stops reading but those that complete a large frame. What queues
//   is taken by commits and grants, which need no reading, so this ends by itself.
// - Frame buffers of up to 4 KiB, ordinary telemetry in pieces, are free: the number of connections bounds them.
//
// Nothing is dropped.

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
  /** Stops or resumes the reading of every connection that holds no large reservation. */
  setAllReading(reading: boolean): void;
}

const FREE_BYTES = 4096;

/** See the header. */
export class ByteBudget {
  /** True while connections are stopped because too much queues. */
  strained = false;
  readonly #half: number;
  readonly #sources = new Set<BudgetSource>();
  #free = 0;
  #reserved = 0;
  #queued = 0;
  /** Large reservations, oldest first, with the time they were made. */
  readonly #holders = new Map<BudgetHolder, number>();
  readonly #waiting = new Map<BudgetHolder, number>();
  #nowMs = 0;

  constructor(limit: number = BUFFERED_BYTES) {
    this.#half = limit / 2;
  }

  /** Bytes kept now. */
  get used(): number {
    return this.#free + this.#reserved + this.#queued;
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

  /** Reserves the one frame buffer of `holder`. False: `granted` is called once it fits. */
  reserve(holder: BudgetHolder, bytes: number): boolean {
    if (bytes <= FREE_BYTES) this.#free += bytes;
    else if (this.#fits(bytes)) this.#hold(holder, bytes);
    else {
      this.#waiting.set(holder, bytes);
      return false;
    }
    return true;
  }

  /** Gives a reservation back. */
  release(holder: BudgetHolder, bytes: number): void {
    if (bytes <= FREE_BYTES) {
      this.#free -= bytes;
      return;
    }
    this.#reserved -= bytes;
    this.#holders.delete(holder);
    for (const [waiting, wanted] of this.#waiting) {
      if (!this.#fits(wanted)) return;
      this.#waiting.delete(waiting);
      this.#hold(waiting, wanted);
      waiting.granted(wanted);
    }
  }

  /** Counts bytes that queue, whatever the budget: they were read already. */
  queue(bytes: number): void {
    this.#queued += bytes;
    if (this.strained || this.#queued <= this.#half) return;
    this.strained = true;
    for (const source of this.#sources) source.setAllReading(false);
  }

  /** These bytes queue no more. */
  unqueue(bytes: number): void {
    this.#queued -= bytes;
    if (!this.strained || this.#queued > this.#half / 2) return;
    this.strained = false;
    for (const source of this.#sources) source.setAllReading(true);
  }

  /** `holder` is gone; what it had has been given back. */
  forget(holder: BudgetHolder): void {
    this.#waiting.delete(holder);
  }

  /** Call about once a second with the monotonic clock. */
  sweep(nowMs: number): void {
    this.#nowMs = nowMs;
    for (const [holder, sinceMs] of this.#holders) {
      if (this.#waiting.size === 0 || nowMs - sinceMs < PARTIAL_FRAME_TIMEOUT_MS) return;
      holder.overdue();
    }
  }

  #hold(holder: BudgetHolder, bytes: number): void {
    this.#reserved += bytes;
    this.#holders.set(holder, this.#nowMs);
  }

  #fits(bytes: number): boolean {
    return this.#holders.size === 0 || this.#reserved + bytes <= this.#half;
  }
}
