// What a connection keeps of what was read: the beginning of a frame, or whole frames that wait for room in a batch.
// The buffer is exactly as large as needed, counted in the byte budget, and given up when it is empty, so that an idle
// connection keeps nothing.

import type { BudgetHolder, ByteBudget } from "./byte-budget.ts";

/** Bytes [start, end) of `bytes`. */
export class KeptBytes {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  readonly #budget: ByteBudget;
  readonly #holder: BudgetHolder;

  constructor(budget: ByteBudget, holder: BudgetHolder) {
    this.#budget = budget;
    this.#holder = holder;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Copies bytes[from, to) to the end; there must be room (`reserve`). */
  append(bytes: Buffer, from: number, to: number): void {
    bytes.copy(this.bytes, this.end, from, to);
    this.end += to - from;
  }

  /** Makes room for `total` bytes from `start` on. False: the budget has none, `granted` comes later. */
  reserve(total: number): boolean {
    const had = this.bytes.length;
    if (had - this.start >= total) return true;
    if (had > 0) this.#budget.release(this.#holder, had);
    if (!this.#budget.reserve(this.#holder, total)) {
      this.#budget.keep(had);
      return false;
    }
    this.#move(total);
    return true;
  }

  /** The budget reserved `total` bytes for what was refused. */
  granted(total: number): void {
    const had = this.bytes.length;
    const size = Math.max(total, this.length);
    this.#budget.keep(size - total - had);
    this.#move(size);
  }

  /** Makes room for what was read already, whatever the budget. */
  force(total: number): void {
    const had = this.bytes.length;
    if (had - this.start >= total) return;
    this.#budget.keep(total - had);
    this.#move(total);
  }

  /** Drops everything. */
  clear(): void {
    if (this.bytes.length > 0) this.#budget.release(this.#holder, this.bytes.length);
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
  }

  /** The connection is gone. */
  forget(): void {
    this.#budget.forget(this.#holder, this.bytes.length);
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
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
