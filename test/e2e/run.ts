// One end-to-end run: the fleets send, the gateway is killed again and again, Kafka is restarted under it, and at the
// end everything is read back and checked. The order of what happens is drawn from the seed; when exactly a SIGKILL
// lands within a batch is up to the machine.

import { type ActualRow, checkRows, type Report } from "../../firmware-sim/checker/check.ts";
import { expectTable } from "../../firmware-sim/checker/expect.ts";
import { freePorts } from "../kit/kafka/ports.ts";
import { Fleets } from "./fleets.ts";
import { GatewayProcess, scrape } from "./gateway-process.ts";
import { type Life, planLives } from "./lives.ts";
import { checkedTable, SAMPLES, SIDES, subscribedTopic, topics } from "./scenario.ts";
import { hasSubscriber } from "./subscriber-probe.ts";
import type { Size } from "./size.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** The real services of a run. */
export interface Services {
  readonly mosquittoPort: number;
  readonly kafka: {
    readonly bootstrap: string;
    /** Ends the broker, cleanly or by SIGKILL, and starts it again on the same port and data. */
    restart(how: "stop" | "kill"): Promise<void>;
    /** All committed records of the topics, each partition in its order. */
    read(topics: readonly string[]): Promise<ActualRow[]>;
  };
}

export interface Scoreboard {
  readonly seed: number;
  readonly devices: number;
  readonly killed: number;
  readonly killedAfterCommit: number;
  readonly killedAfterEndTxn: number;
  readonly cleanStops: number;
  readonly slowestStopMs: number;
  readonly slowestReadyMs: number;
  readonly kafkaRestarts: number;
  readonly messages: Readonly<Record<string, number>>;
  readonly resent: number;
  readonly lateFacts: number;
  readonly digestMismatches: number;
  /** What the gateway logged at level error: data lost or a human needed. */
  readonly errors: readonly string[];
  readonly seconds: number;
  readonly report: Report;
}

/** While Kafka restarts, virtual time passes at this share of its speed: the outage must not eat the whole run. */
const OUTAGE_SPEED_SHARE = 0.15;
const CRASH_TIMEOUT_MS = 90_000;
/** Counters that stand still this often in a row, a poll apart, mean that nothing is under way. */
const STILL_POLLS = 4;
const POLL_MS = 500;
const DRAIN_TIMEOUT_MS = 120_000;
const PROGRESS = [
  "headrace_received_messages_total",
  "headrace_acknowledged_messages_total",
  "headrace_emitted_rows_total",
  "headrace_uplink_rows_total",
  "headrace_outbox_rows",
];

