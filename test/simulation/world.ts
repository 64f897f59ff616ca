// The world of one history: devices, the gateway's lives one after another, its card, and Kafka. It carries out the
// events of a script, and at the end lets everything come to rest.

import { Draw } from "../faults/draw.ts";
import { Bugs } from "./bug.ts";
import { type Device, drawDevices } from "./device.ts";
import type { Defect } from "./defect.ts";
import { Death, Disk, type CommitPoint } from "./disk.ts";
import { type BatchBounds, drawBatch, Gateway } from "./gateway.ts";
import { Fleet } from "./fleet.ts";
import { Cluster } from "./kafka/cluster.ts";
import { happenToKafka } from "./kafka/faults.ts";
import { KafkaNetwork } from "./kafka/network.ts";
import { LogWatch } from "./log-watch.ts";
import { drawSizes, keeping, simulatedConfig, TOPICS, type Sizes } from "./rules.ts";
import { RANDOM_STREAM, WORLD_STREAM, type Event } from "./script.ts";
import { EPOCH_MS, VirtualTime } from "./virtual-time.ts";

/** Devices and Kafka have this long to come to rest. */
const SETTLE_MS = 600_000;
const SETTLE_STEP_MS = 500;
/** Who dies more often of the same does so for ever. */
const KILLED_MAX = 100;
/** Event time that closes every window and ends every delay. */
const CLOSING_MS = 120_000;
/** Nothing comes and all has left: after this nothing of it is kept. */
const EMPTYING_MS = 5000;
const RECEIVE_MAXIMUM = 20;
const RESTART_MS = 1000; // of a process that has not started

type Kill = Extract<Event, { downMs: number; at: unknown }>;
type Handling = Kill | Extract<Event, { do: "stop" | "image" | "restore" }>;

export class World {
  readonly time: VirtualTime;
  readonly disk: Disk;
  readonly cluster: Cluster;
  readonly network: KafkaNetwork;
  /** What should not have happened. */
  readonly problems: string[] = [];
  readonly log: LogWatch;
  /** By kind of event. */
  readonly injected: Record<string, number> = {};
  readonly #draw: Draw;
  readonly #defect: Defect | undefined;
  readonly #bugs: Bugs;
  readonly #fleet: Fleet;
  #sizes: Sizes;
  readonly #batch: BatchBounds;
  #gateway: Gateway | undefined;
  #lives = 0;
  #variant = 0;
  /** The next death at a commit, and for how long. */
  #fate: { readonly isPowerCut: boolean; readonly downMs: number } | undefined;

