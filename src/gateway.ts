// Composition root of the main thread: sockets, uplink and page around the core worker. It never touches the
// database and never blocks.
//
//   start   recovery ─▶ listeners and clients ─▶ page ─▶ `ready` (waits neither for Kafka nor for a broker)
//   stop    stop reading ─▶ commit and acknowledge what was read ─▶ end the Kafka transaction ─▶ checkpoint

import { randomBytes } from "node:crypto";

import type { MqttEntry } from "./config/gateway.ts";
import { BATCH_LINGER_MS } from "./core/limits.ts";
import type { EngineProgress, EngineReady } from "./core/protocol.ts";
import { EngineClock } from "./gateway/engine-clock.ts";
import { engineConfig } from "./gateway/engine-config.ts";
import { FlashBudget } from "./gateway/flash-budget.ts";
import { HomeAssistant } from "./gateway/home-assistant.ts";
import { streamJournal } from "./gateway/journal-stream.ts";
import type { GatewayOptions, Ready } from "./gateway/options.ts";
import { makeSchemaLookup } from "./gateway/registry.ts";
import { filtersOf, makeSources } from "./gateway/sources.ts";
import type { Source } from "./gateway/sources.ts";
import { GatewayStatusSource } from "./gateway/status-source.ts";
import { Supervisor } from "./gateway/supervisor.ts";
import { makeUplink, noUplink } from "./gateway/uplink.ts";
import { within } from "./gateway/within.ts";
import { WallClock } from "./gateway/wall-clock.ts";
import { Batcher } from "./ingest/batcher.ts";
import { ByteBudget } from "./ingest/byte-budget.ts";
import { ReadPoller } from "./ingest/read-poller.ts";
import { SessionTable } from "./ingest/sessions.ts";
import { systemTimers } from "./ingest/timers.ts";
import type { KafkaUplink } from "./uplink/uplink.ts";
import type { WebServer } from "./web/server.ts";
import { ControlServer } from "./control/server.ts";
import type { ControlHandlers } from "./control/server.ts";

