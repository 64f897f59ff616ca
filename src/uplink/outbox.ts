// The rows' home, as the uplink needs it: the gateway gives it the core worker, tests one in memory.

import type {
  ForwardedMark,
  Rollback,
  StoppedRow,
  ToldPlace,
  UndeliverableRow,
} from "../core/forwarded.ts";
import type { Lane, OutboxChunk } from "../core/protocol.ts";

/** Where a lane is read. */
export interface OutboxReader {
  /**
   * Stored blobs of a lane in order, from the one that holds the first row after `afterSequence` on: about
   * `maxRows` and `maxBytes`, at least one blob if there is one.
   */
  read(
    lane: Lane,
    afterSequence: number,
    maxRows: number,
    maxBytes: number,
  ): Promise<readonly OutboxChunk[]>;
  /** Rows of the lane up to `throughSequence` (all of them of `incarnation` or older) need not be kept. */
  confirm(lane: Lane, incarnation: string, throughSequence: number): void;
}

export interface Outbox extends OutboxReader {
  /**
   * Told at every opening what Kafka has, in the order in which it was written. Gives what rows are to be judged by,
   * if the disk has ever been found older than that.
   */
  reconcile(marks: readonly ForwardedMark[]): Promise<Rollback | undefined>;
  /** Resolves when these partition counts are kept for the next start. */
  noteTopics(partitions: Readonly<Record<string, number>>): Promise<void>;
  /** An operator has seen the rollback. `isFinal`: it is over whatever rules still wait for. */
  endRollback(isFinal: boolean): Promise<Rollback | undefined>;
  /**
   * Resolves when it is durable that these rows do not go to their topics, with the place behind all that was ever told
   * of such rows. May be told of a row again, and of none.
   */
  stopRows(
    withheld: readonly StoppedRow[],
    undeliverable: readonly UndeliverableRow[],
  ): Promise<ToldPlace>;
}
