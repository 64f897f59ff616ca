// Forwards outbox rows through one session after another: waits for rows and company, fills a transaction, adds its
// progress records, commits. What survives a session: where the rows are known to stand, and the learned limits.
//
// Rows of transaction N are given up locally when N + 1 has committed: a broker can lose the effect of a commit that
// it has answered. Where no rows come for an N + 1, their progress records alone are committed once more: a lane may be
// no larger than a transaction, and then takes no rows before those are gone. After a failure the next session's
// progress says which rows have reached Kafka.

import type { Clock } from "../core/clock.ts";
import {
  TRANSACTION_BYTES,
  TRANSACTION_ROWS_MAX,
  UPLINK_AUDIT_MS,
  UPLINK_IDLE_CHECK_MS,
} from "../core/limits.ts";
import type { Rollback, ToldPlace } from "../core/forwarded.ts";
import type { Lane, LaneState } from "../core/protocol.ts";
import { BatchLimits } from "./batch-limits.ts";
import type { ClusterAudit } from "./cluster-audit.ts";
import { fill, type Filled, type RowJudge, type Span } from "./fill.ts";
import { LaneCursor } from "./lane-cursor.ts";
import type { Outbox } from "./outbox.ts";
import { Pace } from "./pace.ts";
import { ProgressWriter, type ProgressWriterOptions } from "./progress-writer.ts";
import { Refusals } from "./refusals.ts";
import { SchemaWatch } from "./schema-watch.ts";
import type { SchemaOptions } from "./schema-watch.ts";
import type { UplinkSession } from "./session.ts";
import type { UplinkStats } from "./status.ts";
import { TopicWatch } from "./topic-watch.ts";
import type { Transaction } from "./transaction.ts";
import { Wake } from "./wake.ts";

