// Messages that are several rows: arrays of measurements, with what the message says once in each of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { ROWS_PER_MESSAGE } from "../../src/core/limits.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { createIdentityGate } from "../../src/decode/identity.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "./batch.ts";

const T = RECEIVE_TIME_MS;

/** Rows and dead letters of payloads under a profile, re-sends taken out. */
function decode(
  profileText: string,
  payloads: readonly string[],
): { rows: Record<string, unknown>[]; dead: string[] } {
  const profile = parseProfile(profileText, "p.yaml");
  const table = profileTable(profile);
  const reader = new MessageReader();
  const decoder = new Decoder({
    tables: [
      { table, required: table.columns.map((_, i) => i), profile: profileDecoding(profile) },
    ],
    gatewayId: "gw",
    receiveMaximum: 10,
    reader,
  });
  reader.load(messageBatch(payloads.map((payload) => ({ topic: "d/a", payload }))));
  const { tables, deadLetters } = decoder.decode();
  const gate = createIdentityGate(table);
  for (const batch of tables) gate?.apply(batch, reader);
  return {
    rows: tables.flatMap((batch) => rowsOf(table, batch)),
    dead: deadLetters.map(({ message, kind, reason }) => `${message} ${kind}: ${reason}`),
  };
}

const profile = (time: string, identity = "{sequence: {pointer: /n}}"): string => `
name: logger
deviceResources:
  - {name: t, attributes: {pointer: /r/*/t}, properties: {valueType: Float64, scale: 0.1}}
  - {name: h, attributes: {pointer: /r/*/h}, properties: {valueType: Uint8}}
  - {name: site, attributes: {pointer: /site}, properties: {valueType: String}}
x-gateway:
  version: 1
  match: {topic: "d/{device}"}
  codec: {type: json}
  time: ${time}
  identity: ${identity}
`;

test("every element of an array is a row; what stands outside is in all of them, wherever it comes", () => {
  const text = profile("{pointer: /r/*/dt, base: {pointer: /bt, unit: s}, unit: ms}");
  const { rows, dead } = decode(text, [
    `{"n":7,"site":"x","bt":${T / 1000},"r":[{"t":1,"h":2,"dt":0},{"t":3,"dt":250},{"dt":500}]}`,
    `{"r":[{"t":10,"dt":1}],"bt":${T / 1000},"site":"y","n":8}`,
    `{"n":9,"bt":${T / 1000},"r":[]}`,
    `{"n":10,"bt":${T / 1000}}`,
    `{"n":11,"bt":${T / 1000},"r":null}`,
  ]);
  assert.deepEqual(dead, []);
  assert.deepEqual(
    rows.map(({ t, h, site, sequence, event_time }) => [t, h, site, sequence, event_time]),
    [
      [0.1, 2, "x", 7, T],
      [0.3 + 5e-17, null, "x", 7, T + 250],
      [null, null, "x", 7, T + 500],
      [1, null, "y", 8, T + 1],
    ],
  );
});

test("records at a fixed distance have the time of the first, and so many intervals more", () => {
  const { rows } = decode(profile("{base: {pointer: /bt}, every: 100ms}"), [
    `{"n":1,"r":[{"t":1},{"t":2},{"t":3}],"bt":${T}}`,
  ]);
  assert.deepEqual(
    rows.map(({ event_time }) => event_time),
    [T, T + 100, T + 200],
  );
  const received = decode(profile("{every: 100ms}"), ['{"n":1,"r":[{"t":1},{"t":2}]}']);
  assert.deepEqual(
    received.rows.map(({ event_time }) => event_time),
    [T, T + 100],
  );
});

test("a bad record, or a missing base time, makes the whole message a dead letter and leaves nothing behind", () => {
  const text = profile("{pointer: /r/*/dt, base: {pointer: /bt}, unit: ms}");
  const { rows, dead } = decode(text, [
    `{"n":1,"bt":${T},"site":"x","r":[{"t":1,"dt":0},{"t":"hot","dt":1}]}`,
    `{"n":2,"site":"x","r":[{"t":1,"dt":0}]}`,
    `{"n":3,"bt":${T},"r":[{"t":1,"dt":0},{"t":1,"dt":9999999999}]}`,
    `{"n":4,"bt":${T},"r":{"t":1}}`,
    `{"n":5,"bt":${T},"r":[${"{},".repeat(ROWS_PER_MESSAGE)}{}]}`,
    `{"n":6,"bt":${T},"r":[{"h":1,"dt":0}]}`,
  ]);
  assert.deepEqual(
    rows.map(({ t, h, site, sequence }) => [t, h, site, sequence]),
    [[null, 1, null, 6]],
  );
  const [bad, base, future, object, many] = dead;
  assert.match(bad ?? "", /^0 undecodable: field t: 'hot' is not a DOUBLE, at byte \d+$/);
  assert.match(base ?? "", /^1 event_time: time \/r\/\*\/dt: missing$/);
  assert.match(future ?? "", /^2 event_time: .* more than time.maxFuture$/);
  assert.match(object ?? "", /^3 undecodable: an array of records was expected, at byte \d+$/);
  assert.match(many ?? "", /^4 undecodable: more than 16384 rows in one message, at byte \d+$/);
});

test("the rows of one message share its number; a re-send of it is dropped with all of them", () => {
  const message = '{"n":7,"r":[{"t":1},{"t":2}]}';
  const { rows } = decode(profile("{}"), [message, message, '{"n":8,"r":[{"t":3},{"t":4}]}']);
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    [7, 7, 8, 8],
  );
});

test("records may number themselves", () => {
  const text = profile("{}", "{sequence: {pointer: /r/*/n}}");
  const { rows } = decode(text, ['{"r":[{"n":1},{"n":2}]}', '{"r":[{"n":2},{"n":3}]}']);
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
});

test("a payload may be an array, and its elements plain values", () => {
  const text = (pointer: string): string => `
name: p
deviceResources:
  - {name: v, attributes: {pointer: ${pointer}}, properties: {valueType: Float64}}
x-gateway: {version: 1, match: {topic: "d/{device}"}, codec: {type: json}}
`;
  const values = (pointer: string, payload: string): unknown[] => {
    const { rows, dead } = decode(text(pointer), [payload]);
    return dead.length > 0 ? dead : rows.map(({ v }) => v);
  };
  assert.deepEqual(values("/*", "[1,2.5,null]"), [1, 2.5, null]);
  assert.deepEqual(values("/*/x", '[{"x":1},{"y":2}]'), [1, null]);
  assert.deepEqual(values("/a/*", '{"a":[3,4]}'), [3, 4]);
  assert.deepEqual(values("/a/0/*", '{"a":[[5,6],[7]]}'), [5, 6]);
  assert.deepEqual(values("/a", "[1]"), [
    "0 undecodable: the payload is not a JSON object, at byte 0",
  ]);
});

test("addresses with a * must name the same array", () => {
  const text = profile("{}").replace("/r/*/h", "/q/*/h");
  assert.throws(
    () => parseProfile(text, "p.yaml"),
    /attributes? has a \* for another array|for another array/,
  );
  assert.throws(
    () => parseProfile(profile("{}").replace("/r/*/h", "/r/*/*"), "p.yaml"),
    /than one \*/,
  );
});
