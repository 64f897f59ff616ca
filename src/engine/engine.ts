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
//   pipeline. A message that kills its process, and that of its trial, becomes a `skipped` entry (careful.ts).
//
// Synchronous, one thread. The clock serves retention, timing and nothing the pipeline sees.

import type { Clock } from "../core/clock.ts";
import { crashPoint } from "../core/fault-points.ts";
import { CHECKPOINT_REPLAY_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { Histogram } from "../core/metrics.ts";
import type { EngineReady, Lane, LaneState, OutboxChunk, SessionChange } from "../core/protocol.ts";
import { openStore, type StoreOptions } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { Blocked } from "../store/unit.ts";
import { BatchRun } from "./batch-run.ts";
import { CarefulStart } from "./careful.ts";
import type { EngineConfig } from "./config.ts";
import { encodeConfigEntry } from "./config-entry.ts";
import { EngineTime } from "./engine-time.ts";
import { GatewayAlarms } from "./gateway-alarms.ts";
import { type Checkpoint, Ledger, type Unit } from "./ledger.ts";
import { DIRECTORY_ID, dataDirectoryId, laneStates, notedTopics } from "./kept.ts";
import { Reconciler } from "./reconciler.ts";
import { type Recovered, Recovery } from "./recovery.ts";
import { storeOptions } from "./store-options.ts";
import { Suspensions } from "./suspensions.ts";
import type { FindDeadly } from "./trial.ts";

export interface EngineHost {
  readonly log: Logger;
  readonly clock: Clock;
  /** What a process that runs a trial dies of. */
  readonly findDeadly: FindDeadly;
  /** Where it keeps its data; default: the store in the data folder. */
  readonly openStore?: (options: StoreOptions) => Store;
}

/** Keys of the store's meta table. */
const RAISED = "gateway-alarms";
const SKIPPED = "skipped-messages";

export class Engine {
  batches = 0;
  readonly careful: CarefulStart;
  readonly batchRun: BatchRun;
  /** How time passes between batches. */
  readonly time: EngineTime;
  /** Rules that have failed, and those that catch up. */
  readonly suspensions: Suspensions;
  readonly #config: EngineConfig;
  readonly #host: EngineHost;
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #recovery: Recovery;
  readonly #alarms: GatewayAlarms;
  readonly #reconciler: Reconciler;
  #state: Recovered;
  /** CPU of the pipeline since the newest checkpoint: about what its replay would take. */
  #replayMs = 0;

  /** Opens the store and recovers: blocks for as long as that takes. After an error the store is closed again. */
  static open(config: EngineConfig, host: EngineHost): Engine {
    const store = (host.openStore ?? openStore)(storeOptions(config, host.log));
    try {
      return new Engine(config, host, store);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  private constructor(config: EngineConfig, host: EngineHost, store: Store) {
    this.#config = config;
    this.#host = host;
    this.#store = store;
    this.#alarms = new GatewayAlarms(config.topics.alarm, this.#store.meta.get(RAISED));
    this.#ledger = new Ledger(this.#store, host.clock);
    const careful = new CarefulStart(store.attempts, host.clock, store.meta.get(SKIPPED));
    const reader = new MessageReader();
    this.careful = careful;
    this.#recovery = new Recovery({ config, host, store: this.#store, careful, reader });
    this.batchRun = new BatchRun({
      reader,
      privacy: config.privacy ?? [],
      careful,
      ledger: this.#ledger,
      clock: host.clock,
      findDeadly: host.findDeadly,
      onSkip: (topic, sequence) => this.#skipped(topic, sequence),
    });
    host.log.info("recovering", { journalBytes: this.#store.replayBytes });
    this.#state = this.#recovery.recover();
    this.#ledger.reach(this.#state.engineTimeMs);
    this.suspensions = new Suspensions({
      store,
      careful,
      ledger: this.#ledger,
      recovery: this.#recovery,
      clock: host.clock,
      log: host.log,
      findDeadly: host.findDeadly,
      state: () => this.#state,
      replace: (state) => (this.#state = state),
      commit: (unit) => this.#commit(unit),
      checkpoint: () => this.#checkpoint(),
      alarm: (kind, detail) => this.#alarm(kind, detail),
    });
    this.time = new EngineTime({
      ledger: this.#ledger,
      pipeline: () => this.#state.pipeline,
      suspending: (work) => this.suspensions.during(work),
      commit: (unit) => this.#commit(unit),
      alarm: (kind, detail) => this.#alarm(kind, detail),
    });
    this.#reconciler = new Reconciler({
      store: this.#store,
      ledger: this.#ledger,
      alarms: this.#alarms,
      log: host.log,
      pipeline: () => this.#state.pipeline,
      commit: (unit) => this.#commit(unit),
      alarm: (kind, detail) => this.#alarm(kind, detail),
    });
    this.#begin();
  }

  get ready(): EngineReady {
    return {
      sessions: this.#store.sessions,
      lanes: this.lanes,
      engineTimeMs: this.#ledger.engineTimeMs,
      newestMs: this.#store.opening.newestMs,
      nextDeadlineMs: this.time.nextDeadlineMs,
      dataDirectoryId: dataDirectoryId(this.#store),
      topicPartitions: notedTopics(this.#store),
      draining: false,
    };
  }

  get store(): Store {
    return this.#store;
  }

  get commitSeconds(): Histogram {
    return this.#ledger.commitSeconds;
  }

  /** The pipeline in force, and what recovery found. Replaced when a rule is suspended. */
  get state(): Recovered {
    return this.#state;
  }

  wallMs(): number {
    return this.#host.clock.wallMs();
  }

  get lanes(): LaneState[] {
    return laneStates(this.#store);
  }

  /** Why no batch may run now. */
  blocked(): Blocked | undefined {
    return this.#store.admission();
  }

  /** Runs and commits a batch; on return it is on the card and may be acknowledged. Gives lines for stdout. */
  run(batch: MessageBatch): readonly string[] {
    this.#ledger.reach(batch.engineTimeMs);
    const ran = this.suspensions.during(() => this.batchRun.run(batch, this.#state));
    const { journal, outbox, lines, tookMs } = ran;
    this.#replayMs += tookMs;
    this.#commit({ journal, outbox });
    crashPoint("engine-after-commit");
    this.batches++;
    return lines;
  }

  /** A repaired rule runs on a little, if the lanes have room. Gives lines for stdout. */
  catchUp(): readonly string[] {
    return this.blocked() === undefined ? this.suspensions.step() : [];
  }

  /** Session changes become durable with the next commit of any kind; see `flush`. */
  changeSessions(changes: readonly SessionChange[]): void {
    this.#ledger.changeSessions(changes);
  }

  /** Commits what waits and no batch took along. */
  flush(): void {
    this.#ledger.flush();
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

  /** What the main thread tells of Kafka and of the schema registry. */
  uplinked<T>(tell: (reconciler: Reconciler) => T): T {
    return this.suspensions.during(() => tell(this.#reconciler));
  }

  /** Raises (or, without detail, clears) an alarm about the gateway itself. */
  gatewayAlarm(kind: string, detail: string | undefined): void {
    this.#alarm(kind, detail);
    const { blobs } = this.#state.pipeline.takeOutput();
    if (blobs.length > 0) this.#commit({ outbox: blobs });
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

  #skipped(topic: string, sequence: number): void {
    this.#host.log.error("a message kills the process and is skipped", { topic });
    this.#alarm("message_skipped", topic, sequence);
  }

  /** The entries that open every start: what is in force from here on, and that time stood still. */
  #begin(): void {
    this.careful.end();
    const { pipeline, changed, inForce, notices, replayed } = this.#state;
    for (const { kind, text } of notices) this.#alarm(kind, text);
    this.suspensions.begin();
    const { blobs } = pipeline.takeOutput();
    pipeline.time.boot(this.#ledger.engineTimeMs);
    const { bootId } = this.#config;
    const config = this.#ledger.entry("config", { data: encodeConfigEntry(inForce) });
    const boot = this.#ledger.entry("boot", { data: Buffer.from(bootId) });
    const known = this.#store.meta.get(DIRECTORY_ID);
    this.#commit({
      journal: changed ? [config, boot] : [boot],
      outbox: blobs,
      ...(known === undefined ? { meta: { [DIRECTORY_ID]: bootId } } : {}),
      ...(changed || replayed > 0 ? { checkpoint: this.#checkpoint() } : {}),
    });
  }

  #alarm(kind: string, detail: string | undefined, sequence = this.#ledger.next): void {
    const timeMs = this.#ledger.nowMs;
    this.#alarms.report(this.#state.pipeline.outputs, { kind, detail, timeMs }, sequence);
  }

  /** With a checkpoint when one is due. */
  #commit(unit: Unit): void {
    const due = this.#replayMs > CHECKPOINT_REPLAY_MS || this.#store.checkpointDue;
    const checkpoint = unit.checkpoint ?? (due ? this.#checkpoint() : undefined);
    const raised = this.#alarms.unsaved();
    const skipped = this.careful.unsaved();
    const told = {
      ...(raised === undefined ? {} : { [RAISED]: raised }),
      ...(skipped === undefined ? {} : { [SKIPPED]: skipped }),
    };
    this.#ledger.commit({
      ...unit,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      meta: { ...unit.meta, ...told },
    });
    if (checkpoint !== undefined) this.#replayMs = 0;
  }

  #checkpoint(): Checkpoint {
    const { engineTimeMs } = this.#ledger;
    return this.#ledger.checkpoint(this.#recovery.encodeCheckpoint(this.#state, engineTimeMs));
  }
}
