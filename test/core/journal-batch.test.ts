import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { decodeJournalBatch, encodeJournalBatch } from "../../src/core/journal-batch.ts";
import type { BatchClient, MessageBatch } from "../../src/core/message-batch.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { messageBatch } from "../decode/batch.ts";

/** Everything the engine can ask of a loaded batch. */
function contents(batch: MessageBatch, reader: MessageReader = new MessageReader()): unknown {
  reader.load(batch);
  const { receiveTimeBaseMs, engineTimeBaseMs, truncated } = reader;
  const messages = Array.from({ length: reader.count }, (_, i) => ({
    topic: reader.topic(i),
    payload: reader.payload(i),
    receiveTimeMs: reader.receiveTimeMs(i),
    qos: reader.qos(i),
    retain: reader.retain(i),
    dup: reader.dup(i),
    truncated: reader.isTruncated(i),
    packetId: reader.packetId(i),
    client: reader.client(i),
  }));
  return { receiveTimeBaseMs, engineTimeBaseMs, truncated, messages };
}

function roundTrip(batch: MessageBatch): MessageBatch {
  const reader = new MessageReader();
  reader.load(batch);
  return decodeJournalBatch(Uint8Array.from(encodeJournalBatch(reader)));
}

test("property: a batch comes back from the journal as it was", () => {
  const clients: readonly BatchClient[] = [
    { source: "direct", clientId: "c1", session: 1 },
    { source: "direct", clientId: "ünïcode", session: 2 ** 40 },
    { source: "broker", clientId: "", session: 0 },
  ];
  const message = fc.record({
    topic: fc.oneof(fc.constantFrom("a/b", "plant/l1/d1"), fc.string({ minLength: 1 })),
    payload: fc.uint8Array({ maxLength: 300 }),
    qos: fc.nat(2),
    retain: fc.boolean(),
    dup: fc.boolean(),
    packetId: fc.nat(65_535),
    client: fc.constantFrom(...clients),
    afterMs: fc.nat(100_000),
    truncatedFrom: fc.option(fc.nat(16_000_000), { nil: undefined, freq: 10 }),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const batch = messageBatch(messages);
      assert.deepEqual(contents(roundTrip(batch)), contents(batch));
    }),
    { numRuns: 200 },
  );
});

test("an empty batch and empty payloads come back, too", () => {
  for (const messages of [[], [{ topic: "t", payload: "" }]]) {
    const batch = messageBatch(messages);
    assert.deepEqual(contents(roundTrip(batch)), contents(batch));
  }
});

test("metadata of a typical message takes at most 8 bytes before compression", () => {
  const clients = Array.from({ length: 8 }, (_, i) => ({
    source: "direct",
    clientId: `loadgen-${i}`,
    session: 1,
  }));
  const messages = Array.from({ length: 4000 }, (_, i) => ({
    topic: `bench/d${i % 100}/t`,
    payload: `{"seq":${i}}`,
    client: clients[i % 8] as BatchClient,
    packetId: 1 + Math.floor(i / 8),
    afterMs: Math.floor(i / 250),
  }));
  const batch = messageBatch(messages);
  const reader = new MessageReader();
  reader.load(batch);
  const bytes = encodeJournalBatch(reader).byteLength - batch.byteLength;
  assert.ok(bytes / messages.length < 8, `${bytes / messages.length} bytes a message`);
});

test("a live batch names a topic once; the reader keeps names, and a new name for a number replaces it", () => {
  const reader = new MessageReader();
  const named = messageBatch([{ topic: "a", payload: "1" }]);
  const unnamed = { ...named, topicIds: Uint32Array.of(0), topicNames: new Map() };
  reader.load(named);
  reader.load(unnamed);
  assert.equal(reader.topic(0), "a");
  // A journal batch in between has numbers of its own; live ones are named again by then.
  reader.load(roundTrip(messageBatch([{ topic: "b", payload: "1" }])));
  assert.equal(reader.topic(0), "b");
  reader.load(named);
  assert.equal(reader.topic(0), "a");
  assert.throws(
    () => reader.load({ ...named, topicIds: Uint32Array.of(9), topicNames: new Map() }),
    /topic number 9 came without its name/,
  );
});
