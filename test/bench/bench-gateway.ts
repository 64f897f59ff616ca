// A gateway under measurement and the load generator beside it, each a process of its own. The rule is the one of the
// acceptance: keyed 10 s TUMBLE with COUNT, AVG and MAX over JSON of five fields, identity on, durability on.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { GATEWAY_MAIN, GatewayProcess, type Metrics, scrape } from "../kit/gateway-process.ts";
import { connectSilently, type LoadArguments, type LoadRate, runLoad } from "./load.ts";
import type { LoadResult } from "./loadgen.ts";

/** More than a device sends in one run. */
const SEQUENCES_PER_RUN = 100_000_000;
/** On the disk of the repository: a temporary folder may be in memory, where nothing is ever synced. */
const DATA = fileURLToPath(new URL("../../target/bench/", import.meta.url));

export interface BenchGatewayOptions {
  /** Kafka bootstrap; without it rows go to a ring. */
  readonly kafka: string | undefined;
  /** As in gateway.yaml: `100ms`; undefined = the default. */
  readonly linger: string | undefined;
}

/** Starts with `start`, ends with `stop`, which removes its data. */
export class BenchGateway {
  readonly pid: number;
  readonly #gateway: GatewayProcess;
  readonly #folder: string;
  readonly #port: number;
  readonly #http: string;
  #first = 1;

  private constructor(gateway: GatewayProcess, at: { folder: string; port: number; http: string }) {
    this.#gateway = gateway;
    this.pid = gateway.pid;
    this.#folder = at.folder;
    this.#port = at.port;
    this.#http = at.http;
  }

  static async start(options: BenchGatewayOptions): Promise<BenchGateway> {
    mkdirSync(DATA, { recursive: true });
    const folder = mkdtempSync(DATA);
    writeFileSync(join(folder, "device_stats.sql"), RULE);
    writeFileSync(join(folder, "gateway.yaml"), gatewayYaml(options));
    const gateway = new GatewayProcess(join(folder, "gateway.yaml"));
    const ready = await gateway.ready.catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    const port = Number(ready.mqtt[0]?.listen?.split(":").at(-1));
    return new BenchGateway(gateway, { folder, port, http: ready.http ?? "" });
  }

  /** Runs the load generator to its end. Throws if the gateway did not take every message as a new one. */
  async load(load: LoadRate): Promise<LoadResult> {
    const decodedBefore = (await this.metrics()).sum("headrace_decoded_rows_total");
    const result = await runLoad(this.#loadArguments(load)).catch((error: unknown) => {
      throw new Error(this.#gateway.tail(), { cause: error });
    });
    this.#first += SEQUENCES_PER_RUN;
    const metrics = await this.metrics();
    const decoded = metrics.sum("headrace_decoded_rows_total") - decodedBefore;
    const duplicates = metrics.sum("headrace_duplicates_total");
    if (decoded !== result.sent || duplicates > 0)
      throw new Error(`sent ${result.sent}, decoded ${decoded}, ${duplicates} taken for re-sends`);
    return result;
  }

  /** Connects silent devices; returns what ends them. */
  async silent(connections: number): Promise<() => Promise<void>> {
    return await connectSilently(
      this.#loadArguments({ connections, keys: connections, rate: 0, seconds: 0 }),
    );
  }

  /**
   * Backtests the rule in force over all of the journal, again and again; returns what ends that, and gives how many
   * messages were run.
   */
  backtests(): () => Promise<number> {
    const args = [join(this.#folder, "device_stats.sql"), "-c", join(this.#folder, "gateway.yaml")];
    let child: ChildProcess | undefined;
    let isOver = false;
    const done = (async () => {
      let messages = 0;
      while (!isOver) {
        const backtest = spawn(process.execPath, [GATEWAY_MAIN, "backtest", ...args], {
          stdio: ["ignore", "ignore", "pipe"],
        });
        child = backtest;
        const [said, [code]] = await Promise.all([text(backtest.stderr), once(backtest, "close")]);
        if (!isOver && code !== 0) throw new Error(`a backtest failed: ${said}`);
        messages += Number(/from (\S+) messages/.exec(said)?.[1]?.replaceAll(",", "") ?? 0);
      }
      return messages;
    })();
    return async () => {
      isOver = true;
      child?.kill("SIGTERM");
      return await done;
    };
  }

  async metrics(): Promise<Metrics> {
    return await scrape(this.#http);
  }

  async stop(): Promise<void> {
    const { code } = await this.#gateway.stop(20_000);
    rmSync(this.#folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the gateway ended with ${code}\n${this.#gateway.tail()}`);
  }

  #loadArguments(load: LoadRate): LoadArguments {
    return { port: this.#port, first: this.#first, ...load };
  }
}

const RULE = `CREATE TABLE telemetry (
  device STRING, seq BIGINT, ts BIGINT, temperature DOUBLE, vibration DOUBLE,
  event_time AS TO_TIMESTAMP_LTZ(ts, 3),
  WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND
) WITH ('connector' = 'mqtt', 'topic' = 'factory/+/+/telemetry', 'format' = 'json',
        'identity.key' = 'device', 'identity.sequence' = 'seq');

CREATE TABLE device_stats (device STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT, temp_avg DOUBLE, vib_max DOUBLE)
WITH ('connector' = 'kafka', 'topic' = 'device_stats', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'device');

INSERT INTO device_stats
SELECT device, window_start, window_end, COUNT(*), AVG(temperature), MAX(vibration)
FROM TUMBLE(TABLE telemetry, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
GROUP BY device, window_start, window_end;
`;

function gatewayYaml({ kafka, linger }: BenchGatewayOptions): string {
  const lines = [
    "gateway: {id: bench}",
    "data: data",
    "mqtt:",
    "  - {name: direct, listen: '127.0.0.1:0'}",
    "rules: ['*.sql']",
    "http: {listen: '127.0.0.1:0'}",
    "log: {level: warn}",
    ...(kafka === undefined ? [] : [`kafka: {brokers: ['${kafka}']}`]),
    // The budget stretches linger, which is what a fixed one is set against.
    ...(linger === undefined ? [] : [`batch: {linger: ${linger}}`]),
  ];
  return `${lines.join("\n")}\n`;
}
