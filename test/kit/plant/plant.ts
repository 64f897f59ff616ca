// A plant and its gateway: fleets that send, the gateway started and ended again and again by whoever owns the plant,
// and at the end everything read back from Kafka and compared with what the devices know to be acknowledged.

import { type ActualRow, checkRows, type Report } from "../../../firmware-sim/checker/check.ts";
import { expectTable } from "../../../firmware-sim/checker/expect.ts";
import type { ExpectedRow } from "../../../firmware-sim/checker/scenario.ts";
import type { TruthRecord } from "../../../firmware-sim/truth.ts";
import { cpuWaitMs } from "../cpu-wait.ts";
import { type Exit, GatewayProcess, scrape } from "../gateway-process.ts";
import { freePorts } from "../kafka/ports.ts";
import type { ReadRow } from "../kafka/reader.ts";
import { Fleets } from "./fleets.ts";
import type { Scenario, Side } from "./scenario.ts";
import { hasSubscriber } from "./subscriber-probe.ts";
import { Workspace } from "./workspace.ts";

/** The real services of a plant. */
export interface PlantServices {
  readonly mosquittoPort: number;
  readonly bootstrap: string;
  /** All committed records of the topics, each partition in its order. */
  readonly read: (topics: readonly string[]) => Promise<ReadRow[]>;
}

export interface PlantOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly gatewayId: string;
  readonly services: PlantServices;
  /** Virtual seconds per second while the gateway is up. */
  readonly speed: number;
  /** More of gateway.yaml, and of its section `kafka` in flow style. */
  readonly yaml?: string;
  readonly kafkaKeys?: string;
}

export interface LifeOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** It may die before it is ready. */
  readonly mayDie?: boolean;
  /** SIGKILL so long after the start of the process, ready or not. */
  readonly killAfterMs?: number;
}

export interface FinishOptions {
  /** Some loss is expected: the delivery is over when nothing new has come for so long. */
  readonly settleMs?: number;
  /** What must be in Kafka, given what is; default: a row for all that was acknowledged. */
  readonly expect?: (rows: readonly ActualRow[]) => readonly ExpectedRow[];
  /** Starts after which there must be nothing left to do; default 1. An alarm that a start raises takes one more. */
  readonly starts?: number;
  /** Rows of other topics are not looked at; default: all are. */
  readonly topic?: string;
}

/** What the lives of the gateway showed. */
export interface Tally {
  /** From the start of the process; what it waited for a processor that others had is not counted. */
  slowestReadyMs: number;
  slowestStopMs: number;
  digestMismatches: number;
  /** What the gateway logged at level error: data lost or a human needed. */
  readonly errors: string[];
  /** Alarms that the gateway has raised about itself, as a reader of Kafka saw them at the end. */
  alarms: string[];
}

const LOOK_MS = 250;
/** Longer than any back-off of the uplink and than an interrupted transaction holds back readers. */
const DELIVERY_MS = 60_000;
const EMPTY_MS = 30_000;
const SOON_EMPTY_MS = 5_000;

/** Made by `create`; to be disposed of, whatever happened. */
export class Plant {
  readonly fleets: Fleets;
  readonly workspace: Workspace;
  readonly tally: Tally = {
    slowestReadyMs: 0,
    slowestStopMs: 0,
    digestMismatches: 0,
    errors: [],
    alarms: [],
  };
  /** Main file of the build that is started; undefined: this one. */
  build: string | undefined;
  readonly #options: PlantOptions;
  #gateway: GatewayProcess | undefined;

  private constructor(options: PlantOptions, directPort: number) {
    this.#options = options;
    const { scenario, seed, gatewayId, services, yaml = "", kafkaKeys } = options;
    const ports = { direct: directPort, broker: services.mosquittoPort };
    this.workspace = new Workspace(scenario, {
      gatewayId,
      ports,
      kafka: services.bootstrap,
      yaml,
      ...(kafkaKeys !== undefined && { kafkaKeys }),
    });
    this.fleets = new Fleets({ scenario, seed, ports });
  }

  /** With a broker side there is a first life, until mosquitto holds the gateway's subscription. */
  static async create(options: PlantOptions): Promise<Plant> {
    const [directPort = 0] = await freePorts(1);
    const plant = new Plant(options, directPort);
    const { scenario, services } = options;
    if (scenario.options.sides.includes("broker")) {
      // What devices sent before would have no reader, and mosquitto would acknowledge it all the same.
      const gateway = await plant.start();
      await hasSubscriber(services.mosquittoPort, scenario.subscribedTopic("broker"));
      await plant.stop(gateway);
    }
    plant.fleets.start();
    return plant;
  }

  /** Starts the gateway and waits until it is ready; the fleets then send. */
  async start(options: LifeOptions = {}): Promise<GatewayProcess> {
    const { environment, mayDie = false, killAfterMs } = options;
    const sinceMs = performance.now();
    const gateway = new GatewayProcess(this.workspace.config, environment, this.build);
    this.#gateway = gateway;
    const { tally } = this;
    if (killAfterMs !== undefined) setTimeout(() => gateway.kill("SIGKILL"), killAfterMs);
    try {
      const { http } = await gateway.ready;
      const readyMs = performance.now() - sinceMs - cpuWaitMs(gateway.pid);
      tally.slowestReadyMs = Math.max(tally.slowestReadyMs, readyMs);
      this.fleets.gate.speed = this.#options.speed;
      tally.digestMismatches += (await scrape(http ?? "")).sum("headrace_digest_mismatches_total");
    } catch (error) {
      if (!mayDie) throw error;
    }
    return gateway;
  }

