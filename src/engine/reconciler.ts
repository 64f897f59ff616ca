// What the main thread tells the engine of Kafka and of the schema registry: what Kafka has, rows that do not go to their
// topic, schemas that messages name. Each becomes a `command`
// entry of the journal in the transaction that holds its effects; what was told before is not obeyed a second time.

import type {
  ForwardedMark,
  Rollback,
  SequenceRun,
  StoppedRow,
  ToldPlace,
  UndeliverableRow,
} from "../core/forwarded.ts";
import { judgedName, stoppedRow } from "../core/forwarded.ts";
import type { SchemaOfId } from "../core/format/schemas-by-id.ts";
import type { Logger } from "../core/log.ts";
import { COMMAND_ROWS } from "../core/limits.ts";
import type { Lane } from "../core/protocol.ts";
import type { JournalEntry } from "../store/journal.ts";
import type { Store } from "../store/store.ts";
import { commandRow, encodeCommand } from "./command.ts";
import type { Command } from "./command.ts";
import { GATEWAY_RULE } from "./gateway-alarms.ts";
import type { GatewayAlarms } from "./gateway-alarms.ts";
import type { Ledger, Unit } from "./ledger.ts";
import {
  compareWithKafka,
  keptRivals,
  keptRollback,
  notedTopics,
  RIVALS,
  ROLLBACK,
  TOPICS,
  withRivals,
} from "./kept.ts";
import type { LaneBlob } from "./outputs.ts";
import type { Pipeline } from "./pipeline.ts";
import { reissue } from "./reissue.ts";
import type { PendingEvent } from "./reissue.ts";
import { rollbackText } from "./rollback.ts";
import type { FoundRollback, RollbackRecord } from "./rollback.ts";
import { endOfResults, storedRows } from "./stored-rows.ts";

/** Key of the store's meta table. */
const STOPPED = "stopped-rows";
/** An alarm's kind. */
const ROLLED_BACK = "rolled_back";

export interface ReconcilerParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly alarms: GatewayAlarms;
  readonly log: Logger;
  /** The one in force. */
  pipeline(): Pipeline;
  commit(unit: Unit): void;
  /** Writes an alarm about the gateway into the pipeline's outputs. */
  alarm(kind: string, detail: string | undefined): void;
}

