// The rows of a table's batch while they are written: room for as many as the messages turn out to hold. A message
// gives one row as a rule, an array of measurements many; what a batch can hold is bounded by its bytes.

import { BATCH_MESSAGES } from "../core/limits.ts";
import { NULL } from "../core/row-batch.ts";
import type { Column, MessageSource, RowBatch } from "../core/row-batch.ts";
import type { RowSpace } from "./payload-reader.ts";

/** After a batch of this many rows the arrays go back to their usual size. */
const KEPT_ROWS: number = 4 * BATCH_MESSAGES;

export class BatchRows implements RowSpace {
  readonly batch: RowBatch;
  #capacity = BATCH_MESSAGES;
  /** Rows [0, #clean) are NULL or written by a message of this batch. */
  #clean = 0;

  constructor(columns: readonly (Column | undefined)[], messages: MessageSource) {
    this.batch = {
      count: 0,
      columns,
      origin: new Uint32Array(this.#capacity),
      skip: new Uint8Array(this.#capacity),
      messages,
    };
  }

  /** Empties the batch, with room for `rows` rows. */
  begin(rows: number, messages: MessageSource): void {
    this.batch.count = 0;
    this.batch.messages = messages;
    this.#clean = 0;
    if (this.#capacity > KEPT_ROWS && rows <= BATCH_MESSAGES) this.#resize(BATCH_MESSAGES);
    for (const column of this.batch.columns) {
      if (column?.layout === "number" && column.wide.size > 0) column.wide.clear();
    }
    if (rows > 0) this.reserve(rows - 1);
  }

  /** Makes room for row `row`; rows that no message of this batch has written are NULL. */
  reserve(row: number): void {
    if (row < this.#clean) return;
    if (row >= this.#capacity) this.#resize(Math.max(row + 1, this.#capacity * 2));
    const end = Math.min(this.#capacity, Math.max(row + 1, this.#clean * 2));
    this.#clear(this.#clean, end);
    this.#clean = end;
  }

  /** Rows [from, to) are NULL again: a message that failed may have filled some columns. */
  clear(from: number, to: number): void {
    this.#clear(from, Math.min(to, this.#clean));
  }

  /** The values of row `from` also in rows [from + 1, to), for the columns of `indexes`. */
  spread(indexes: readonly number[], from: number, to: number): void {
    for (const index of indexes) {
      const column = this.batch.columns[index];
      if (column === undefined) continue;
      if (column.layout === "value") {
        column.values.fill(column.values[from] ?? null, from + 1, to);
        continue;
      }
      column.values.fill(column.values[from] as number, from + 1, to);
      column.state.fill(column.state[from] as number, from + 1, to);
      const wide = column.wide.get(from);
      if (wide !== undefined) for (let row = from + 1; row < to; row++) column.wide.set(row, wide);
    }
  }

  #clear(from: number, to: number): void {
    const { batch } = this;
    batch.skip.fill(0, from, to);
    for (const column of batch.columns) {
      if (column === undefined) continue;
      if (column.layout === "number") column.state.fill(NULL, from, to);
      else column.values.fill(null, from, to);
    }
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    const { batch } = this;
    batch.origin = resized(batch.origin, new Uint32Array(capacity));
    batch.skip = resized(batch.skip, new Uint8Array(capacity));
    for (const column of batch.columns) {
      if (column?.layout === "number") {
        column.values = resized(column.values, new Float64Array(capacity));
        column.state = resized(column.state, new Uint8Array(capacity));
      } else if (column !== undefined) {
        column.values.length = Math.min(column.values.length, capacity);
        while (column.values.length < capacity) column.values.push(null);
      }
    }
  }
}

function resized<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from.subarray(0, to.length));
  return to;
}
