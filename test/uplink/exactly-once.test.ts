// Faults against a real Kafka: whatever is lost, cut or killed, a read_committed reader sees every row once and in
// order.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { CrashPoint } from "../../src/core/fault-points.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy } from "../kit/kafka/proxy.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { requireService } from "../kit/services.ts";
import { UplinkChild } from "./child.ts";
import { assertExactlyOnce, MemoryOutbox, newUplink, testRows, until } from "./kit.ts";

const KILLS = 10;

test("rows reach Kafka exactly once", async (t) => {
  if (!requireService(t, "kafka")) return;
  const proxy = await KafkaProxy.start();
  t.after(async () => await proxy.close());
  const broker = await Broker.start({ advertisedPort: proxy.port });
  t.after(async () => await broker.remove());
  proxy.target = broker.port;
  const kit: Kit = { broker, proxy, bootstrap: `127.0.0.1:${proxy.port}` };

  await t.test("when requests and answers are lost at every step", async () => await lose(kit));
  for (const point of ["uplink-before-end-txn", "uplink-after-end-txn"] as const) {
    await t.test(`when the process dies at ${point}, ${KILLS} times`, async () => {
      await dieAt(kit, point);
    });
  }
  await t.test(`when the process is killed anywhere, ${KILLS} times`, async () => {
    await dieAnywhere(kit);
  });
  await t.test("when Kafka is killed and restarted", async (s) => await restartKafka(kit, s));
});

interface Kit {
  readonly broker: Broker;
  readonly proxy: KafkaProxy;
  readonly bootstrap: string;
}

/** Each kind of loss twice, the second in the middle of a backlog; every one must have struck. */
async function lose({ proxy, bootstrap }: Kit): Promise<void> {
  const outbox = new MemoryOutbox();
  const uplink = newUplink(bootstrap, outbox);
  uplink.start();
  try {
    for (const api of ["Produce", "EndTxn", "AddPartitionsToTxn", "InitProducerId"]) {
      for (const when of ["request", "response"] as const) {
        const struck = proxy.faults[`${api} ${when}`] ?? 0;
        // An InitProducerId needs a broken session before it: lose an EndTxn for that.
        if (api === "InitProducerId") proxy.add({ api: "EndTxn", when: "request", nth: 1 });
        proxy.add({ api, when, nth: 1 });
        proxy.add({ api, when, nth: 4 });
        for (let blob = 0; blob < 8; blob++) {
          outbox.add("result", testRows("lossy", 400, outbox.added.length));
          outbox.add("alarm", testRows("lossy-alarms", 3, outbox.added.length));
          uplink.notify(outbox.lanes);
          await until("delivery", () => uplink.undeliveredRows === 0);
        }
        assert.ok((proxy.faults[`${api} ${when}`] ?? 0) > struck, `no ${api} ${when} was lost`);
        proxy.clear();
      }
    }
    assert.ok(uplink.stats.alreadyForwarded > 0, "a lost EndTxn answer leaves committed rows");
    await assertExactlyOnce(bootstrap, ["lossy", "lossy-alarms"], [outbox]);
  } finally {
    proxy.clear();
    await uplink.stop(2000);
  }
}

async function dieAt({ bootstrap }: Kit, point: CrashPoint): Promise<void> {
  const outbox = new MemoryOutbox();
  const topic = `${point}-rows`;
  for (let kill = 0; kill < KILLS; kill++) {
    outbox.boot();
    outbox.add("result", testRows(topic, 300, kill * 300), { rule: kill });
    outbox.add("alarm", testRows(topic, 5, kill * 5));
    // At the first transaction, or at the second with the rows of the first still in the outbox. (The sweep passes
    // no crash point.)
    const isSecond = kill % 2 === 1;
    await withChild(
      new UplinkChild(bootstrap, outbox, `${point}:${isSecond ? 2 : 1}`),
      async (child) => {
        if (isSecond) {
          const last = outbox.added.at(-1)!.header;
          await until("a transaction", async () => await hasRow(bootstrap, topic, last));
          outbox.add("result", testRows(topic, 50, 10_000 + kill));
          child.notify();
        }
        await until("the crash", () => child.signal !== undefined);
        assert.equal(child.signal, "SIGKILL");
      },
    );
  }
  await finish(bootstrap, [topic], outbox);
}

async function withChild(
  child: UplinkChild,
  work: (child: UplinkChild) => Promise<void>,
): Promise<void> {
  try {
    await work(child);
  } finally {
    await child.kill();
  }
}

async function hasRow(bootstrap: string, topic: string, header: string): Promise<boolean> {
  const rows = await readCommitted(bootstrap, [topic]);
  return rows.some(({ headers }) => headers["headrace"] === header);
}

/** Kills at times that have nothing to do with what the process does. */
async function dieAnywhere({ bootstrap }: Kit): Promise<void> {
  const outbox = new MemoryOutbox();
  for (let kill = 0; kill < KILLS; kill++) {
    for (let blob = 0; blob < 20; blob++) {
      outbox.add("result", testRows("anywhere", 300, outbox.added.length));
    }
    await withChild(new UplinkChild(bootstrap, outbox), async () => {
      const kept = outbox.kept;
      // After more rows each time: at some moment of some transaction.
      await until("progress", () => outbox.kept <= kept - 300 * (kill % 5));
    });
  }
  await finish(bootstrap, ["anywhere"], outbox);
}

async function restartKafka({ broker, proxy, bootstrap }: Kit, t: TestContext): Promise<void> {
  const outbox = new MemoryOutbox();
  const uplink = newUplink(bootstrap, outbox);
  t.after(async () => await uplink.stop(2000));
  uplink.start();
  const more = (): void => {
    outbox.add("result", testRows("restarts", 500, outbox.added.length));
    uplink.notify(outbox.lanes);
  };
  const all = (): boolean => uplink.undeliveredRows === 0;
  more();
  await until("a first commit", all);
  for (const end of ["kill", "stop"] as const) {
    proxy.add({ api: "EndTxn", when: "response", nth: 1 }); // the transaction under way is in doubt
    more();
    await until("a transaction in doubt", () => !uplink.status.connected);
    await broker[end]();
    more();
    await broker.start();
    await until("recovery", all);
    proxy.clear();
  }
  await assertExactlyOnce(bootstrap, ["restarts"], [outbox]);
}

/** Forwards what is left without faults, and checks it all. */
async function finish(bootstrap: string, topics: string[], outbox: MemoryOutbox): Promise<void> {
  const uplink = newUplink(bootstrap, outbox);
  uplink.notify(outbox.lanes);
  uplink.start();
  try {
    await until("the rest", () => uplink.undeliveredRows === 0);
    await assertExactlyOnce(bootstrap, topics, [outbox]);
  } finally {
    await uplink.stop(2000);
  }
}
