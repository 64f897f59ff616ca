import assert from "node:assert/strict";
import { test } from "node:test";
import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy } from "../kit/kafka/proxy.ts";
import { requireService } from "../kit/services.ts";
import { assertExactlyOnce, MemoryOutbox, newUplink, testRows, until } from "./kit.ts";

test("a slow link gets smaller transactions and loses nothing", async (t) => {
  if (!requireService(t, "kafka")) return;
  const proxy = await KafkaProxy.start({ bytesPerSecond: 60_000, latencyMs: 200 });
  t.after(async () => await proxy.close());
  const broker = await Broker.start({ advertisedPort: proxy.port });
  t.after(async () => await broker.remove());
  proxy.target = broker.port;
  const outbox = new MemoryOutbox();
  // Together they take 4 s on this link; a transaction must be through in 2.8.
  const rows = testRows("slow", 500).map((row) => ({ ...row, value: "z".repeat(400) }));
  outbox.add("result", rows);
  const options = { transactionTimeoutMs: 4000 };
  const uplink = newUplink(`127.0.0.1:${proxy.port}`, outbox, options);
  t.after(async () => await uplink.stop(2000));
  uplink.notify(outbox.lanes);
  uplink.start();
  await until("delivery", () => uplink.undeliveredRows === 0);
  assert.ok(uplink.stats.transactions > 1, "the rows were split");
  t.diagnostic(`${uplink.stats.failures} transactions timed out before the size was right`);
  await assertExactlyOnce(broker.bootstrap, ["slow"], [outbox]);
});