export interface ForwarderOptions extends SchemaOptions, ProgressWriterOptions {
  readonly gatewayId: string;
  readonly outbox: Outbox;
  /** In the order they leave. */
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly transactionTimeoutMs: number;
  readonly stats: UplinkStats;
  /** Topics that rows wait for; empty again when all are there. */
  readonly onMissingTopics: (topics: readonly string[]) => void;
  /** A single row takes longer than the transaction time-out (then with its size), or no longer. */
  readonly onSlowRow: (detail: string | undefined) => void;
  /** A transaction has committed. */
  readonly onCommitted: (filled: Filled) => void;
  readonly onAudit: (session: UplinkSession, audit: ClusterAudit) => Promise<void>;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cursors: readonly LaneCursor[];
  readonly #limits = new BatchLimits();
  readonly #refusals: Refusals;
  readonly #wake = new Wake();
  readonly #pace: Pace;
  readonly #topics: TopicWatch;
  readonly #schemas: SchemaWatch;
  #retentionMs: ClusterAudit["retentionMs"] = new Map();
  #nextAuditMs = 0;
  #judge: RowJudge = NO_JUDGE;
  /** Committed, but still in the outbox. */
  #unconfirmed: readonly Span[] = [];
  #isLinkLost = false;
  #isStopping = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#cursors = options.lanes.map((lane) => new LaneCursor(lane, options.outbox));
    this.#pace = new Pace(options.clock);
    this.#topics = new TopicWatch(options.clock, this.#cursors, options.onMissingTopics);
    this.#schemas = new SchemaWatch(options, this.#cursors, () => this.#wake.wake());
    this.#refusals = new Refusals({ ...options, limits: this.#limits });
  }

  /** For the next session. */
  get transactionTimeoutMs(): number {
    return this.#refusals.transactionTimeoutMs;
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
      await cursor.load(2 * TRANSACTION_ROWS_MAX, 2 * TRANSACTION_BYTES);
      for (const topic of cursor.topics) topics.add(topic);
    }
    return topics;
  }

  /** After a restored disk image: what rows are judged by. */
  judgeBy(rollback: Rollback | undefined): void {
    if (rollback === undefined) return;
    const frontiers = new Map(Object.entries(rollback.frontiers));
    this.#judge = { frontiers, judged: new Set(rollback.judged) };
  }

  /** Forwards until `stop`, or until the session is to be renewed; throws when it has failed. `rewind` comes first. */
  async run(session: UplinkSession): Promise<void> {
    this.#isLinkLost = false;
    this.#topics.begin(session);
    const inUse = new Set(this.#cursors.flatMap((cursor) => [...cursor.incarnations]));
    const progress = new ProgressWriter(this.#options, session, inUse);
    this.#nextAuditMs = 0;
    while (!this.#isStopping && this.#options.clock.monotonicMs() < session.renewAtMs) {
      await this.#audit(session);
      if (!(await this.#untilDue(session))) continue;
      await this.#topics.look(session);
      this.#schemas.look();
      const transaction = session.begin();
      const filled = await this.#fill(session, progress, transaction);
      const isConfirming = filled.spans.size === 0 && this.#confirmationInMs() <= 0;
      const spans = isConfirming ? this.#unconfirmed : [...filled.spans.values()];
      if (spans.length === 0) continue;
      const { passedOver } = filled;
      if (passedOver.length > 0) progress.passOver(passedOver, await this.#keepElsewhere(filled));
      progress.append(transaction, spans);
      await this.#commit(session, transaction, filled);
    }
  }

  /** At the opening, and now and then. */
  async #audit(session: UplinkSession): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#nextAuditMs) return;
    this.#nextAuditMs = nowMs + UPLINK_AUDIT_MS;
    const audit = await session.audit();
    this.#retentionMs = audit.retentionMs;
    await this.#options.onAudit(session, audit);
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
    const nowMs = this.#options.clock.monotonicMs();
    const untilMs = nowMs + UPLINK_IDLE_CHECK_MS;
    await this.#wake.wait(Math.min(dueMs, UPLINK_IDLE_CHECK_MS, session.renewAtMs - nowMs));
    if (isIdle && this.#options.clock.monotonicMs() >= untilMs) await session.check();
    return false;
  }

  #dueInMs(): number {
    const rows = this.#cursors.reduce((sum, { waiting }) => sum + waiting, 0);
    const dueMs = this.#pace.dueInMs({
      rows,
      hasAlarms: this.#cursors.some(({ lane, waiting }) => lane === "alarm" && waiting > 0),
      enough: this.#limits.rows,
    });
    const confirmMs = this.#confirmationInMs();
    return Math.min(dueMs, confirmMs, this.#topics.dueInMs(), this.#schemas.dueInMs());
  }

  /** Milliseconds until what was committed is confirmed by a transaction without rows. */
  #confirmationInMs(): number {
    return this.#unconfirmed.length === 0 ? Infinity : this.#pace.quietInMs();
  }

  async #fill(
    session: UplinkSession,
    progress: ProgressWriter,
    transaction: Transaction,
  ): Promise<Filled> {
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
      this.#cursors.filter(({ isBlocked }) => !isBlocked),
      {
        gatewayId,
        limits: this.#limits,
        partitions: (topic) => session.partitions(topic),
        head: (schema) => this.#schemas.head(schema),
        isUndeliverable: (lane, sequence) => this.#refusals.isUndeliverable(lane, sequence),
        judge: this.#judge,
        retentionMs: this.#retentionMs,
        nowMs: this.#options.clock.wallMs(),
        progress: (lane) => progress.of(lane),
      },
    );
    stats.withheld += filled.withheld.length;
    this.#pace.filled(filled.isFull);
    return filled;
  }

  /** What a transaction passes over, before Kafka says that it is passed. */
  async #keepElsewhere({ withheld }: Filled): Promise<ToldPlace> {
    const told = await this.#options.outbox.stopRows(withheld, this.#refusals.untold);
    this.#refusals.told();
    return told;
  }

  async #commit(session: UplinkSession, transaction: Transaction, filled: Filled): Promise<void> {
    const { clock, stats, outbox } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      await session.commit(transaction);
    } catch (error) {
      this.#refusals.failed(error, {
        transaction,
        filled,
        elapsedMs: clock.monotonicMs() - startMs,
      });
      throw error;
    }
    this.#pace.ended();
    for (const cursor of this.#cursors) cursor.delivered();
    for (const { lane, incarnation, lastSequence } of this.#unconfirmed) {
      outbox.confirm(lane, incarnation, lastSequence);
    }
    this.#unconfirmed = [...filled.spans.values()];
    this.#refusals.committed(filled);
    this.#limits.committed(filled, clock.monotonicMs() - startMs);
    stats.transactions++;
    stats.rows += filled.rows;
    stats.bytes += filled.bytes;
    this.#options.onCommitted(filled);
  }
}

const NO_JUDGE: RowJudge = { frontiers: new Map(), judged: new Set() };
