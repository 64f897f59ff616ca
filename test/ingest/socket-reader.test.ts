import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";

import { readAccepted } from "../../src/ingest/socket-reader.ts";

interface Pair {
  readonly client: Socket;
  readonly accepted: Socket;
  readonly reader: Socket;
  readonly reads: { readonly buffer: Buffer; readonly text: string }[];
  read(): Promise<void>;
  readonly server: Server;
}

async function pair(t: TestContext): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  const reads: Pair["reads"] = [];
  let onRead = (): void => {};
  const reader = readAccepted(accepted, (buffer, end) => {
    reads.push({ buffer, text: buffer.toString("utf8", 0, end) });
    onRead();
  });
  t.after(() => {
    client.destroy();
    reader.destroy();
    server.close();
  });
  const read = (): Promise<void> => new Promise((resolve) => (onRead = resolve));
  return { client, accepted, reader, reads, read, server };
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
