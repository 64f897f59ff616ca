// `npm run soak:uplink`: the uplink killed, cut off, starved and lied to at random for as many rows as one likes, against
// a real broker that is killed and frozen too. Then every row must be in Kafka once, and those of a key in order.
//   --rows N     default 300,000
//   --seed N     of what happens and in which order; when exactly is the machine's business
// stdout has one JSON line. HEADRACE_KIT_KAFKA chooses the broker's version.

import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { hash32 } from "../../firmware-sim/random.ts";
import type { Lane } from "../../src/core/protocol.ts";
import { kafkaVersion } from "../kit/kafka/install.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { KafkaProxy } from "../kit/kafka/proxy.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { UplinkChild } from "./child.ts";
import { MemoryOutbox, testRows } from "./kit.ts";

const TOPICS = ["soak-a", "soak-b", "soak-alarms"] as const;
/** Rows that wait at most: the gateway's lanes would block there. */
const WAITING_MAX = 30_000;
const APIS = [
  "Produce",
  "EndTxn",
  "AddPartitionsToTxn",
  "InitProducerId",
  "Fetch",
  "ListOffsets",
  "Metadata",
];

const { values } = parseArgs({ options: { rows: { type: "string" }, seed: { type: "string" } } });
const total = Number(values.rows ?? 300_000);
const seed = Number(values.seed ?? Date.now() % 100_000);
let drawn = 0;
const random = { next: () => hash32(seed, 0, 0, drawn++) / 2 ** 32 };
const between = (low: number, high: number): number =>
  low + Math.floor(random.next() * (high - low));

const counts = {
  kills: 0,
  crashPoints: 0,
  brokerKills: 0,
  brokerStops: 0,
  freezes: 0,
  cuts: 0,
  bursts: 0,
};
const proxy = await KafkaProxy.start({ random: () => random.next() });
const broker = await Broker.start({ advertisedPort: proxy.port });
proxy.target = broker.port;
const bootstrap = `127.0.0.1:${proxy.port}`;
const outbox = new MemoryOutbox();
let child = new UplinkChild(bootstrap, outbox);
const begunMs = performance.now();
try {
  const feeding = feed();
  const isDone = { value: false };
  void feeding.then(() => (isDone.value = true));
  while (!isDone.value) await misfortune();
  await feeding;
  proxy.clear();
  child.notify();
  await drained();
  await report();
} finally {
  await child.kill();
  await broker.remove();
  await proxy.close();
}

async function feed(): Promise<void> {
  while (outbox.added.length < total) {
    if (outbox.kept > WAITING_MAX) {
      await pause(20);
      continue;
    }
    const topic = random.next() < 0.5 ? TOPICS[0] : TOPICS[1];
    const lane: Lane = random.next() < 0.7 ? "result" : "raw";
    outbox.add(lane, testRows(topic, between(1, 800), outbox.added.length));
    if (random.next() < 0.2)
      outbox.add("alarm", testRows(TOPICS[2], between(1, 5), outbox.added.length));
    child.notify();
    await pause(between(40, 200));
  }
}

/** One of the things that happen, and the time until the next. */
async function misfortune(): Promise<void> {
  await pause(between(100, 1500));
  const what = random.next();
  if (what < 0.35) await replace();
  else if (what < 0.5) {
    counts.crashPoints++;
    const point = random.next() < 0.5 ? "uplink-before-end-txn" : "uplink-after-end-txn";
    await replace(`${point}:${between(1, 12)}`);
  } else if (what < 0.7) {
    counts.cuts++;
    proxy.cut();
  } else if (what < 0.9) {
    counts.bursts++;
    for (const api of APIS) {
      for (const when of ["request", "response"] as const) {
        proxy.add({ api, when, probability: random.next() * 0.1 });
      }
    }
    await pause(between(500, 4000));
    proxy.clear();
  } else if (what < 0.94) {
    counts.freezes++;
    broker.pause();
    await pause(between(1000, 12_000));
    broker.resume();
  } else if (what < 0.98) {
    counts.brokerKills++;
    await broker.kill();
    await broker.start();
  } else {
    counts.brokerStops++;
    await broker.stop();
    await broker.start();
  }
  if (child.signal !== undefined) await replace();
}

/** A process that has died, or is to: the next one has an incarnation of its own, as a boot would. */
async function replace(crashPoint?: ConstructorParameters<typeof UplinkChild>[2]): Promise<void> {
  counts.kills++;
  await child.kill();
  outbox.boot();
  child = new UplinkChild(bootstrap, outbox, crashPoint);
}

async function drained(): Promise<void> {
  // The last transaction's rows stay until another one has committed.
  const last = outbox.added.at(-1)!.header;
  for (let left = 600; left > 0; left--) {
    if (child.signal !== undefined) await replace();
    await pause(500);
    if (outbox.kept > 6000) continue;
    const rows = await readCommitted(bootstrap, TOPICS);
    if (
      rows.length >= outbox.added.length &&
      rows.some(({ headers }) => headers["headrace"] === last)
    )
      return;
  }
}

async function report(): Promise<void> {
  const rows = await readCommitted(bootstrap, TOPICS);
  const placeOf = new Map(outbox.added.map(({ header }, index) => [header, index]));
  const seen = new Set<string>();
  const lastOf = new Map<string, number>();
  let unknown = 0;
  let outOfOrder = 0;
  for (const { topic, partition, key, headers } of rows) {
    const header = headers["headrace"]!;
    seen.add(header);
    const index = placeOf.get(header);
    if (index === undefined) {
      unknown++;
      continue;
    }
    const lane = outbox.added[index]!.lane;
    const place = [topic, partition, key, lane].join("/");
    if (index <= (lastOf.get(place) ?? -1)) outOfOrder++;
    lastOf.set(place, index);
  }
  const result = {
    kafka: kafkaVersion,
    seed,
    rows: outbox.added.length,
    lost: outbox.added.length - [...seen].filter((header) => placeOf.has(header)).length,
    duplicated: rows.length - seen.size,
    unknown,
    outOfOrder,
    ...counts,
    faults: Object.values(proxy.faults).reduce((sum, each) => sum + each, 0),
    seconds: Math.round((performance.now() - begunMs) / 1000),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const { lost, duplicated } = result;
  if (lost + duplicated + unknown + outOfOrder > 0) {
    process.stderr.write(`repeat: npm run soak:uplink -- --rows ${total} --seed ${seed}\n`);
    process.exitCode = 1;
  }
}
