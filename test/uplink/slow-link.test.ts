// Links that are slow, lossy or gone for long: throughput falls, nothing else does.

import assert from "node:assert/strict";
import { describe, it, test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { TRANSACTION_TARGET_MS } from "../../src/core/limits.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy, type ProxyOptions } from "../kit/kafka/proxy.ts";
import { requireService } from "../kit/services.ts";
import {
  assertExactlyOnce,
  delivered,
  MemoryOutbox,
  newUplink,
  startUplink,
  testRows,
  type TestRow,
  until,
} from "./kit.ts";

/** 256 kbit/s. */
const SLOW_BYTES = 32_000;

async function throughProxy(
  t: TestContext,
  options: ProxyOptions,
): Promise<{ readonly broker: Broker; readonly proxy: KafkaProxy; readonly bootstrap: string }> {
  const proxy = await KafkaProxy.start(options);
  t.after(async () => await proxy.close());
  const broker = await Broker.start({ advertisedPort: proxy.port });
  t.after(async () => await broker.remove());
  proxy.target = broker.port;
  return { broker, proxy, bootstrap: `127.0.0.1:${proxy.port}` };
}

function longRows(topic: string, count: number, from = 0): TestRow[] {
  return testRows(topic, count, from).map((row) => ({ ...row, value: "z".repeat(400) }));
}

// They wait most of the time: side by side they take no longer than one.
describe("a link", { concurrency: true }, () => {
  it("of 256 kbit/s and a fifth of a second gets transactions that it can carry", async (t) => {
    if (!requireService(t, "kafka")) return;
    const options = { bytesPerSecond: SLOW_BYTES, latencyMs: 200 };
    const { broker, bootstrap } = await throughProxy(t, options);
    const outbox = new MemoryOutbox();
    outbox.add("result", longRows("slow", 500));
    const { uplink } = startUplink(t, bootstrap, outbox);
    await until("a first transaction", () => uplink.stats.transactions > 0);
    const begunMs = performance.now();
    await delivered(uplink);
    const transactions = uplink.stats.transactions - 1;
    const eachMs = (performance.now() - begunMs) / transactions;
    assert.equal(uplink.stats.failures, 0, "none was too large for it");
    t.diagnostic(`${transactions} transactions of ${Math.round(eachMs)} ms on average`);
    assert.ok(eachMs < 2 * TRANSACTION_TARGET_MS);
    await assertExactlyOnce(broker.bootstrap, ["slow"], [outbox]);
  });

  it("that becomes slow, and then flaps, loses nothing", async (t) => {
    if (!requireService(t, "kafka")) return;
    const { broker, proxy, bootstrap } = await throughProxy(t, { latencyMs: 20 });
    const outbox = new MemoryOutbox();
    const { uplink } = startUplink(t, bootstrap, outbox, { transactionTimeoutMs: 5000 });
    outbox.add("result", longRows("fading", 20_000));
    uplink.notify(outbox.lanes);
    await delivered(uplink); // its transactions are large now
    proxy.options = { bytesPerSecond: 4 * SLOW_BYTES, latencyMs: 60 };
    outbox.add("result", longRows("fading", 1000, 20_000));
    uplink.notify(outbox.lanes);
    await until("a time-out", () => uplink.stats.failures > 0);
    await delivered(uplink);
    t.diagnostic(`${uplink.stats.failures} transactions timed out before the size was right`);

    proxy.options = { bytesPerSecond: 20 * SLOW_BYTES, latencyMs: 50 };
    outbox.add("result", longRows("fading", 3000, 30_000));
    uplink.notify(outbox.lanes);
    for (let cuts = 0; cuts < 8; cuts++) {
      await pause(250);
      proxy.cut();
    }
    await delivered(uplink);
    await assertExactlyOnce(broker.bootstrap, ["fading"], [outbox]);
  });
});

test("an outage costs next to nothing, however long, whether Kafka refuses or is silent", async (t) => {
  if (!requireService(t, "kafka")) return;
  const { broker, bootstrap } = await throughProxy(t, {});
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("outage", 10));
  const uplink = newUplink(bootstrap, outbox);
  t.after(async () => await uplink.stop(2000));
  uplink.notify(outbox.lanes);
  uplink.start();
  await delivered(uplink);
  for (const kind of ["refuses", "is silent"] as const) {
    if (kind === "refuses") await broker.kill();
    else broker.pause();
    outbox.add("result", testRows("outage", 50_000, outbox.added.length));
    uplink.notify(outbox.lanes);
    await until("the loss", () => !uplink.status.connected);
    await pause(1500); // the back-off has grown
    const failures = uplink.stats.failures;
    const cpu = process.cpuUsage();
    const heapBytes = process.memoryUsage().heapUsed;
    const watchedMs = 4000;
    await pause(watchedMs);
    const { user, system } = process.cpuUsage(cpu);
    const share = (user + system) / 1000 / watchedMs;
    const attempts = uplink.stats.failures - failures;
    const grownMib = (process.memoryUsage().heapUsed - heapBytes) / 2 ** 20;
    t.diagnostic(
      `${kind}: ${attempts} attempts in ${watchedMs / 1000} s, ${(share * 100).toFixed(1)} % of a core, heap ${grownMib.toFixed(1)} MiB`,
    );
    assert.ok(attempts <= 4, `${attempts} attempts`);
    assert.ok(share < 0.1, `${share * 100} % of a core`);
    assert.ok(grownMib < 40, `the heap grew by ${grownMib} MiB`);
    if (kind === "refuses") await broker.start();
    else broker.resume();
    await delivered(uplink);
  }
  await assertExactlyOnce(broker.bootstrap, ["outage"], [outbox]);
});
