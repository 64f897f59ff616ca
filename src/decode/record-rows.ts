// The rows of one message, as its records are met one after another.

import { ROWS_PER_MESSAGE } from "../core/limits.ts";
import type { RowSpace } from "./payload-reader.ts";

export class RecordRows {
  /** Records so far. */
  count = 0;
  readonly reason: string = `more than ${ROWS_PER_MESSAGE} rows in one message`;
  readonly #space: RowSpace;
  #first = 0;

  constructor(space: RowSpace) {
    this.#space = space;
  }

  /** A message begins whose first record is row `first`. */
  begin(first: number): void {
    this.#first = first;
    this.count = 0;
  }

  /** The row of one more record; -1 when the message has too many. */
  next(): number {
    if (this.count >= ROWS_PER_MESSAGE) return -1;
    const row = this.#first + this.count++;
    this.#space.reserve(row);
    return row;
  }

  /** The last record is none. */
  undo(): void {
    this.count--;
  }
}
