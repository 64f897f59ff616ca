// Forwards outbox rows through one session after another: waits for rows and company, fills a transaction, adds its
// progress records, commits. What survives a session: where the rows are known to stand, and the learned limits.
//
// Rows of transaction N are given up locally when N + 1 has committed: a broker can lose the effect of a commit that
// it has answered. After a failure the next session's progress says which rows have reached Kafka.

import type { Clock } from "../core/clock.ts";
import {
  PROGRESS_RETENTION_MS,
  SLOW_TRANSACTION_TIMEOUT_MS,
  TRANSACTION_BYTES,
  TRANSACTION_ROWS_MAX,
  TRANSACTION_TARGET_MS,
  UPLINK_IDLE_CHECK_MS,
} from "../core/limits.ts";
import type { RuleWatermarks } from "../core/outbox-rows.ts";
import type { Lane, LaneState, UndeliverableRow } from "../core/protocol.ts";
import { BatchLimits } from "./batch-limits.ts";
import { fill, isUpTo, rowName, type Filled, type Span } from "./fill.ts";
import { isTimeout, kafkaCodeOf } from "./kafka-error.ts";
import { LaneCursor, type OutboxReader } from "./lane-cursor.ts";
import { Pace } from "./pace.ts";
import type { Transaction } from "./producer.ts";
import {
  progressId,
  type ProgressRecord,
  type ProgressValue,
  type UplinkOwner,
} from "./progress.ts";
import type { UplinkSession } from "./session.ts";
import type { UplinkStats } from "./status.ts";
import { TopicWatch } from "./topic-watch.ts";
import { Wake } from "./wake.ts";

