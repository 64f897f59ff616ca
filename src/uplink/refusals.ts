// What failed commits teach: batches too large, rows that no broker will take, transactions too long for the link.

import { type RowPlace, stoppedRow, type UndeliverableRow } from "../core/forwarded.ts";
import { SLOW_TRANSACTION_TIMEOUT_MS, TRANSACTION_TARGET_MS } from "../core/limits.ts";
import type { Lane } from "../core/protocol.ts";
import type { BatchLimits } from "./batch-limits.ts";
import type { Filled } from "./fill.ts";
import { isTimeout, kafkaCodeOf } from "./kafka-error.ts";
import type { PartitionRecords, Transaction } from "./transaction.ts";
import type { UplinkStats } from "./status.ts";

export interface RefusalsOptions {
  readonly limits: BatchLimits;
  readonly stats: UplinkStats;
  readonly transactionTimeoutMs: number;
  /** A single row takes longer than the transaction time-out (then with its size), or no longer. */
  readonly onSlowRow: (detail: string | undefined) => void;
}

export interface FailedCommit {
  readonly transaction: Transaction;
  readonly filled: Filled;
  readonly elapsedMs: number;
}

/** Names a row: `lane/sequence`. */
function rowName(lane: Lane, sequence: number): string {
  return `${lane}/${sequence}`;
}

export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #undeliverable = new Map<string, { readonly lane: Lane; readonly sequence: number }>();
  #untold: UndeliverableRow[] = [];
  #transactionTimeoutMs: number;

  constructor(options: RefusalsOptions) {
    this.#options = options;
    this.#transactionTimeoutMs = options.transactionTimeoutMs;
  }

  /** For the next session. */
  get transactionTimeoutMs(): number {
    return this.#transactionTimeoutMs;
  }

  /** Whether the row is to be left out. */
  isUndeliverable(lane: Lane, sequence: number): boolean {
    return this.#undeliverable.size > 0 && this.#undeliverable.has(rowName(lane, sequence));
  }

  /** Rows to be left out that the outbox has not been told of. */
  get untold(): readonly UndeliverableRow[] {
    return this.#untold;
  }

  told(): void {
    this.#untold = [];
  }

  failed(error: unknown, { transaction, filled, elapsedMs }: FailedCommit): void {
    for (const records of transaction.tooLarge) {
      const place = filled.firstRows.get(records);
      if (place !== undefined) this.#tooLarge(records, place); // else a progress record
    }
    // Kafka aborts what takes too long; the next request then has an old epoch or an invalid state.
    const isAborted = kafkaCodeOf(error) !== undefined && elapsedMs > TRANSACTION_TARGET_MS;
    if (transaction.tooLarge.length > 0 || !(isTimeout(error) || isAborted)) return;
    if (filled.rows > 1) this.#options.limits.timedOut(filled);
    else if (this.#transactionTimeoutMs < SLOW_TRANSACTION_TIMEOUT_MS) {
      this.#transactionTimeoutMs = SLOW_TRANSACTION_TIMEOUT_MS;
      this.#options.onSlowRow(`one row of ${filled.bytes} bytes took ${Math.round(elapsedMs)} ms`);
    }
  }

  committed({ spans }: Filled): void {
    if (this.#undeliverable.size > 0) {
      for (const { lane, lastSequence } of spans.values()) {
        for (const [name, row] of this.#undeliverable) {
          if (row.lane === lane && row.sequence <= lastSequence) this.#undeliverable.delete(name);
        }
      }
    }
    const { transactionTimeoutMs, onSlowRow } = this.#options;
    if (this.#transactionTimeoutMs === transactionTimeoutMs) return;
    this.#transactionTimeoutMs = transactionTimeoutMs;
    onSlowRow(undefined);
  }

  #tooLarge({ topic, writer }: PartitionRecords, place: RowPlace): void {
    const { limits, stats } = this.#options;
    if (writer.records > 1) {
      limits.tooLarge(topic, writer.byteLength);
      return;
    }
    const { lane, sequence } = place;
    this.#undeliverable.set(rowName(lane, sequence), { lane, sequence });
    stats.undeliverable++;
    this.#untold.push({ ...stoppedRow(place), reason: "MESSAGE_TOO_LARGE" });
  }
}
