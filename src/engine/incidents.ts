// Rows that did not make it: counted by reason, forwarded to a topic if one is configured, and kept until they are
// fed to the system tables. The host of decode, operators and alarm sinks.

import type { MessageReader } from "../core/message-reader.ts";
import type { MessageSource } from "../core/row-batch.ts";
import type { DeadLetter } from "../decode/table.ts";
import type { LateRow, OperatorHost, RowError } from "../operators/index.ts";
import type { StoppedValue } from "./command.ts";
import type { KafkaTopics } from "./config.ts";
import type { Frontiers } from "./frontiers.ts";
import type { Outputs } from "./outputs.ts";
import { instant, lateReason, systemRowJson } from "./system-tables.ts";
import type { SystemRow, SystemTable } from "./system-tables.ts";

export interface IncidentsOptions {
  readonly topics: KafkaTopics;
  readonly outputs: Outputs;
  readonly reader: MessageReader;
  readonly frontiers: Frontiers;
  /** Rows that are no concern of this rule have been told of elsewhere. */
  readonly only: string | undefined;
}

export class Incidents implements OperatorHost {
  readonly topics: KafkaTopics;
  readonly deadLetters: Map<string, number> = new Map();
  /** Rows that a restored disk image does not send again, by rule. */
  readonly withheld: Map<string, number> = new Map();
  /** Where the message indexes of the rows being pushed lead. */
  messages: MessageSource;
  /** While system tables are fed their own incidents are not fed again. */
  feeding = false;
  readonly #outputs: Outputs;
  readonly #reader: MessageReader;
  readonly #frontiers: Frontiers;
  readonly #only: string | undefined;
  #rows: Map<SystemTable, SystemRow[]> = new Map();

  constructor({ topics, outputs, reader, frontiers, only }: IncidentsOptions) {
    this.topics = topics;
    this.messages = reader;
    this.#outputs = outputs;
    this.#reader = reader;
    this.#frontiers = frontiers;
    this.#only = only;
  }

  /** A message that no table took or could decode. */
  undecoded({ message, table, kind, reason }: DeadLetter): void {
    this.messages = this.#reader;
    const row = {
      ...this.#received(message),
      rule: undefined,
      table,
      eventTimeMs: undefined,
      reason,
    };
    this.#deadLetter(kind, row);
  }

  late({ rule, table, message, eventTimeMs, watermarkMs, windowEndMs }: LateRow): void {
    const reason = lateReason(windowEndMs, watermarkMs);
    this.#late({ ...this.#received(message), rule, table, eventTimeMs, reason });
  }

  dataError({ rule, table, message, eventTimeMs, window, reason, isFull }: RowError): void {
    const of =
      window === undefined
        ? reason
        : `${reason} (window ${instant(window.startMs)} to ${instant(window.endMs)})`;
    const received = this.#received(message);
    // The row is lost to the one rule only, the others have its payload.
    const payload = rule === undefined ? received.payload : undefined;
    const kind = rule === undefined ? "event_time" : isFull ? "state_full" : "rule_error";
    this.#deadLetter(kind, { ...received, payload, rule, table, eventTimeMs, reason: of });
  }

  /** A sink that could not take a row. */
  refused(rule: string, reason: string, eventTimeMs: number | undefined): void {
    const row = { ...NOT_RECEIVED, rule, table: undefined, eventTimeMs, reason };
    if (reason === "late") this.#late({ ...row, reason: "the alarm had passed its event time" });
    else this.#deadLetter("sink_row", row);
  }

  /** A row that Kafka refused for good, at `nowMs`. */
  undeliverable({ rule, topic, timeMs, value, reason }: StoppedValue, nowMs: number): void {
    this.#deadLetter("undeliverable", {
      rule,
      table: undefined,
      topic,
      receiveTimeMs: nowMs,
      eventTimeMs: timeMs,
      reason: reason ?? "refused by Kafka",
      payload: Buffer.from(value),
    });
  }

  /** A row of a restored disk image that left before, or may have. */
  withhold({ rule, topic, timeMs, value }: Omit<StoppedValue, "reason">): void {
    this.withheld.set(rule, (this.withheld.get(rule) ?? 0) + 1);
    const row: SystemRow = {
      rule,
      table: undefined,
      topic,
      receiveTimeMs: undefined,
      eventTimeMs: timeMs,
      reason: "the rule had put out its rows up to a later time before the disk image was restored",
      payload: Buffer.from(value),
    };
    this.#keep("headrace_rollback", row, this.topics.rollback);
  }

  /** The rows gathered for the system tables since the last call. */
  take(): ReadonlyMap<string, readonly SystemRow[]> {
    const rows = this.#rows;
    if (rows.size > 0) this.#rows = new Map();
    return rows;
  }

  #deadLetter(kind: string, row: SystemRow): void {
    this.deadLetters.set(kind, (this.deadLetters.get(kind) ?? 0) + 1);
    this.#keep("headrace_dead_letter", row, this.topics.deadLetter);
  }

  #late(row: SystemRow): void {
    this.#keep("headrace_late", row, this.topics.late);
  }

  #keep(table: SystemTable, row: SystemRow, topic: string | undefined): void {
    if (this.#only !== undefined && row.rule !== this.#only) return;
    if (topic !== undefined) this.#forward(table, row, topic);
    if (this.feeding) return;
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [row]);
    else rows.push(row);
  }

  /** What is said of withheld rows is never withheld itself: it goes without a time to judge it by. */
  #forward(table: SystemTable, row: SystemRow, topic: string): void {
    const isJudged = table !== "headrace_rollback";
    const timeMs = (isJudged ? row.eventTimeMs : undefined) ?? Number.NaN;
    const value = systemRowJson(row);
    if (timeMs <= this.#frontiers.of(table).ms) {
      this.withhold({ rule: table, topic, timeMs, value });
      return;
    }
    const writer = this.#outputs.writer("result");
    writer.add(writer.sink(table, topic), { key: null, value, timeMs });
  }

  /** A window's result leads back to no message. */
  #received(message: number | undefined): Pick<SystemRow, "topic" | "receiveTimeMs" | "payload"> {
    const { messages } = this;
    if (message === undefined) return NOT_RECEIVED;
    return {
      topic: messages.topic(message),
      receiveTimeMs: messages.receiveTimeMs(message),
      payload: messages.payload(message),
    };
  }
}

const NOT_RECEIVED = { topic: undefined, receiveTimeMs: undefined, payload: undefined };