export interface ForwarderOptions {
  readonly gatewayId: string;
  readonly owner: UplinkOwner;
  readonly outbox: OutboxReader;
  /** In the order they leave. */
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly transactionTimeoutMs: number;
  readonly stats: UplinkStats;
  readonly onUndeliverable: (rows: readonly UndeliverableRow[]) => void;
  /** Topics that rows wait for; empty again when all are there. */
  readonly onMissingTopics: (topics: readonly string[]) => void;
  /** A single row takes longer than the transaction time-out (then with its size), or no longer. */
  readonly onSlowRow: (detail: string | undefined) => void;
  /** A transaction has committed. */
  readonly onCommitted: () => void;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cursors: readonly LaneCursor[];
  readonly #limits = new BatchLimits();
  readonly #wake = new Wake();
  readonly #pace: Pace;
  readonly #topics: TopicWatch;
  readonly #watermarks = new Map<string, RuleWatermarks>();
  /** Rows that are left out, until a transaction has passed them. */
  readonly #undeliverable = new Set<string>();
  #expired: ProgressRecord[] = [];
  /** Committed, but still in the outbox. */
  #unconfirmed: readonly Span[] = [];
  #isLinkLost = false;
  #isStopping = false;
  #transactionTimeoutMs: number;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#cursors = options.lanes.map((lane) => new LaneCursor(lane, options.outbox));
    this.#pace = new Pace(options.clock);
    this.#topics = new TopicWatch(options.clock, this.#cursors, options.onMissingTopics);
    this.#transactionTimeoutMs = options.transactionTimeoutMs;
  }

  /** For the next session. */
  get transactionTimeoutMs(): number {
    return this.#transactionTimeoutMs;
  }

  /** Rows of all lanes that are not known to be in Kafka. */
  get undeliveredRows(): number {
    return this.#cursors.reduce((rows, cursor) => rows + cursor.undelivered, 0);
  }

  /** Rows have become durable in these lanes. */
  note(lanes: readonly LaneState[]): void {
    for (const { lane, lastSequence } of lanes) {
      this.#cursors.find((cursor) => cursor.lane === lane)?.note(lastSequence);
    }
    this.#wake.wake();
  }

  linkLost(): void {
    this.#isLinkLost = true;
    this.#wake.wake();
  }

  stop(): void {
    this.#isStopping = true;
    this.#wake.wake();
  }

  /**
   * Reads the outbox from its start. Returns the topics that an interrupted transaction may have touched: it and
   * the one before it are still there in full.
   */
  async rewind(): Promise<Set<string>> {
    const topics = new Set<string>();
    this.#unconfirmed = [];
    for (const cursor of this.#cursors) {
      cursor.rewind();
      cursor.blockedOn = undefined;
      await cursor.load(2 * TRANSACTION_ROWS_MAX, 2 * TRANSACTION_BYTES);
      for (const topic of cursor.topics) topics.add(topic);
    }
    return topics;
  }

  /** Forwards until `stop`; throws when the session has failed. `rewind` comes first. */
  async run(session: UplinkSession): Promise<void> {
    this.#isLinkLost = false;
    this.#adopt(session);
    while (!this.#isStopping) {
      if (!(await this.#untilDue(session))) continue;
      await this.#topics.look(session);
      const transaction = session.begin();
      const filled = await this.#fill(session, transaction);
      if (filled.spans.size > 0) await this.#commit(session, transaction, filled);
    }
  }

  #adopt(session: UplinkSession): void {
    const oldest = this.#options.clock.wallMs() - PROGRESS_RETENTION_MS;
    this.#topics.begin(session);
    const inUse = new Set(this.#cursors.flatMap((cursor) => [...cursor.incarnations]));
    this.#watermarks.clear();
    this.#expired = [];
    for (const record of session.progress.values()) {
      this.#watermarks.set(progressId(record.incarnation, record.lane), record.watermarks);
      // Incarnations are drained in their order, so only the first in a lane can have rows and progress.
      if (record.owner.time < oldest && !inUse.has(record.incarnation)) this.#expired.push(record);
    }
  }

  /** True when a transaction is due; false after something that may have changed that. */
  async #untilDue(session: UplinkSession): Promise<boolean> {
    if (this.#isLinkLost) {
      this.#isLinkLost = false;
      await session.check();
      return false;
    }
    const dueMs = this.#dueInMs();
    if (dueMs <= 0) return true;
    const isIdle = dueMs > UPLINK_IDLE_CHECK_MS;
    const untilMs = this.#options.clock.monotonicMs() + UPLINK_IDLE_CHECK_MS;
    await this.#wake.wait(Math.min(dueMs, UPLINK_IDLE_CHECK_MS));
    if (isIdle && this.#options.clock.monotonicMs() >= untilMs) await session.check();
    return false;
  }

  #dueInMs(): number {
    let rows = 0;
    for (const cursor of this.#cursors) rows += cursor.waiting;
    const dueMs = this.#pace.dueInMs({
      rows,
      hasAlarms: this.#cursors.some(({ lane, waiting }) => lane === "alarm" && waiting > 0),
      enough: this.#limits.rows,
    });
    return Math.min(dueMs, this.#topics.dueInMs());
  }

  async #fill(session: UplinkSession, transaction: Transaction): Promise<Filled> {
    const { gatewayId, stats } = this.#options;
    for (const cursor of this.#cursors) {
      if (cursor.waiting === 0 && cursor.head === undefined) continue;
      do {
        await cursor.load(this.#limits.rows, TRANSACTION_BYTES);
        stats.alreadyForwarded += cursor.skipForwarded(session.progress);
      } while (cursor.head === undefined && cursor.waiting > 0);
    }
    const filled = fill(
      transaction,
      this.#cursors.filter((cursor) => cursor.blockedOn === undefined),
      {
        gatewayId,
        limits: this.#limits,
        partitions: (topic) => session.partitions(topic),
        undeliverable: this.#undeliverable,
      },
    );
    this.#pace.filled(filled.isFull);
    return filled;
  }

  async #commit(session: UplinkSession, transaction: Transaction, filled: Filled): Promise<void> {
    const { clock, stats, outbox } = this.#options;
    for (const span of filled.spans.values()) this.#appendProgress(session, transaction, span);
    for (const { incarnation, lane } of this.#expired) {
      session.appendProgress(transaction, progressId(incarnation, lane), null);
    }
    const startMs = clock.monotonicMs();
    try {
      await session.commit(transaction);
    } catch (error) {
      this.#learn(error, { transaction, filled, elapsedMs: clock.monotonicMs() - startMs });
      throw error;
    }
    this.#pace.ended();
    for (const cursor of this.#cursors) cursor.delivered();
    for (const { lane, incarnation, lastSequence } of this.#unconfirmed) {
      outbox.confirm(lane, incarnation, lastSequence);
    }
    this.#unconfirmed = [...filled.spans.values()];
    for (const span of this.#unconfirmed) this.#forgetUndeliverable(span);
    this.#expired = [];
    this.#limits.committed(filled.rows, clock.monotonicMs() - startMs, filled.isFull);
    if (this.#transactionTimeoutMs !== this.#options.transactionTimeoutMs) {
      this.#transactionTimeoutMs = this.#options.transactionTimeoutMs;
      this.#options.onSlowRow(undefined);
    }
    stats.transactions++;
    stats.rows += filled.rows;
    stats.bytes += filled.bytes;
    this.#options.onCommitted();
  }

  #appendProgress(session: UplinkSession, transaction: Transaction, span: Span): void {
    const id = progressId(span.incarnation, span.lane);
    const watermarks = { ...this.#watermarks.get(id), ...span.watermarks };
    // A failed commit ends the session, and the next one takes the watermarks from the progress it reads.
    this.#watermarks.set(id, watermarks);
    const { owner, clock } = this.#options;
    const value: ProgressValue = {
      lastSeq: span.lastSequence,
      watermarks,
      owner: { ...owner, time: clock.wallMs() },
    };
    session.appendProgress(transaction, id, JSON.stringify(value));
  }

  #forgetUndeliverable({ lane, lastSequence }: Span): void {
    for (const name of this.#undeliverable) {
      if (isUpTo(name, lane, lastSequence)) this.#undeliverable.delete(name);
    }
  }

  #learn(error: unknown, failed: FailedCommit): void {
    const { transaction, filled, elapsedMs } = failed;
    for (const records of transaction.tooLarge) {
      const { topic, writer } = records;
      const place = filled.firstRows.get(records);
      if (place === undefined) continue; // a progress record
      if (writer.records > 1) this.#limits.tooLarge(topic, writer.byteLength);
      else {
        const { lane, sequence, rows, row } = place;
        this.#undeliverable.add(rowName(lane, sequence));
        this.#options.stats.undeliverable++;
        const value = Uint8Array.from(rows.bytes.subarray(rows.keyEnd(row), rows.valueEnd(row)));
        const reason = "MESSAGE_TOO_LARGE";
        this.#options.onUndeliverable([{ rule: rows.rule(row), topic, reason, value }]);
      }
    }
    // Kafka aborts what takes too long; the next request then has an old epoch or an invalid state.
    const isAborted = kafkaCodeOf(error) !== undefined && elapsedMs > TRANSACTION_TARGET_MS;
    if (transaction.tooLarge.length > 0 || !(isTimeout(error) || isAborted)) return;
    if (filled.rows > 1) this.#limits.timedOut(filled.rows);
    else if (this.#transactionTimeoutMs < SLOW_TRANSACTION_TIMEOUT_MS) {
      this.#transactionTimeoutMs = SLOW_TRANSACTION_TIMEOUT_MS;
      this.#options.onSlowRow(`one row of ${filled.bytes} bytes took ${Math.round(elapsedMs)} ms`);
    }
  }
}

interface FailedCommit {
  readonly transaction: Transaction;
  readonly filled: Filled;
  readonly elapsedMs: number;
}