/** The whole stop must fit into 8 s, whatever Kafka, a broker or the disk does. */
const DRAIN_MS = 2500;
const UPLINK_STOP_MS = 2500;
const WORKER_STOP_MS = 3000;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #bootId = randomBytes(8).toString("hex");
  readonly #supervisor: Supervisor;
  readonly #batcher: Batcher;
  readonly #engineClock: EngineClock;
  readonly #clock: WallClock;
  readonly #budget = new ByteBudget();
  readonly #flash: FlashBudget;
  readonly #homeAssistant: HomeAssistant;
  readonly #status: GatewayStatusSource;
  #sessions: SessionTable | undefined;
  #sources: readonly Source[] = [];
  #uplink: KafkaUplink | undefined;
  #web: WebServer | undefined;
  #control: ControlServer | undefined;
  #stopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { config, logger } = options;
    const clock = new WallClock({
      clock: options.clock,
      isQuiet: () => this.#batcher.quiet,
      onTrust: (problem) => this.#tellTrust(problem),
    });
    this.#clock = clock;
    this.#batcher = new Batcher({
      submit: (batch) => {
        this.#homeAssistant.saw(batch);
        this.#supervisor.worker.submit(batch);
      },
      clock,
      receiveTime: () => clock.batchMs(),
      engineTime: () => this.#engineClock.nowMs,
      lingerMs: config.batch.lingerMs ?? BATCH_LINGER_MS,
      messages: config.batch.messages,
      bytes: config.batch.bytes,
      packetBytes: Math.max(...config.mqtt.map(({ limits }) => limits.packetBytes)),
    });
    this.#engineClock = new EngineClock({
      clock,
      timers: systemTimers,
      blockedMs: () => this.#batcher.blockedMs,
      isQuiet: () => this.#batcher.quiet,
      tell: (engineTimeMs) => this.#supervisor.worker.clock(engineTimeMs),
    });
    this.#supervisor = this.#makeSupervisor();
    this.#homeAssistant = new HomeAssistant(options);
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
      homeAssistant: this.#homeAssistant,
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
        () => this.#startControl(ready),
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
    this.#engineClock.stop();
    this.#clock.stop();
    for (const source of this.#sources) source.stopReading();
    const drained = this.#supervisor.running ? this.#batcher.drain() : Promise.resolve();
    await Promise.all([
      within(drained, DRAIN_MS),
      this.#uplink?.stop(UPLINK_STOP_MS),
      this.#web?.close(),
      this.#control?.close(),
      within(this.#homeAssistant.stop(), DRAIN_MS),
    ]);
    await Promise.all(this.#sources.map((source) => source.close()));
    return this.#supervisor.stop(WORKER_STOP_MS);
  }

  /** After a commit, of a batch or without one. */
  #progress({ flashBytes, lanes, lines, told, nextDeadlineMs }: EngineProgress): void {
    this.#engineClock.next(nextDeadlineMs);
    this.#flash.observe(flashBytes);
    this.#uplink?.notify(lanes);
    this.#homeAssistant.tell(told);
    for (const line of lines) this.#options.onLine(line);
  }

  /** A new worker has recovered. To it every link is down. */
  #back(ready: EngineReady): void {
    this.#engineClock.start(ready.engineTimeMs, ready.nextDeadlineMs);
    if (this.#control === undefined && !this.#stopping) void this.#startControl(ready);
    this.#tellTrust(this.#clock.problem);
    this.#sessions?.retry();
    this.#batcher.workerReady();
    this.#uplink?.notify(ready.lanes);
    for (const { kind, name, up } of this.#sources) {
      if (kind === "client" && up) this.#tellLink(name, true);
    }
  }

  #makeSupervisor(): Supervisor {
    const { config, logger } = this.#options;
    const schemas = makeSchemaLookup(config.schemaRegistry, {
      clock: this.#clock,
      logger,
      onAway: (reason) => this.#supervisor.gatewayAlarm("schema_registry_unreachable", reason),
    });
    return new Supervisor({
      config: engineConfig(
        { ...this.#options, wallClock: this.#clock.shared.buffer },
        this.#bootId,
      ),
      logger,
      onCommitted: ({ id, bytes, words, progress }) => {
        this.#batcher.committed(id, bytes, words);
        this.#progress(progress);
      },
      onProgress: (progress) => this.#progress(progress),
      findSchemas: (ids) => schemas.find(ids),
      onLost: () => {
        this.#engineClock.stop();
        this.#batcher.workerLost();
      },
      onBack: (ready) => this.#back(ready),
      onFatal: this.#options.onFatal,
    });
  }

  /** Between two workers nobody is told: the next one hears what is up then. */
  #tellLink(source: string, isUp: boolean): void {
    const { running, worker } = this.#supervisor;
    if (running) worker.link(source, isUp, this.#engineClock.nowMs);
  }

  /** As to links. Before any batch that the clock stamps. */
  #tellTrust(problem: string | undefined): void {
    const { running, worker } = this.#supervisor;
    if (problem !== undefined) this.#options.logger.warn("the clock is not trusted", { problem });
    if (running) worker.trustClock(problem, this.#engineClock.nowMs);
  }

  async #startSources(ready: EngineReady): Promise<void> {
    const { config, ruleSet, logger } = this.#options;
    const clock = this.#clock;
    this.#engineClock.start(ready.engineTimeMs, ready.nextDeadlineMs);
    clock.start(ready.newestMs);
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
      poller: new ReadPoller(config.batch.lingerMs ?? BATCH_LINGER_MS),
      filters: (entry: MqttEntry) => filtersOf(entry, ruleSet),
      onLink: (source, isUp) => this.#tellLink(source, isUp),
    });
    // First: topics are told once.
    await this.#homeAssistant.start();
    for (const source of this.#sources) await source.start();
  }

  async #startUplink(ready: EngineReady): Promise<void> {
    const { config, ruleSet, logger } = this.#options;
    const { kafka } = config;
    if (kafka === undefined) return;
    const parts = { config, kafka, ruleSet, ready, logger, clock: this.#clock };
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

  /** In the data directory: with one that cannot be written it has to wait. */
  async #startControl({ draining }: EngineReady): Promise<void> {
    if (draining) return;
    const { config, logger } = this.#options;
    const handlers: ControlHandlers = {
      commands: {
        status: () => this.#status.status(),
        "uplink resume": async ({ isFinal = false }) => {
          if (this.#uplink === undefined) throw noUplink();
          return { resumed: await this.#uplink.resume(isFinal) };
        },
      },
      streams: {
        journal: ({ sinceMs = 0 }) => streamJournal(this.#supervisor.worker, sinceMs),
      },
    };
    this.#control = await ControlServer.start(config.data, handlers, logger);
  }
}
