// What the uplink finds in a real cluster that no error tells: hanging transactions, topics that forget or have grown.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import kafkajs from "kafkajs";
import { systemClock } from "../../src/core/clock.ts";
import { UPLINK_AUDIT_MS } from "../../src/core/limits.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { requireService } from "../kit/services.ts";
import {
  assertExactlyOnce,
  delivered,
  MemoryOutbox,
  PROGRESS,
  startUplink,
  testRows,
  until,
} from "./kit.ts";

const DAY_MS = 86_400_000;

test("the uplink looks at the cluster", async (t) => {
  if (!requireService(t, "kafka")) return;
  const broker = await Broker.start();
  t.after(async () => await broker.remove());
  const scenarios = {
    "a transaction that hangs in a topic is named, and forgotten when it has ended": hanging,
    "rows older than their topic keeps are told of": expired,
    "a topic that has grown is told of once, also across a restart": grown,
    "a progress topic that has grown is used where it began": grownProgress,
    "a progress topic that forgets is told of": forgetful,
  };
  for (const [name, run] of Object.entries(scenarios)) {
    await t.test(name, async (s) => await run(s, broker));
  }
});

/** A clock on which time can be let pass. */
function clockWith(skew: { monotonicMs: number }): typeof systemClock {
  return { wallMs: () => Date.now(), monotonicMs: () => performance.now() + skew.monotonicMs };
}

async function hanging(t: TestContext, broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  await broker.createTopic("stuck", { partitions: 2 });
  const neighbour = stock(bootstrap).producer({
    transactionalId: "neighbour",
    transactionTimeout: 600_000,
  });
  await neighbour.connect();
  t.after(async () => await neighbour.disconnect());
  const open = await neighbour.transaction();
  await open.send({ topic: "stuck", messages: [{ value: "x", partition: 1 }] });
  // It sends what it has kept for days, in one transaction after another.
  const busy = stock(bootstrap).producer({ transactionalId: "busy", transactionTimeout: 600_000 });
  await busy.connect();
  t.after(async () => await busy.disconnect());
  const backlog = async (): Promise<kafkajs.Transaction> => {
    const transaction = await busy.transaction();
    const timestamp = String(Date.now() - 3 * DAY_MS);
    await transaction.send({
      topic: "stuck",
      messages: [{ value: "old", partition: 0, timestamp }],
    });
    return transaction;
  };
  const before = await backlog();

  const skew = { monotonicMs: 0 };
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("stuck", 5));
  const { uplink, alarms } = startUplink(t, bootstrap, outbox, { clock: clockWith(skew) });
  await delivered(uplink);
  assert.equal(alarms.get("uplink_transaction_hangs"), undefined, "a young one is nothing");
  await before.commit();
  const after = await backlog();
  skew.monotonicMs = UPLINK_AUDIT_MS;
  outbox.add("result", testRows("stuck", 1, 5));
  uplink.notify(outbox.lanes);
  await until("the alarm", () => alarms.has("uplink_transaction_hangs"));
  assert.match(alarms.get("uplink_transaction_hangs")!, /than 25 min: stuck\/1 by producer \d+$/);
  assert.equal(uplink.stats.audit.transaction_hangs, 1);
  await open.abort();
  await after.commit();
  // The markers may be written after the answer: it is looked again until they are.
  await until("its end", async () => {
    skew.monotonicMs += UPLINK_AUDIT_MS;
    uplink.notify(outbox.lanes);
    await pause(500);
    return !alarms.has("uplink_transaction_hangs");
  });
}

async function expired(t: TestContext, broker: Broker): Promise<void> {
  await broker.createTopic("short", { configs: { "retention.ms": 7 * DAY_MS } });
  const nowMs = Date.now();
  const outbox = new MemoryOutbox();
  const aged = testRows("short", 10).map((row, i) => ({
    ...row,
    timeMs: nowMs - (i + 0.5) * DAY_MS,
  }));
  outbox.add("result", aged);
  const { uplink, alarms } = startUplink(t, broker.bootstrap, outbox);
  await delivered(uplink);
  await until("the alarm", () => alarms.has("uplink_rows_expired"));
  assert.match(
    alarms.get("uplink_rows_expired")!,
    /^3 rows of short are older than its retention of 7 d/,
  );
  outbox.add(
    "result",
    testRows("short", 1, 10).map((row) => ({ ...row, timeMs: nowMs })),
  );
  uplink.notify(outbox.lanes);
  await until("its end", () => !alarms.has("uplink_rows_expired"));
  await assertExactlyOnce(broker.bootstrap, ["short"], [outbox]);
}