  /** Waits for a gateway that ends or is being ended; the fleets pause. */
  async ended(gateway: GatewayProcess): Promise<Exit> {
    const exit = await gateway.exited;
    this.fleets.gate.speed = 0;
    this.tally.errors.push(...gateway.errors);
    return exit;
  }

  async kill(gateway: GatewayProcess): Promise<void> {
    gateway.kill("SIGKILL");
    await this.ended(gateway);
  }

  /** An orderly stop; anything but exit 0 is an error. */
  async stop(gateway: GatewayProcess): Promise<void> {
    const { code, tookMs } = await gateway.stop();
    await this.ended(gateway);
    if (code !== 0) throw new Error(`a clean stop ended with ${code}\n${gateway.tail()}`);
    this.tally.slowestStopMs = Math.max(this.tally.slowestStopMs, tookMs);
  }

  /**
   * The last life: everything is sent, acknowledged and delivered; then a start that must find nothing left to do.
   * Returns what a reader of Kafka saw against what was acknowledged.
   */
  async finish({ settleMs, expect, topic, starts = 1 }: FinishOptions = {}): Promise<Report> {
    const { fleets } = this;
    const gateway = await this.start();
    fleets.gate.speed = this.#options.speed * 4;
    await fleets.until(() => fleets.atEnd, "the last sample", 300_000);
    fleets.gate.open();
    await fleets.until(() => fleets.finished, "the last acknowledgement", 60_000);
    const isLookedAt = (row: { topic: string }): boolean => (topic ?? row.topic) === row.topic;
    const expected = this.expected().filter(isLookedAt);
    await this.#delivered(expected, settleMs ?? DELIVERY_MS);
    await this.stop(gateway);
    for (let left = starts, rows = 1; rows > 0; left--) {
      if (left === 0) throw new Error(`${rows} rows are left in the outbox`);
      const again = await this.start();
      rows = await this.#rest(again, left === 1 ? EMPTY_MS : SOON_EMPTY_MS);
      await this.stop(again);
    }
    fleets.stop();
    const { rows, alarms } = await this.#read();
    this.tally.alarms = alarms;
    const lookedAt = rows.filter(isLookedAt);
    return await checkRows(expect?.(lookedAt).filter(isLookedAt) ?? expected, lookedAt);
  }

  /** The rows that must be in Kafka; facts for which `lost` holds are taken never to have been sent. */
  expected(lost: (record: TruthRecord) => boolean = () => false): ExpectedRow[] {
    return this.#sides.flatMap((side) => {
      const records = this.fleets.truth(side).records();
      const kept = records.filter((record) => !lost(record));
      return [...expectTable(this.#options.scenario.table(side, kept)).rows];
    });
  }

  /** Kafka topic of a rule, by its name in the scenario. */
  topicOf(side: Side, rule: string): string {
    const found = this.#options.scenario
      .rules(side)
      .find((each) => each.rule === `${side}_${rule}`);
    if (found === undefined) throw new Error(`no rule ${rule}`);
    return found.topic;
  }

  /**
   * Resolves when so many more messages are acknowledged on the first side, none is left, the gateway has ended, or
   * `isOver` says so.
   */
  async acknowledged(
    more: number,
    gateway: GatewayProcess,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    const { fleets } = this;
    const goal = fleets.acknowledged + more;
    const isDone = (): boolean =>
      fleets.acknowledged >= goal || fleets.atEnd || !gateway.running || isOver();
    await fleets.until(isDone, "progress");
  }

  /** Messages that their devices know to be acknowledged, re-sends included. */
  get allAcknowledged(): number {
    return this.#sides.reduce((sum, side) => sum + this.fleets.stats(side).acknowledged, 0);
  }

  /** Ends what still runs. Returns the newest gateway log, for a failure's report. */
  async dispose(): Promise<string> {
    this.fleets.stop();
    if (this.#gateway?.running === true) {
      this.#gateway.kill("SIGKILL");
      await this.#gateway.exited;
    }
    this.workspace.remove();
    return this.#gateway?.tail() ?? "";
  }

  get #sides(): readonly Side[] {
    return this.#options.scenario.options.sides;
  }

  /** Every committed row of this plant, and apart from them what the gateway says of itself. */
  async #read(): Promise<{ rows: ActualRow[]; alarms: string[] }> {
    const { services, scenario } = this.#options;
    const rows = (await services.read(scenario.topics)).map((row) => ({
      ...row,
      value: row.value ?? "",
    }));
    const isOwn = ({ key }: ActualRow): boolean => key?.startsWith("headrace/") === true;
    return {
      rows: rows.filter((row) => !isOwn(row)),
      alarms: rows.filter(isOwn).map(({ value }) => value),
    };
  }

  /** Rows are never withdrawn, so reading again and again until all are there misses nothing. */
  async #delivered(expected: readonly ExpectedRow[], settleMs: number): Promise<void> {
    let rows = -1;
    for (let sinceMs = performance.now(); performance.now() - sinceMs < settleMs;) {
      const { rows: seen } = await this.#read();
      const report = await checkRows(expected, seen);
      if (report.counts.lost === 0) return;
      if (report.actual > rows) sinceMs = performance.now();
      rows = report.actual;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /**
   * Rows left in the outbox when there are none, or `patienceMs` later: those of the last transaction stay until the next
   * start has read the progress.
   */
  async #rest(gateway: GatewayProcess, patienceMs: number): Promise<number> {
    const { http } = await gateway.ready;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const metrics = await scrape(http ?? "");
      const left = metrics.sum("headrace_outbox_rows");
      if (left === 0 && metrics.sum("headrace_uplink_connected") === 1) return 0;
      if (performance.now() > deadline) return Math.max(1, left);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
