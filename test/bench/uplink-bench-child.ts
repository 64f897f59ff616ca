// One client of uplink.bench.ts in a process of its own, so that its memory can be told. Prints one JSON line.
//   argv: client name, port, rounds

import { setTimeout as pause } from "node:timers/promises";
import { benchRows, openClient, type ClientName } from "./uplink-clients.ts";

const ROWS = 1000;
const TRANSACTIONS = 100;
const SINGLES = 100;
const IDLE_MS = 3000;

const [name, port, rounds] = process.argv.slice(2);
const rssBefore = process.memoryUsage().rss;
const client = await openClient(name as ClientName, Number(port));
if (client === undefined) {
  console.log("null");
  process.exit(0);
}
const rows = benchRows(ROWS);
const single = benchRows(1);
const cpuUs = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};
for (let i = 0; i < 30; i++) await client.send(rows); // compiled by then
const usPerRow: number[] = [];
const msPerTransaction: number[] = [];
const latencyMs: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  let before = process.cpuUsage();
  for (let i = 0; i < TRANSACTIONS; i++) await client.send(rows);
  usPerRow.push(cpuUs(before) / TRANSACTIONS / ROWS);
  before = process.cpuUsage();
  const startMs = performance.now();
  for (let i = 0; i < SINGLES; i++) await client.send(single);
  msPerTransaction.push(cpuUs(before) / SINGLES / 1000);
  latencyMs.push((performance.now() - startMs) / SINGLES);
}
const rssMib = (process.memoryUsage().rss - rssBefore) / 2 ** 20;
const before = process.cpuUsage();
await pause(IDLE_MS);
const idlePercent = cpuUs(before) / 10 / IDLE_MS;
process.send?.("counting");
await new Promise((resolve) => process.once("message", resolve));
for (let i = 0; i < 10; i++) {
  await pause(50); // right after a commit the next transaction has to ask twice
  await client.send(single);
}
process.send?.("counted");
await new Promise((resolve) => process.once("message", resolve));
console.log(
  JSON.stringify({
    us_per_row: usPerRow,
    ms_per_transaction: msPerTransaction,
    latency_ms: latencyMs,
    idle_percent_of_a_core: [idlePercent],
    memory_mib: [rssMib],
  }),
);
await Promise.race([client.close(), pause(1000)]);
process.exit(0);
