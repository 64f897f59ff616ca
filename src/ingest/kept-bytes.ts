// What a connection keeps of what was read: the beginning of a frame, or everything unread while it may not go on. The
// buffer is exactly as large as needed, counted in the byte budget, and given up when it is empty, so that an idle
// connection keeps nothing.

import type { BudgetHolder, ByteBudget } from "./byte-budget.ts";

/** Bytes [start, end) of `bytes`. */
export class KeptBytes {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  readonly #budget: ByteBudget;
  readonly #holder: BudgetHolder;
  /** How the bytes of the buffer are counted. */
  #reserved = 0;
  #queued = 0;

  constructor(budget: ByteBudget, holder: BudgetHolder) {
    this.#budget = budget;
    this.#holder = holder;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Copies bytes[from, to) to the end; there must be room. */
  append(bytes: Buffer, from: number, to: number): void {
    bytes.copy(this.bytes, this.end, from, to);
    this.end += to - from;
  }

  /** Makes room for a frame of `total` bytes from `start` on. False: the budget has none, `granted` comes later. */
  reserve(total: number): boolean {
    const size = this.bytes.length;
    if (size - this.start >= total) return true;
    this.#giveBack();
    if (this.#budget.reserve(this.#holder, total)) {
      this.#reserved = total;
      this.#move(total);
      return true;
    }
    this.#queued = size;
    this.#budget.queue(size);
    return false;
  }

  /** The budget has reserved `total` bytes for what was refused. */
  granted(total: number): void {
    this.#budget.unqueue(this.#queued);
    this.#queued = 0;
    this.#reserved = total;
    this.#move(total);
  }

  /** Makes room for `total` bytes that were read already. */
  queue(total: number): void {
    const more = total - (this.bytes.length - this.start);
    if (more <= 0) return;
    this.#move(total);
    const queued = total - this.#reserved;
    this.#budget.queue(queued - this.#queued);
    this.#queued = queued;
  }

  /** Drops everything. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
    this.#giveBack();
  }

  /** The connection is gone. */
  forget(): void {
    this.#budget.forget(this.#holder);
    this.clear();
  }

  #giveBack(): void {
    const reserved = this.#reserved;
    const queued = this.#queued;
    this.#reserved = 0;
    this.#queued = 0;
    if (reserved > 0) this.#budget.release(this.#holder, reserved);
    if (queued > 0) this.#budget.unqueue(queued);
  }

  #move(size: number): void {
    const bytes = Buffer.allocUnsafe(size);
    this.bytes.copy(bytes, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    this.bytes = bytes;
  }
}

const EMPTY = Buffer.alloc(0);
