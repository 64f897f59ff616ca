import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { ReadPoller } from "../../src/ingest/read-poller.ts";
import { readAccepted } from "../../src/ingest/socket-reader.ts";

interface Pair {
  readonly client: Socket;
  readonly accepted: Socket;
  readonly reader: Socket;
  readonly reads: { readonly buffer: Buffer; readonly text: string }[];
  read(): Promise<void>;
  readonly server: Server;
  readonly poller: ReadPoller;
}

async function pair(t: TestContext, lingerMs = 50): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  const reads: Pair["reads"] = [];
  let onRead = (): void => {};
  const poller = new ReadPoller(lingerMs);
  const onBytes = (buffer: Buffer, end: number): void => {
    reads.push({ buffer, text: buffer.toString("utf8", 0, end) });
    onRead();
  };
  const reader = readAccepted(accepted, onBytes, poller);
  t.after(() => {
    client.destroy();
    reader.destroy();
    server.close();
  });
  const read = (): Promise<void> => new Promise((resolve) => (onRead = resolve));
  return { client, accepted, reader, reads, read, server, poller };
}

test("an accepted socket is read into one buffer, without 'data' events", async (t) => {
  const { client, accepted, reader, reads, read } = await pair(t);
  assert.notEqual(
    reader,
    accepted,
    "Node has hidden the handle: sockets are read at twice the cost",
  );
  reader.on("data", () => assert.fail("a 'data' event"));
  for (const text of ["one", "two"]) {
    client.write(text);
    await read();
  }
  assert.deepEqual(
    reads.map(({ text }) => text),
    ["one", "two"],
  );
  assert.equal(reads[0]?.buffer, reads[1]?.buffer);
});

test("a paused socket is not read until it is resumed", async (t) => {
  const { client, reader, reads, read } = await pair(t);
  reader.pause();
  client.write("later");
  // The other direction still works, so the bytes have had their time to arrive.
  reader.write("x");
  await once(client, "data");
  assert.equal(reads.length, 0);
  reader.resume();
  await read();
  assert.equal(reads[0]?.text, "later");
});

test("the peer's end closes the socket, and the server's close does not wait for accepted ones", async (t) => {
  const { client, reader, server } = await pair(t);
  server.close();
  await once(server, "close");
  const closed = once(reader, "close");
  client.end();
  await closed;
  assert.ok(reader.destroyed);
});

/** Writes small pieces, one a millisecond, until `isEnough`. Returns all that was written. */
async function trickle({ client }: Pair, isEnough: (pieces: number) => boolean): Promise<string> {
  let written = "";
  for (let piece = 0; !isEnough(piece); piece++) {
    client.write(`${piece};`);
    written += `${piece};`;
    await pause(1);
  }
  return written;
}

function textOf({ reads }: Pair): string {
  return reads.map(({ text }) => text).join("");
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(1);
}

test("a socket that keeps bringing small pieces is read by the timer, and by events once it is quiet", async (t) => {
  const busy = await pair(t);
  let written = await trickle(busy, () => busy.poller.size === 1);
  const readsBefore = busy.reads.length;
  written += await trickle(busy, (pieces) => pieces === 300);
  await until(() => busy.poller.size === 0 && textOf(busy) === written);
  assert.ok(busy.reads.length - readsBefore < 150, `${busy.reads.length} reads`);
  const read = busy.read();
  busy.client.write("again");
  await read;
  assert.equal(textOf(busy), `${written}again`);
});

test("a socket that is polled can be paused and resumed", async (t) => {
  const busy = await pair(t);
  let written = await trickle(busy, () => busy.poller.size === 1);
  busy.reader.pause();
  const readsBefore = busy.reads.length;
  written += await trickle(busy, (pieces) => pieces === 30);
  assert.equal(busy.reads.length, readsBefore);
  assert.equal(busy.poller.size, 0);
  busy.reader.resume();
  await until(() => textOf(busy) === written);
  // … and within one interval, where the timer has not noticed.
  written += await trickle(busy, () => busy.poller.size === 1);
  busy.reader.pause();
  busy.reader.resume();
  written += await trickle(busy, (pieces) => pieces === 30);
  await until(() => textOf(busy) === written);
});

test("a large piece to a polled socket is read at once, piece by piece", async (t) => {
  const busy = await pair(t);
  const written = await trickle(busy, () => busy.poller.size === 1);
  const large = "x".repeat(1_000_000);
  busy.client.write(large);
  await until(() => textOf(busy).length === written.length + large.length);
  assert.equal(textOf(busy), written + large);
});

for (const how of ["end", "resetAndDestroy", "destroy"] as const)
  test(`the peer's ${how} closes a socket that is polled`, async (t) => {
    const busy = await pair(t);
    busy.reader.on("error", () => busy.reader.destroy());
    await trickle(busy, () => busy.poller.size === 1);
    const closed = once(busy.reader, "close");
    busy.client[how]();
    await closed;
    await until(() => busy.poller.size === 0);
  });

test("a socket destroyed while it is polled is read no more", async (t) => {
  const busy = await pair(t);
  await trickle(busy, () => busy.poller.size === 1);
  const readsBefore = busy.reads.length;
  busy.reader.destroy();
  await until(() => busy.poller.size === 0);
  assert.equal(busy.reads.length, readsBefore);
});

test("nothing is polled where batches hardly wait", async (t) => {
  const busy = await pair(t, 4);
  const written = await trickle(busy, (pieces) => pieces === 50);
  await until(() => textOf(busy) === written);
  assert.equal(busy.poller.size, 0);
});
