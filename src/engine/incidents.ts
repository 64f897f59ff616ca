// Rows that did not make it: counted by reason, forwarded to a topic if one is configured, and kept until they are
// fed to the system tables. The host of decode, operators and alarm sinks.

import type { MessageReader } from "../core/message-reader.ts";
import type { MessageSource } from "../core/row-batch.ts";
import type { DeadLetter } from "../decode/table.ts";
import type { LateRow, OperatorHost, RowError } from "../operators/index.ts";
import type { KafkaTopics } from "./config.ts";
import type { Outputs } from "./outputs.ts";
import { instant, lateReason, systemRowJson } from "./system-tables.ts";
import type { SystemRow, SystemTable } from "./system-tables.ts";

export class Incidents implements OperatorHost {
  readonly topics: KafkaTopics;
  readonly deadLetters: Map<string, number> = new Map();
  /** Where the message indexes of the rows being pushed lead. */
  messages: MessageSource;
  /** While system tables are fed their own incidents are not fed again. */
  feeding = false;
  readonly #outputs: Outputs;
  readonly #reader: MessageReader;
  #rows: Map<SystemTable, SystemRow[]> = new Map();

  constructor(topics: KafkaTopics, outputs: Outputs, reader: MessageReader) {
    this.topics = topics;
    this.messages = reader;
    this.#outputs = outputs;
    this.#reader = reader;
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

  dataError({ rule, table, message, eventTimeMs, window, reason }: RowError): void {
    const of =
      window === undefined
        ? reason
        : `${reason} (window ${instant(window.startMs)} to ${instant(window.endMs)})`;
    const received = this.#received(message);
    // The row is lost to the one rule only, the others have its payload.
    const payload = rule === undefined ? received.payload : undefined;
    const kind = rule === undefined ? "event_time" : "rule_error";
    this.#deadLetter(kind, { ...received, payload, rule, table, eventTimeMs, reason: of });
  }

  /** A sink that could not take a row. */
  refused(rule: string, reason: string, eventTimeMs: number | undefined): void {
    const row = { ...NOT_RECEIVED, rule, table: undefined, eventTimeMs, reason };
    if (reason === "late") this.#late({ ...row, reason: "the alarm had passed its event time" });
    else this.#deadLetter("sink_row", row);
  }

  /** Rows that Kafka refused: the JSON that the journal keeps of them. */
  undeliverable(data: Uint8Array, timeMs: number): void {
    type Row = { rule: string; topic: string; reason: string; value: string };
    for (const { rule, topic, reason, value } of JSON.parse(
      Buffer.from(data).toString(),
    ) as Row[]) {
      this.#deadLetter("undeliverable", {
        rule,
        table: undefined,
        topic,
        receiveTimeMs: timeMs,
        eventTimeMs: undefined,
        reason,
        payload: Buffer.from(value),
      });
    }
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
    if (topic !== undefined) {
      const writer = this.#outputs.writer("result");
      writer.add(writer.sink(table, topic), null, systemRowJson(row));
    }
    if (this.feeding) return;
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [row]);
    else rows.push(row);
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
