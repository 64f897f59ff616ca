// How the rows of a profile's table are made: profile file, table and decoder together.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { profileText } from "./profile-text.ts";
import type { ProfileParts } from "./profile-text.ts";

/** Rows (all columns) and dead-letter reasons of messages under a profile. */
function decode(
  parts: ProfileParts,
  messages: readonly TestMessage[],
  clockTrusted = true,
): { rows: Record<string, unknown>[]; dead: string[] } {
  const profile = parseProfile(profileText(parts), "p.yaml");
  const table = profileTable(profile);
  const reader = new MessageReader();
  const required = table.columns.map((_, i) => i);
  const decoder = new Decoder({
    tables: [{ table, required, profile: profileDecoding(profile) }],
    gatewayId: "gw",
    receiveMaximum: 10,
    reader,
  });
  reader.clockTrusted = clockTrusted;
  reader.load(messageBatch(messages));
  const { tables, deadLetters } = decoder.decode();
  return {
    rows: tables.flatMap((batch) => rowsOf(table, batch)),
    dead: deadLetters.map(({ kind, reason }) => `${kind}: ${reason}`),
  };
}

const at = (payload: string, topic = "plant/l1/d1"): TestMessage => ({ topic, payload });

test("scale and offset are applied in doubles and rounded to the value type", () => {
  const resources = `
  - {name: f, attributes: {pointer: /f}, properties: {valueType: Float32, scale: 0.1}}
  - {name: i, attributes: {pointer: /f}, properties: {valueType: Int16, scale: 0.5, offset: -40}}
  - {name: d, attributes: {pointer: /a/0/b~1c}, properties: {valueType: Float64}}
`;
  const { rows, dead } = decode({ resources }, [
    at('{"f":235,"a":[{"b/c":1.5},2]}'),
    at('{"f":null,"a":{"0":{"b/c":2}}}'),
    at('{"f":1e9}'),
    at('{"f":"235","a":7}'),
  ]);
  assert.deepEqual(
    rows.map(({ f, i, d }) => ({ f, i, d })),
    [
      { f: Math.fround(23.5), i: 78, d: 1.5 },
      { f: null, i: null, d: 2 },
      { f: Math.fround(23.5), i: 78, d: null },
    ],
  );
  assert.deepEqual(dead, [
    "undecodable: field i: 499999960 is out of range of SMALLINT, at byte 5",
  ]);
});

test("event time follows the profile's clock policy", () => {
  const run = (time: string, ts: string): unknown => {
    const gateway = `  time: {${time}}\n`;
    const { rows, dead } = decode({ gateway }, [at(ts === "" ? "{}" : `{"ts":${ts}}`)]);
    return rows[0]?.["event_time"] ?? dead[0];
  };
  const t = RECEIVE_TIME_MS;
  assert.equal(run("", ""), t);
  assert.equal(run("pointer: /ts", `${t - 5}`), t - 5);
  assert.equal(run("pointer: /ts", `"${t - 5}"`), t - 5);
  assert.equal(run("pointer: /ts, unit: s", `${t / 1000}.123`), t + 123);
  assert.equal(run("pointer: /ts, unit: us", `${t}777`), t + 1);
  assert.equal(run("pointer: /ts, unit: iso8601", '"2026-01-01T01:00:00.5+01:00"'), t + 500);
  assert.equal(run("pointer: /ts, unit: iso8601", '"2026-01-01 00:00:00Z"'), t);
  assert.match(String(run("pointer: /ts, unit: iso8601", '"yesterday"')), /no time in iso8601/);
  assert.match(
    String(run("pointer: /ts", "true")),
    /^undecodable: time \/ts: true is no time in ms/,
  );
  assert.equal(run("pointer: /ts", ""), "event_time: time /ts: missing");
  assert.equal(run("pointer: /ts", "null"), "event_time: time /ts: missing");
  assert.equal(run("pointer: /ts, else: receive", "null"), t);
  assert.match(String(run("pointer: /ts", "5000")), /1970-01-01T00:00:05\.000Z is before 2020/);
  assert.match(
    String(run("pointer: /ts", `${t / 1000 - 60}`)),
    /1970-01-21T.*Z is before 2020, but looks like one in s: write unit: s$/,
  );
  assert.match(
    String(run("pointer: /ts, unit: s", `${t - 60_000}`)),
    /^event_time: .* ahead of its receive time, but looks like one in ms: write unit: ms$/,
  );
  assert.equal(run("pointer: /ts, whenUnsynced: useReceiveTime", "5000"), t);
  assert.equal(run("pointer: /ts, whenUnsynced: accept", "5000"), 5000);
  assert.equal(run("pointer: /ts, maxFuture: 5s", `${t + 5000}`), t + 5000);
  assert.match(
    String(run("pointer: /ts, maxFuture: 5s", `${t + 5001}`)),
    /^event_time: .* is 5001 ms ahead of its receive time, more than time.maxFuture$/,
  );
  assert.equal(run("pointer: /ts, maxFuture: 5s, whenAhead: clamp", `${t + 5000}`), t + 5000);
  assert.equal(run("pointer: /ts, maxFuture: 5s, whenAhead: clamp", `${t + 5001}`), t);
});

