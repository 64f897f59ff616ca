// A site whose Kafka is away for a week: the simulated gateway under a steady load, on virtual time. It is killed at the
// end of the outage, with all that waits, and must find it again; then Kafka comes back while devices go on.
//
// Every reading is acknowledged soon, journal and result lane keep their quotas, memory does not grow, and afterwards
// every window is in Kafka as it must be (windows.ts).

import type { LogFields } from "../../../src/core/log.ts";
import type { EngineConfig } from "../../../src/engine/config.ts";
import { Draw } from "../../faults/draw.ts";
import { Gateway } from "../gateway.ts";
import { Cluster } from "../kafka/cluster.ts";
import { KafkaNetwork } from "../kafka/network.ts";
import { VirtualTime } from "../virtual-time.ts";
import { LongCard } from "./card.ts";
import { Forecasts } from "./forecast.ts";
import { Link } from "./link.ts";
import { DEVICES, LINKS, PERIOD_MS, WINDOW_MS, windowsOf } from "./load.ts";
import { RECEIVE_MAXIMUM, siteConfig, TOPICS } from "./settings.ts";
import { judgeWindows, type WindowVerdict } from "./windows.ts";

export interface SiteOptions {
  /** An empty folder. */
  readonly root: string;
  readonly seed: number;
  /** Of the outage. */
  readonly hours: number;
  readonly log: (text: string) => void;
}

export interface SiteVerdict extends WindowVerdict {
  readonly acknowledged: number;
  readonly digestMismatches: number;
  readonly slowestReadyMs: number;
  readonly problems: readonly string[];
  /** What it took. */
  readonly figures: string;
}

const MIB = 1024 * 1024;
const BATCH = { messages: 4096, bytes: MIB, lingerMs: 1000 };
/** Twice the time that a batch gathers. */
const PUBACK_MS = 2 * BATCH.lingerMs;
const PER_SECOND = (DEVICES * 1000) / PERIOD_MS;
/** What they take tells what an hour will, in minutes. */
const ONLINE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_HOURS = 24;
/** Of ten minutes, in an hour. */
const STRETCHES = 6;
const DRAIN_SECONDS = 86_400;
const DRAIN_LOOK_SECONDS = 1;
/** Each way: a transaction then takes over two seconds, and stays as small as it begins. */
const SLOW_MS = 400;
const LOOK_SECONDS = 10;
const SETTLE_MS = 60_000;
const SETTLE_STEP_MS = 50;
/** Garbage that waits for its collection, and the simulation's own. */
const RESIDENT_GROWTH_MIB = 128;
/** What the gateway says of Kafka that is away. */
const AWAY = /"series":"uplink_unreachable"/;

export class Site {
  readonly #options: SiteOptions;
  readonly #time: VirtualTime;
  readonly #card: LongCard;
  readonly #cluster: Cluster;
  readonly #network: KafkaNetwork;
  readonly #draw: Draw;
  readonly #links: readonly Link[];
  readonly #config: Omit<EngineConfig, "bootId">;
  readonly #problems: string[] = [];
  readonly #most = { journalBytes: 0, laneBytes: 0, rows: 0 };
  #gateway: Gateway | undefined;
  #lives = 0;
  /** That every device has sent. */
  #readings = 0;

  constructor(options: SiteOptions) {
    this.#options = options;
    const draw = new Draw(28, options.seed);
    this.#draw = draw;
    const time = new VirtualTime(() => draw.below(1000) / 1000);
    this.#time = time;
    this.#card = new LongCard(options.root);
    this.#config = siteConfig(options.root, options.hours);
    this.#cluster = new Cluster({ time, topics: TOPICS, verifies: true, aheadMaxMs: Infinity });
    this.#network = new KafkaNetwork(draw);
    this.#links = Array.from({ length: LINKS }, (_, link) => {
      return new Link({ link, time, dial: (wire) => this.#gateway?.accept(wire) === true });
    });
  }

  async run(): Promise<SiteVerdict> {
    return await this.#time.during(async () => await this.#live());
  }