export class Reconciler {
  readonly #parts: ReconcilerParts;
  #record: RollbackRecord | undefined;
  /** Incarnations of other live copies. */
  #rivals: readonly string[];
  /** By lane: the last withheld row, and rows that were given up and are still in the outbox. */
  #stopped: StoppedMarks;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    const { meta } = parts.store;
    this.#record = keptRollback(parts.store);
    this.#rivals = keptRivals(parts.store);
    this.#stopped = JSON.parse(meta.get(STOPPED) ?? NONE_STOPPED) as StoppedMarks;
  }

  /** Compares the disk with what Kafka has. `marks` in the order in which they were written. */
  reconcile(marks: readonly ForwardedMark[]): Rollback | undefined {
    const { store, log } = this.#parts;
    this.#noteRivals(marks);
    const found = compareWithKafka(store, marks, { rivals: this.#rivals, record: this.#record });
    if (found !== undefined) {
      log.error("Kafka has rows that this disk has never held", { lost: found.record.lost });
      this.#rollBack(found);
    }
    this.#tellAgain(marks);
    return this.#record;
  }

  /** Rows that the next Kafka transaction passes over. Gives the place behind all that was ever told of such rows. */
  stopRows(withheld: readonly StoppedRow[], undeliverable: readonly UndeliverableRow[]): ToldPlace {
    this.#withheld(withheld);
    this.#undeliverable(undeliverable);
    return endOfResults(this.#parts.store);
  }

  /** Partition counts of Kafka topics, for the next start. */
  noteTopics(partitions: Readonly<Record<string, number>>): void {
    const topics = { ...notedTopics(this.#parts.store), ...partitions };
    this.#parts.commit({ meta: { [TOPICS]: JSON.stringify(topics) } });
  }

  /**
   * An operator has seen the rollback. It is not over while a rule may still derive what it had put out before: it may
   * wait for a device that does not come back, hence `isFinal`. Such a rule keeps its frontier: should the device come
   * back after all, nothing leaves twice.
   */
  endRollback(isFinal: boolean): Rollback | undefined {
    const { pipeline, alarm } = this.#parts;
    if (this.#record === undefined || this.#record.isOver) return this.#record;
    const { all, passed } = pipeline().endOfRollback();
    const entry = this.#entry({ kind: "release", rules: passed });
    const isOver = isFinal || passed.length === all.length;
    this.#record = { ...this.#record, isOver };
    if (isOver) alarm(ROLLED_BACK, undefined);
    this.#commit([entry], { [ROLLBACK]: JSON.stringify(this.#record) });
    return this.#record;
  }

  /** What the schema registry has told; none is no news. */
  learn(schemas: readonly SchemaOfId[]): void {
    if (schemas.length > 0) this.#commit([this.#entry({ kind: "schemas", schemas })], {});
  }

  /** Rows of a restored image that may have left before, in their order. */
  #withheld(rows: readonly StoppedRow[]): void {
    const withheld = { ...this.#stopped.withheld };
    const news = rows.filter(({ lane, sequence }) => sequence > (withheld[lane] ?? 0));
    for (const { lane, sequence } of news) withheld[lane] = sequence;
    const command = { kind: "withheld", rows: news.map(commandRow) } as const;
    this.#obey(command, { ...this.#stopped, withheld });
  }

  /** Rows that Kafka refused for good become dead letters. */
  #undeliverable(rows: readonly UndeliverableRow[]): void {
    const givenUp = { ...this.#stopped.givenUp };
    const news = rows.filter(({ lane, sequence }) => givenUp[lane]?.includes(sequence) !== true);
    for (const { lane, sequence } of news) {
      const { confirmedSequence } = this.#parts.store.laneState(lane);
      const still = (givenUp[lane] ?? []).filter((each) => each > confirmedSequence);
      givenUp[lane] = [...still, sequence];
    }
    const command = { kind: "undeliverable", rows: news.map(commandRow) } as const;
    this.#obey(command, { ...this.#stopped, givenUp });
  }

  /**
   * Rows of a restored image that have been passed over since it was made: what was told of them is not on it, and where
   * Kafka does not have that either they are told of again.
   */
  #tellAgain(marks: readonly ForwardedMark[]): void {
    for (const { lane, incarnation, passedOver, isRival } of marks) {
      if (passedOver === undefined || isRival || isTold(passedOver.told, marks)) continue;
      const { withheld, givenUp } = this.#stopped;
      let rows: StoppedRow[] = [];
      for (const place of storedRows(this.#parts.store, lane, withheld[lane] ?? 0)) {
        const { sequence } = place;
        if (place.incarnation !== incarnation || !isWithin(sequence, passedOver.runs)) continue;
        if (givenUp[lane]?.includes(sequence) === true) continue;
        if (rows.push(stoppedRow(place)) < COMMAND_ROWS) continue;
        this.#withheld(rows);
        rows = [];
      }
      this.#withheld(rows);
    }
  }

  /** An incarnation is one process's: once a rival's, always. */
  #noteRivals(marks: readonly ForwardedMark[]): void {
    const all = withRivals(this.#rivals, marks);
    if (all.join() === this.#rivals.join()) return;
    this.#rivals = all;
    this.#parts.commit({ meta: { [RIVALS]: JSON.stringify(all) } });
  }

  #obey(
    command: Extract<Command, { kind: "withheld" | "undeliverable" }>,
    stopped: StoppedMarks,
  ): void {
    if (command.rows.length === 0) return;
    const entry = this.#entry(command);
    this.#stopped = stopped;
    this.#commit([entry], { [STOPPED]: JSON.stringify(stopped) });
  }

  #rollBack(found: FoundRollback): void {
    const { pipeline, store, alarm } = this.#parts;
    const { record, frontiers, alarms } = found;
    const pending = this.#pendingEvents(found);
    const { events, withheld, takenUp } = reissue(pending, { frontiers, alarms }, GATEWAY_RULE);
    // Before the rest: a blob behind them says that their rules have put out everything.
    const { outputs } = pipeline();
    for (const { lane, rule, topic, alarmId: key, value, timeMs, mark } of events) {
      const writer = outputs.writer(lane);
      writer.add(writer.sink(rule, topic), { key, value, timeMs, mark });
    }
    const anew = pipeline().takeOutput().blobs;
    const entries = [this.#entry({ kind: "rollback", frontiers, alarms: [...takenUp] })];
    for (let at = 0; at < withheld.length; at += COMMAND_ROWS) {
      const rows = withheld.slice(at, at + COMMAND_ROWS).map(commandRow);
      entries.push(this.#entry({ kind: "withheld", rows }));
    }
    // From here on it is no longer what replay derives.
    const ofGateway = takenUp.get(GATEWAY_RULE);
    if (ofGateway !== undefined) this.#parts.alarms.adopt(ofGateway);
    alarm(ROLLED_BACK, rollbackText(record));
    store.incarnations.renew();
    this.#record = record;
    this.#commit(entries, { [ROLLBACK]: JSON.stringify(record) }, anew);
  }

  /** Runs a command: its entry, and the rows that replay will derive too. */
  #entry(command: Command): Obeyed {
    const { ledger, pipeline } = this.#parts;
    const timeMs = ledger.nowMs;
    pipeline().command(command, timeMs);
    const { blobs, digest } = pipeline().takeOutput();
    const data = encodeCommand(command);
    return { entry: ledger.entry("command", { data, digest, timeMs }), blobs };
  }

  /** With `first`, and what was written into the outputs since. */
  #commit(
    obeyed: readonly Obeyed[],
    meta: Readonly<Record<string, string>>,
    first: readonly LaneBlob[] = [],
  ): void {
    const { commit, pipeline } = this.#parts;
    const { blobs } = pipeline().takeOutput();
    const outbox = [...first, ...obeyed.flatMap((each) => each.blobs), ...blobs];
    commit({ journal: obeyed.map(({ entry }) => entry), outbox, meta });
  }

  /** Alarm events in the judged part of the outbox. */
  *#pendingEvents({
    record: { judged },
    lanes,
  }: FoundRollback): Generator<PendingEvent, void, void> {
    for (const [lane, { reissued, passed }] of lanes) {
      for (const place of storedRows(this.#parts.store, lane, reissued)) {
        if (!judged.includes(judgedName(lane, place.incarnation))) continue;
        const { sequence, rows, row } = place;
        const mark = rows.mark(row);
        if (mark === "none") continue;
        const isPassed = sequence <= passed;
        yield { ...stoppedRow(place), isPassed, alarmId: rows.key(row), mark };
      }
    }
  }
}

function isWithin(sequence: number, runs: readonly SequenceRun[]): boolean {
  return runs.some(([first, last]) => first <= sequence && sequence <= last);
}

function isTold({ incarnation, sequence }: ToldPlace, marks: readonly ForwardedMark[]): boolean {
  const of = marks.find((mark) => mark.lane === "result" && mark.incarnation === incarnation);
  return (of?.lastSequence ?? 0) >= sequence;
}

interface Obeyed {
  readonly entry: JournalEntry;
  readonly blobs: readonly LaneBlob[];
}

interface StoppedMarks {
  readonly withheld: Partial<Record<Lane, number>>;
  readonly givenUp: Partial<Record<Lane, readonly number[]>>;
}

const NONE_STOPPED = '{"withheld":{},"givenUp":{}}';
