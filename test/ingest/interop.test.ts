// The listener against a client library that we did not write, and client mode against brokers that answer badly.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";

import mqtt from "mqtt";

import type { MqttClientSource } from "../../src/ingest/client.ts";
import { packetOf } from "../kit/mqtt-client.ts";
import { IngestRig } from "./support.ts";

for (const protocolVersion of [4, 5] as const) {
  test(`MQTT.js, protocol ${protocolVersion}: connects, publishes, resumes its session`, async (t) => {
    const rig = new IngestRig();
    rig.worker.autoCommit = true;
    const flushing = setInterval(() => rig.batcher.flush(), 2);
    t.after(() => clearInterval(flushing));
    const listener = rig.listener({ username: "u", password: "p" });
    const { port } = await listener.listen();
    t.after(async () => await listener.close());
    const options: mqtt.IClientOptions = {
      protocolVersion,
      clientId: "device",
      clean: false,
      username: "u",
      password: "p",
      will: { topic: "will", payload: Buffer.from("gone"), qos: 1, retain: false },
      ...(protocolVersion === 5
        ? { properties: { sessionExpiryInterval: 60, userProperties: { firmware: "1.2" } } }
        : {}),
    };
    const first = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options);
    const payloads = Array.from({ length: 200 }, (_, i) => `value ${i}`);
    await Promise.all(
      payloads.map((payload) =>
        first.publishAsync("plant/a", payload, {
          qos: 1,
          ...(protocolVersion === 5 ? { properties: { userProperties: { k: "v" } } } : {}),
        }),
      ),
    );
    await first.publishAsync("plant/a", "last", { qos: 0 });
    await assert.rejects(first.subscribeAsync("plant/#"));
    await first.unsubscribeAsync("plant/#");
    await first.endAsync();
    const second = mqtt.connect(`mqtt://127.0.0.1:${port}`, options);
    const connack = await new Promise<mqtt.IConnackPacket>((resolve) => {
      second.once("connect", resolve);
    });
    assert.equal(connack.sessionPresent, true);
    await second.endAsync();
    await rig.worker.received(payloads.length + 1);
    assert.deepEqual(
      rig.worker.messages.map(({ payload }) => payload.toString()),
      [...payloads, "last"],
    );
  });
}

interface Scripted {
  readonly port: number;
  /** CONNECTs so far, as raw packets. */
  readonly connects: Buffer[];
}

/** A broker that answers each CONNECT with what `answer` gives, and closes unless told otherwise. */
async function scriptedBroker(
  t: TestContext,
  answer: (connect: Buffer, socket: Socket) => void,
): Promise<Scripted> {
  const connects: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes) => {
      connects.push(bytes);
      answer(bytes, socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connects };
}

function source(
  t: TestContext,
  port: number,
  keepAliveSeconds = 30,
): { client: MqttClientSource; rig: IngestRig } {
  const rig = new IngestRig();
  const client = rig.client({
    url: `mqtt://127.0.0.1:${port}`,
    sessionExpirySeconds: 60,
    keepAliveSeconds,
  });
  t.after(() => client.close());
  return { client, rig };
}

test("a broker that knows only 3.1.1 is spoken to in 3.1.1", async (t) => {
  const broker = await scriptedBroker(t, (connect, socket) => {
    const level = connect[connect.indexOf("MQTT") + 4];
    socket.write(Buffer.from([0x20, 2, 0, level === 4 ? 0 : 1]));
    if (level !== 4) socket.end();
  });
  const { client, rig } = source(t, broker.port);
  client.start();
  await rig.log.saw("connected to the MQTT broker");
  assert.equal(broker.connects.length, 2);
});

test("refusals are logged once by their reason and tried again", async (t) => {
  const broker = await scriptedBroker(t, (_connect, socket) => {
    socket.end(Buffer.from([0x20, 3, 0, 0x97, 0]));
  });
  const { client, rig } = source(t, broker.port);
  client.start();
  while (client.stats.refused < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  const warnings = rig.log.lines.filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0]?.fields?.["reasonCode"], 0x97);
  assert.match(client.problem ?? "", /[Qq]uota/);
});

test("no broker at all is a problem with a name, not a storm", async (t) => {
  const gone = createServer();
  gone.listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  const { client, rig } = source(t, port);
  client.start();
  await rig.log.saw("no connection");
  assert.match(client.problem ?? "", /ECONNREFUSED/);
  while (client.stats.refused < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(rig.log.lines.length, 1);
});

test("a broker that sends QoS 2 or garbage loses the connection, not us", async (t) => {
  const answers = [
    packetOf(0x34, Buffer.from("\0\x01t\0\x01\0x", "latin1")),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    packetOf(0x32, Buffer.from("\0\x03a/#\0\x01\0x", "latin1")),
  ];
  const broker = await scriptedBroker(t, (_connect, socket) => {
    socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
    socket.write(answers[broker.connects.length - 1] ?? Buffer.alloc(0));
  });
  const { client, rig } = source(t, broker.port);
  client.start();
  while (client.stats.protocolErrors < 3 || !client.connected) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(rig.worker.messages.length, 0);
});

test("a broker that is silent has one PINGREQ to answer: noticed within one and a half keep-alives", async (t) => {
  const received: Buffer[] = [];
  const broker = await scriptedBroker(t, (_connect, socket) => {
    socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
    if (broker.connects.length === 1) socket.on("data", (bytes) => received.push(bytes));
  });
  const { client, rig } = source(t, broker.port, 1);
  client.start();
  await rig.log.saw("no connection");
  // The library sends a PINGREQ each keep-alive; it gave up before the second was due.
  assert.deepEqual(Buffer.concat(received), Buffer.from([0xc0, 0]));
  assert.match(client.problem ?? "", /[Kk]eepalive/);
});

test("while messages arrive no PINGRESP is missed", async (t) => {
  let pings = 0;
  const broker = await scriptedBroker(t, (_connect, socket) => {
    socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
    const message = packetOf(0x30, Buffer.from("\0\x01t\0x", "latin1"));
    const sending = setInterval(() => socket.write(message), 50);
    socket.on("data", () => pings++);
    socket.on("close", () => clearInterval(sending));
  });
  const { client } = source(t, broker.port, 1);
  client.start();
  // Never answered, and yet the connection lives: what arrives shows that the broker does.
  while (pings < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(client.stats.connects, 1);
});