async function grown(t: TestContext, broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  await broker.createTopic("growing", { partitions: 2 });
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("growing", 20));
  const first = startUplink(t, bootstrap, outbox);
  await delivered(first.uplink);
  await first.uplink.stop(2000);
  assert.equal(outbox.topics.get("growing"), 2);
  await grow(bootstrap, "growing", 5);

  const told: string[] = [];
  for (let start = 0; start < 2; start++) {
    const { uplink } = startUplink(t, bootstrap, outbox, {
      topicPartitions: new Map(outbox.topics),
      onAlarm: (alarm, detail) => {
        if (alarm === "uplink_partitions_changed" && detail !== undefined) told.push(detail);
      },
    });
    outbox.add("result", testRows("growing", 20, 20));
    uplink.notify(outbox.lanes);
    await delivered(uplink);
    assert.equal(uplink.stats.audit.partitions_changed, start === 0 ? 1 : 0);
    await uplink.stop(2000);
  }
  assert.equal(told.length, 1);
  assert.match(told[0]!, /growing has 5 partitions instead of 2/);
  await assertExactlyOnce(bootstrap, ["growing"], [outbox]);
}

async function grownProgress(t: TestContext, broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  const progressTopic = "growing.progress";
  await broker.createTopic(progressTopic, {
    partitions: 1,
    configs: { "cleanup.policy": "compact" },
  });
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("on", 20));
  const first = startUplink(t, bootstrap, outbox, { progressTopic });
  await delivered(first.uplink);
  await first.uplink.stop(2000);
  await grow(bootstrap, progressTopic, 7);
  outbox.add("result", testRows("on", 5, 20));
  const topicPartitions = new Map(outbox.topics);
  const { uplink } = startUplink(t, bootstrap, outbox, { progressTopic, topicPartitions });
  await delivered(uplink);
  assert.equal(uplink.stats.alreadyForwarded, 20, "its progress was found");
  assert.equal(uplink.stats.audit.partitions_changed, 1);
  await uplink.stop(2000);
  assert.equal(outbox.topics.get(progressTopic), 1, "and is looked for there for good");
  await assertExactlyOnce(bootstrap, ["on"], [outbox]);
  const records = await readCommitted(bootstrap, [progressTopic]);
  assert.deepEqual(new Set(records.map(({ partition }) => partition)), new Set([0]));
}

async function forgetful(t: TestContext, broker: Broker): Promise<void> {
  const progressTopic = "forgetful.progress";
  await broker.createTopic(progressTopic, { configs: { "cleanup.policy": "delete" } });
  const { uplink, alarms } = startUplink(t, broker.bootstrap, new MemoryOutbox(), {
    progressTopic,
  });
  await until("the alarm", () => alarms.has("uplink_progress_not_compacted"));
  assert.match(alarms.get("uplink_progress_not_compacted")!, /set cleanup\.policy=compact/);
  assert.equal(uplink.stats.audit.progress_not_compacted, 1);
  const fine = startUplink(t, broker.bootstrap, new MemoryOutbox(), { progressTopic: PROGRESS });
  await until("connection", () => fine.uplink.status.connected);
  assert.equal(fine.alarms.size, 0);
}

async function grow(bootstrap: string, topic: string, count: number): Promise<void> {
  const admin = stock(bootstrap).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await until("the partitions", async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length === count;
  });
  await admin.disconnect();
}

function stock(bootstrap: string): kafkajs.Kafka {
  const { Kafka, logLevel } = kafkajs;
  return new Kafka({ clientId: "stock", brokers: [bootstrap], logLevel: logLevel.NOTHING });
}
