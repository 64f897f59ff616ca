import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDED, BAD_TOPIC, FULL } from "../../src/ingest/open-batch.ts";
import { FakeLink } from "./fake-link.ts";
import { IngestRig } from "./support.ts";

test("a batch closes when its linger is over, not before, even when the worker is idle", () => {
  const rig = new IngestRig({ lingerMs: 20 });
  const link = new FakeLink(rig);
  link.offer("t", "one");
  rig.time.advance(10);
  link.offer("t", "two");
  rig.time.advance(9);
  assert.equal(rig.worker.submitted.length, 0);
  rig.time.advance(1);
  assert.equal(rig.worker.submitted.length, 1);
  assert.deepEqual(
    rig.worker.messages.map(({ payload }) => payload.toString()),
    ["one", "two"],
  );
  const [first, second] = rig.worker.messages;
  assert.equal((second?.receivedMs ?? 0) - (first?.receivedMs ?? 0), 10);
});

test("a new linger also holds for the open batch", () => {
  const rig = new IngestRig({ lingerMs: 2000 });
  const link = new FakeLink(rig);
  link.offer("t", "x");
  rig.time.advance(500);
  rig.batcher.setLinger(600);
  rig.time.advance(99);
  assert.equal(rig.worker.submitted.length, 0);
  rig.time.advance(1);
  assert.equal(rig.worker.submitted.length, 1);
  link.offer("t", "y");
  rig.time.advance(10);
  rig.batcher.setLinger(5);
  rig.time.advance(0);
  assert.equal(rig.worker.submitted.length, 2);
});

test("a batch closes at its message bound and at its byte bound", () => {
  const rig = new IngestRig({ messages: 3, bytes: 100 });
  const link = new FakeLink(rig);
  for (let i = 0; i < 3; i++) link.offer("t", "x");
  assert.equal(rig.worker.submitted.length, 1);
  link.offer("t", Buffer.alloc(60));
  link.offer("t", Buffer.alloc(60));
  assert.equal(rig.worker.submitted.length, 2);
  assert.deepEqual(
    rig.worker.submitted.map(({ count }) => count),
    [3, 1],
  );
});

test("a message larger than the byte bound has a batch of its own", () => {
  const rig = new IngestRig({ bytes: 100, packetBytes: 1000 });
  const link = new FakeLink(rig);
  link.offer("t", "x");
  assert.equal(link.offer("t", Buffer.alloc(900, "z")), ADDED);
  rig.batcher.flush();
  assert.deepEqual(
    rig.worker.submitted.map(({ byteLength }) => byteLength),
    [1, 900],
  );
  assert.ok(rig.worker.messages[1]?.payload.equals(Buffer.alloc(900, "z")));
});

test("PUBACKs come only after the commit, in arrival order, one write per link and batch", () => {
  const rig = new IngestRig();
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  a.offer("t", "1");
  b.offer("t", "2");
  a.offer("t", "3");
  a.offer("t", "0", 0);
  rig.time.advance(20);
  a.offer("t", "4");
  assert.deepEqual([a.writes, b.writes], [[], []]);
  rig.worker.commit();
  assert.deepEqual([a.writes, b.writes], [[[1, 2]], [[1]]]);
  assert.equal(a.unacknowledged, 1);
  rig.batcher.flush();
  rig.worker.commit();
  assert.deepEqual(a.writes, [[1, 2], [3]]);
  assert.deepEqual([a.stats.acknowledged, b.stats.acknowledged], [3, 1]);
});

test("PUBACKs of a closed link are discarded and counted", () => {
  const rig = new IngestRig();
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  a.offer("t", "1");
  b.offer("t", "2");
  rig.batcher.flush();
  a.close();
  rig.worker.commit();
  assert.deepEqual([a.writes, b.writes], [[], [[1]]]);
  assert.equal(a.stats.droppedAcks, 1);
});

test("two batches are in flight at most; then the open one fills, and then links wait in turn", () => {
  const rig = new IngestRig({ messages: 2 });
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  for (let i = 0; i < 6; i++) assert.equal(a.offer("t", String(i)), ADDED);
  assert.equal(rig.worker.submitted.length, 2);
  assert.ok(!rig.batcher.blocked);
  assert.equal(b.offer("t", "x"), FULL);
  assert.equal(a.offer("t", "y"), FULL);
  assert.ok(rig.batcher.blocked);
  rig.time.advance(500);
  assert.equal(rig.worker.submitted.length, 2);
  rig.worker.commit();
  assert.equal(rig.worker.submitted.length, 2, "the full batch went at once");
  assert.deepEqual([a.roomAgainCalls, b.roomAgainCalls], [1, 1]);
  assert.equal(rig.batcher.stats.blockedMs, 500);
  assert.ok(!rig.batcher.blocked);
  assert.equal(b.offer("t", "x"), ADDED);
});

test("a linger that ends while two batches are in flight is made good after the next commit", () => {
  const rig = new IngestRig({ messages: 2 });
  const link = new FakeLink(rig);
  for (let i = 0; i < 5; i++) link.offer("t", String(i));
  rig.time.advance(100);
  assert.equal(rig.worker.submitted.length, 2);
  rig.worker.commit();
  assert.deepEqual(
    rig.worker.submitted.map(({ count }) => count),
    [2, 1],
  );
});

