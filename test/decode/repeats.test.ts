import assert from "node:assert/strict";
import { test } from "node:test";

import type { BatchClient } from "../../src/core/message-batch.ts";
import type { TestMessage } from "./batch.ts";
import { DecoderSetup, json, physical, tableOf, STRING } from "./decoder-setup.ts";

test("a re-send with DUP is dropped by packet id and payload, across batches and a restart", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "t" })]);
  const message = { topic: "t", payload: json({ device: "a" }), packetId: 7 };
  const size = (s: DecoderSetup, m: TestMessage): number | undefined => s.run([m]).rows[0]?.length;
  assert.equal(size(setup, message), 1);
  assert.equal(size(setup, { ...message, dup: true }), 0);
  const resumed = new DecoderSetup(setup.tables, setup.decoder.snapshot());
  assert.equal(size(resumed, { ...message, dup: true }), 0);
  assert.equal(resumed.decoder.stats.resends, 2);
  // Not a re-send: without DUP, other bytes, another packet id, another client, a session begun anew.
  assert.equal(size(resumed, message), 1);
  assert.equal(size(resumed, { ...message, dup: true, payload: json({ device: "b" }) }), 1);
  assert.equal(size(resumed, { ...message, dup: true, packetId: 8 }), 1);
  const client = { source: "direct", clientId: "c2", session: 1 };
  assert.equal(size(resumed, { ...message, dup: true, client }), 1);
  assert.equal(size(resumed, { ...message, dup: true, client: { ...client, session: 2 } }), 1);
});

test("a client's re-sends are known as far back as its Receive Maximum", () => {
  const setup = new DecoderSetup([tableOf("t", { topic: "t" })]);
  const message = (packetId: number, dup: boolean): TestMessage => {
    return { topic: "t", payload: json({ device: String(packetId) }), packetId, dup };
  };
  setup.run([1, 2, 3, 4, 5].map((id) => message(id, false)));
  const { rows } = setup.run([2, 3, 4, 5, 1].map((id) => message(id, true)));
  assert.deepEqual(rows, [[{ device: "1", temperature: null }]]);
});

test("re-sends into tables that all have an identity are left to the identity", () => {
  const columns = [physical("device", STRING), physical("seq", { kind: "BIGINT", nullable: true })];
  const options = { topic: "t", "identity.key": "device", "identity.sequence": "seq" };
  const setup = new DecoderSetup([tableOf("t", options, columns)]);
  const message = { topic: "t", payload: json({ device: "a", seq: 1 }), packetId: 7 };
  const { rows } = setup.run([message, { ...message, dup: true }]);
  assert.equal(rows[0]?.length, 2);
});

test("a retained message that repeats the topic's last payload is dropped once, by policy", () => {
  const client: BatchClient = { source: "broker", clientId: "x", session: 1 };
  const live = { topic: "t", payload: json({ device: "a" }), qos: 0, client };
  const retained = { ...live, retain: true };
  const counts = (policy: string | undefined, ...messages: TestMessage[]): number | undefined => {
    const options: Record<string, string> = policy === undefined ? {} : { retained: policy };
    const setup = new DecoderSetup([tableOf("t", { topic: "t", ...options })]);
    const first = setup.run(messages.slice(0, 1)).rows[0]?.length ?? 0;
    const resumed = new DecoderSetup(setup.tables, setup.decoder.snapshot());
    return first + (resumed.run(messages.slice(1)).rows[0]?.length ?? 0);
  };
  const changed = { ...retained, payload: json({ device: "b" }) };
  assert.equal(counts(undefined, live, retained, retained), 1);
  assert.equal(counts("once", retained, retained, changed, retained), 3);
  assert.equal(counts("once", live, live), 2);
  assert.equal(counts("ignore", live, retained, changed), 1);
  assert.equal(counts("accept", live, retained, retained), 3);
  // On a listener of our own the flag is the publisher's wish, not a repetition.
  const direct = { ...retained, client: { ...client, source: "direct" } };
  assert.equal(counts("once", direct, direct), 2);
  assert.equal(counts("ignore", direct, direct), 0);
});