  constructor(seed: number, root: string, defect?: Defect) {
    this.#defect = defect;
    const draw = new Draw(WORLD_STREAM, seed);
    this.#draw = draw;
    const random = new Draw(RANDOM_STREAM, seed);
    const time = new VirtualTime(() => random.below(1000) / 1000);
    this.time = time;
    time.onError = (error, owner) => this.#threw(error, owner);
    this.disk = new Disk(root, draw, defect);
    this.#bugs = new Bugs(() => {
      this.#fate = undefined;
      return this.disk.die();
    });
    this.log = new LogWatch(time, this.disk);
    this.cluster = new Cluster({
      time,
      topics: TOPICS,
      verifies: draw.below(3) > 0,
      aheadMaxMs: draw.pick([3_600_000, Infinity, Infinity]),
    });
    this.network = new KafkaNetwork(draw);
    this.#sizes = drawSizes(draw);
    this.#batch = drawBatch(draw);
    const devices = drawDevices(draw, {
      time,
      receiveMaximum: RECEIVE_MAXIMUM,
      onForgotten: (of) => {
        if (this.disk.pasts.length === 0) this.problems.push(`${of}: its session is forgotten`);
      },
      dial: (wire) => this.#gateway?.accept(wire) === true,
    });
    this.#fleet = new Fleet(devices);
  }

  get devices(): readonly Device[] {
    return this.#fleet.devices;
  }

  /** Deaths of messages and rules that kill. */
  get killed(): number {
    return this.#bugs.deaths;
  }

  /** Lives while `work` takes. */
  async during(work: () => Promise<void>): Promise<void> {
    await this.time.during(async () => await this.#bugs.during(work));
  }

  /** `events`: what is to come. */
  begin(events: readonly Event[]): void {
    if (events.some((event) => event.do === "break")) this.#sizes = keeping(this.#sizes);
    this.#start();
    for (const device of this.devices) device.connect();
  }

  async carryOut(event: Event): Promise<void> {
    this.injected[event.do] = (this.injected[event.do] ?? 0) + 1;
    await this.#happen(event);
    await this.time.pass(event.thenMs);
  }

  /** No fault any more: all is acknowledged, forwarded, and read once more from the card. */
  async settle(): Promise<void> {
    this.network.disarm();
    this.cluster.skipsMarkers = false;
    this.cluster.markerDelayMs = 0;
    this.disk.failures = 0;
    this.disk.disarm();
    this.time.wallOffsetMs = EPOCH_MS;
    for (const device of this.devices) device.setCleanStart(false);
    this.#bugs.repairForGood();
    this.#die(false, 1);
    await this.#rest("at the end");
    this.#fleet.close(CLOSING_MS);
    await this.#rest("after the last reading");
    await this.time.pass(EMPTYING_MS);
    const { outboxBytes } = this.disk;
    if (outboxBytes > 0) this.problems.push(`an idle gateway keeps ${outboxBytes} bytes of rows`);
    this.#die(false, 1);
    await this.#rest("after a last kill");
    await this.#stop();
  }

  async #happen(event: Event): Promise<void> {
    switch (event.do) {
      case "wait":
        return;
      case "publish":
      case "poison":
      case "again":
      case "cut":
      case "take-over":
      case "sessions":
        this.#fleet.happen(event);
        return;
      case "checkpoint":
        this.disk.checkpointDue = true;
        return;
      case "refuse-writes":
        this.disk.failures = event.commits;
        return;
      case "clock":
        this.time.wallOffsetMs += event.byMs;
        return;
      case "configure":
        this.#variant = event.variant;
        return;
      case "break":
        this.#bugs.plant(event.rule, event.how);
        return;
      case "repair":
        this.#bugs.isRepairing = true;
        return;
      case "kafka":
      case "kafka-down":
      case "kafka-skips-markers":
      case "kafka-slow-markers":
        happenToKafka(event, this);
        return;
      default:
        await this.#handle(event);
    }
  }

  /** What is done to the gateway itself: nothing while it is down. */
  async #handle(event: Handling): Promise<void> {
    if (this.#gateway === undefined) return;
    switch (event.do) {
      case "kill":
      case "power-cut":
        this.#kill(event.at, event.do === "power-cut", event.downMs);
        return;
      case "stop":
        await this.#stop();
        this.time.after(event.downMs, () => this.#start());
        return;
      case "image":
        this.disk.takeImage();
        return;
      case "restore":
        if (!this.disk.hasImage) return;
        this.#end();
        this.disk.restoreImage();
        this.time.after(event.downMs, () => this.#start());
    }
  }

  #kill(at: CommitPoint | "now", isPowerCut: boolean, downMs: number): void {
    if (at === "now") this.#die(isPowerCut, downMs);
    else {
      this.disk.dieAt = at;
      this.#fate = { isPowerCut, downMs };
    }
  }

  #die(isPowerCut: boolean, downMs: number): void {
    if (this.#gateway === undefined) return;
    this.#end();
    this.disk.crash(isPowerCut);
    this.time.after(downMs, () => this.#start());
  }

  #end(): void {
    this.#gateway?.die();
    this.#gateway = undefined;
    this.disk.disarm();
  }

  /** An orderly stop; what of it takes too long is cut off. */
  async #stop(): Promise<void> {
    const gateway = this.#gateway;
    if (gateway === undefined) return;
    let isDone = false;
    void gateway.stop().then(() => (isDone = true));
    for (let round = 0; !isDone && round < 200 && gateway === this.#gateway; round++) {
      await this.time.pass(50);
    }
    if (gateway !== this.#gateway) return; // it died meanwhile
    if (!isDone) this.problems.push("the stop did not end");
    this.#end();
    this.disk.crash(false);
  }

  #start(): void {
    if (this.#gateway !== undefined) return;
    this.#lives++;
    // It dies once more before they have caught up.
    if (this.#bugs.start(this.disk.suspended) && this.#draw.below(2) > 0) this.disk.dieSoon();
    const planned = simulatedConfig(
      this.disk.folder,
      { variant: this.#variant, repairs: this.#bugs.repairs },
      this.#sizes,
    );
    const config = this.#defect === "short-memory" ? { ...planned, receiveMaximum: 1 } : planned;
    const world = {
      time: this.time,
      disk: this.disk,
      cluster: this.cluster,
      network: this.network,
      topics: Object.keys(TOPICS).filter((topic) => topic !== "headrace.progress"),
      latencyMs: () => this.#draw.below(2),
      findDeadly: (trial: Uint8Array) =>
        this.#defect === "acquits-suspects" ? undefined : this.#bugs.findDeadly(trial),
      defect: this.#defect,
      life: this.#lives,
      receiveMaximum: RECEIVE_MAXIMUM,
      batch: this.#batch,
      onLog: this.log.logged.bind(this.log),
      onExit: (error: unknown) => this.#exited(error),
    };
    const bootId = this.#lives.toString(16).padStart(16, "0");
    this.#gateway = new Gateway(world, { ...config, bootId });
  }

  /** The process has ended by itself. */
  #exited(error: unknown): void {
    this.log.exited(error);
    this.#die(false, RESTART_MS);
  }

  async #rest(when: string): Promise<void> {
    for (let ms = 0; ms < SETTLE_MS && this.killed < KILLED_MAX; ms += SETTLE_STEP_MS) {
      await this.time.pass(SETTLE_STEP_MS);
      const isAcknowledged = this.devices.every(({ isSettled }) => isSettled);
      const gateway = this.#gateway;
      const isRunning = gateway?.isForwarding === true && !gateway.isBehind;
      if (isAcknowledged && isRunning && gateway.undeliveredRows === 0) {
        // What is on its way between threads arrives, and the last transaction ends.
        await this.time.pass(SETTLE_STEP_MS);
        if (gateway.undeliveredRows === 0) return;
      }
    }
    const open = this.devices.filter(({ isSettled }) => !isSettled).map(({ name }) => name);
    const rows = this.#gateway?.undeliveredRows;
    this.problems.push(`no rest ${when}: devices ${open.join()}, undelivered rows ${rows}`);
  }

  #threw(error: unknown, owner: string): void {
    if (error instanceof Death) {
      const { isPowerCut = false, downMs = 1 } = this.#fate ?? {};
      this.#die(isPowerCut, downMs);
    } else if (owner === "worker") this.#gateway?.workerFailed(error);
    else throw error;
  }
}