test("the batch closes at once when every link with open messages is at its Receive Maximum", () => {
  const rig = new IngestRig({ lingerMs: 2000 });
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  a.receiveMaximum = 2;
  b.receiveMaximum = 3;
  a.offer("t", "1");
  b.offer("t", "1");
  a.offer("t", "2");
  assert.equal(rig.worker.submitted.length, 0, "b may still send");
  b.offer("t", "2");
  b.offer("t", "3");
  assert.equal(rig.worker.submitted.length, 1);
  rig.worker.commit();
  assert.deepEqual([a.unacknowledged, b.unacknowledged], [0, 0]);
  a.offer("t", "3");
  b.offer("t", "4");
  a.offer("t", "4");
  assert.equal(rig.worker.submitted.length, 0);
  b.close();
  assert.equal(rig.worker.submitted.length, 1, "the only link that could send is gone");
});

test("a topic name goes to the worker once, and again to a new worker", () => {
  const rig = new IngestRig();
  const link = new FakeLink(rig);
  link.offer("plant/a", "1");
  rig.batcher.flush();
  const names = (): string[] =>
    [...(rig.worker.submitted[0]?.topicNames.values() ?? [])].toSorted();
  assert.deepEqual(names(), ["plant/a"]);
  rig.worker.commit();
  link.offer("plant/a", "2");
  link.offer("plant/b", "3");
  rig.worker.die();
  rig.batcher.workerReady();
  rig.batcher.flush();
  assert.deepEqual(names(), ["plant/a", "plant/b"]);
  assert.deepEqual(
    rig.worker.messages.map(({ topic }) => topic),
    ["plant/a", "plant/a", "plant/b"],
  );
});

test("what is not a topic is refused without a trace", () => {
  const rig = new IngestRig();
  const link = new FakeLink(rig);
  assert.equal(link.offer("a/#", "x"), BAD_TOPIC);
  rig.batcher.flush();
  assert.equal(rig.worker.submitted.length, 0);
  assert.equal(link.unacknowledged, 0);
});

test("when the worker dies, links with messages in its batches are closed, others are not", () => {
  const rig = new IngestRig();
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  a.offer("t", "1");
  a.offer("t", "2", 0);
  rig.batcher.flush();
  b.offer("t", "3");
  rig.worker.die();
  assert.deepEqual([a.lost, b.lost], [1, 0]);
  assert.deepEqual([rig.batcher.stats.lostQos1, rig.batcher.stats.lostQos0], [1, 1]);
  rig.time.advance(50);
  assert.equal(rig.worker.submitted.length, 0, "nothing goes to a dead worker");
  rig.batcher.workerReady();
  assert.equal(rig.worker.submitted.length, 1);
  rig.worker.commit();
  assert.deepEqual(b.writes, [[1]]);
});

test("what a closed link had in the open batch does not overtake what is sent again", () => {
  const rig = new IngestRig();
  const a = new FakeLink(rig, "a");
  const b = new FakeLink(rig, "b");
  a.offer("t", "1");
  rig.batcher.flush();
  a.offer("t", "2");
  b.offer("t", "3");
  rig.worker.die();
  assert.deepEqual([a.lost, b.lost], [1, 1]);
  assert.equal(rig.batcher.stats.lostQos1, 3);
  const again = new FakeLink(rig, "a");
  again.offer("t", "1");
  again.offer("t", "2");
  rig.batcher.workerReady();
  rig.batcher.flush();
  const texts = rig.worker.messages.map(({ payload }) => payload.toString());
  assert.deepEqual(texts.slice(1), ["1", "2"]);
});

test("drain hands everything over at once and resolves after the last PUBACK", async () => {
  const rig = new IngestRig({ lingerMs: 2000 });
  const link = new FakeLink(rig);
  link.offer("t", "1");
  rig.batcher.flush();
  link.offer("t", "2");
  let drained = false;
  const done = rig.batcher.drain().then(() => (drained = true));
  assert.equal(rig.worker.submitted.length, 2);
  rig.worker.commit();
  await Promise.resolve();
  assert.ok(!drained);
  rig.worker.commit();
  await done;
  assert.deepEqual(link.writes, [[1], [2]]);
});

test("drain of nothing resolves at once", async () => {
  await new IngestRig().batcher.drain();
});

test("used buffers carry nothing over into the next batch", () => {
  const rig = new IngestRig();
  const link = new FakeLink(rig);
  const sent: string[] = [];
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j <= (i * 7) % 5; j++) {
      sent.push("x".repeat((i * 31 + j) % 17));
      link.offer(`t/${j}`, sent.at(-1) ?? "");
    }
    rig.batcher.flush();
    rig.worker.commit();
  }
  assert.deepEqual(
    rig.worker.messages.map(({ payload }) => payload.toString()),
    sent,
  );
  assert.equal(link.stats.acknowledged, sent.length);
});
