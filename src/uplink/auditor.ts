// What an operator should know of and no error tells: each is logged, counted, and an alarm.

import type { Clock } from "../core/clock.ts";
import { HANGING_TRANSACTION_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { ClusterAudit } from "./cluster-audit.ts";
import type { ExpiredRows } from "./fill.ts";
import type { UplinkSession } from "./session.ts";
import type { AuditEvent, StatusBoard, UplinkAlarm, UplinkStats } from "./status.ts";
import { TransactionWatch } from "./transaction-watch.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface AuditorOptions {
  readonly board: StatusBoard;
  readonly stats: UplinkStats;
  readonly logger: Logger;
  readonly clock: Clock;
}

export class Auditor {
  readonly #options: AuditorOptions;
  readonly #transactions: TransactionWatch;
  /** What was told last of each alarm: a finding is news only when it changes. */
  readonly #found = new Map<UplinkAlarm, string | undefined>();

  constructor(options: AuditorOptions) {
    this.#options = options;
    this.#transactions = new TransactionWatch(options.clock);
  }

  /** Counted and logged; the alarm is somebody else's. */
  note(event: AuditEvent, message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.stats.audit[event]++;
    this.#options.logger.warn(message, { audit: event, ...fields });
  }

  /** At every opening. */
  opened({ degraded, hung }: Pick<UplinkSession, "degraded" | "hung">): void {
    this.#find("degraded", "uplink_degraded", degraded);
    if (hung.length === 0) return;
    const partitions = hung.map(({ topic, partition }) => `${topic}/${partition}`);
    const message = "a broker had left a transaction of ours open (KAFKA-20734); it is ended";
    this.note("transaction_hangs", message, { partitions });
  }

  /** What and how far; undefined: Kafka takes records again. */
  timeRefused(detail: string | undefined): void {
    this.#find("time_refused", "uplink_time_refused", detail);
  }

  cluster({ open, isProgressCompacted }: ClusterAudit, progressTopic: string): void {
    const hangs = this.#transactions
      .look(open)
      .map(({ topic, partition, producerId }) => `${topic}/${partition} by producer ${producerId}`);
    const minutes = HANGING_TRANSACTION_MS / MINUTE_MS;
    const text = `readers of committed rows stop at transactions open for more than ${minutes} min: ${hangs.join(", ")}`;
    const isHanging = hangs.length > 0;
    this.#find("transaction_hangs", "uplink_transaction_hangs", isHanging ? text : undefined);
    const forgets = `${progressTopic} is not compacted: set cleanup.policy=compact, or rows go twice when its records expire`;
    const found = isProgressCompacted === false ? forgets : undefined;
    this.#find("progress_not_compacted", "uplink_progress_not_compacted", found);
  }

  /** Of the transaction that has just committed. */
  expired(byTopic: ReadonlyMap<string, ExpiredRows>): void {
    const parts = Array.from(byTopic, ([topic, { rows, oldestMs, retentionMs }]) => {
      const days = Math.round((retentionMs / DAY_MS) * 10) / 10;
      return `${rows} rows of ${topic} are older than its retention of ${days} d, the oldest of ${new Date(oldestMs).toISOString()}`;
    });
    const text = parts.length > 0 ? parts.join("; ") : undefined;
    // How many there are in each transaction is no news.
    const known = this.#found.get("uplink_rows_expired");
    if (text !== undefined && known !== undefined) this.#options.stats.audit.rows_expired++;
    else this.#find("rows_expired", "uplink_rows_expired", text);
  }

  /** A topic has other partitions than before: keys may have moved, and their rows stand in two of them. */
  partitions(topic: string, before: number, now: number): void {
    const text = `${topic} has ${now} partitions instead of ${before}: rows of a key may stand in two of them`;
    this.note("partitions_changed", "a topic's partition count changed", { topic, before, now });
    const { board } = this.#options;
    board.alarm("uplink_partitions_changed", text);
    board.alarm("uplink_partitions_changed", undefined);
  }

  #find(event: AuditEvent, alarm: UplinkAlarm, detail: string | undefined): void {
    const isNews = detail !== undefined && this.#found.get(alarm) !== detail;
    this.#found.set(alarm, detail);
    if (isNews) this.note(event, detail, {});
    this.#options.board.alarm(alarm, detail);
  }
}
