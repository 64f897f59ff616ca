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
import { CHECKPOINT_REPLAY_MS } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { MessageBatch } from "../core/message-batch.ts";
import { MessageReader } from "../core/message-reader.ts";
import type { Histogram } from "../core/metrics.ts";
import { LANES } from "../core/protocol.ts";
import type {
  EngineReady,
  Lane,
  LaneState,
  OutboxChunk,
  SessionChange,
  UndeliverableRow,
} from "../core/protocol.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { Blocked } from "../store/unit.ts";
import { BatchRun } from "./batch-run.ts";
import type { Ran } from "./batch-run.ts";
import { CarefulStart } from "./careful.ts";
import type { EngineConfig } from "./config.ts";
import { encodeConfigEntry, suspensionsText } from "./config-entry.ts";
import { GatewayAlarms } from "./gateway-alarms.ts";
import { Ledger } from "./ledger.ts";
import type { Checkpoint, Unit } from "./ledger.ts";
import { RuleFailure } from "./pipeline.ts";
import { Recovery } from "./recovery.ts";
import type { Recovered } from "./recovery.ts";
import { storeOptions } from "./store-options.ts";

export interface EngineHost {
  readonly log: Logger;
  readonly clock: Clock;
  /** Whether a process that runs this trial (trial.ts) dies of it. */
  isDeadly(trial: Uint8Array): boolean;
}

/** What a commit let out: lines for stdout, and lanes that have rows now. */
export interface Outcome {
  readonly lines: readonly string[];
  readonly lanes: readonly LaneState[];
}

/** Keys of the store's meta table. */
const RAISED = "gateway-alarms";
const DIRECTORY_ID = "data-directory-id";
/** An alarm's kind. */
const SUSPENDED = "rule_suspended";

export class Engine {
  batches = 0;
  readonly #config: EngineConfig;
  readonly #host: EngineHost;
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #recovery: Recovery;
  readonly #careful: CarefulStart;
  readonly #batchRun: BatchRun;
  readonly #alarms: GatewayAlarms;
  #state: Recovered;
  /** CPU of the pipeline since the newest checkpoint: about what its replay would take. */
  #replayMs = 0;

  /** Opens the store and recovers: blocks for as long as that takes. */
  constructor(config: EngineConfig, host: EngineHost) {
    this.#config = config;
    this.#host = host;
    this.#store = openStore(storeOptions(config, host.log));
    this.#alarms = new GatewayAlarms(config.topics.alarm, this.#store.meta.get(RAISED));
    this.#ledger = new Ledger(this.#store, host.clock);
    const careful = new CarefulStart(this.#store.attempts, host.clock);
    const reader = new MessageReader();
    this.#careful = careful;
    this.#recovery = new Recovery({ config, host, store: this.#store, careful, reader });
    this.#batchRun = new BatchRun({
      reader,
      careful,
      ledger: this.#ledger,
      clock: host.clock,
      isDeadly: (trial) => host.isDeadly(trial),
      onSkip: (topic, sequence) => this.#skipped(topic, sequence),
    });
    host.log.info("recovering", { journalBytes: this.#store.replayBytes });
    this.#state = this.#recovery.recover();
    this.#ledger.engineTimeMs = this.#state.engineTimeMs;
    this.#begin();
  }

  get ready(): EngineReady {
    return {
      sessions: this.#store.sessions,
      lanes: this.lanes,
      engineTimeMs: this.#ledger.engineTimeMs,
      dataDirectoryId: this.#store.meta.get(DIRECTORY_ID) ?? "",
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
    const ledger = this.#ledger;
    ledger.engineTimeMs = Math.max(ledger.engineTimeMs, batch.engineTimeMs);
    const { journal, outbox, lines, tookMs } = this.#process(batch);
    this.#replayMs += tookMs;
    this.#commit({ journal, outbox });
    crashPoint("engine-after-commit");
    this.batches++;
    return { lines, lanes: this.lanes };
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

  /** Rows that Kafka refused for good become dead letters. */
  undeliverable(rows: readonly UndeliverableRow[]): void {
    const data = Buffer.from(JSON.stringify(rows.map(withTextValue)));
    const timeMs = this.#ledger.nowMs;
    const { pipeline } = this.#state;
    pipeline.undeliverable(data, timeMs);
    const { blobs, digest } = pipeline.takeOutput();
    const entry = this.#ledger.entry("command", { data, digest, timeMs });
    this.#commit({ journal: [entry], outbox: blobs });
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

  /** A rule that fails is suspended, and the batch run again. */
  #process(batch: MessageBatch): Ran {
    for (;;) {
      try {
        return this.#batchRun.run(batch, this.#state);
      } catch (error) {
        if (!(error instanceof RuleFailure)) throw error;
        this.#suspend(error);
      }
    }
  }

  #skipped(topic: string, sequence: number): void {
    this.#host.log.error("a message killed the process twice and is skipped", { topic });
    this.#alarm("message_skipped", topic, sequence);
  }

  /** Throws the pipeline away, rebuilds it from the card without the rule, and journals why. */
  #suspend({ rule, reason, cause }: RuleFailure): void {
    const error = cause instanceof Error ? cause.stack : reason;
    this.#host.log.error("a rule failed and is suspended", { rule, error });
    const { digestMismatches } = this.#state;
    const recovered = this.#recovery.withoutRule(this.#recovery.recover(), rule, reason);
    this.#careful.end();
    this.#state = {
      ...recovered,
      digestMismatches: Math.max(digestMismatches, recovered.digestMismatches),
    };
    this.#alarm(SUSPENDED, suspensionsText(recovered.inForce));
    const { blobs } = recovered.pipeline.takeOutput();
    const data = encodeConfigEntry(recovered.inForce);
    const journal = [this.#ledger.entry("config", { data })];
    this.#commit({ journal, outbox: blobs, checkpoint: this.#checkpoint() });
  }

  /** The entries that open every start: what is in force from here on, and that time stood still. */
  #begin(): void {
    this.#careful.end();
    const { pipeline, changed, inForce, notices, replayed } = this.#state;
    for (const { kind, text } of notices) this.#alarm(kind, text);
    if (inForce.suspended.size === 0) this.#alarm(SUSPENDED, undefined);
    const { blobs } = pipeline.takeOutput();
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
    this.#ledger.commit({
      ...unit,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(raised === undefined ? {} : { meta: { ...unit.meta, [RAISED]: raised } }),
    });
    if (checkpoint !== undefined) this.#replayMs = 0;
  }

  #checkpoint(): Checkpoint {
    const { engineTimeMs } = this.#ledger;
    return this.#ledger.checkpoint(this.#recovery.encodeCheckpoint(this.#state, engineTimeMs));
  }
}

/** JSON has no bytes: row values are JSON text themselves. */
function withTextValue(row: UndeliverableRow): Record<string, string> {
  return { ...row, value: Buffer.from(row.value).toString("utf8") };
}
