// One life of the gateway: the product's own parts, put together as src/gateway.ts and src/gateway/uplink.ts do, on
// virtual time, without sockets and threads. `die` leaves nothing of it but the card.

import { ByteBudget } from "../../src/ingest/byte-budget.ts";
import { NEVER_EXPIRES } from "../../src/ingest/connect-packet.ts";
import { Batcher } from "../../src/ingest/batcher.ts";
import { ServerConnection } from "../../src/ingest/server-connection.ts";
import { SessionTable } from "../../src/ingest/sessions.ts";
import { systemTimers } from "../../src/ingest/timers.ts";
import { newSourceStats } from "../../src/ingest/stats.ts";
import type { LogFields, Logger } from "../../src/core/log.ts";
import type { EngineProgress, EngineReady, LaneState } from "../../src/core/protocol.ts";
import type { EngineConfig } from "../../src/engine/config.ts";
import type { FindDeadly } from "../../src/engine/trial.ts";
import { EngineClock } from "../../src/gateway/engine-clock.ts";
import { Supervisor } from "../../src/gateway/supervisor.ts";
import { KafkaUplink } from "../../src/uplink/uplink.ts";
import { type Card, SimulatedThread } from "./core-thread.ts";
import type { Draw } from "../faults/draw.ts";
import type { Defect } from "./defect.ts";
import { SimulatedClient, type ClientWorld } from "./kafka/client.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Wire } from "./wire.ts";

export interface BatchBounds {
  readonly messages: number;
  readonly bytes: number;
  readonly lingerMs: number;
}

/** Of a history. */
export function drawBatch(draw: Draw): BatchBounds {
  return {
    messages: draw.pick([1, 4, 16, 64]),
    bytes: 16 * 1024,
    lingerMs: draw.pick([0, 5, 50]),
  };
}

export interface GatewayWorld extends ClientWorld {
  readonly time: VirtualTime;
  readonly disk: Card;
  readonly topics: readonly string[];
  readonly latencyMs: () => number;
  readonly defect: Defect | undefined;
  /** What a process that runs a trial dies of. */
  readonly findDeadly: FindDeadly;
  /** A number that no other life has had: names the process and its sessions. */
  readonly life: number;
  readonly receiveMaximum: number;
  readonly batch: BatchBounds;
  /** It has not started. */
  onExit(error: unknown): void;
  onLog(level: string, message: string, fields: LogFields): void;
}

const PACKET_BYTES = 4096;
const SESSIONS_PER_LIFE = 1_000_000;
const STOP_MS = 2500;

export class Gateway {
  readonly #world: GatewayWorld;
  readonly #config: EngineConfig;
  readonly #logger: Logger;
  readonly #batcher: Batcher;
  readonly #budget = new ByteBudget();
  readonly #engineClock: EngineClock;
  readonly #supervisor: Supervisor;
  readonly #wires = new Set<Wire>();
  #thread: SimulatedThread | undefined;
  #sessions: SessionTable | undefined;
  #uplink: KafkaUplink | undefined;
  #lanes: readonly LaneState[] = [];
  #isOver = false;