export class EndToEndRun {
  readonly #size: Size;
  readonly #services: Services;
  readonly #log: (text: string) => void;
  readonly #sinceMs = performance.now();
  readonly #score = {
    killed: 0,
    killedAfterCommit: 0,
    killedAfterEndTxn: 0,
    cleanStops: 0,
    slowestStopMs: 0,
    slowestReadyMs: 0,
    kafkaRestarts: 0,
    digestMismatches: 0,
    errors: [] as string[],
  };
  #workspace: Workspace | undefined;
  #fleets: Fleets | undefined;
  #gateway: GatewayProcess | undefined;

  /** `log` gets a line about each life: a run takes minutes. */
  constructor(size: Size, services: Services, log: (text: string) => void) {
    this.#size = size;
    this.#services = services;
    this.#log = log;
  }

  /** Runs everything once. Call `dispose` afterwards, whatever happened. */
  async run(): Promise<Scoreboard> {
    const { seed, devices, lives: counts } = this.#size;
    const [direct = 0] = await freePorts(1);
    const broker = this.#services.mosquittoPort;
    const { kafka } = this.#services;
    this.#workspace = createWorkspace({
      directPort: direct,
      brokerPort: broker,
      kafka: kafka.bootstrap,
    });
    this.#fleets = new Fleets({ seed, devices, ports: { direct, broker } });
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const lives = planLives(seed, counts, Math.floor((devices * SAMPLES) / (total * 1.5)));
    await this.#subscribe(broker);
    this.#fleets.start();
    for (const [index, life] of lives.entries()) {
      this.#log(`life ${index + 1} of ${lives.length}: ${JSON.stringify(life)}`);
      const restart =
        index === Math.floor(lives.length / 3)
          ? "stop"
          : index === Math.floor((2 * lives.length) / 3)
            ? "kill"
            : undefined;
      await this.#live(life, restart);
    }
    await this.#finish();
    this.#fleets.stop();
    return await this.#check();
  }

  /** Ends what still runs. Returns the newest gateway log, for a failure's report. */
  async dispose(): Promise<string> {
    this.#fleets?.stop();
    if (this.#gateway?.running === true) {
      this.#gateway.kill("SIGKILL");
      await this.#gateway.exited;
    }
    this.#workspace?.remove();
    return this.#gateway?.tail() ?? "";
  }

  /**
   * The first life: until mosquitto holds the gateway's subscription. What devices sent before would have no reader,
   * and mosquitto would acknowledge it all the same.
   */
  async #subscribe(brokerPort: number): Promise<void> {
    const gateway = await this.#start();
    await hasSubscriber(brokerPort, subscribedTopic("broker"));
    await this.#end(gateway, { kind: "stop", afterMessages: 0 });
  }

  async #live(life: Life, restart: "stop" | "kill" | undefined): Promise<void> {
    const fleets = this.#fleets as Fleets;
    const crash = life.kind === "crash-point";
    const environment = crash ? { HEADRACE_CRASH_POINT: `${life.point}:${life.pass}` } : undefined;
    const gateway = await this.#start(environment);
    if (restart !== undefined) {
      fleets.gate.speed = this.#size.speed * OUTAGE_SPEED_SHARE;
      await this.#services.kafka.restart(restart);
      this.#score.kafkaRestarts++;
    }
    fleets.gate.speed = this.#size.speed;
    if (life.kind === "crash-point") {
      await fleets.until(() => !gateway.running, `${life.point} to be passed`, CRASH_TIMEOUT_MS);
    } else {
      const goal = fleets.acknowledged + life.afterMessages;
      await fleets.until(() => fleets.acknowledged >= goal || !gateway.running, "progress");
    }
    if (fleets.atEnd)
      throw new Error("the messages were used up before the kills: a slower E2E_SPEED is needed");
    await this.#end(gateway, life);
    fleets.gate.speed = 0;
  }

  async #start(environment?: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const sinceMs = performance.now();
    const gateway = new GatewayProcess((this.#workspace as Workspace).config, environment);
    this.#gateway = gateway;
    try {
      const { http } = await gateway.ready;
      this.#score.slowestReadyMs = Math.max(
        this.#score.slowestReadyMs,
        performance.now() - sinceMs,
      );
      const metrics = await scrape(http ?? "");
      this.#score.digestMismatches += metrics.sum("headrace_digest_mismatches_total");
    } catch (error) {
      // A crash point may be passed before the gateway is ready, or before it has answered.
      if (environment === undefined) throw error;
    }
    return gateway;
  }

  async #end(gateway: GatewayProcess, life: Life): Promise<void> {
    const score = this.#score;
    if (life.kind === "kill") gateway.kill("SIGKILL");
    const { code, signal, tookMs } =
      life.kind === "stop" ? await gateway.stop() : { ...(await gateway.exited), tookMs: 0 };
    score.errors.push(...gateway.errors);
    for (const line of gateway.errors) this.#log(line);
    if (life.kind === "stop") {
      if (code !== 0) throw new Error(`a clean stop ended with ${code}\n${gateway.tail()}`);
      score.slowestStopMs = Math.max(score.slowestStopMs, tookMs);
      score.cleanStops++;
      return;
    }
    if (signal !== "SIGKILL")
      throw new Error(`the gateway ended by itself: ${code}\n${gateway.tail()}`);
    score.killed++;
    if (life.kind === "crash-point" && life.point === "engine-after-commit")
      score.killedAfterCommit++;
    if (life.kind === "crash-point" && life.point === "uplink-after-end-txn")
      score.killedAfterEndTxn++;
  }

  /** The last life: everything is sent, everything leaves; then a start that must have nothing left to do. */
  async #finish(): Promise<void> {
    const fleets = this.#fleets as Fleets;
    const gateway = await this.#start();
    fleets.gate.speed = this.#size.speed * 4;
    await fleets.until(() => fleets.atEnd, "the last sample", 300_000);
    fleets.gate.open();
    await fleets.until(() => fleets.finished, "the last acknowledgement", 60_000);
    await this.#drained(gateway);
    await this.#end(gateway, { kind: "stop", afterMessages: 0 });
    const again = await this.#start();
    await this.#drained(again);
    const left = (await scrape((await again.ready).http ?? "")).sum("headrace_outbox_rows");
    if (left > 0) throw new Error(`${left} rows are left in the outbox`);
    await this.#end(again, { kind: "stop", afterMessages: 0 });
  }

  /**
   * Waits until mosquitto has handed over everything and Kafka has taken everything. The rows of the last transaction
   * stay in the outbox until the next one has committed, or until the next start.
   */
  async #drained(gateway: GatewayProcess): Promise<void> {
    const { http } = await gateway.ready;
    const deadline = performance.now() + DRAIN_TIMEOUT_MS;
    let before = "";
    for (let still = 0; still < STILL_POLLS;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const metrics = await scrape(http ?? "");
      const now = PROGRESS.map((family) => metrics.sum(family)).join();
      const forwarding = metrics.sum("headrace_uplink_connected") === 1;
      still = now === before && forwarding ? still + 1 : 0;
      before = now;
      if (performance.now() > deadline) throw new Error(`the gateway does not drain: ${now}`);
    }
  }

  async #check(): Promise<Scoreboard> {
    const fleets = this.#fleets as Fleets;
    const expectations = SIDES.map((side) => expectTable(checkedTable(side, fleets.truth[side])));
    const report = await checkRows(
      expectations.flatMap(({ rows }) => rows),
      await this.#services.kafka.read(topics()),
    );
    const facts = SIDES.flatMap((side) => fleets.truth[side].records());
    return {
      seed: this.#size.seed,
      devices: 2 * this.#size.devices,
      ...this.#score,
      messages: Object.fromEntries(SIDES.map((side) => [side, fleets.stats(side).acknowledged])),
      resent:
        SIDES.reduce((sum, side) => sum + fleets.stats(side).repeated, 0) +
        facts.reduce((sum, { sent }) => sum + sent.length - 1, 0),
      lateFacts: expectations.reduce((sum, { lateFacts }) => sum + lateFacts.size, 0),
      seconds: Math.round((performance.now() - this.#sinceMs) / 1000),
      report,
    };
  }
}
