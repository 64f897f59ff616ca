// The engine: store and pipeline as one. What it answered is on the card; what it has in memory can be rebuilt
// from the card (recovery.ts).
//
//   run(batch)   pipeline, then one transaction: journal entries, outbox rows, delivered rows deleted, and a
//                checkpoint when one is due
//
// Invariants
// - The pipeline's state is a pure function of the journal.
// - After a failed COMMIT the engine is of no further use: its memory is ahead of the disk. Its thread ends.
// - A rule that throws is suspended by a `config` entry, and the batch runs again without it on a rebuilt
//   pipeline. A message that killed the process twice becomes a `skipped` entry (careful.ts).
//
// Synchronous, one thread. The clock serves retention, timing and nothing the pipeline sees.

import type { Clock } from "../core/clock.ts";
import { crashPoint } from "../core/fault-points.ts";
import { encodeJournalBatch } from "../core/journal-batch.ts";
import { CHECKPOINT_REPLAY_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import { COMMIT_SECONDS_BUCKETS, Histogram } from "../core/metrics.ts";
import { LANES } from "../core/protocol.ts";
import type {
  EngineReady,
  Lane,
  LaneState,
  OutboxChunk,
  SessionChange,
  UndeliverableRow,
} from "../core/protocol.ts";
import type { JournalEntry } from "../store/journal.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { Blocked, CommitUnit } from "../store/unit.ts";
import { CarefulStart } from "./careful.ts";
import type { EngineConfig } from "./config.ts";
import { ENGINE_VERSION, encodeConfigEntry } from "./config-entry.ts";
import { GatewayAlarms } from "./gateway-alarms.ts";
import { RuleFailure } from "./pipeline.ts";
import type { PipelineOutput } from "./pipeline.ts";
import { Recovery } from "./recovery.ts";
import type { Recovered } from "./recovery.ts";
import { storeOptions } from "./store-options.ts";

export interface EngineHost {
  readonly log: Logger;
  readonly clock: Clock;
}

/** What a commit let out: lines for stdout, and lanes that have rows now. */
export interface Outcome {
  readonly lines: readonly string[];
  readonly lanes: readonly LaneState[];
}

export class Engine {
  readonly commitSeconds: Histogram = new Histogram(COMMIT_SECONDS_BUCKETS);
  batches = 0;
  readonly #config: EngineConfig;
  readonly #host: EngineHost;
  readonly #store: Store;
  readonly #reader = new MessageReader();
  readonly #recovery: Recovery;
  readonly #careful: CarefulStart;
  readonly #alarms: GatewayAlarms;
  #state: Recovered;
  #sessions: SessionChange[] = [];
  /** CPU of the pipeline since the newest checkpoint: about what its replay would take. */
  #replayMs = 0;
  #engineTimeMs: number;

  /** Opens the store and recovers: blocks for as long as that takes. */
  constructor(config: EngineConfig, host: EngineHost) {
    this.#config = config;
    this.#host = host;
    this.#alarms = new GatewayAlarms(config.topics.alarm);
    this.#store = openStore(storeOptions(config, host.log));
    this.#careful = new CarefulStart(this.#store.attempts, host.clock);
    this.#recovery = new Recovery({
      config,
      host,
      store: this.#store,
      careful: this.#careful,
      reader: this.#reader,
    });
    this.#state = this.#recovery.recover();
    this.#engineTimeMs = this.#state.engineTimeMs;
    this.#begin();
  }

  get ready(): EngineReady {
    return {
      sessions: this.#store.sessions,
      lanes: this.lanes,
      engineTimeMs: this.#engineTimeMs,
      dataDirectoryId: this.#store.meta.get("data-directory-id") ?? "",
    };
  }

  get store(): Store {
    return this.#store;
  }

  /** The pipeline in force, and what recovery found. Replaced when a rule is suspended. */
  get state(): Recovered {
    return this.#state;
  }

  wallMs(): number {
    return this.#host.clock.wallMs();
  }

  get lanes(): LaneState[] {
    return LANES.map((lane) => {
      const { rows, bytes, lastSequence } = this.#store.laneState(lane);
      return { lane, rows, bytes, lastSequence };
    });
  }

  /** Why no batch may run now. */
  blocked(): Blocked | undefined {
    return this.#store.admission();
  }

  /** Runs and commits a batch; on return it is on the card and may be acknowledged. */
  run(batch: MessageBatch): Outcome {
    this.#engineTimeMs = Math.max(this.#engineTimeMs, batch.engineTimeMs);
    if (this.#careful.active) return this.#runCarefully(batch);
    const sequence = this.#store.journalRange.last + 1;
    this.#careful.begin(sequence);
    const outcome = this.#runOne(batch);
    this.#careful.end();
    return outcome;
  }

  /** Session changes become durable with the next commit of any kind; see `flush`. */
  changeSessions(changes: readonly SessionChange[]): void {
    this.#sessions.push(...changes);
  }

  /** Commits what waits and no batch took along. */
  flush(): void {
    if (this.#sessions.length > 0) this.#commit({});
  }

  readOutbox(
    lane: Lane,
    afterSequence: number,
    bounds: { maxRows: number; maxBytes: number },
  ): OutboxChunk[] {
    return this.#store.readOutbox(lane, afterSequence, bounds);
  }

  confirm(lane: Lane, sequence: number): void {
    this.#store.confirm(lane, sequence, this.#host.clock.wallMs());
  }

  /** Rows that Kafka refused for good become dead letters. */
  undeliverable(rows: readonly UndeliverableRow[]): void {
    const data = Buffer.from(JSON.stringify(rows.map(withTextValue)));
    const { pipeline } = this.#state;
    pipeline.undeliverable(data, this.#host.clock.wallMs());
    const output = pipeline.takeOutput();
    this.#commit({ journal: [this.#entry("command", 0, data, output)], outbox: output.blobs });
  }

  /** Raises (or, without detail, clears) an alarm about the gateway itself. */
  gatewayAlarm(kind: string, detail: string | undefined): void {
    this.#alarm(kind, detail);
    const output = this.#state.pipeline.takeOutput();
    if (output.blobs.length > 0) this.#commit({ outbox: output.blobs });
  }

  /** Upkeep after a second without a batch; true = call again soon. */
  idle(): boolean {
    return this.#store.idle(this.#host.clock.wallMs());
  }

  /** After an answered commit: copies the WAL when it is large. */
  maintain(): void {
    this.#store.maintain();
  }

  /** A clean stop: open windows stay open, in the checkpoint; an upgrade then replays nothing. */
  stop(): void {
    if (this.#store.failure === undefined) this.#commit({ checkpoint: this.#checkpoint() });
    this.#store.close();
  }

  #runOne(batch: MessageBatch): Outcome {
    const reader = this.#reader;
    reader.load(batch);
    const started = this.#host.clock.monotonicMs();
    crashPoint("engine-before-decode");
    const { pipeline } = this.#state;
    try {
      pipeline.run();
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      this.#suspend(error);
      return this.#runOne(batch);
    }
    const output = pipeline.takeOutput();
    this.#replayMs += this.#host.clock.monotonicMs() - started;
    const entry = this.#entry("messages", batch.count, encodeJournalBatch(reader), output);
    const due = this.#replayMs > CHECKPOINT_REPLAY_MS || this.#store.checkpointDue;
    this.#commit({
      journal: [entry],
      outbox: output.blobs,
      ...(due ? { checkpoint: this.#checkpoint() } : {}),
    });
    crashPoint("engine-after-commit");
    this.batches++;
    return { lines: output.lines, lanes: this.lanes };
  }

  /** After a start that follows a death in mid-batch: message by message, the culprit known by name. */
  #runCarefully(batch: MessageBatch): Outcome {
    this.#reader.load(batch);
    const slices = this.#careful.slices(this.#reader, batch);
    let outcome: Outcome = { lines: [], lanes: this.lanes };
    for (const slice of slices) {
      const next = slice.skip ? this.#skip(slice.batch) : this.#runOne(slice.batch);
      outcome = { lines: [...outcome.lines, ...next.lines], lanes: next.lanes };
      this.#careful.end();
    }
    return outcome;
  }

  #skip(batch: MessageBatch): Outcome {
    this.#reader.load(batch);
    const topic = this.#reader.topic(0);
    this.#host.log.error("a message killed the process twice and is skipped", { topic });
    const { pipeline } = this.#state;
    this.#alarm("message_skipped", topic);
    const output = pipeline.takeOutput();
    const data = encodeJournalBatch(this.#reader);
    this.#commit({ journal: [this.#entry("skipped", 1, data, output)], outbox: output.blobs });
    this.batches++;
    return { lines: output.lines, lanes: this.lanes };
  }

  /** Throws the pipeline away, rebuilds it from the card without the rule, and journals why. */
  #suspend(failure: RuleFailure): void {
    const { rule } = failure;
    const message = failure.cause instanceof Error ? failure.cause.message : String(failure.cause);
    this.#host.log.error("a rule failed and is suspended", {
      rule,
      error: failure.cause instanceof Error ? (failure.cause.stack ?? message) : message,
    });
    this.#state = this.#recovery.recover();
    if (this.#state.suspended.has(rule)) throw failure;
    this.#state = this.#recovery.withoutRule(this.#state, rule, message);
    this.#alarm("rule_suspended", `${rule}: ${message}`);
    const output = this.#state.pipeline.takeOutput();
    const data = encodeConfigEntry(this.#state.inForce);
    this.#commit({
      journal: [this.#entry("config", 0, data, output)],
      outbox: output.blobs,
      checkpoint: this.#checkpoint(),
    });
  }

  /** The entries that open every start: what is in force from here on, and that time stood still. */
  #begin(): void {
    const { pipeline, changed, inForce, notices } = this.#state;
    for (const { kind, text } of notices) this.#alarm(kind, text);
    const output = pipeline.takeOutput();
    const journal: JournalEntry[] = [];
    if (changed) journal.push(this.#entry("config", 0, encodeConfigEntry(inForce), undefined));
    journal.push(this.#entry("boot", 0, Buffer.from(this.#config.bootId), output));
    const known = this.#store.meta.get("data-directory-id");
    this.#commit({
      journal,
      outbox: output.blobs,
      ...(known === undefined ? { meta: { "data-directory-id": this.#config.bootId } } : {}),
      ...(changed || this.#state.replayed > 0 ? { checkpoint: this.#checkpoint() } : {}),
    });
    this.#careful.end();
  }

  #alarm(kind: string, detail: string | undefined): void {
    const sequence = this.#store.journalRange.last + 1;
    const timeMs = this.#host.clock.wallMs();
    this.#alarms.report(this.#state.pipeline.outputs, { kind, detail, timeMs }, sequence);
  }

  #commit(unit: Omit<CommitUnit, "timeMs" | "sessions">): void {
    const sessions = this.#sessions;
    this.#sessions = [];
    const started = this.#host.clock.monotonicMs();
    this.#store.commit({ ...unit, sessions, timeMs: Math.floor(this.#host.clock.wallMs()) });
    this.commitSeconds.observe((this.#host.clock.monotonicMs() - started) / 1000);
    if (unit.checkpoint !== undefined) this.#replayMs = 0;
  }

  #entry(
    kind: JournalEntry["kind"],
    count: number,
    data: Uint8Array,
    output: PipelineOutput | undefined,
  ): JournalEntry {
    return {
      kind,
      timeMs: Math.floor(this.#host.clock.wallMs()),
      engineTimeMs: Math.floor(this.#engineTimeMs),
      count,
      data,
      digest: output?.digest ?? 0n,
      engineVersion: ENGINE_VERSION,
    };
  }

  #checkpoint(): NonNullable<CommitUnit["checkpoint"]> {
    return {
      state: this.#recovery.encodeCheckpoint(this.#state, this.#engineTimeMs),
      timeMs: Math.floor(this.#host.clock.wallMs()),
      engineVersion: ENGINE_VERSION,
    };
  }
}

/** JSON has no bytes: row values are JSON text themselves. */
function withTextValue(row: UndeliverableRow): Record<string, string> {
  return { ...row, value: Buffer.from(row.value).toString("utf8") };
}