  constructor(world: GatewayWorld, config: EngineConfig) {
    this.#world = world;
    this.#config = config;
    this.#logger = loggerOf(world);
    const { time, batch } = world;
    this.#batcher = new Batcher({
      submit: (each) => this.#supervisor.worker.submit(each),
      clock: time,
      engineTime: () => this.#engineClock.nowMs,
      ...batch,
      packetBytes: PACKET_BYTES,
    });
    this.#engineClock = new EngineClock({
      clock: time,
      timers: systemTimers,
      blockedMs: () => this.#batcher.blockedMs,
      isQuiet: () => this.#batcher.quiet,
      tell: (engineTimeMs) => this.#supervisor.worker.clock(engineTimeMs),
    });
    this.#supervisor = new Supervisor({
      config,
      thread: (of) => (this.#thread = new SimulatedThread(world, of)).handle,
      logger: this.#logger,
      findSchemas: async () => [],
      onCommitted: ({ id, bytes, words, progress }) => {
        this.#batcher.committed(id, bytes, words);
        this.#progress(progress);
      },
      onProgress: (progress) => this.#progress(progress),
      onLost: () => {
        this.#engineClock.stop();
        this.#batcher.workerLost();
      },
      onBack: (ready) => {
        this.#engineClock.start(ready.engineTimeMs, ready.nextDeadlineMs);
        this.#sessions?.retry();
        this.#batcher.workerReady();
        this.#uplink?.notify(ready.lanes);
      },
      onFatal: (code) => world.onLog("error", "the process must end", { code }),
    });
    void this.#supervisor.recovered().then(
      (ready) => this.#begin(ready),
      (error: unknown) => {
        if (!this.#isOver) world.onExit(error);
      },
    );
  }

  /** Rows in the outbox that are not known to be in Kafka; undefined before the uplink is there. */
  get undeliveredRows(): number | undefined {
    return this.#uplink?.undeliveredRows;
  }

  /** @see KafkaUplink.drainSeconds */
  get drainSeconds(): number | undefined {
    return this.#uplink?.drainSeconds;
  }

  get isListening(): boolean {
    return this.#sessions !== undefined && !this.#isOver;
  }

  /** A repaired rule is catching up. */
  get isBehind(): boolean {
    return this.#thread?.isBehind === true;
  }

  get isForwarding(): boolean {
    return this.#uplink?.status.connected === true;
  }

  /** A device connects. False: nobody listens yet. */
  accept(wire: Wire): boolean {
    if (this.#sessions === undefined || !this.isListening) return false;
    const { time, receiveMaximum } = this.#world;
    const connection = new ServerConnection({
      batcher: this.#batcher,
      budget: this.#budget,
      clock: time,
      stats: newSourceStats(),
      packetBytes: PACKET_BYTES,
      source: "direct",
      sessions: this.#sessions,
      credentials: undefined,
      receiveMaximum,
      sessionExpirySeconds: NEVER_EXPIRES,
      report: () => {},
      closed: () => this.#wires.delete(wire),
    });
    connection.attach(wire.socket);
    wire.receive = (bytes) => connection.receive(bytes, bytes.length);
    this.#wires.add(wire);
    return true;
  }

  /** What the worker's timers threw. */
  workerFailed(error: unknown): void {
    this.#thread?.fail(error);
  }

  /** The process is gone, with everything that it had under way. */
  die(): void {
    this.#isOver = true;
    this.#thread?.abandon();
    this.#world.time.cancel("main", "worker");
    this.#world.network.abandonAll();
    for (const wire of this.#wires) wire.cut();
  }

  /** An orderly end, as `Gateway.stop` has it. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#engineClock.stop();
    await Promise.all([
      Promise.race([this.#batcher.drain(), sleep(STOP_MS)]),
      this.#uplink?.stop(STOP_MS),
    ]);
    for (const wire of this.#wires) wire.cut();
    await sleep(1);
    await this.#supervisor.stop(STOP_MS);
  }

  #progress({ lanes, nextDeadlineMs }: EngineProgress): void {
    this.#lanes = lanes;
    this.#engineClock.next(nextDeadlineMs);
    this.#uplink?.notify(lanes);
  }

  #begin(ready: EngineReady): void {
    const { time, life } = this.#world;
    this.#engineClock.start(ready.engineTimeMs, ready.nextDeadlineMs);
    this.#sessions = new SessionTable({
      store: { save: (changes, done) => this.#supervisor.worker.saveSessions(changes, done) },
      existing: this.#world.defect === "forgets-sessions" ? [] : ready.sessions,
      clock: time,
      logger: this.#logger,
      firstSession: life * SESSIONS_PER_LIFE,
    });
    this.#uplink = this.#makeUplink(ready);
    this.#uplink.start();
    this.#uplink.notify(ready.lanes);
  }

  #makeUplink(ready: EngineReady): KafkaUplink {
    const supervisor = this.#supervisor;
    const { time, topics, defect } = this.#world;
    return new KafkaUplink({
      gatewayId: this.#config.gatewayId,
      address: () => ({ brokers: ["simulated:9092"], clientId: "simulation" }),
      connect: SimulatedClient.connector(this.#world),
      owner: {
        hwSerial: "simulated",
        dataDirId: ready.dataDirectoryId,
        bootId: this.#config.bootId,
      },
      lanes: ["alarm", "result", "raw"],
      topics,
      progressTopic: "headrace.progress",
      createTopics: false,
      delivery: "exactly-once",
      topicPartitions: new Map(Object.entries(ready.topicPartitions)),
      outbox: {
        read: async (lane, afterSequence, maxRows, maxBytes) => {
          const bounds = { maxRows, maxBytes };
          const chunks = await supervisor.worker.readOutbox(lane, afterSequence, bounds);
          if (defect === "confirms-early") {
            for (const { firstSequence, rows } of chunks) {
              supervisor.confirmOutbox(lane, firstSequence + rows - 1);
            }
          }
          return chunks;
        },
        confirm: (lane, _incarnation, through) => {
          const isNewest = this.#lanes.some((of) => of.lane === lane && of.lastSequence <= through);
          if (defect === "keeps-newest" && isNewest) return;
          supervisor.confirmOutbox(lane, through);
        },
        reconcile: (marks) => supervisor.worker.reconcile(marks),
        noteTopics: (partitions) => supervisor.worker.noteTopics(partitions),
        endRollback: (isFinal) => supervisor.worker.endRollback(isFinal),
        stopRows: (withheld, undeliverable) => supervisor.worker.stopRows(withheld, undeliverable),
      },
      logger: this.#logger,
      clock: time,
      onAlarm: (alarm, detail) => supervisor.gatewayAlarm(alarm, detail),
    });
  }
}

function loggerOf({ onLog }: GatewayWorld): Logger {
  const level =
    (name: string) =>
    (message: string, fields: LogFields = {}): void =>
      onLog(name, message, fields);
  return { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