test("rows of a receive time that cannot be trusted are uncertain, and nothing is too far ahead of it", () => {
  const t = RECEIVE_TIME_MS;
  const resources = `
  - {name: a, attributes: {pointer: /a}, properties: {valueType: Float64, maximum: 10}}
`;
  const gateway =
    "  time: {pointer: /ts, else: receive, whenUnsynced: useReceiveTime, maxFuture: 5s}\n";
  const payloads = [`{"ts":${t - 1}}`, `{"ts":${t + 9000}}`, '{"ts":5000}', "{}", '{"a":11}'];
  const messages = payloads.map((payload) => at(payload));
  const { rows, dead } = decode({ resources, gateway }, messages, false);
  assert.deepEqual(
    rows.map(({ event_time, quality }) => [event_time, quality]),
    [
      [t - 1, "good"],
      [t + 9000, "good"],
      [t, "uncertain"],
      [t, "uncertain"],
      [t, "bad"],
    ],
  );
  assert.deepEqual(dead, []);
  assert.equal(decode({ resources, gateway }, messages).dead.length, 1);
});

test("quality is judged by every bounded resource, also ones that no rule reads", () => {
  const resources = `
  - {name: a, attributes: {pointer: /a}, properties: {valueType: Float64, minimum: 0, maximum: 10}}
  - {name: b, attributes: {pointer: /b}, properties: {valueType: Int32, maximum: 5}}
`;
  const gateway = "  quality: {range: uncertain}\n";
  const payloads = ['{"a":10,"b":-99}', '{"a":10.1}', '{"b":6}', '{"a":"NaN"}', "{}"];
  const { rows } = decode(
    { resources, gateway },
    payloads.map((payload) => at(payload)),
  );
  const expected = ["good", "uncertain", "uncertain", "uncertain", "good"];
  assert.deepEqual(
    rows.map(({ quality }) => quality),
    expected,
  );

  const profile = parseProfile(profileText({ resources, gateway }), "p.yaml");
  const table = profileTable(profile);
  const reader = new MessageReader();
  const decoding = profileDecoding(profile);
  const tables = [{ table, required: [decoding.quality.column], profile: decoding }];
  const decoder = new Decoder({ tables, gatewayId: "gw", receiveMaximum: 10, reader });
  reader.load(messageBatch(payloads.map((payload) => at(payload))));
  const batch = decoder.decode().tables[0] ?? assert.fail();
  assert.deepEqual(
    rowsOf(table, batch).map(({ quality }) => quality),
    expected,
  );
});

test("captures fill their columns, and except keeps topics out", () => {
  const match = '{topic: "z/{device...}", except: ["z/bridge/#", "z/+/availability"]}';
  const { rows, dead } = decode({ match }, [
    at("{}", "z/kitchen/lamp"),
    at("{}", "z/bridge/state"),
    at("{}", "z/lamp/availability"),
  ]);
  assert.deepEqual(
    rows.map(({ device }) => device),
    ["kitchen/lamp"],
  );
  assert.equal(dead.length, 2);
});
