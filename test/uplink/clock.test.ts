// A gateway whose clock Kafka does not believe: rows wait, an alarm says how far it is off, and nothing is lost.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Clock } from "../../src/core/clock.ts";
import type { DeliveryMode } from "../../src/core/delivery.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { requireService } from "../kit/services.ts";
import { assertExactlyOnce, delivered, MemoryOutbox, startUplink, testRows, until } from "./kit.ts";

const HOUR_MS = 3_600_000;

test("a clock that is too far from the broker's", { concurrency: true }, async (t) => {
  if (!requireService(t, "kafka")) return;
  const broker = await Broker.start();
  t.after(async () => await broker.remove());
  await broker.createTopic("behind", { configs: { "message.timestamp.before.max.ms": HOUR_MS } });
  await Promise.all([
    t.test("ahead: the alarm says by how much, once, until it is set", async (s) => {
      await refused(s, broker, { topic: "ahead", offMs: 2 * HOUR_MS + 60_500 });
    }),
    t.test("behind, for a topic that wants it so", async (s) => {
      await refused(s, broker, { topic: "behind", offMs: -26 * HOUR_MS - 59_000 });
    }),
    t.test("without transactions nobody knows by how much", async (s) => {
      await refused(s, broker, { topic: "plain", offMs: 2 * HOUR_MS, delivery: "at-least-once" });
    }),
  ]);
});

const EXPECTED: Readonly<Record<string, RegExp>> = {
  ahead: /^the gateway's clock is 2 h 1 min ahead of the broker's, .*; set the gateway's clock, /,
  behind: /^the gateway's clock is 1 d 2 h behind the broker's, .*; set the gateway's clock, /,
  plain: /its clock and the broker's are too far apart; set the gateway's clock, /,
};

interface Case {
  readonly topic: string;
  /** From a moment on, after which Kafka refuses what it has taken before. */
  readonly offMs: number;
  readonly delivery?: DeliveryMode;
}

async function refused(
  t: TestContext,
  { bootstrap }: Broker,
  { topic, offMs, delivery = "exactly-once" }: Case,
): Promise<void> {
  let nowOffMs = 0;
  const clock: Clock = {
    wallMs: () => Date.now() + nowOffMs,
    monotonicMs: () => performance.now(),
  };
  const outbox = new MemoryOutbox(topic);
  outbox.add("result", testRows(topic, 10));
  const warnings: string[] = [];
  const nothing = (): void => {};
  const logger = {
    debug: nothing,
    info: nothing,
    warn: (message: string) => warnings.push(message),
    error: nothing,
  };
  const progressTopic = `${topic}.progress`;
  const options = { gatewayId: topic, progressTopic, clock, delivery, logger };
  const { uplink, alarms } = startUplink(t, bootstrap, outbox, options);
  await delivered(uplink);
  assert.equal(alarms.size, 0);

  nowOffMs = offMs;
  const failures = uplink.stats.failures;
  const warned = warnings.length;
  outbox.add("result", testRows(topic, 10, 10));
  uplink.notify(outbox.lanes);
  const expected = EXPECTED[topic]!;
  await until("the alarm", () => expected.test(alarms.get("uplink_time_refused") ?? ""));
  assert.match(uplink.status.lastError!, expected);
  await until("more attempts", () => uplink.stats.failures > failures + 4);
  assert.deepEqual([...alarms.keys()], ["uplink_time_refused"]);
  const told = delivery === "exactly-once" ? 2 : 1; // not known, then known
  assert.equal(uplink.stats.audit.time_refused, told);
  assert.equal(warnings.length - warned, 2 * told, warnings.join()); // by audit and outage
  assert.equal(uplink.undeliveredRows, 10);

  nowOffMs = 0;
  await delivered(uplink);
  assert.equal(alarms.size, 0);
  await assertExactlyOnce(bootstrap, [topic], [outbox]);
}
