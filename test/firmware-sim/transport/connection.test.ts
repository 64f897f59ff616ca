import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  DeviceConnection,
  type ConnectionOptions,
} from "../../../firmware-sim/transport/connection.ts";
import { FakeListener, type FakeListenerOptions } from "./fake-listener.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Rig {
  readonly listener: FakeListener;
  readonly connection: DeviceConnection<number>;
  readonly fates: [number, string][];
  readonly publish: (message: number) => void;
  /** Waits until this many fates are known. */
  readonly settled: (count: number) => Promise<void>;
}

async function rig(
  options: FakeListenerOptions & Partial<ConnectionOptions<number>> = {},
): Promise<Rig> {
  const listener = new FakeListener(options);
  const port = await listener.listen();
  const fates: [number, string][] = [];
  let wake = (): void => undefined;
  const connection = new DeviceConnection<number>({
    host: "127.0.0.1",
    port,
    version: 4,
    clientId: "d1",
    window: 10,
    queueMessages: 1000,
    keepAliveSeconds: 60,
    onFate: (message, fate) => {
      fates.push([message, fate]);
      wake();
    },
    ...options,
  });
  closers.push(
    () => listener.close(),
    () => connection.close(),
  );
  connection.open();
  return {
    listener,
    connection,
    fates,
    publish: (message) =>
      connection.publish({
        topic: Buffer.from("t/1"),
        payload: Buffer.from(`m${message}`),
        dup: false,
        message,
      }),
    settled: (count) =>
      new Promise((resolve) => {
        wake = () => fates.length >= count && resolve();
        wake();
      }),
  };
}

for (const version of [4, 5] as const) {
  test(`messages arrive in order and are acknowledged, protocol level ${version}`, async () => {
    const { listener, fates, publish, settled } = await rig({ version });
    for (let i = 0; i < 50; i++) publish(i);
    await settled(50);
    assert.deepEqual(
      listener.received.map(({ payload }) => payload),
      Array.from({ length: 50 }, (_, i) => `m${i}`),
    );
    assert.deepEqual(
      fates,
      Array.from({ length: 50 }, (_, i) => [i, "acknowledged"]),
    );
  });
}

test("no more than the window is ever un-acknowledged", async () => {
  const { listener, publish, connection } = await rig({ acknowledge: false, window: 3 });
  for (let i = 0; i < 10; i++) publish(i);
  await listener.until(() => listener.received.length === 3);
  listener.acknowledge("d1", listener.received[0]!.packetId);
  await listener.until(() => listener.received.length === 4);
  assert.equal(connection.pending, 9);
});

test("the server's Receive Maximum lowers the window", async () => {
  const { listener, publish, connection } = await rig({
    version: 5,
    acknowledge: false,
    receiveMaximum: 2,
  });
  await listener.until(() => listener.connections === 1);
  for (let i = 0; i < 10; i++) publish(i);
  await listener.until(() => listener.received.length === 2);
  listener.acknowledge("d1", listener.received[0]!.packetId);
  await listener.until(() => listener.received.length === 3);
  assert.equal(connection.pending, 9);
});

test("after a lost link everything un-acknowledged is sent again with DUP, under its packet id, before new messages", async () => {
  const down = Promise.withResolvers<void>();
  const { listener, publish, connection } = await rig({
    acknowledge: false,
    onLink: (up) => (up ? undefined : down.resolve()),
  });
  for (let i = 0; i < 3; i++) publish(i);
  await listener.until(() => listener.received.length === 3);
  listener.dropAll();
  await down.promise;
  publish(3);
  await listener.until(() => listener.received.length === 7);
  const [first, again] = [listener.received.slice(0, 3), listener.received.slice(3)];
  assert.deepEqual(
    again.map(({ payload, dup }) => [payload, dup]),
    [
      ["m0", true],
      ["m1", true],
      ["m2", true],
      ["m3", false],
    ],
  );
  assert.deepEqual(
    again.slice(0, 3).map(({ packetId }) => packetId),
    first.map(({ packetId }) => packetId),
  );
  assert.equal(connection.stats.resent, 3);
});

test("a server that has lost the session gets the messages as new ones", async () => {
  const { listener, publish } = await rig({ acknowledge: false, sessionPresent: false });
  publish(0);
  await listener.until(() => listener.received.length === 1);
  listener.dropAll();
  await listener.until(() => listener.received.length === 2);
  assert.deepEqual(listener.received[1], listener.received[0]);
});

test("a message is kept through an outage of the server", async () => {
  const { listener, publish, settled, connection, fates } = await rig();
  publish(0);
  await settled(1);
  const port = await restartPort(listener);
  publish(1);
  const second = new FakeListener({ sessionPresent: true });
  closers.push(() => second.close());
  await second.listen(port);
  await settled(2);
  assert.deepEqual(fates.at(-1), [1, "acknowledged"]);
  assert.equal(connection.stats.connects, 2);
});

test("a full queue loses its oldest message and says so", async () => {
  const { fates, publish } = await rig({ queueMessages: 2, acknowledge: false, window: 1 });
  for (let i = 0; i < 4; i++) publish(i);
  assert.deepEqual(fates, [
    [0, "lost"],
    [1, "lost"],
  ]);
});

test("a quiet link is kept alive by a PINGREQ, a busy one needs none", async () => {
  const { listener, connection, publish, settled } = await rig();
  publish(0);
  await settled(1);
  connection.keepAlive();
  connection.keepAlive();
  await listener.until(() => listener.pings > 0);
  assert.equal(listener.pings, 1);
});

test("a PUBACK nobody waits for is counted and changes nothing", async () => {
  const { listener, connection, publish, settled, fates } = await rig();
  publish(0);
  await settled(1);
  listener.acknowledge("d1", 999);
  publish(1);
  await settled(2);
  assert.equal(connection.stats.strayAcknowledgements, 1);
  assert.equal(fates.length, 2);
});

async function restartPort(listener: FakeListener): Promise<number> {
  const port = listener.port;
  await listener.close();
  closers.shift();
  return port;
}
