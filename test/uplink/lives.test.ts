// Several copies, lives and ages of one gateway on a real Kafka: a cloned card, a restored disk image, progress that is
// no longer needed.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";
import { PROGRESS_RETENTION_MS } from "../../src/core/limits.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { requireService } from "../kit/services.ts";
import {
  assertExactlyOnce,
  delivered,
  GATEWAY,
  MemoryOutbox,
  startUplink,
  testRows,
  until,
} from "./kit.ts";

test("copies and lives of a gateway on a real Kafka", async (t) => {
  if (!requireService(t, "kafka")) return;
  const broker = await Broker.start();
  t.after(async () => await broker.remove());
  const scenarios = {
    "of two live copies one stops, and takes over by command": twoCopies,
    "progress of incarnations drained for 400 days is deleted": oldIncarnations,
  };
  for (const [name, run] of Object.entries(scenarios)) {
    await t.test(name, async (s) => await run(s, broker));
  }
});

async function twoCopies(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const copies = ["hw-a", "hw-b"].map((hwSerial) => {
    const outbox = new MemoryOutbox();
    const owner = { hwSerial, dataDirId: "same", bootId: `boot of ${hwSerial}` };
    return { outbox, ...startUplink(t, bootstrap, outbox, { owner }) };
  });
  const more = (): void => {
    for (const { outbox, uplink } of copies) {
      outbox.add("result", testRows("copies", 10, outbox.added.length));
      uplink.notify(outbox.lanes);
    }
  };
  await until("a fence", async () => {
    more();
    await pause(100);
    return copies.some(({ uplink }) => uplink.status.fenced);
  });
  const fenced = copies.find(({ uplink }) => uplink.status.fenced)!;
  const active = copies.find((copy) => copy !== fenced)!;
  more();
  await delivered(active.uplink);
  assert.match(fenced.alarms.get("uplink_fenced")!, /also used by hardware hw-/);
  assert.ok(fenced.uplink.status.fenced && fenced.uplink.undeliveredRows > 0, "it keeps its rows");
  const opened = fenced.uplink.stats.sessions;
  more();
  await delivered(active.uplink);
  assert.equal(fenced.uplink.stats.sessions, opened, "and does not come back by itself");

  assert.equal(await fenced.uplink.resume(false), "taking_over");
  await delivered(fenced.uplink);
  assert.equal(fenced.alarms.size, 0);
  more();
  await until("the other one's fence", () => active.uplink.status.fenced);
  await active.uplink.stop(2000);
  await fenced.uplink.stop(2000);
  const { uplink } = startUplink(t, bootstrap, active.outbox);
  await delivered(uplink);
  await uplink.stop(2000);
  const last = startUplink(t, bootstrap, fenced.outbox);
  await delivered(last.uplink);
  const outboxes = copies.map(({ outbox }) => outbox);
  await assertExactlyOnce(bootstrap, ["copies"], outboxes);
}

async function oldIncarnations(t: TestContext, { bootstrap }: Broker): Promise<void> {
  const progressTopic = "old.progress";
  const longAgo = Date.now() - PROGRESS_RETENTION_MS - 86_400_000;
  const clock: Clock = { wallMs: () => longAgo, monotonicMs: () => performance.now() };
  const outbox = new MemoryOutbox();
  const old = outbox.incarnation;
  outbox.add("result", testRows("aged", 3));
  const before = startUplink(t, bootstrap, outbox, { progressTopic, clock });
  await delivered(before.uplink);
  await before.uplink.stop(2000);

  const drained = new MemoryOutbox();
  drained.add("result", testRows("aged", 3, 3));
  const { uplink } = startUplink(t, bootstrap, drained, { progressTopic });
  await delivered(uplink);
  const records = await readCommitted(bootstrap, [progressTopic]);
  const newest = new Map(records.map(({ key, value }) => [key, value]));
  assert.equal(newest.get(`${GATEWAY}/${old}/result`), null);
  const current = JSON.parse(newest.get(`${GATEWAY}/${drained.incarnation}/result`)!) as object;
  assert.deepEqual(Object.keys(current), ["lastSeq", "frontiers", "alarms", "owner"]);
  await assertExactlyOnce(bootstrap, ["aged"], [outbox, drained]);
}
