// How much goes into one transaction. Rows: grow while a backlog fills every transaction, are cut to what takes
// three seconds, halved when one fails by time. Bytes per partition: start at what a stock broker takes, and per
// topic are learned downwards from MESSAGE_TOO_LARGE.

import {
  PARTITION_BATCH_BYTES,
  TRANSACTION_ROWS,
  TRANSACTION_ROWS_MAX,
  TRANSACTION_TARGET_MS,
} from "../core/limits.ts";

export class BatchLimits {
  #rows = TRANSACTION_ROWS;
  readonly #topicBytes = new Map<string, number>();

  /** Rows of the next transaction at most; at least 1. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of one partition of `topic` in a transaction; a single row may be larger. */
  partitionBytes(topic: string): number {
    return this.#topicBytes.get(topic) ?? PARTITION_BATCH_BYTES;
  }

  /** A transaction of `rows` rows was committed in `elapsedMs`; `isFull`: the row limit ended it. */
  committed(rows: number, elapsedMs: number, isFull: boolean): void {
    if (elapsedMs > TRANSACTION_TARGET_MS) {
      this.#rows = Math.max(1, Math.floor((rows * TRANSACTION_TARGET_MS) / elapsedMs));
    } else if (isFull && elapsedMs < TRANSACTION_TARGET_MS / 2) {
      this.#rows = Math.min(TRANSACTION_ROWS_MAX, this.#rows * 2);
    }
  }

  /** A transaction of `rows` rows took too long. */
  timedOut(rows: number): void {
    this.#rows = Math.max(1, Math.floor(Math.min(rows, this.#rows) / 2));
  }

  /** A broker refused `bytes` of one partition of `topic`, several rows together. */
  tooLarge(topic: string, bytes: number): void {
    this.#topicBytes.set(topic, Math.floor(bytes / 2));
  }
}
