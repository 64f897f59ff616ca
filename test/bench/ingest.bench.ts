// The direct listener alone: sockets, splitter, batcher and PUBACKs, with a worker that commits every batch at once.
// Load comes from a second process, whose CPU is not counted. Prints one JSON line per case: CPU (user + system) of
// the listening process per QoS 1 message, median of five.
//
//   npm exec -c 'node test/bench/ingest.bench.ts'

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";

import { systemClock } from "../../src/core/clock.ts";
import { Batcher } from "../../src/ingest/batcher.ts";
import { ByteBudget } from "../../src/ingest/byte-budget.ts";
import { Listener } from "../../src/ingest/listener.ts";
import { ReadPoller } from "../../src/ingest/read-poller.ts";
import { SessionTable } from "../../src/ingest/sessions.ts";
import { connectPacket, publishPacket } from "../kit/mqtt-client.ts";

interface Case {
  readonly name: string;
  readonly connections: number;
  /** Messages a second over all connections; 0: as fast as they are acknowledged. */
  readonly rate: number;
  readonly topicsPerConnection: number;
}

const CASES: readonly Case[] = [
  { name: "8 connections, full speed", connections: 8, rate: 0, topicsPerConnection: 13 },
  {
    name: "8 connections, 10,000 topics, full speed",
    connections: 8,
    rate: 0,
    topicsPerConnection: 1250,
  },
  { name: "8 connections, 10,000/s", connections: 8, rate: 10_000, topicsPerConnection: 13 },
  { name: "1,000 connections, 10,000/s", connections: 1000, rate: 10_000, topicsPerConnection: 1 },
];
const RUNS = 5;
const RUN_MS = 2000;
const WINDOW = 1000;
const file = fileURLToPath(import.meta.url);

interface Usage {
  readonly cpuMicros: number;
  readonly messages: number;
  readonly rssMiB: number;
}

/** The listening process: answers every message of its parent with its usage so far. */
async function serve(): Promise<void> {
  const clock = systemClock;
  const batcher: Batcher = new Batcher({
    submit: (batch) => {
      setImmediate(() => batcher.committed(batch.id, batch.bytes, batch.words));
    },
    clock,
    engineTime: () => clock.monotonicMs(),
    lingerMs: 50,
  });
  const logger = { debug() {}, info() {}, warn: console.error, error: console.error };
  const store = { save: (_changes: unknown, done: () => void) => done() };
  const sessions = new SessionTable({ store, existing: [], clock, logger });
  const listener = new Listener(
    {
      name: "direct",
      listen: { host: "127.0.0.1", port: 0 },
      username: undefined,
      password: undefined,
      tls: undefined,
      sessionExpirySeconds: 3600,
      receiveMaximum: WINDOW,
      limits: { packetBytes: 1024 * 1024, connections: 10_000 },
    },
    { batcher, budget: new ByteBudget(), sessions, clock, logger, poller: new ReadPoller(50) },
  );
  const { port } = await listener.listen();
  process.send?.(port);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({
      cpuMicros: user + system,
      messages: listener.stats.acknowledged,
      rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    } satisfies Usage);
  });
  process.on("disconnect", () => process.exit(0));
}

/** One connection of the load process: a window of frames of one size under packet ids 1 … WINDOW, sent round and round. */
async function loadConnection(
  port: number,
  index: number,
  topics: number,
): Promise<(n: number) => void> {
  const frames: Buffer[] = [];
  for (let id = 1; id <= WINDOW; id++) {
    const device = String(index * topics + (id % topics)).padStart(5, "0");
    const payload = JSON.stringify({
      device: `d${device}`,
      ts: 1_700_000_000_000 + id,
      temperature: 21.5,
      vibration: 0.25,
      seq: 100_000 + id,
    });
    frames.push(publishPacket(`factory/line1/d${device}/telemetry`, payload, { packetId: id }));
  }
  const ring = Buffer.concat(frames);
  const size = ring.length / WINDOW;
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(connectPacket({ clientId: `load-${index}` }));
  await once(socket, "data");
  let next = 0;
  let inFlight = 0;
  let owed = 0;
  const send = (wanted: number): void => {
    let count = Math.min(wanted, WINDOW - inFlight);
    owed = wanted - count;
    inFlight += count;
    while (count > 0) {
      const n = Math.min(count, WINDOW - next);
      socket.write(ring.subarray(next * size, (next + n) * size));
      next = (next + n) % WINDOW;
      count -= n;
    }
  };
  let rest = 0;
  socket.on("data", (bytes) => {
    const acks = Math.floor((rest + bytes.length) / 4);
    rest = (rest + bytes.length) % 4;
    inFlight -= acks;
    if (owed > 0) send(owed);
  });
  return (n) => send(n === Infinity ? Infinity : owed + n);
}

async function load(port: number, { connections, rate, topicsPerConnection }: Case): Promise<void> {
  const senders: ((n: number) => void)[] = [];
  for (let i = 0; i < connections; i++) {
    senders.push(await loadConnection(port, i, topicsPerConnection));
  }
  process.send?.("running");
  if (rate === 0) {
    for (const send of senders) send(Infinity);
    return;
  }
  const start = performance.now();
  let sent = 0;
  let first = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - start) * rate) / 1000);
    const each = Math.floor((due - sent) / connections);
    const more = (due - sent) % connections;
    for (let i = 0; i < connections; i++) {
      const n = each + ((first + i) % connections < more ? 1 : 0);
      if (n > 0) senders[i]?.(n);
    }
    first += more;
    sent = due;
  }, 2);
}

async function usage(server: ChildProcess): Promise<Usage> {
  server.send("usage");
  const [answer] = (await once(server, "message")) as [Usage];
  return answer;
}

async function measure(of: Case): Promise<void> {
  const server = fork(file, ["serve"]);
  const [port] = (await once(server, "message")) as [number];
  const loader = fork(file, ["load", String(port), JSON.stringify(of)]);
  await once(loader, "message");
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(1000);
  const micros: number[] = [];
  const rates: number[] = [];
  let before = await usage(server);
  let last = performance.now();
  for (let run = 0; run < RUNS; run++) {
    await wait(RUN_MS);
    const after = await usage(server);
    const now = performance.now();
    const messages = after.messages - before.messages;
    micros.push((after.cpuMicros - before.cpuMicros) / messages);
    rates.push((messages * 1000) / (now - last));
    before = after;
    last = now;
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[RUNS >> 1] ?? NaN;
  const { name } = of;
  console.log(
    JSON.stringify({
      case: name,
      cpuMicrosPerMessage: Number(median(micros).toFixed(2)),
      messagesPerSecond: Math.round(median(rates)),
      rssMiB: before.rssMiB,
    }),
  );
  for (const child of [loader, server]) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === "serve") await serve();
else if (mode === "load") await load(Number(rest[0]), JSON.parse(rest[1] ?? "{}") as Case);
else for (const of of CASES) await measure(of);
