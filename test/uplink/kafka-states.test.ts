// What the uplink does in the states that a real Kafka gets into: topics missing, rows too large, a neighbour's open
// transaction, no answer at all.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import kafkajs, { type Kafka } from "kafkajs";
import { UPLINK_QUIET_MS } from "../../src/core/limits.ts";
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

test("the uplink and a real Kafka", async (t) => {
  if (!requireService(t, "kafka")) return;
  const broker = await Broker.start();
  t.after(async () => await broker.remove());
  const scenarios = {
    "topics are created as documented": topicsCreated,
    "the opening sweeps every partition": sweep,
    "rows are kept until one more transaction has committed": keepOneBehind,
    "the last rows are given up once, and then nothing is sent": quiet,
    "a neighbour's open transaction does not hide our progress": neighbourInTheWay,
    "a missing topic holds up its own lane only, and is named": missingTopic,
    "without its progress topic the uplink waits and says so": missingProgressTopic,
    "a batch too large is split, a row too large is given up": tooLarge,
    "stop returns in time while Kafka hangs": stopWhileHanging,
  };
  for (const [name, run] of Object.entries(scenarios)) {
    await t.test(name, async (s) => await run(s, broker));
  }
});

async function topicsCreated(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const { uplink } = startUplink(t, bootstrap, new MemoryOutbox(), { topics: ["configured"] });
  await until("connection", () => uplink.status.connected);
  const admin = stockKafkajs(bootstrap).admin();
  t.after(async () => await admin.disconnect());
  const { topics } = await admin.fetchTopicMetadata({ topics: [PROGRESS, "configured"] });
  const partitions = Object.fromEntries(
    topics.map((topic) => [topic.name, topic.partitions.length]),
  );
  assert.deepEqual(partitions, { [PROGRESS]: 8, configured: 3 });
  const configNames = ["cleanup.policy", "segment.ms", "min.cleanable.dirty.ratio"];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: PROGRESS, configNames }],
  });
  const configs = resources[0]!.configEntries.map((entry) => entry.configValue);
  assert.deepEqual(configs.toSorted(), ["0.1", "3600000", "compact"]);
}

/** A record and its abort marker in each. (More of them after an opening that failed on a topic just made.) */
async function sweep(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("in-the-rows", 1));
  const { uplink } = startUplink(t, bootstrap, outbox, { topics: ["in-the-options"] });
  await delivered(uplink);
  const admin = stockKafkajs(bootstrap).admin();
  t.after(async () => await admin.disconnect());
  for (const topic of ["in-the-options", "in-the-rows"]) {
    await until(`markers in ${topic}`, async () => {
      const partitions = await admin.fetchTopicOffsets(topic);
      return partitions.length === 3 && partitions.every(({ high }) => Number(high) >= 2);
    });
  }
  const rows = await readCommitted(bootstrap, ["in-the-options", "in-the-rows"]);
  assert.equal(rows.length, 1, "the sweep is invisible");
}

async function keepOneBehind(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("behind", 5));
  const { uplink } = startUplink(t, bootstrap, outbox);
  for (const more of [7, 9]) {
    await delivered(uplink);
    const keptBefore = outbox.kept;
    outbox.add("result", testRows("behind", more));
    uplink.notify(outbox.lanes);
    await delivered(uplink);
    assert.equal(outbox.kept, more, `the ${keptBefore} rows before them are given up`);
  }
}

async function quiet(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("quiet", 5));
  outbox.add("alarm", testRows("quiet", 1));
  const { uplink } = startUplink(t, bootstrap, outbox);
  await delivered(uplink);
  const { transactions } = uplink.stats;
  assert.equal(outbox.kept, 6);
  await until("the outbox is empty", () => outbox.kept === 0);
  await pause(3 * UPLINK_QUIET_MS);
  assert.equal(uplink.stats.transactions, transactions + 1);
  await assertExactlyOnce(bootstrap, ["quiet"], [outbox]);
  await uplink.stop(2000);
  // What it has sent says the same as what it repeats.
  outbox.add("result", testRows("quiet", 5, 5));
  const next = startUplink(t, bootstrap, outbox);
  await delivered(next.uplink);
  await assertExactlyOnce(bootstrap, ["quiet"], [outbox]);
}

