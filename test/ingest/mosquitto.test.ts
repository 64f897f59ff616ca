// Client mode against a real mosquitto with the deployed settings, and those settings themselves.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { MqttClientSource } from "../../src/ingest/client.ts";
import { systemTimers } from "../../src/ingest/timers.ts";
import { type Mosquitto, startMosquitto } from "../kit/mosquitto.ts";
import { packetOf, TestClient } from "../kit/mqtt-client.ts";
import { requireService } from "../kit/services.ts";
import { IngestRig } from "./support.ts";

interface Rig extends IngestRig {
  readonly mosquitto: Mosquitto;
}

async function rigWithMosquitto(t: TestContext, config: readonly string[] = []): Promise<Rig> {
  const mosquitto = await startMosquitto({ config });
  t.after(() => mosquitto.stop());
  const rig = Object.assign(new IngestRig(), { mosquitto });
  rig.worker.autoCommit = true;
  // The broker and the library live in real time.
  const flushing = setInterval(() => rig.batcher.flush(), 5);
  t.after(() => clearInterval(flushing));
  return rig;
}

function source(
  rig: Rig,
  t: TestContext,
  options: {
    clientId?: string;
    filters?: readonly string[];
    receiveMaximum?: number;
    keepAliveSeconds?: number;
    username?: string;
    password?: string;
  } = {},
): MqttClientSource {
  const { filters = ["plant/#"], ...entry } = options;
  const client = new MqttClientSource(
    {
      name: "plant",
      url: `mqtt://127.0.0.1:${rig.mosquitto.port}`,
      clientId: "gateway",
      username: undefined,
      password: undefined,
      tls: undefined,
      sessionExpirySeconds: 3600,
      receiveMaximum: 1000,
      limits: { packetBytes: 1024 * 1024 },
      ...entry,
    },
    {
      batcher: rig.batcher,
      budget: rig.budget,
      sessions: rig.sessions,
      clock: rig.time,
      timers: systemTimers,
      logger: rig.log,
      filters,
    },
  );
  t.after(() => client.close());
  return client;
}

async function connected(client: MqttClientSource): Promise<void> {
  await until(() => client.connected);
}

/** The store has been told that the broker holds these subscriptions. */
async function subscribed(rig: Rig, filters: readonly string[] = ["plant/#"]): Promise<void> {
  await until(() => rig.store.records.get("gateway")?.filters?.join() === filters.join());
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** `count` QoS 1 messages, each acknowledged by the broker. */
async function publishAll(rig: Rig, count: number, first = 0): Promise<void> {
  const { port } = rig.mosquitto;
  const device = await TestClient.connect({ port, clientId: "device" });
  for (let i = first; i < first + count; i++) device.post("plant/a", String(i));
  await device.until(() => device.pubacks.length === count);
  await device.end();
}

function payloads(rig: Rig): number[] {
  return rig.worker.messages.map(({ payload }) => Number(payload.toString()));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

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
    await until(() => client.stats.acknowledged >= 200);
    assert.deepEqual([...new Set(payloads(rig))], range(200));
  });
}

test("a broker that hangs is noticed", { timeout: 20_000 }, async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const client = source(rig, t, { keepAliveSeconds: 2 });
  client.start();
  await connected(client);
  const start = performance.now();
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
  const other = Object.assign(new IngestRig(), { mosquitto: rig.mosquitto });
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

test("deployed mosquitto.conf: what is queued for an absent gateway survives a clean restart, without a limit", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const { port } = rig.mosquitto;
  const reader = await TestClient.connect({ port, clientId: "reader", cleanStart: false });
  reader.send(packetOf(0x82, Buffer.from("\0\x01\0\x07plant/#\x01", "latin1")));
  await reader.until(() => reader.others.length === 1);
  await reader.cut();
  // Twenty times the default limit of 1000, in which 19,000 would be dropped without a word.
  await publishAll(rig, 20_000);
  await rig.mosquitto.end("SIGTERM");
  await rig.mosquitto.start();
  const client = source(rig, t, { clientId: "reader" });
  client.start();
  await until(() => client.stats.acknowledged === 20_000);
  assert.deepEqual(payloads(rig), range(20_000));
});

test("deployed mosquitto.conf: a kill -9 loses what was queued since the last save, as its comments say", async (t) => {
  if (!requireService(t, "mosquitto")) return;
  const rig = await rigWithMosquitto(t);
  const first = source(rig, t);
  first.start();
  await subscribed(rig);
  await first.close();
  rig.mosquitto.signal("SIGUSR1");
  await until(() => rig.mosquitto.log.some((line) => line.includes("Saving in-memory database")));
  await publishAll(rig, 900);
  await rig.mosquitto.end("SIGKILL");
  await rig.mosquitto.start();
  rig.sessions = rig.newSessions([...rig.store.records.values()]);
  const second = source(rig, t);
  second.start();
  await connected(second);
  await publishAll(rig, 1, 900);
  await until(() => rig.worker.messages.length > 0);
  assert.deepEqual(payloads(rig), [900], "the session was saved, the 900 messages were not");
});
