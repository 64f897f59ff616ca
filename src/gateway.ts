// Composition root of the main thread: sockets, uplink and page around the core worker. It never touches the
// database and never blocks.
//
//   start   recovery ─▶ listeners and clients ─▶ page ─▶ `ready` (waits neither for Kafka nor for a broker)
//   stop    stop reading ─▶ commit and acknowledge what was read ─▶ end the Kafka transaction ─▶ checkpoint

import { randomBytes } from "node:crypto";

import type { GatewayConfig, MqttEntry } from "./config/gateway.ts";
import type { Profile } from "./config/profile.ts";
import { topicFilter } from "./config/profile-table.ts";
import type { Clock } from "./core/clock.ts";
import { BATCH_LINGER_MS } from "./core/limits.ts";
import type { Logger } from "./core/log.ts";
import type { EngineReady } from "./core/protocol.ts";
import type { EngineConfig } from "./engine/config.ts";
import type { RuleSet } from "./engine/rule-set.ts";
import { FlashBudget } from "./gateway/flash-budget.ts";
import { makeSources } from "./gateway/sources.ts";
import type { Source } from "./gateway/sources.ts";
import { GatewayStatusSource } from "./gateway/status-source.ts";
import { Supervisor } from "./gateway/supervisor.ts";
import { makeUplink } from "./gateway/uplink.ts";
import { Batcher } from "./ingest/batcher.ts";
import { ByteBudget } from "./ingest/byte-budget.ts";
import { SessionTable } from "./ingest/sessions.ts";
import type { KafkaUplink } from "./uplink/uplink.ts";
import type { WebServer } from "./web/server.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly ruleSet: RuleSet;
  readonly profiles: readonly Profile[];
  readonly version: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Every row and alarm event also becomes a line. */
  readonly tap: boolean;
  /** A line for stdout. */
  onLine(line: string): void;
  /** The process must end with this code. */
  onFatal(exitCode: number): void;
}

/** What `run` prints when the gateway accepts work. */
export interface Ready {
  readonly event: "ready";
  readonly mqtt: readonly {
    readonly name: string;
    readonly listen?: string;
    readonly url?: string;
  }[];
  readonly http: string | null;
}

