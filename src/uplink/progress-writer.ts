// The progress records of a session's transactions: one per incarnation and lane that a transaction has rows of. Goes
// on from what Kafka had when the session opened; a failed commit ends the session, and with it all that was noted here.

import type { Clock } from "../core/clock.ts";
import { assert } from "../core/errors.ts";
import { PROGRESS_RETENTION_MS } from "../core/limits.ts";
import type { Lane } from "../core/protocol.ts";
import type { ToldPlace } from "../core/forwarded.ts";
import type { Span } from "./fill.ts";
import { LaneProgress } from "./lane-progress.ts";
import { type PassedOverRow, PassedOverRows } from "./passed-over.ts";
import {
  progressId,
  type ProgressRecord,
  type ProgressValue,
  type UplinkOwner,
} from "./progress.ts";
import type { UplinkSession } from "./session.ts";
import type { Transaction } from "./transaction.ts";

export interface ProgressWriterOptions {
  readonly owner: UplinkOwner;
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
}

export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  readonly #session: UplinkSession;
  readonly #lanes: ReadonlyMap<Lane, LaneProgress>;
  readonly #passedOver: PassedOverRows;
  #expired: ProgressRecord[];

  /** `inUse`: incarnations of rows that wait. */
  constructor(options: ProgressWriterOptions, session: UplinkSession, inUse: ReadonlySet<string>) {
    this.#options = options;
    this.#session = session;
    const { progress } = session;
    this.#lanes = new Map(
      options.lanes.map((lane) => [lane, new LaneProgress(progress.newestOf(lane))]),
    );
    this.#passedOver = new PassedOverRows(progress);
    const oldest = options.clock.wallMs() - PROGRESS_RETENTION_MS;
    // Incarnations are drained in their order, so only the first in a lane can have rows and progress.
    this.#expired = [...progress.values()].filter(
      (record) => record.owner.time < oldest && !inUse.has(record.incarnation),
    );
  }

  /** What the lane's next record will say. */
  of(lane: Lane): LaneProgress {
    const progress = this.#lanes.get(lane);
    assert(progress !== undefined, `no progress of lane ${lane}`);
    return progress;
  }

  /** Notes rows that the next transaction passes over, and behind which row Kafka will have been told of them. */
  passOver(rows: readonly PassedOverRow[], told: ToldPlace): void {
    this.#passedOver.note(rows, told);
  }

  /** Adds what is to be known of `spans` once `transaction` has committed. */
  append(transaction: Transaction, spans: readonly Span[]): void {
    const { owner, clock } = this.#options;
    this.#passedOver.reach(spans);
    for (const { lane, incarnation, lastSequence } of spans) {
      const progress = this.of(lane);
      const value: ProgressValue = {
        lastSeq: lastSequence,
        frontiers: progress.frontiers(),
        alarms: progress.alarms(),
        passedOver: this.#passedOver.of({ lane, incarnation }),
        owner: { ...owner, time: clock.wallMs() },
      };
      const id = progressId(incarnation, lane);
      this.#session.appendProgress(transaction, id, JSON.stringify(value));
    }
    for (const { incarnation, lane } of this.#takeExpired(spans)) {
      this.#session.appendProgress(transaction, progressId(incarnation, lane), null);
    }
  }

  /** What an old record says of its lane's rules is said again by a new one before it is deleted. */
  #takeExpired(spans: readonly Span[]): ProgressRecord[] {
    const lanes = new Set(spans.map(({ lane }) => lane));
    const expired = this.#expired;
    this.#expired = expired.filter(({ lane }) => !lanes.has(lane));
    return expired.filter(({ lane }) => lanes.has(lane));
  }
}
