import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Listener, ListenerEntry } from "../../src/ingest/listener.ts";
import {
  connectPacket,
  packetOf,
  publishPacket,
  TestClient,
  type TestClientOptions,
} from "../kit/mqtt-client.ts";
import { IngestRig } from "./support.ts";

interface Running {
  readonly rig: IngestRig;
  readonly listener: Listener;
  readonly port: number;
  connect(options?: Partial<TestClientOptions>): Promise<TestClient>;
}

async function run(t: TestContext, entry: Partial<ListenerEntry> = {}): Promise<Running> {
  const rig = new IngestRig();
  const listener = rig.listener(entry);
  const { port } = await listener.listen();
  t.after(async () => {
    const closed = listener.close();
    rig.time.advance(1000);
    await closed;
  });
  return {
    rig,
    listener,
    port,
    connect: (options = {}) => TestClient.connect({ port, ...options }),
  };
}

for (const version of [4, 5] as const) {
  test(`MQTT ${version}: QoS 0 and 1 arrive with flags, and QoS 1 is acknowledged after the commit`, async (t) => {
    const { rig, connect } = await run(t);
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
        ...{ qos, retain, dup, packetId, clientId },
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

test("a 5.0 CONNACK announces Receive Maximum, Maximum QoS, Maximum Packet Size and an assigned client id", async (t) => {
  const { connect } = await run(t);
  const client = await connect({ version: 5, sessionExpirySeconds: 7200 });
  const body = client.connack?.body ?? Buffer.alloc(0);
  assert.ok(body.includes(Buffer.from([0x21, 0x03, 0xe8])), "Receive Maximum 1000");
  assert.ok(body.includes(Buffer.from([0x24, 1])), "Maximum QoS 1");
  assert.ok(body.includes(Buffer.from([0x27, 0, 0x10, 0, 0])), "Maximum Packet Size 1 MiB");
  assert.ok(body.includes(Buffer.from([0x11, 0, 0, 0x0e, 0x10])), "session of one hour granted");
  assert.match(body.toString("latin1"), /\x12\0.headrace-[0-9a-f]{16}/);
});

test("sessions: present after a reconnect, gone after a clean start, and there after a restart", async (t) => {
  const { rig, connect } = await run(t);
  const options = {
    version: 5,
    clientId: "d",
    cleanStart: false,
    sessionExpirySeconds: 60,
  } as const;
  const first = await connect(options);
  assert.equal(first.connack?.sessionPresent, false);
  await first.cut();
  const second = await connect(options);
  assert.equal(second.connack?.sessionPresent, true);
  await second.end();
  const saved = [...rig.store.records.values()];
  rig.sessions = rig.newSessions(saved);
  const after = rig.listener();
  const { port } = await after.listen();
  const third = await TestClient.connect({ port, ...options });
  assert.equal(third.connack?.sessionPresent, true);
  const fourth = await TestClient.connect({ port, ...options, cleanStart: true });
  assert.equal(fourth.connack?.sessionPresent, false);
  await fourth.end();
  await after.close();
});

test("CONNACK of a new durable session waits for the store, and messages sent meanwhile wait with it", async (t) => {
  const { rig, port } = await run(t);
  rig.store.autoConfirm = false;
  const client = await TestClient.open({ port });
  client.send(
    connectPacket({ clientId: "d", cleanStart: false }),
    publishPacket("t", "early", { packetId: 3 }),
    Buffer.from([0xc0, 0]),
  );
  await rig.store.requested();
  rig.time.advance(20);
  assert.ok(!client.answered);
  assert.equal(rig.worker.messages.length, 0);
  rig.store.confirm();
  await client.until(() => client.pingresps === 1);
  assert.ok(client.answered);
  rig.time.advance(20);
  assert.equal(rig.worker.messages[0]?.payload.toString(), "early");
});

test("a client id that connects again takes over: the older connection gets 0x8E and no PUBACK", async (t) => {
  const { rig, connect, listener } = await run(t);
  const options = {
    version: 5,
    clientId: "d",
    cleanStart: false,
    sessionExpirySeconds: 60,
  } as const;
  const first = await connect(options);
  first.post("t", "x");
  await first.ping();
  const second = await connect(options);
  await first.closed;
  assert.equal(first.disconnectCode, 0x8e);
  assert.equal(second.connack?.sessionPresent, true);
  rig.time.advance(20);
  rig.worker.commit();
  await second.ping();
  assert.deepEqual([first.pubacks, second.pubacks], [[], []]);
  assert.equal(listener.stats.droppedAcks, 1);
  assert.equal(listener.stats.takeovers, 1);
  second.post("t", "x", { packetId: 1, dup: true });
  await second.ping();
  rig.time.advance(20);
  rig.worker.commit();
  await second.until(() => second.pubacks.length === 1);
  const [a, b] = rig.worker.messages;
  assert.deepEqual([a?.session, a?.dup, b?.dup], [b?.session, false, true]);
});

test("keep-alive: silence of more than one and a half intervals ends the connection, traffic does not", async (t) => {
  const { rig, connect, listener } = await run(t);
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

test("a connection that sends no CONNECT is cut off", async (t) => {
  const { rig, port } = await run(t);
  const client = await TestClient.open({ port });
  client.send(connectPacket({ clientId: "slow" }).subarray(0, 9));
  const other = await TestClient.connect({ port });
  await other.ping();
  rig.time.advance(12_000);
  await client.closed;
  await other.ping();
});

test("user name and password are asked for", async (t) => {
  const { connect, port, listener } = await run(t, { username: "u", password: "secret" });
  const right = await connect({ username: "u", password: "secret" });
  assert.equal(right.connack?.code, 0);
  for (const wrong of [
    {},
    { username: "u" },
    { username: "u", password: "Secret" },
    { username: "v", password: "secret" },
  ]) {
    const refused = await connect(wrong);
    assert.equal(refused.connack?.code, 4);
    await refused.closed;
  }
  const refused5 = await TestClient.connect({ port, version: 5 });
  assert.equal(refused5.connack?.code, 0x86);
  assert.equal(listener.stats.authenticationFailures, 5);
});

test("CONNECTs that cannot be served are refused with the code of their version", async (t) => {
  const { port, listener } = await run(t);
  const cases: readonly (readonly [string, Buffer, number | undefined])[] = [
    ["3.1", packetOf(0x10, Buffer.from("\0\x06MQIsdp\x03\x02\0\0\0\x01a", "latin1")), 1],
    ["level 6", packetOf(0x10, Buffer.from("\0\x04MQTT\x06\x02\0\0\0\0\x01a", "latin1")), 0x84],
    ["3.1.1, durable without id", connectPacket({ cleanStart: false }), 2],
    [
      "another protocol",
      packetOf(0x10, Buffer.from("\0\x04HTTP\x04\x02\0\0\0\x01a", "latin1")),
      undefined,
    ],
    [
      "reserved flag",
      packetOf(0x10, Buffer.from("\0\x04MQTT\x04\x03\0\0\0\x01a", "latin1")),
      undefined,
    ],
    [
      "5.0, Receive Maximum 0",
      packetOf(0x10, Buffer.from("\0\x04MQTT\x05\x02\0\0\x03\x21\0\0\0\x01a", "latin1")),
      0x82,
    ],
    [
      "5.0, enhanced authentication",
      packetOf(0x10, Buffer.from("\0\x04MQTT\x05\x02\0\0\x04\x15\0\x01x\0\x01a", "latin1")),
      0x8c,
    ],
    [
      "5.0, property twice",
      packetOf(
        0x10,
        Buffer.from("\0\x04MQTT\x05\x02\0\0\x06\x21\0\x01\x21\0\x01\0\x01a", "latin1"),
      ),
      0x81,
    ],
    [
      "bytes after the end",
      packetOf(0x10, Buffer.from("\0\x04MQTT\x04\x02\0\0\0\x01aaa", "latin1")),
      undefined,
    ],
  ];
  for (const [name, bytes, code] of cases) {
    const client = await TestClient.open({ port });
    client.send(bytes);
    await client.closed;
    assert.equal(client.connack?.code, code, name);
  }
  assert.equal(listener.stats.refused, cases.length);
  assert.equal(listener.stats.connects, 0);
});

test("a will is accepted and never published", async (t) => {
  const { rig, port, connect } = await run(t);
  const client = await TestClient.open({ port });
  const body = "\0\x04MQTT\x04\x2e\0\0\0\x01w\0\x06will/t\0\x04gone";
  client.send(packetOf(0x10, Buffer.from(body, "latin1")));
  await client.until(() => client.connack !== undefined);
  assert.equal(client.connack?.code, 0);
  await client.cut();
  const other = await connect();
  await other.ping();
  rig.time.advance(100);
  assert.equal(rig.worker.messages.length, 0);
});

test("the first packet must be CONNECT, and there is one", async (t) => {
  const { port, connect, listener } = await run(t);
  const early = await TestClient.open({ port });
  early.send(publishPacket("t", "x"));
  await early.closed;
  const twice = await connect({ version: 5 });
  twice.send(connectPacket({ version: 5 }));
  await twice.closed;
  assert.equal(twice.disconnectCode, 0x82);
  assert.equal(listener.stats.protocolErrors, 2);
});

test("SUBSCRIBE is answered by a failure for each filter, UNSUBSCRIBE by success", async (t) => {
  const { connect } = await run(t);
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
  const { connect } = await run(t);
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

test("a DISCONNECT can end the session; raising an expiry of 0 is a protocol error", async (t) => {
  const { connect } = await run(t);
  const options = { version: 5, clientId: "d", cleanStart: false } as const;
  const first = await connect({ ...options, sessionExpirySeconds: 60 });
  first.send(packetOf(0xe0, Buffer.from([0, 5, 0x11, 0, 0, 0, 0])));
  await first.closed;
  const second = await connect(options);
  assert.equal(second.connack?.sessionPresent, false);
  second.send(packetOf(0xe0, Buffer.from([0, 5, 0x11, 0, 0, 0, 9])));
  await second.closed;
  assert.equal(second.disconnectCode, 0x82);
});

test("connections above the limit are closed at once, and there is room again later", async (t) => {
  const { connect, port, listener } = await run(t, {
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
  const { rig, listener, connect } = await run(t);
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
  const { rig, connect } = await run(t);
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
  const { rig, port } = await run(t);
  const second = rig.listener({ listen: { host: "127.0.0.1", port } });
  await assert.rejects(second.listen(), { code: "LISTEN_FAILED", message: /cannot listen on/ });
});
