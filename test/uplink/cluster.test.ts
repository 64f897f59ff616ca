// A cluster of three brokers that loses one after another: whoever leads a partition, coordinates the transaction or
// holds the progress, a reader of committed rows sees every row once and in order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { PROGRESS_PARTITIONS } from "../../src/core/limits.ts";
import { partitionHash } from "../../src/core/partition-hash.ts";
import type { Broker } from "../kit/kafka/broker.ts";
import { Cluster } from "../kit/kafka/cluster.ts";
import { requireService } from "../kit/services.ts";
import {
  assertExactlyOnce,
  delivered,
  GATEWAY,
  MemoryOutbox,
  PROGRESS,
  startUplink,
  testRows,
  until,
} from "./kit.ts";

const TOPIC = "replicated";
/** Of the eight that the uplink makes. */
const PROGRESS_PARTITION = partitionHash(Buffer.from(GATEWAY)) % PROGRESS_PARTITIONS;

test("a cluster loses its brokers, one after another", async (t) => {
  if (!requireService(t, "kafka")) return;
  const cluster = await Cluster.start();
  t.after(async () => await cluster.remove());
  await cluster.createTopic(TOPIC, { partitions: 3 });
  const [bootstrap] = cluster.addresses;
  const outbox = new MemoryOutbox();
  const address = { brokers: cluster.addresses, clientId: "test" };
  const { uplink, alarms } = startUplink(t, bootstrap!, outbox, { address: () => address });
  const feed = (): void => {
    outbox.add("result", testRows(TOPIC, 200, outbox.added.length));
    outbox.add("alarm", testRows(TOPIC, 2, outbox.added.length));
    uplink.notify(outbox.lanes);
  };
  feed();
  await delivered(uplink);

  const victims: Record<string, () => Promise<Broker>> = {
    "the leader of a data partition": async () => await cluster.leader(TOPIC, 1),
    "the transaction coordinator": async () => await cluster.coordinator(`headrace-${GATEWAY}`),
    "the leader of the progress": async () => await cluster.leader(PROGRESS, PROGRESS_PARTITION),
    "the broker it came by": async () => cluster.brokers[0]!,
  };
  for (const [i, [name, find]] of Object.entries(victims).entries()) {
    const end = i % 2 === 0 ? "kill" : "stop";
    await t.test(`${name}, by ${end}`, async (s) => {
      const victim = await find();
      const sessions = uplink.stats.sessions;
      const feeding = keepFeeding(feed);
      await pause(300);
      await victim[end]();
      await pause(1500);
      await victim.start();
      await feeding.end();
      await delivered(uplink);
      s.diagnostic(`${uplink.stats.sessions - sessions} sessions opened anew`);
    });
  }
  await t.test("two of three, so that nothing can be acknowledged", async (s) => {
    const [, second, third] = cluster.brokers;
    await Promise.all([second!.kill(), third!.kill()]);
    feed();
    await pause(3000);
    assert.ok(uplink.undeliveredRows > 0);
    const failures = uplink.stats.failures;
    await Promise.all([second!.start(), third!.start()]);
    await delivered(uplink);
    s.diagnostic(`${failures} failures in all, none of which spins`);
  });
  await until("no alarm", () => alarms.size === 0);
  await assertExactlyOnce(bootstrap!, [TOPIC], [outbox]);
});

/** A transaction's worth of rows every 50 ms. */
function keepFeeding(feed: () => void): { end(): Promise<void> } {
  let isFeeding = true;
  const work = (async () => {
    while (isFeeding) {
      feed();
      await pause(50);
    }
  })();
  return {
    async end() {
      isFeeding = false;
      await work;
    },
  };
}