async function neighbourInTheWay(t: TestContext, broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  const progressTopic = "shared.progress";
  await broker.createTopic(progressTopic, { configs: { "cleanup.policy": "compact" } });
  const neighbour = stockKafkajs(bootstrap).producer({ transactionalId: "headrace-neighbour" });
  await neighbour.connect();
  t.after(async () => await neighbour.disconnect());
  const open = await neighbour.transaction();
  const messages = [{ key: "neighbour/0000000000000001/result", value: "{}" }];
  await open.send({ topic: progressTopic, messages });

  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("beside", 100));
  const first = startUplink(t, bootstrap, outbox, { progressTopic });
  await delivered(first.uplink);
  await first.uplink.stop(2000);
  assert.equal((await readCommitted(bootstrap, [progressTopic])).length, 0, "hidden from readers");
  outbox.add("result", testRows("beside", 10, 100));
  const second = startUplink(t, bootstrap, outbox, { progressTopic });
  await delivered(second.uplink);
  assert.equal(second.uplink.stats.alreadyForwarded, 100);
  await assertExactlyOnce(bootstrap, ["beside"], [outbox]);
  await open.abort();
}

async function missingTopic(t: TestContext, broker: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  await broker.createTopic("there");
  outbox.add("result", [
    ...testRows("there", 5),
    ...testRows("not-there", 5),
    ...testRows("there", 5),
  ]);
  outbox.add("alarm", testRows("there", 3));
  const { uplink, alarms } = startUplink(t, broker.bootstrap, outbox, { createTopics: false });
  await until("the alarm", () => alarms.has("uplink_topic_missing"));
  await until("the rows before it", () => uplink.stats.rows === 8);
  assert.equal(alarms.get("uplink_topic_missing"), "not-there");
  assert.deepEqual(uplink.status.missingTopics, ["not-there"]);
  outbox.add("alarm", testRows("there", 2, 3));
  uplink.notify(outbox.lanes);
  await until("the other lane", () => uplink.stats.rows === 10);
  assert.ok(uplink.status.connected, "a missing data topic ends no session");
  await broker.createTopic("not-there");
  await delivered(uplink);
  assert.equal(alarms.size, 0);
  await assertExactlyOnce(broker.bootstrap, ["there", "not-there"], [outbox]);
}

async function missingProgressTopic(t: TestContext, broker: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  await broker.createTopic("late-start");
  outbox.add("result", testRows("late-start", 5));
  const progressTopic = "late.progress";
  const options = { createTopics: false, progressTopic };
  const { uplink, alarms } = startUplink(t, broker.bootstrap, outbox, options);
  await until("the alarm", () => alarms.get("uplink_topic_missing") === progressTopic);
  assert.equal(uplink.status.connected, false);
  await broker.createTopic(progressTopic, { configs: { "cleanup.policy": "compact" } });
  await delivered(uplink);
  await until("the end of the alarm", () => alarms.size === 0);
  await assertExactlyOnce(broker.bootstrap, ["late-start"], [outbox]);
}

async function tooLarge(t: TestContext, broker: Broker): Promise<void> {
  const { bootstrap } = broker;
  await broker.createTopic("small", { configs: { "max.message.bytes": 10_000 } });
  const outbox = new MemoryOutbox();
  const kilobyte = testRows("small", 60).map((row) => ({ ...row, value: "x".repeat(1000) }));
  outbox.add("result", [...kilobyte, ...testRows("beside-small", 30)]);
  const guilty = { topic: "small", key: null, value: "y".repeat(20_000) };
  outbox.add("result", [guilty, ...testRows("small", 5)]);
  const { uplink } = startUplink(t, bootstrap, outbox);
  await delivered(uplink);
  assert.deepEqual(
    outbox.undeliverable.map((row) => ({ ...row, value: row.value.length })),
    [
      {
        lane: "result",
        sequence: 91,
        rule: "rule",
        topic: "small",
        timeMs: Number.NaN,
        reason: "MESSAGE_TOO_LARGE",
        value: 20_000,
      },
    ],
  );
  outbox.added.splice(
    outbox.added.findIndex(({ value }) => value === guilty.value),
    1,
  );
  await assertExactlyOnce(bootstrap, ["small", "beside-small"], [outbox]);
}

async function stopWhileHanging(t: TestContext, broker: Broker): Promise<void> {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("hanging", 5));
  const connected = startUplink(t, broker.bootstrap, outbox);
  await delivered(connected.uplink);
  broker.pause();
  try {
    outbox.add("result", testRows("hanging", 5, 5));
    connected.uplink.notify(outbox.lanes);
    const connecting = startUplink(t, broker.bootstrap, outbox);
    const begun = performance.now();
    await Promise.all([connected.uplink.stop(1000), connecting.uplink.stop(1000)]);
    assert.ok(performance.now() - begun < 1500, "stop took longer than it was given");
  } finally {
    broker.resume();
  }
  const { uplink } = startUplink(t, broker.bootstrap, outbox);
  await delivered(uplink);
  await assertExactlyOnce(broker.bootstrap, ["hanging"], [outbox]);
}

/** kafkajs as it comes, for what other users of a cluster do. */
function stockKafkajs(bootstrap: string): Kafka {
  const { Kafka, logLevel } = kafkajs;
  return new Kafka({ clientId: "stock", brokers: [bootstrap], logLevel: logLevel.NOTHING });
}
