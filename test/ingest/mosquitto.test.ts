// Client mode against a real mosquitto with the deployed settings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TestClient } from "../kit/mqtt-client.ts";
import { requireService } from "../kit/services.ts";
import {
  connected,
  payloads,
  publishAll,
  range,
  rigWithMosquitto,
  source,
  subscribed,
  until,
} from "./broker-rig.ts";
import { IngestRig } from "./support.ts";

test("messages of a broker arrive in order and are acknowledged after the commit", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const client = source(rig, t);
  client.start();
  await subscribed(rig);
  await publishAll(rig, 5000);
  await until(() => client.stats.acknowledged === 5000);
  assert.deepEqual(payloads(rig), range(5000));
  const [first] = rig.worker.messages;
  assert.deepEqual([first?.topic, first?.clientId, first?.qos], ["plant/a", "gateway", 1]);
});

test("nothing is acknowledged before the commit; what was not is sent again on the same session", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  rig.worker.autoCommit = false;
  const client = source(rig, t);
  client.start();
  await subscribed(rig);
  await publishAll(rig, 10);
  await until(() => rig.worker.messages.length === 10);
  const before = rig.worker.messages.splice(0);
  assert.equal(client.stats.acknowledged, 0);
  rig.worker.die();
  rig.batcher.workerReady();
  rig.worker.autoCommit = true;
  await until(() => rig.worker.messages.length === 10);
  assert.ok(rig.worker.messages.every(({ dup }) => dup));
  const ids = (messages: typeof before) =>
    messages.map(({ packetId, session }) => [packetId, session]);
  assert.deepEqual(ids(rig.worker.messages), ids(before), "same packet ids, same session");
  assert.deepEqual(payloads(rig), range(10));
  await until(() => client.stats.acknowledged === 10);
});

test("Receive Maximum bounds what the broker sends without a PUBACK", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  rig.worker.autoCommit = false;
  const client = source(rig, t, { receiveMaximum: 20 });
  client.start();
  await subscribed(rig);
  await publishAll(rig, 100);
  await until(() => client.stats.receivedQos1 === 20);
  assert.equal(rig.worker.messages.length, 20);
  rig.worker.autoCommit = true;
  rig.worker.commitAll();
  await until(() => client.stats.acknowledged === 100);
  assert.deepEqual(payloads(rig), range(100));
});

test("a resumed session is not subscribed again, and its queue arrives", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const retainer = await TestClient.connect({ port: rig.mosquitto.port, clientId: "retainer" });
  await retainer.publish("plant/retained", "1000", { retain: true });
  await retainer.end();
  const first = source(rig, t);
  first.start();
  await subscribed(rig);
  await until(() => rig.worker.messages.length === 1);
  await first.close();
  await publishAll(rig, 2000);
  // A restart of the gateway: only what the store holds is left.
  rig.sessions = rig.newSessions([...rig.store.records.values()]);
  const second = source(rig, t);
  second.start();
  await until(() => second.stats.acknowledged === 2000);
  assert.deepEqual(payloads(rig), [1000, ...range(2000)]);
  const subscriptions = rig.mosquitto.log.filter((line) => line.includes("Received SUBSCRIBE"));
  assert.equal(subscriptions.length, 1, "the first gateway's, and no other");
  assert.equal(rig.worker.messages[0]?.session, rig.worker.messages.at(-1)?.session);
});