  async #live(): Promise<SiteVerdict> {
    const { hours, log } = this.#options;
    this.#start();
    for (const link of this.#links) link.connect();
    await this.#until("connected", () => this.#links.every(({ isSettled }) => isSettled));
    const cpuUs = await this.#pass(ONLINE_SECONDS);
    const cpuMinutes = (cpuUs * hours) / 1e6;
    const about = `${hours} hours offline will take about ${cpuMinutes.toFixed(1)} minutes of CPU`;
    log(hours > DAY_HOURS ? `${dayText(0, hours)}: ${about}` : about);
    this.#network.down = true;
    this.#network.breakAll();
    const cost = await this.#offline(hours);
    const readyMs = await this.#killed();
    const drain = await this.#drained();
    await this.#windowsClosed();
    const { journal, lanes } = this.#config.store;
    const { journalBytes, laneBytes, rows } = this.#most;
    return {
      ...this.#judged(),
      slowestReadyMs: Math.round(readyMs),
      figures:
        `${hours} h offline at ${PER_SECOND} messages/s in virtual time, ${cost}; journal at most ${mib(journalBytes)} of ${mib(journal.quotaBytes)} MiB, ` +
        `${rows} rows in at most ${mib(laneBytes)} of ${mib(lanes.result.quotaBytes)} MiB of the result lane; killed then, and ` +
        `ready in ${Math.round(readyMs)} ms; ${drain}`,
    };
  }

