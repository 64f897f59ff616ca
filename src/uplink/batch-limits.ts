// How much goes into one transaction. Rows and bytes: grow while a backlog fills every transaction, are cut to what
// takes three seconds, and further when one fails by time. Bytes begin small: the first transaction over a slow link
// must not be the one that times out. Bytes per partition: start at what a stock broker takes, and per topic are
// learned downwards from MESSAGE_TOO_LARGE.

import {
  PARTITION_BATCH_BYTES,
  TRANSACTION_BYTES,
  TRANSACTION_FIRST_BYTES,
  TRANSACTION_MIN_BYTES,
  TRANSACTION_ROWS,
  TRANSACTION_ROWS_MAX,
  TRANSACTION_TARGET_MS,
} from "../core/limits.ts";

export interface TransactionSize {
  readonly rows: number;
  readonly bytes: number;
  readonly isFull: boolean;
}

export class BatchLimits {
  #rows = TRANSACTION_ROWS;
  #bytes = TRANSACTION_FIRST_BYTES;
  readonly #topicBytes = new Map<string, number>();

  /** Rows of the next transaction at most; at least 1. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the next transaction at which it is full; its last row may exceed them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of one partition of `topic` in a transaction; a single row may be larger. */
  partitionBytes(topic: string): number {
    return this.#topicBytes.get(topic) ?? PARTITION_BATCH_BYTES;
  }

  /** A transaction was committed in `elapsedMs`; `isFull`: a limit ended it. */
  committed({ rows, bytes, isFull }: TransactionSize, elapsedMs: number): void {
    if (elapsedMs > TRANSACTION_TARGET_MS) {
      const share = TRANSACTION_TARGET_MS / elapsedMs;
      this.#rows = Math.max(1, Math.floor(rows * share));
      this.#bytes = Math.max(TRANSACTION_MIN_BYTES, Math.floor(bytes * share));
    } else if (isFull && elapsedMs < TRANSACTION_TARGET_MS / 2) {
      if (rows >= this.#rows) this.#rows = Math.min(TRANSACTION_ROWS_MAX, this.#rows * 2);
      if (bytes >= this.#bytes) this.#bytes = Math.min(TRANSACTION_BYTES, this.#bytes * 2);
    }
  }

  /** A transaction took too long. A link that has become slow is seldom half as slow only. */
  timedOut({ rows, bytes }: Pick<TransactionSize, "rows" | "bytes">): void {
    this.#rows = Math.max(1, Math.floor(Math.min(rows, this.#rows) / 2));
    this.#bytes = Math.max(TRANSACTION_MIN_BYTES, Math.floor(Math.min(bytes, this.#bytes) / 4));
  }

  /** A broker refused `bytes` of one partition of `topic`, several rows together. */
  tooLarge(topic: string, bytes: number): void {
    this.#topicBytes.set(topic, Math.floor(bytes / 2));
  }
}
