// Load generator, a process of its own: QoS 1 messages of five JSON fields over a few connections, at a fixed rate or
// as fast as they are acknowledged, then one JSON line with the result on stdout. Exit code 3 if an acknowledgement
// is missing at the end, 1 if a connection fails.
//   node test/bench/loadgen.ts --port 1884 --connections 8 --keys 100 --rate 0 --seconds 10
// `--silent` connects and then says nothing until SIGTERM.

import { parseArgs } from "node:util";
import { LatencyHistogram } from "./latency-histogram.ts";
import { LoadConnection } from "./load-connection.ts";

/** What the JSON line holds. Latencies are from the write to the PUBACK, in milliseconds. */
export interface LoadResult {
  readonly sent: number;
  readonly acknowledged: number;
  readonly seconds: number;
  /** Messages acknowledged per second, from the first write to the last PUBACK. */
  readonly rate: number;
  /** At a fixed rate: how far the generator fell behind at worst, in milliseconds of messages. */
  readonly behindMs: number;
  readonly payloadBytes: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
}

interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly keys: number;
  readonly window: number;
  readonly rate: number;
  readonly seconds: number;
  readonly topic: string;
  /** Every device's first sequence number: a second run must not look like re-sends of the first. */
  readonly first: number;
  readonly silent: boolean;
}

const TICK_MS = 2;
const GRACE_MS = 30_000;
/** Messages put before the event loop gets its turn to read acknowledgements. */
const BURST = 512;

let wakeRoom: () => void = () => undefined;
const options = readOptions();
const latency = new LatencyHistogram();
const connections = openConnections(options, latency);
await Promise.all(connections.map((connection) => connection.connect()));
if (options.silent) await once("SIGTERM");
else await measure();

async function measure(): Promise<void> {
  const startMs = performance.now();
  const behindMs = options.rate > 0 ? await sendAtRate(startMs) : await sendAtFull(startMs);
  const deadline = performance.now() + GRACE_MS;
  while (open() > 0 && performance.now() < deadline) await pause(TICK_MS);
  const seconds = (performance.now() - startMs) / 1000;
  const sum = (of: (connection: LoadConnection) => number): number =>
    connections.reduce((total, connection) => total + of(connection), 0);
  const acknowledged = sum((connection) => connection.acknowledged);
  const result: LoadResult = {
    sent: sum((connection) => connection.sent),
    acknowledged,
    seconds,
    rate: Math.round(acknowledged / seconds),
    behindMs: Math.round(behindMs),
    payloadBytes: sum((connection) => connection.payloadBytes),
    latencyMs: {
      p50: latency.quantileMs(0.5),
      p95: latency.quantileMs(0.95),
      p99: latency.quantileMs(0.99),
      max: latency.maxMs,
    },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const connection of connections) connection.close();
  process.exitCode = result.acknowledged === result.sent ? 0 : 3;
}

/** As fast as the windows allow: each acknowledgement makes room for the next burst. */
async function sendAtFull(startMs: number): Promise<number> {
  const untilMs = startMs + options.seconds * 1000;
  while (performance.now() < untilMs) {
    let put = 0;
    for (const connection of connections) {
      connection.tick();
      for (let n = 0; n < BURST && connection.hasRoom; n++, put++) connection.put();
      connection.flush();
    }
    // A turn of the loop reads what has arrived; with all windows full, sleep until something does.
    await (put > 0 ? turn() : Promise.race([room(), pause(100)]));
  }
  return 0;
}

/** What is due, every few milliseconds; what the windows did not take stays due. */
async function sendAtRate(startMs: number): Promise<number> {
  const total = Math.round(options.rate * options.seconds);
  let sent = 0;
  let next = 0;
  let behind = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * options.rate) / 1000));
    for (const connection of connections) connection.tick();
    for (let full = 0; sent < due && full < connections.length;) {
      const connection = connections[next] as LoadConnection;
      next = next + 1 === connections.length ? 0 : next + 1;
      if (!connection.hasRoom) {
        full++;
        continue;
      }
      full = 0;
      connection.put();
      sent++;
    }
    for (const connection of connections) connection.flush();
    behind = Math.max(behind, ((due - sent) * 1000) / options.rate);
    await pause(TICK_MS);
  }
  return behind;
}

function openConnections(on: LoadOptions, histogram: LatencyHistogram): LoadConnection[] {
  return Array.from({ length: on.connections }, (_, i) => {
    const devices = [];
    for (let key = i; key < Math.max(on.keys, on.connections); key += on.connections)
      devices.push(`d${key}`);
    return new LoadConnection({
      host: on.host,
      port: on.port,
      clientId: `loadgen-${i}`,
      window: on.window,
      devices,
      topic: on.topic,
      firstSequence: on.first,
      seed: i + 1,
      latency: histogram,
      onRoom: () => wakeRoom(),
    });
  });
}

function open(): number {
  return connections.reduce((total, connection) => total + connection.open, 0);
}

function room(): Promise<void> {
  return new Promise((resolve) => (wakeRoom = resolve));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves at the signal; the timer keeps the process alive until then. */
function once(signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    process.once(signal, () => {
      clearInterval(alive);
      for (const connection of connections) connection.close();
      resolve();
    });
    process.stdout.write('{"event":"connected"}\n');
  });
}

function readOptions(): LoadOptions {
  const { values } = parseArgs({
    options: {
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string" },
      connections: { type: "string", default: "8" },
      keys: { type: "string", default: "100" },
      window: { type: "string", default: "1000" },
      rate: { type: "string", default: "0" },
      seconds: { type: "string", default: "10" },
      topic: { type: "string", default: "factory/line1/{device}/telemetry" },
      first: { type: "string", default: "1" },
      silent: { type: "boolean", default: false },
    },
  });
  return {
    host: values.host,
    port: Number(values.port),
    connections: Number(values.connections),
    keys: Number(values.keys),
    window: Number(values.window),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    topic: values.topic,
    first: Number(values.first),
    silent: values.silent,
  };
}