  async #offline(hours: number): Promise<string> {
    const perMessage: number[] = [];
    const residentMib: number[] = [];
    for (let stretch = 1; stretch <= hours * STRETCHES; stretch++) {
      const cpuUs = await this.#pass(HOUR_SECONDS / STRETCHES);
      perMessage.push((cpuUs * STRETCHES) / (HOUR_SECONDS * PER_SECOND));
      residentMib.push(process.memoryUsage().rss / MIB);
      if (stretch % STRETCHES > 0) continue;
      const { journalBytes = 0, lanes } = this.#card.stats ?? {};
      this.#options.log(
        `hour ${stretch / STRETCHES}: ${perMessage.at(-1)?.toFixed(2)} µs of CPU a message, journal ${mib(journalBytes)} MiB, ` +
          `${lanes?.result.rows} rows in ${mib(lanes?.result.bytes ?? 0)} MiB, resident ${residentMib.at(-1)?.toFixed(0)} MiB`,
      );
      const hour = stretch / STRETCHES;
      if (hours > DAY_HOURS && hour % DAY_HOURS === 0) {
        this.#options.log(`${dayText(hour / DAY_HOURS, hours)}: ${lanes?.result.rows} rows wait`);
      }
    }
    const [first = 0] = residentMib;
    const most = Math.max(...residentMib);
    if (most - first > RESIDENT_GROWTH_MIB)
      this.#problems.push(`memory grew from ${first.toFixed(0)} to ${most.toFixed(0)} MiB`);
    const mean = perMessage.reduce((sum, each) => sum + each, 0) / perMessage.length;
    return (
      `${mean.toFixed(1)} µs of CPU a message with the simulation's own (${perMessage.at(-1)?.toFixed(1)} in the last ten minutes), ` +
      `${first.toFixed(0)} MiB resident after the first ten, ${most.toFixed(0)} at most`
    );
  }

  /** Ends the process and starts another on what it has left. Milliseconds, real ones, until that takes messages. */
  async #killed(): Promise<number> {
    this.#gateway?.die();
    this.#card.crash();
    const sinceMs = performance.now();
    this.#start();
    await this.#until("ready", () => this.#gateway?.isListening === true);
    const tookMs = performance.now() - sinceMs;
    await this.#until("connected", () => this.#links.every(({ isSettled }) => isSettled));
    for (const link of this.#links) link.slowestMs = 0;
    return tookMs;
  }

  /** Kafka is there again, over a slow link; devices go on until nothing waits. */
  async #drained(): Promise<string> {
    this.#network.down = false;
    this.#network.slowMs = SLOW_MS;
    const forecasts = new Forecasts();
    const rows = this.#gateway?.undeliveredRows ?? 0;
    let seconds = 0;
    while (seconds < DRAIN_SECONDS) {
      await this.#pass(DRAIN_LOOK_SECONDS);
      seconds += DRAIN_LOOK_SECONDS;
      const { isForwarding, undeliveredRows, drainSeconds } = this.#gateway ?? {};
      // What a minute brings is under way at any time.
      if (isForwarding === true && (undeliveredRows ?? rows) <= DEVICES) break;
      forecasts.note(seconds, drainSeconds);
    }
    this.#network.slowMs = 0;
    if (seconds >= DRAIN_SECONDS) this.#problems.push("it did not drain in a day");
    this.#problems.push(...forecasts.problems(seconds));
    return `${rows} rows left in ${seconds} s after Kafka was back, over a link of ${2 * SLOW_MS} ms`;
  }

  /** A last reading, far enough ahead. */
  async #windowsClosed(): Promise<void> {
    const next = windowsOf(this.#readings) + 1;
    for (const link of this.#links) link.send((next * WINDOW_MS) / PERIOD_MS);
    await this.#until("at rest", () => {
      const isAcknowledged = this.#links.every(({ isSettled }) => isSettled);
      return isAcknowledged && this.#gateway?.undeliveredRows === 0;
    });
    await this.#time.pass(SETTLE_MS);
  }

  /** So long with its load. Gives the CPU that it took, in microseconds. */
  async #pass(seconds: number): Promise<number> {
    const before = process.cpuUsage();
    const until = this.#readings + (seconds * 1000) / PERIOD_MS;
    while (this.#readings < until) {
      for (const link of this.#links) link.send(this.#readings);
      this.#readings++;
      await this.#time.pass(PERIOD_MS);
      if ((this.#readings * PERIOD_MS) % (LOOK_SECONDS * 1000) === 0) this.#look();
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  #look(): void {
    const { stats } = this.#card;
    if (stats === undefined) return;
    const most = this.#most;
    most.journalBytes = Math.max(most.journalBytes, stats.journalBytes);
    most.laneBytes = Math.max(most.laneBytes, stats.lanes.result.bytes);
    most.rows = Math.max(most.rows, stats.lanes.result.rows);
  }

  /** Without load. */
  async #until(what: string, holds: () => boolean): Promise<void> {
    for (let ms = 0; ms < SETTLE_MS; ms += SETTLE_STEP_MS) {
      await this.#time.pass(SETTLE_STEP_MS);
      if (holds()) return;
    }
    throw new Error(`never ${what}: ${this.#problems.join("; ")}`);
  }

  #start(): void {
    this.#lives++;
    const world = {
      time: this.#time,
      disk: this.#card,
      cluster: this.#cluster,
      network: this.#network,
      topics: Object.keys(TOPICS).filter((topic) => topic !== "headrace.progress"),
      latencyMs: () => this.#draw.below(2),
      findDeadly: () => undefined,
      defect: undefined,
      life: this.#lives,
      receiveMaximum: RECEIVE_MAXIMUM,
      batch: BATCH,
      onLog: (level: string, message: string, fields: LogFields) => {
        if (level === "error") this.#problems.push(`logged: ${message} ${JSON.stringify(fields)}`);
      },
      onExit: (error: unknown) => this.#problems.push(`it did not start: ${String(error)}`),
    };
    const bootId = this.#lives.toString(16).padStart(16, "0");
    const directory = this.#card.folder;
    this.#gateway = new Gateway(world, { ...this.#config, directory, bootId });
  }

  #judged(): Omit<SiteVerdict, "slowestReadyMs" | "figures"> {
    const { journal, lanes } = this.#config.store;
    const most = this.#most;
    const slowestMs = Math.max(...this.#links.map((link) => link.slowestMs));
    const partitions = this.#cluster.partitions("per_device").map((each) => each.committed());
    const verdict = judgeWindows(
      partitions.flatMap(({ records }) => records),
      this.#readings,
    );
    const others = ["alarms", "dead", "late", "rolled"].flatMap((topic) =>
      this.#cluster
        .partitions(topic)
        .flatMap((each) => each.committed().records)
        .map(({ value }) => `${topic}: ${value}`)
        .filter((text) => !AWAY.test(text)),
    );
    return {
      ...verdict,
      acknowledged: this.#links.reduce((sum, link) => sum + link.acknowledged, 0),
      digestMismatches: others.filter((text) => text.includes("digest_mismatch")).length,
      problems: [
        ...this.#problems,
        ...this.#links.flatMap(({ problems }) => problems),
        ...verdict.examples,
        ...others,
        ...(slowestMs > PUBACK_MS ? [`a PUBACK came after ${slowestMs} ms`] : []),
        ...(most.journalBytes > journal.quotaBytes ? ["the journal was above its quota"] : []),
        ...(most.laneBytes > lanes.result.quotaBytes ? ["the lane was above its quota"] : []),
      ],
    };
  }
}

/** How the lines begin that a run of days writes once a day. */
function dayText(day: number, hours: number): string {
  return `day ${day} of ${Math.ceil(hours / DAY_HOURS)}`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
