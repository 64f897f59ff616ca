// CONNECT and sessions on the direct listener.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connectPacket, packetOf, publishPacket, TestClient } from "../kit/mqtt-client.ts";
import { runListener } from "./running-listener.ts";

test("a 5.0 CONNACK announces Receive Maximum, Maximum QoS, Maximum Packet Size and an assigned client id", async (t) => {
  const { connect } = await runListener(t);
  const client = await connect({ version: 5, sessionExpirySeconds: 7200 });
  const body = client.connack?.body ?? Buffer.alloc(0);
  assert.ok(body.includes(Buffer.from([0x21, 0x03, 0xe8])), "Receive Maximum 1000");
  assert.ok(body.includes(Buffer.from([0x24, 1])), "Maximum QoS 1");
  assert.ok(body.includes(Buffer.from([0x27, 0, 0x10, 0, 0])), "Maximum Packet Size 1 MiB");
  assert.ok(body.includes(Buffer.from([0x11, 0, 0, 0x0e, 0x10])), "session of one hour granted");
  assert.match(body.toString("latin1"), /headrace-[0-9a-f]{16}/);
});

test("sessions: present after a reconnect, gone after a clean start, and there after a restart", async (t) => {
  const { rig, connect } = await runListener(t);
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
  const { rig, port } = await runListener(t);
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
  const { rig, connect, listener } = await runListener(t);
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

test("a connection that sends no CONNECT is cut off", async (t) => {
  const { rig, port } = await runListener(t);
  const client = await TestClient.open({ port });
  client.send(connectPacket({ clientId: "slow" }).subarray(0, 9));
  const other = await TestClient.connect({ port });
  await other.ping();
  rig.time.advance(12_000);
  await client.closed;
  await other.ping();
});

test("user name and password are asked for", async (t) => {
  const { connect, port, listener } = await runListener(t, { username: "u", password: "secret" });
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
  const { port, listener } = await runListener(t);
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
  const { rig, port, connect } = await runListener(t);
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
  const { port, connect, listener } = await runListener(t);
  const early = await TestClient.open({ port });
  early.send(publishPacket("t", "x"));
  await early.closed;
  const twice = await connect({ version: 5 });
  twice.send(connectPacket({ version: 5 }));
  await twice.closed;
  assert.equal(twice.disconnectCode, 0x82);
  assert.equal(listener.stats.protocolErrors, 2);
});

test("a DISCONNECT can end the session; raising an expiry of 0 is a protocol error", async (t) => {
  const { connect } = await runListener(t);
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
