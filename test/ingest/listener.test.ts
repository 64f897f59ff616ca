import assert from "node:assert/strict";
import { test } from "node:test";

import { packetOf, publishPacket, TestClient } from "../kit/mqtt-client.ts";
import { runListener } from "./running-listener.ts";

for (const version of [4, 5] as const) {
  test(`MQTT ${version}: QoS 0 and 1 arrive with flags, and QoS 1 is acknowledged after the commit`, async (t) => {
    const { rig, connect } = await runListener(t);
    const client = await connect({ version, clientId: "dev-1" });
    assert.equal(client.connack?.code, 0);
    client.post("plant/a", "zero", { qos: 0 });
    client.post("plant/a", "one", { packetId: 7 });
    client.post("plant/b", "", { packetId: 65_535, dup: true, retain: true });
    await client.ping();
    rig.time.advance(20);
    assert.deepEqual(client.pubacks, []);
    const plain = { qos: 1, retain: false, dup: false, packetId: 0, clientId: "dev-1" };
    const seen = rig.worker.messages.map(
      ({ topic, payload, qos, retain, dup, packetId, clientId }) => ({
        topic,
        payload: payload.toString(),
        qos,
        retain,
        dup,
        packetId,
        clientId,
      }),
    );
    assert.deepEqual(seen, [
      { ...plain, topic: "plant/a", payload: "zero", qos: 0 },
      { ...plain, topic: "plant/a", payload: "one", packetId: 7 },
      { ...plain, topic: "plant/b", payload: "", packetId: 65_535, dup: true, retain: true },
    ]);
    rig.worker.commit();
    await client.until(() => client.pubacks.length === 2);
    assert.deepEqual(client.pubacks, [7, 65_535]);
  });
}

test("keep-alive: silence of more than one and a half intervals ends the connection, traffic does not", async (t) => {
  const { rig, connect, listener } = await runListener(t);
  const silent = await connect({ version: 5, clientId: "silent", keepAliveSeconds: 10 });
  const busy = await connect({ clientId: "busy", keepAliveSeconds: 10 });
  const without = await connect({ clientId: "without" });
  for (let i = 0; i < 15; i++) {
    rig.time.advance(1000);
    await busy.ping();
  }
  rig.time.advance(2000);
  await silent.closed;
  assert.equal(silent.disconnectCode, 0x8d);
  await busy.ping();
  await without.ping();
  assert.equal(listener.stats.keepAliveTimeouts, 1);
  assert.equal(listener.stats.connections, 2);
});

test("SUBSCRIBE is answered by a failure for each filter, UNSUBSCRIBE by success", async (t) => {
  const { connect } = await runListener(t);
  const old = await connect();
  old.send(packetOf(0x82, Buffer.from("\0\x05\0\x01a\x01\0\x01b\x00", "latin1")));
  old.send(packetOf(0xa2, Buffer.from("\0\x06\0\x01a", "latin1")));
  await old.until(() => old.others.length === 2);
  assert.deepEqual(old.others, [
    { header: 0x90, body: Buffer.from([0, 5, 0x80, 0x80]) },
    { header: 0xb0, body: Buffer.from([0, 6]) },
  ]);
  const five = await connect({ version: 5 });
  five.send(packetOf(0x82, Buffer.from("\0\x05\0\0\x01a\x01\0\x01b\x00", "latin1")));
  five.send(packetOf(0xa2, Buffer.from("\0\x06\0\0\x01a\0\x01b", "latin1")));
  await five.until(() => five.others.length === 2);
  assert.deepEqual(five.others, [
    { header: 0x90, body: Buffer.from([0, 5, 0, 0x87, 0x87]) },
    { header: 0xb0, body: Buffer.from([0, 6, 0, 0x11, 0x11]) },
  ]);
});

test("QoS 2, an alias and a malformed packet end a 5.0 connection with their code", async (t) => {
  const { connect } = await runListener(t);
  const cases: readonly (readonly [Buffer, number])[] = [
    [publishPacket("t", "x", { qos: 2, version: 5 }), 0x9b],
    [packetOf(0x32, Buffer.from("\0\0\0\x01\x03\x23\0\x01x", "latin1")), 0x94],
    [publishPacket("a/#", "x", { version: 5 }), 0x90],
    [packetOf(0x82, Buffer.from([0, 1, 0])), 0x81],
    [packetOf(0x40, Buffer.from([0, 1])), 0x82],
  ];
  for (const [bytes, code] of cases) {
    const client = await connect({ version: 5 });
    client.send(bytes);
    await client.closed;
    assert.equal(client.disconnectCode, code);
  }
});

test("connections above the limit are closed at once, and there is room again later", async (t) => {
  const { connect, port, listener } = await runListener(t, {
    limits: { packetBytes: 1024 * 1024, connections: 2 },
  });
  const first = await connect({ clientId: "a" });
  await connect({ clientId: "b" });
  const third = await TestClient.open({ port });
  await third.closed;
  assert.equal(listener.stats.refused, 1);
  await first.end();
  await (await connect({ clientId: "c" })).ping();
});

test("stop: what was read is committed and acknowledged, then 5.0 devices hear 0x8B", async (t) => {
  const { rig, listener, connect } = await runListener(t);
  const client = await connect({ version: 5 });
  client.post("t", "last");
  await client.ping();
  listener.stopReading();
  const drained = rig.batcher.drain();
  client.post("t", "too late");
  rig.worker.commit();
  await drained;
  const closed = listener.close();
  await client.closed;
  await closed;
  assert.deepEqual(client.pubacks, [1]);
  assert.equal(client.disconnectCode, 0x8b);
  assert.equal(rig.worker.messages.length, 1);
  await assert.rejects(connect());
});

test("two listeners share a batcher and keep their client ids apart", async (t) => {
  const { rig, connect } = await runListener(t);
  const other = rig.listener({ name: "other" });
  const { port } = await other.listen();
  const a = await connect({ clientId: "same" });
  const b = await TestClient.connect({ port, clientId: "same" });
  a.post("t", "a");
  b.post("t", "b");
  await a.ping();
  await b.ping();
  rig.time.advance(20);
  assert.equal(rig.worker.submitted.length, 1);
  assert.deepEqual(rig.worker.submitted[0]?.clients.map(({ source }) => source).toSorted(), [
    "direct",
    "other",
  ]);
  await b.end();
  await other.close();
});

test("a taken port is an error that says so", async (t) => {
  const { rig, port } = await runListener(t);
  const second = rig.listener({ listen: { host: "127.0.0.1", port } });
  await assert.rejects(second.listen(), { code: "LISTEN_FAILED", message: /cannot listen on/ });
});
