import assert from "node:assert/strict";
import { test } from "node:test";

import type { Batcher } from "../../src/ingest/batcher.ts";
import { PINGREQ_PACKET, publishPacket, TestClient } from "../kit/mqtt-client.ts";
import { runListener } from "./running-listener.ts";
import type { IngestRig } from "./support.ts";

/** CONNECT without client id or credentials. */
const CONNECT_BYTES = 14;

/** Commits until `count` PUBACKs have come in all. */
async function commitUntil(rig: IngestRig, client: TestClient, count: number): Promise<void> {
  rig.worker.autoCommit = true;
  rig.worker.commitAll();
  const batcher: Batcher = rig.batcher;
  while (client.pubacks.length < count) {
    batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("while the disk stalls PINGREQs are answered, and after it everything is there in order", async (t) => {
  const { rig, port } = await runListener(t, {}, { messages: 10 });
  const sender = await TestClient.connect({ port, clientId: "sender" });
  const idle = await TestClient.connect({ port, clientId: "idle" });
  for (let i = 1; i <= 200; i++) sender.post("t", String(i));
  await sender.ping();
  await idle.ping();
  await sender.ping();
  assert.ok(rig.batcher.blocked);
  assert.ok(!rig.batcher.quiet);
  assert.equal(rig.batcher.blockedMs, 0);
  rig.time.advance(300);
  assert.equal(rig.batcher.blockedMs, 300);
  assert.equal(rig.worker.messages.length, 20, "two batches in flight");
  assert.deepEqual(sender.pubacks, []);
  await commitUntil(rig, sender, 200);
  assert.deepEqual(
    rig.worker.messages.map(({ payload }) => Number(payload.toString())),
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    sender.pubacks,
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  assert.equal(rig.budget.used, 0);
  assert.ok(rig.batcher.quiet);
  rig.time.advance(50);
  assert.equal(rig.batcher.blockedMs, 300);
});

test("a flood against a stalled disk is kept within bounds by pausing the socket", async (t) => {
  const { rig, listener, port } = await runListener(t, {}, { messages: 10 });
  const flood = await TestClient.connect({ port, clientId: "flood" });
  const other = await TestClient.connect({ port, clientId: "other" });
  const packet = publishPacket("t", Buffer.alloc(1000), { qos: 0 });
  const megabyte = Buffer.concat(Array.from({ length: 1000 }, () => packet));
  while (listener.stats.pauses === 0) {
    flood.send(megabyte);
    await other.ping();
  }
  // What one read brought on top of the look-ahead.
  assert.ok(rig.budget.used <= 64 * 1024 * 2 + 2048, `${rig.budget.used} bytes kept`);
  const before = rig.budget.used;
  flood.send(megabyte);
  await other.ping();
  assert.equal(rig.budget.used, before);
  rig.worker.autoCommit = true;
  rig.worker.commitAll();
  flood.send(PINGREQ_PACKET);
  while (flood.pingresps === 0) {
    rig.batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  rig.batcher.flush();
  assert.equal(rig.worker.messages.length, listener.stats.receivedQos0, "nothing was dropped");
  assert.equal(listener.stats.receivedQos0 % 1000, 0);
});

test("3.1.1: beyond Receive Maximum nothing is taken until PUBACKs have gone out", async (t) => {
  const { rig, port } = await runListener(t, { receiveMaximum: 5 }, { lingerMs: 1000 });
  const client = await TestClient.connect({ port });
  for (let i = 1; i <= 12; i++) client.post("t", String(i));
  await client.ping();
  assert.equal(rig.worker.messages.length, 5, "went at once: nobody may send more");
  rig.worker.commit();
  await client.until(() => client.pubacks.length === 5);
  assert.equal(rig.worker.messages.length, 10);
  rig.worker.commit();
  await client.until(() => client.pubacks.length === 10);
  rig.time.advance(1000);
  rig.worker.commit();
  await client.until(() => client.pubacks.length === 12);
});

test("5.0: more than Receive Maximum is a protocol error", async (t) => {
  const { rig, port, listener } = await runListener(t, { receiveMaximum: 5 });
  const client = await TestClient.connect({ port, version: 5 });
  for (let i = 1; i <= 6; i++) client.post("t", String(i));
  await client.closed;
  assert.equal(client.disconnectCode, 0x93);
  assert.equal(rig.worker.messages.length, 5);
  rig.worker.commit();
  assert.equal(listener.stats.droppedAcks, 5);
});

test("a PUBLISH above the packet limit is acknowledged, with its first 4 KiB and its length", async (t) => {
  const { rig, port, listener } = await runListener(t, {
    limits: { packetBytes: 10_000, connections: 10 },
  });
  for (const version of [4, 5] as const) {
    const client = await TestClient.connect({ port, version });
    const payload = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    client.post("big/one", payload, { packetId: 5 });
    client.post("small", "after", { packetId: 6 });
    await client.ping();
    rig.time.advance(20);
    rig.worker.commit();
    await client.until(() => client.pubacks.length === 2);
    assert.deepEqual(client.pubacks, [5, 6]);
    const [big, small] = rig.worker.messages.splice(0);
    assert.equal(big?.topic, "big/one");
    assert.deepEqual([big?.truncated, big?.originalLength], [true, 3_000_000]);
    assert.ok(big?.payload.equals(payload.subarray(0, 4096)));
    assert.deepEqual([small?.truncated, small?.payload.toString()], [false, "after"]);
  }
  assert.equal(listener.stats.oversize, 2);
  assert.equal(rig.budget.used, 0);
});

test("a PUBLISH above 16 MiB ends the connection from its header", async (t) => {
  const { port } = await runListener(t);
  const client = await TestClient.connect({ port, version: 5 });
  client.send(Buffer.from([0x32, 0x80, 0x80, 0x80, 0x08]));
  await client.closed;
  assert.equal(client.disconnectCode, 0x95);
});

test("a client that does not take its answers is not read any more", async (t) => {
  const { port, listener } = await runListener(t);
  const client = await TestClient.connect({ port });
  client.socket.pause();
  const pings = Buffer.concat(Array.from({ length: 50_000 }, () => PINGREQ_PACKET));
  const other = await TestClient.connect({ port });
  // The kernel's buffers take some megabytes of answers before ours fill.
  for (let i = 0; listener.stats.pauses === 0 && i < 1000; i++) {
    client.send(pings);
    await other.ping();
  }
  assert.equal(listener.stats.pauses, 1);
  client.socket.resume();
  // Every PINGREQ has its answer in the end.
  const sent = (client.socket.bytesWritten - CONNECT_BYTES) / 2;
  await client.until(() => client.pingresps === sent);
});

test("many large messages at once stay within the budget, and all arrive", async (t) => {
  const { rig, port } = await runListener(t, {}, { budgetBytes: 1_000_000 });
  rig.worker.autoCommit = true;
  const payload = Buffer.alloc(400_000, "z");
  const clients = await Promise.all(
    Array.from({ length: 12 }, (_, i) => TestClient.connect({ port, clientId: `c${i}` })),
  );
  let most = 0;
  for (const client of clients) client.post("t", payload);
  while (clients.some(({ pubacks }) => pubacks.length === 0)) {
    most = Math.max(most, rig.budget.used);
    rig.batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The budget, and what single reads brought of messages that had to wait.
  assert.ok(most <= 1_000_000 + 12 * 65_536, `${most} bytes kept`);
  assert.equal(rig.worker.messages.length, 12);
  assert.equal(rig.budget.used, 0);
  assert.ok(!rig.budget.strained);
});

test("who holds buffer space for a frame it does not complete is closed while others wait", async (t) => {
  const { rig, listener, port } = await runListener(t, {}, { budgetBytes: 500_000 });
  rig.worker.autoCommit = true;
  const packet = publishPacket("t", Buffer.alloc(400_000, "z"));
  const slow = await TestClient.connect({ port, clientId: "slow" });
  slow.send(packet.subarray(0, 100_000));
  const quick = await TestClient.connect({ port, clientId: "quick" });
  quick.send(packet);
  while (listener.stats.pauses === 0) await new Promise((resolve) => setImmediate(resolve));
  rig.time.advance(30_000);
  assert.ok(!slow.socket.destroyed);
  rig.time.advance(40_000);
  await slow.closed;
  rig.batcher.flush();
  while (quick.pubacks.length === 0) {
    rig.batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("a lost worker closes the connections with messages in its batches, so that they are sent again", async (t) => {
  const { rig, port } = await runListener(t);
  const a = await TestClient.connect({ port, version: 5, clientId: "a" });
  const b = await TestClient.connect({ port, version: 5, clientId: "b" });
  a.post("t", "1");
  await a.ping();
  rig.time.advance(20);
  rig.worker.die();
  await a.closed;
  assert.equal(a.disconnectCode, 0x89);
  await b.ping();
  b.post("t", "2");
  await b.ping();
  rig.batcher.workerReady();
  rig.time.advance(20);
  rig.worker.commit();
  await b.until(() => b.pubacks.length === 1);
});

test("stop: what was read but waited for its PUBACKs is committed as well", async (t) => {
  const { rig, listener, port } = await runListener(t, { receiveMaximum: 5 });
  const client = await TestClient.connect({ port });
  for (let i = 1; i <= 12; i++) client.post("t", String(i));
  await client.ping();
  listener.stopReading();
  let drained = false;
  const done = rig.batcher.drain().then(() => (drained = true));
  for (const count of [5, 10, 12]) {
    assert.equal(rig.worker.messages.length, count);
    assert.ok(!drained);
    rig.worker.commit();
    await Promise.resolve();
  }
  await done;
  await client.until(() => client.pubacks.length === 12);
});

test("many devices with a backlog against a stalled disk: all are stopped, and nothing is dropped after it", async (t) => {
  const { rig, listener, port } = await runListener(t, {}, { messages: 50, budgetBytes: 800_000 });
  const clients = await Promise.all(
    Array.from({ length: 40 }, (_, i) => TestClient.connect({ port, clientId: `c${i}` })),
  );
  const payload = Buffer.alloc(500, "z");
  for (const client of clients) for (let i = 0; i < 200; i++) client.post("t", payload);
  while (!rig.budget.strained) await new Promise((resolve) => setImmediate(resolve));
  // Half the budget, and the read that went beyond it.
  assert.ok(rig.budget.used < 400_000 + 128 * 1024, `${rig.budget.used} bytes kept`);
  rig.worker.autoCommit = true;
  rig.worker.commitAll();
  while (clients.some(({ pubacks }) => pubacks.length < 200)) {
    rig.batcher.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(rig.worker.messages.length, 40 * 200);
  assert.equal(rig.budget.used, 0);
  assert.ok(!rig.budget.strained);
  assert.equal(listener.stats.connections, 40);
});
