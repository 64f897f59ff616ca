// `npm run bench:uplink`: what clients cost that send the same rows in Kafka transactions, in CPU time of a process with
// nothing else in it. @platformatic/kafka is measured where it is installed (npm install --no-save @platformatic/kafka).
//   --quick            one round of each client
//   --rounds N
//   --margin FACTOR    exit 1 if a figure misses its bound by more than this factor (1 = the bound itself)
// stdout has a table, then one JSON line.

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { build } from "esbuild";

import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy } from "../kit/kafka/proxy.ts";
import { judge, lineText, type Bound, type Figures, type Line } from "./report.ts";
import { PARTITIONS, TOPIC, type ClientName } from "./uplink-clients.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    margin: { type: "string" },
  },
});
const rounds = values.rounds ?? (values.quick ? "1" : "5");
const margin = values.margin === undefined ? undefined : Number(values.margin);

/** The uplink's session must stay close to what no client can beat. */
const BOUNDS: Readonly<Partial<Record<ClientName, Readonly<Record<string, Bound>>>>> = {
  headrace: {
    us_per_row: { max: 2 },
    ms_per_transaction: { max: 1.5 },
    round_trips: { max: 3 },
    idle_percent_of_a_core: { max: 0.3 },
  },
};

/** Built: running from source takes memory of its own. */
const CHILD = "target/bench/uplink-bench-child.js";
await build({
  entryPoints: [join(import.meta.dirname, "uplink-bench-child.ts")],
  outfile: CHILD,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  logLevel: "warning",
});

const proxy = await KafkaProxy.start();
const broker = await Broker.start({ advertisedPort: proxy.port });
proxy.target = broker.port;
await broker.createTopic(TOPIC, { partitions: PARTITIONS });
await broker.createTopic("bench.progress", { configs: { "cleanup.policy": "compact" } });
const lines: Line[] = [];
try {
  for (const name of ["bare socket", "headrace", "kafkajs", "platformatic"] as const) {
    const figures = await measure(name);
    if (figures === undefined) {
      process.stdout.write(`${name} is not installed\n`);
      continue;
    }
    const judged = judge({ name, bounds: BOUNDS[name] ?? {} }, figures, margin ?? 1);
    lines.push(...judged);
    process.stdout.write(judged.map(lineText).join(""));
  }
} finally {
  await broker.remove();
  await proxy.close();
}
process.stdout.write(`${JSON.stringify({ rounds: Number(rounds), lines })}\n`);
if (margin !== undefined && lines.some(({ ok }) => !ok)) process.exitCode = 1;

async function measure(name: ClientName): Promise<Figures | undefined> {
  const child = fork(CHILD, [name, String(proxy.port), rounds], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let output = "";
  child.stdout!.on("data", (data: Buffer) => (output += data.toString()));
  let requests = 0;
  child.on("message", (message) => {
    requests = proxy.requests - (message === "counted" ? requests : 0);
    child.send("go on");
  });
  await once(child, "close");
  const figures = JSON.parse(output) as Figures | null;
  if (figures === null) return undefined;
  return { ...figures, round_trips: [requests / 10] };
}
