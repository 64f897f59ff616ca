// A gateway on a folder of its own that can be cloned, card and all, with one device that is in the run's hand.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { cpuWaitMs } from "../kit/cpu-wait.ts";
import { GatewayProcess, scrape } from "../kit/gateway-process.ts";
import { type EventTime, ExtraFeed, extraRule } from "./extra-feed.ts";

export interface CopySiteOptions {
  readonly gatewayId: string;
  readonly bootstrap: string;
  readonly mosquittoPort: number;
  readonly topics: Readonly<Record<"rows" | "withheld" | "progress" | "alarms", string>>;
}

const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/** Ended and removed by `dispose`. */
export class CopySite {
  readonly feed: ExtraFeed;
  slowestReadyMs = 0;
  digestMismatches = 0;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "headrace-copy-"));
  #gateway: GatewayProcess | undefined;

  constructor(device: string, time: EventTime, options: CopySiteOptions) {
    const { gatewayId, bootstrap, mosquittoPort, topics } = options;
    this.feed = new ExtraFeed(device, time);
    mkdirSync(join(this.#folder, "rules"));
    writeFileSync(join(this.#folder, "rules", "extra.sql"), extraRule(topics.rows));
    // A clone has the original's client id at a broker, too.
    writeFileSync(
      this.config,
      `gateway: {id: ${gatewayId}}
data: data
mqtt:
  - {name: direct, listen: "127.0.0.1:0"}
  - {name: broker, url: "mqtt://127.0.0.1:${mosquittoPort}", clientId: ${gatewayId}}
rules: [rules/*.sql]
kafka: {brokers: ["${bootstrap}"], progressTopic: ${topics.progress}, alarmTopic: ${topics.alarms}, rollbackTopic: ${topics.withheld}}
http: {listen: "127.0.0.1:0"}
batch: {linger: 10ms}
`,
    );
  }

  get config(): string {
    return join(this.#folder, "gateway.yaml");
  }

  /** Its process. Throws when there is none. */
  get gateway(): GatewayProcess {
    if (this.#gateway === undefined) throw new Error("not started");
    return this.#gateway;
  }

  /** Becomes a copy of another one's card. Neither may run. */
  cloneOf(other: CopySite): void {
    rmSync(join(this.#folder, "data"), { recursive: true, force: true });
    cpSync(join(other.#folder, "data"), join(this.#folder, "data"), { recursive: true });
  }

  async start(): Promise<void> {
    const sinceMs = performance.now();
    const gateway = new GatewayProcess(this.config);
    this.#gateway = gateway;
    const { http } = await gateway.ready;
    const readyMs = performance.now() - sinceMs - cpuWaitMs(gateway.pid);
    this.slowestReadyMs = Math.max(this.slowestReadyMs, readyMs);
    const metrics = await scrape(http ?? "");
    this.digestMismatches += metrics.sum("headrace_digest_mismatches_total");
  }

  /** A second process on the same folder; whether it refuses. */
  async refusesSecond(): Promise<boolean> {
    const second = new GatewayProcess(this.config);
    const { code } = await second.exited;
    return code === 1 && second.tail().includes("STORE_LOCKED");
  }

  async end(): Promise<void> {
    this.gateway.kill("SIGKILL");
    await this.gateway.exited;
  }

  /** Messages with little in them; resolves when they are acknowledged. */
  async take(messages: number): Promise<void> {
    this.feed.add(...Array.from({ length: messages }, () => 10));
    await this.feed.send(this.gateway);
  }

  async isFenced(): Promise<boolean> {
    const { http } = await this.gateway.ready;
    return (await scrape(http ?? "")).sum("headrace_uplink_state", 'state="fenced"') === 1;
  }

  async resume(): Promise<void> {
    await this.gateway.command("uplink", "resume");
  }

  /** Waits for a line of its log. */
  async said(what: RegExp): Promise<void> {
    for (const deadline = performance.now() + PATIENCE_MS; ; await pause(LOOK_MS)) {
      if (this.gateway.log.some((line) => what.test(line))) return;
      if (performance.now() > deadline) throw new Error(`never said: ${what.source}`);
    }
  }

  async dispose(): Promise<void> {
    if (this.#gateway?.running === true) await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
