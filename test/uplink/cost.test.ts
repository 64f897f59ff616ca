// What the uplink costs, in CPU time of this process; the load on the machine matters little to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Broker } from "../kit/kafka/broker.ts";
import { requireService } from "../kit/services.ts";
import { MemoryOutbox, newUplink, testRows, until } from "./kit.ts";

test("idle costs next to nothing, a row a few microseconds", async (t) => {
  if (!requireService(t, "kafka")) return;
  const broker = await Broker.start();
  t.after(async () => await broker.remove());
  const outbox = new MemoryOutbox();
  const uplink = newUplink(broker.bootstrap, outbox);
  t.after(async () => await uplink.stop(2000));
  uplink.start();
  await until("connection", () => uplink.status.connected);
  const rowCost = async (count: number): Promise<number> => {
    outbox.add("result", testRows("costly", count, outbox.added.length));
    const before = process.cpuUsage();
    uplink.notify(outbox.lanes);
    await until("delivery", () => uplink.undeliveredRows === 0);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  await rowCost(50_000); // compiled by then
  t.diagnostic(`${(await rowCost(100_000)).toFixed(1)} µs of CPU per row in a backlog`);
  let transactionUs = 0;
  for (let i = 0; i < 20; i++) transactionUs += (await rowCost(1)) / 20;
  t.diagnostic(`${(transactionUs / 1000).toFixed(1)} ms of CPU per transaction of one row`);
  const idleMs = 4000;
  const before = process.cpuUsage();
  await pause(idleMs);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / idleMs;
  t.diagnostic(`${(share * 100).toFixed(2)} % of a core while idle`);
  assert.ok(share <= 0.003, `idle takes ${share * 100} % of a core`);
});