test("a changed set of filters is brought to the resumed session", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const first = source(rig, t, { filters: ["plant/#", "old/#"] });
  first.start();
  await subscribed(rig, ["plant/#", "old/#"]);
  await first.close();
  rig.sessions = rig.newSessions([...rig.store.records.values()]);
  const second = source(rig, t, { filters: ["plant/#", "new/#"] });
  second.start();
  await subscribed(rig, ["plant/#", "new/#"]);
  const device = await TestClient.connect({ port: rig.mosquitto.port, clientId: "device" });
  for (const topic of ["old/a", "plant/a", "new/a"]) await device.publish(topic, "1");
  await until(() => rig.worker.messages.length === 2);
  await device.end();
  assert.deepEqual(
    rig.worker.messages.map(({ topic }) => topic),
    ["plant/a", "new/a"],
  );
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`a broker that ends by ${signal} is found again; nothing acknowledged is lost`, async (t) => {
    if (!requireService(t, "mosquitto")) return;
    const rig = await rigWithMosquitto(t);
    const client = source(rig, t);
    client.start();
    await subscribed(rig);
    await publishAll(rig, 100);
    await until(() => client.stats.acknowledged === 100);
    rig.mosquitto.signal("SIGUSR1");
    await rig.mosquitto.end(signal);
    await until(() => !client.connected);
    assert.notEqual(client.problem, undefined);
    await rig.mosquitto.start();
    await connected(client);
    assert.equal(client.problem, undefined);
    await subscribed(rig);
    await publishAll(rig, 100, 100);
    // What the broker had not yet noted as acknowledged comes again.
    await until(() => new Set(payloads(rig)).size === 200);
    assert.deepEqual([...new Set(payloads(rig))], range(200));
    await client.close();
    assert.deepEqual(rig.links, [true, false, true], "its own end is no news");
  });
}

test("a broker that hangs is noticed", { timeout: 20_000 }, async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const client = source(rig, t, { keepAliveSeconds: 2 });
  client.start();
  await connected(client);
  rig.mosquitto.signal("SIGSTOP");
  t.after(() => rig.mosquitto.signal("SIGCONT"));
  await until(() => !client.connected);
  assert.match(client.problem ?? "", /[Kk]eepalive/);
});

test(
  "a link that is paused by back-pressure for longer than its keep-alive is kept",
  { timeout: 20_000 },
  async (t) => {
    if (!requireService(t, "mosquitto")) return;
    const rig = await rigWithMosquitto(t);
    rig.worker.autoCommit = false;
    const client = source(rig, t, { keepAliveSeconds: 1, receiveMaximum: 65_535 });
    client.start();
    await subscribed(rig);
    const device = await TestClient.connect({ port: rig.mosquitto.port, clientId: "device" });
    const payload = Buffer.alloc(4000, "1");
    for (let i = 0; i < 3000; i++) device.post("plant/a", payload);
    await device.until(() => device.pubacks.length === 3000);
    await until(() => client.stats.pauses > 0);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    rig.worker.autoCommit = true;
    rig.worker.commitAll();
    await until(() => client.stats.acknowledged === 3000);
    assert.equal(client.stats.connects, 1);
    await device.end();
  },
);

test("a wrong password is one log line and no storm", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t, ["allow_anonymous false"]);
  const client = source(rig, t, { username: "u", password: "canary-secret" });
  client.start();
  await until(() => client.stats.refused === 2);
  const lines = rig.log.lines.filter(({ level }) => level === "warn");
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]?.fields?.["reason"]), /[Nn]ot authorized/);
  assert.ok(!JSON.stringify(rig.log.lines).includes("canary-secret"));
  assert.match(client.problem ?? "", /[Nn]ot authorized/);
});

test("two gateways with one client id are noticed, loudly", { timeout: 60_000 }, async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const other = Object.assign(new IngestRig(), { mosquitto: rig.mosquitto, links: [] });
  const a = source(rig, t);
  const b = source(other, t);
  a.start();
  await connected(a);
  b.start();
  await Promise.race([
    rig.log.saw("keeps ending the connection"),
    other.log.saw("keeps ending the connection"),
  ]);
  // Both are noticed in the end; neither spins meanwhile.
  assert.ok(a.stats.connects + b.stats.connects < 12);
});

test("a message above the packet limit does not break the link", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const client = source(rig, t);
  client.start();
  await subscribed(rig);
  const device = await TestClient.connect({ port: rig.mosquitto.port, clientId: "device" });
  await device.publish("plant/big", Buffer.alloc(2_000_000, "x"));
  await device.publish("plant/small", "1");
  await until(() => client.stats.acknowledged === 2);
  const [big, small] = rig.worker.messages;
  assert.deepEqual([big?.topic, big?.originalLength], ["plant/big", 2_000_000]);
  assert.equal(small?.topic, "plant/small");
  await device.end();
});