/** The whole stop must fit into 8 s, whatever Kafka, a broker or the disk does. */
const DRAIN_MS = 2500;
const UPLINK_STOP_MS = 2500;
const WORKER_STOP_MS = 3000;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #bootId = randomBytes(8).toString("hex");
  readonly #supervisor: Supervisor;
  readonly #batcher: Batcher;
  readonly #budget = new ByteBudget();
  readonly #flash: FlashBudget;
  readonly #status: GatewayStatusSource;
  #sessions: SessionTable | undefined;
  #sources: readonly Source[] = [];
  #uplink: KafkaUplink | undefined;
  #web: WebServer | undefined;
  #engineTimeMs: () => number = () => 0;
  #stopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { config, logger, clock } = options;
    this.#batcher = new Batcher({
      submit: (batch) => this.#supervisor.worker.submit(batch),
      clock,
      engineTime: () => this.#engineTimeMs(),
      lingerMs: config.batch.lingerMs ?? BATCH_LINGER_MS,
      messages: config.batch.messages,
      bytes: config.batch.bytes,
      packetBytes: Math.max(...config.mqtt.map(({ limits }) => limits.packetBytes)),
    });
    this.#supervisor = new Supervisor({
      config: engineConfig(options, this.#bootId),
      logger,
      onCommitted: ({ id, bytes, words, lanes, lines, flashBytes }) => {
        this.#batcher.committed(id, bytes, words);
        this.#flash.observe(flashBytes);
        this.#uplink?.notify(lanes);
        for (const line of lines) options.onLine(line);
      },
      onLost: () => this.#batcher.workerLost(),
      onBack: (ready) => {
        this.#sessions?.retry();
        this.#batcher.workerReady();
        this.#uplink?.notify(ready.lanes);
      },
      onFatal: options.onFatal,
    });
    this.#flash = new FlashBudget({
      config,
      clock,
      setLinger: (lingerMs) => this.#batcher.setLinger(lingerMs),
      warn: (message, fields) => logger.warn(message, fields),
    });
    this.#status = new GatewayStatusSource({
      config,
      version: options.version,
      clock,
      supervisor: this.#supervisor,
      batcher: this.#batcher,
      flash: this.#flash,
      sources: () => this.#sources,
      uplink: () => this.#uplink,
    });
  }

  /**
   * Resolves when recovery is done and the listeners are bound, with undefined if it was stopped meanwhile. On an error
   * nothing is left running.
   */
  async start(): Promise<Ready | undefined> {
    try {
      const ready = await this.#supervisor.recovered();
      const stages = [
        () => this.#startSources(ready),
        () => this.#startUplink(ready),
        () => this.#startWeb(),
      ];
      for (const stage of stages) {
        if (this.#stopping) return undefined;
        await stage();
      }
    } catch (error) {
      if (this.#stopping) return undefined;
      await this.stop();
      throw error;
    }
    return {
      event: "ready",
      mqtt: this.#sources.map(({ ready }) => ready),
      http: this.#web?.address ?? null,
    };
  }

  /**
   * An orderly end; open windows stay open, in the checkpoint. False: the core worker hangs in a system call and keeps
   * the process alive.
   */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    for (const source of this.#sources) source.stopReading();
    const drained = this.#supervisor.running ? this.#batcher.drain() : Promise.resolve();
    await Promise.all([
      within(drained, DRAIN_MS),
      this.#uplink?.stop(UPLINK_STOP_MS),
      this.#web?.close(),
    ]);
    await Promise.all(this.#sources.map((source) => source.close()));
    return this.#supervisor.stop(WORKER_STOP_MS);
  }

  async #startSources(ready: EngineReady): Promise<void> {
    const { config, ruleSet, logger, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    this.#engineTimeMs = () => ready.engineTimeMs + clock.monotonicMs() - startedMs;
    this.#sessions = new SessionTable({
      store: {
        save: (changes, done) => this.#supervisor.worker.saveSessions(changes, done),
      },
      existing: ready.sessions,
      clock,
      logger,
    });
    this.#sources = await makeSources(config.mqtt, {
      batcher: this.#batcher,
      budget: this.#budget,
      sessions: this.#sessions,
      clock,
      logger,
      filters: (entry: MqttEntry) => filtersOf(entry, ruleSet, this.#options.profiles),
    });
    for (const source of this.#sources) await source.start();
  }

  async #startUplink(ready: EngineReady): Promise<void> {
    const { config, ruleSet, logger, clock } = this.#options;
    const { kafka } = config;
    if (kafka === undefined) return;
    const parts = { config, kafka, ruleSet, ready, logger, clock };
    const supervisor = this.#supervisor;
    this.#uplink = await makeUplink({ ...parts, bootId: this.#bootId, supervisor });
    this.#uplink.start();
    this.#uplink.notify(ready.lanes);
  }

  async #startWeb(): Promise<void> {
    const { config, logger } = this.#options;
    if (config.http === undefined) return;
    const { startWebServer } = await import("./web/server.ts");
    const { host, port } = config.http.listen;
    this.#web = await startWebServer({ host, port, source: this.#status, log: logger });
  }
}

/** The topic filters a source must deliver: those of every table that reads from it. */
function filtersOf(entry: MqttEntry, ruleSet: RuleSet, profiles: readonly Profile[]): string[] {
  const filters = new Set<string>();
  for (const { table } of ruleSet.tables) {
    const { source = entry.name, topic } = table.options;
    if (source !== entry.name) continue;
    const profile = profiles.find(({ name }) => name === table.name);
    if (profile !== undefined) filters.add(topicFilter(profile.topic));
    else if (topic !== undefined) filters.add(topic);
  }
  return [...filters].sort();
}

function engineConfig(options: GatewayOptions, bootId: string): EngineConfig {
  const { config, ruleSet, profiles, tap } = options;
  const { kafka } = config;
  return {
    directory: config.data,
    gatewayId: config.gateway.id,
    bootId,
    ruleSet,
    profiles,
    store: config.store,
    uplink: kafka !== undefined,
    topics: {
      alarm: kafka?.alarmTopic ?? "headrace.alarms",
      deadLetter: kafka?.deadLetterTopic,
      late: kafka?.lateTopic,
    },
    receiveMaximum: Math.max(...config.mqtt.map(({ receiveMaximum }) => receiveMaximum)),
    directSources: config.mqtt.filter(({ kind }) => kind === "listen").map(({ name }) => name),
    tap,
  };
}

async function within(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
