// The alarms and the uplink of a profile: the SQL they become, and that the engine raises them as it raises any other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { flinkTable } from "../../src/cli/profile/flink-table.ts";
import { parseProfile } from "../../src/config/profile-load.ts";
import { profileRules } from "../../src/config/profile-rules.ts";
import { RECEIVE_TIME_MS } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, outboxOf, Workbench } from "../engine/kit.ts";
import { profileText } from "./profile-text.ts";

const RESOURCES = [
  "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float32, maximum: 200}}",
  "  - {name: leak, attributes: {pointer: /leak}, properties: {valueType: Bool}}",
].join("\n");
const GATEWAY = `
  time: {pointer: /ts, outOfOrder: 0s, whenAhead: clamp}
  quality: {stuckFor: 60s}
  alarms:
    - {name: hot, on: t, set: 80, clear: 70, onDelay: 5s, offDelay: 1m, severity: critical, ignore: [range], message: "it's hot"}
    - {name: stuck, on: t, reason: stuck}
    - {name: clock, on: event_time, reason: ahead, severity: low}
    - {name: leak, on: leak}
  limits:
    t: {low: -5, highHigh: 95.5, deadband: 0.5}
`;
const PROFILE = parseProfile(profileText({ resources: RESOURCES, gateway: GATEWAY }), "press.yaml");

test("an alarm is a rule over the profile's table, named after both", () => {
  const rules = profileRules(PROFILE);
  assert.deepEqual(
    rules.map(({ file }) => file),
    ["hot", "stuck", "clock", "leak", "t_low", "t_high_high"].map((name) => `press-12.${name}`),
  );
  assert.deepEqual(rules[0]?.text.split("\n"), [
    "CREATE TABLE `press-12.hot` (series STRING, event_time TIMESTAMP_LTZ(3), `value` DOUBLE)",
    "WITH ('connector' = 'alarm', 'severity' = 'critical', 'set' = '80', 'clear' = '70', " +
      "'on-delay' = '5000 ms', 'off-delay' = '60000 ms', 'message' = 'it''s hot');",
    "INSERT INTO `press-12.hot`",
    "SELECT device, event_time, CAST(`t` AS DOUBLE)",
    "FROM `press-12`",
    "WHERE COALESCE(quality_reasons['t'], '') NOT IN ('range');",
  ]);
  assert.match(rules[4]?.text ?? "", /'set' = '-5', 'clear' = '-4\.5'/);
  assert.match(rules[5]?.text ?? "", /'severity' = 'high', 'set' = '95\.5', 'clear' = '95'/);
});

test("the engine raises and returns them by event time, the same after a restart", (context) => {
  const at = (seconds: number, values: object, device = "d1"): TestMessage => {
    const payload = JSON.stringify({ ts: RECEIVE_TIME_MS + seconds * 1000, ...values });
    return { topic: `plant/l1/${device}`, payload };
  };
  const messages = [
    at(-300, { t: 20 }),
    at(-290, { t: 300 }), // out of range: the device is broken, not hot
    at(-270, { t: 90 }),
    at(-260, { t: 90, leak: true }),
    at(-240, { t: 50 }),
    at(-210, { t: 50 }),
    at(-180, { t: 50, leak: null }),
    at(-175, { leak: false }),
    at(-170, { t: 51 }),
    at(-160, { t: -5 }),
    at(-150, { t: -4 }),
    at(7200, { t: 20 }),
    at(1, { t: 21 }),
    at(60, { t: 22 }),
  ];
  const rules = Object.fromEntries(profileRules(PROFILE).map(({ file, text }) => [file, text]));
  const eventsOf = (restarts: boolean): string[] => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), rules, { profiles: [PROFILE] });
    let life = bench.start(config);
    for (const message of messages) {
      life.run([message]);
      if (restarts) life = bench.restart(life, config);
    }
    assert.equal(life.engine.state.digestMismatches, 0);
    return outboxOf(life.engine)
      .filter(({ topic }) => topic === "alarms")
      .map(({ value }) => JSON.parse(value) as Record<string, unknown>)
      .map(({ rule, series, state, event_time: time }) => [rule, series, state, time].join(" "));
  };
  const events = eventsOf(false);
  assert.deepEqual(events.toSorted(), [
    "press-12.clock d1 raised 2026-01-01 00:00:00Z",
    "press-12.clock d1 returned 2026-01-01 00:00:01Z",
    "press-12.hot d1 raised 2025-12-31 23:55:35Z",
    "press-12.hot d1 returned 2025-12-31 23:57:00Z",
    "press-12.leak d1 raised 2025-12-31 23:55:40Z",
    "press-12.leak d1 returned 2025-12-31 23:57:05Z",
    "press-12.stuck d1 raised 2025-12-31 23:57:00Z",
    "press-12.stuck d1 returned 2025-12-31 23:57:10Z",
    "press-12.t_high_high d1 raised 2025-12-31 23:55:10Z",
    "press-12.t_high_high d1 returned 2025-12-31 23:55:30Z",
    "press-12.t_low d1 raised 2025-12-31 23:57:20Z",
    "press-12.t_low d1 returned 2025-12-31 23:57:30Z",
  ]);
  assert.deepEqual(eventsOf(true), events);
});

test("the uplink is a rule of every row, whose topic Flink reads by what export writes", (context) => {
  const uplink = (keys: string): ReturnType<typeof parseProfile> =>
    parseProfile(profileText({ gateway: `  uplink: {topic: iot.press, ${keys}}` }), "press.yaml");
  const profile = uplink("schema: json");
  const [rule, ...more] = profileRules(profile);
  assert.ok(rule !== undefined && more.length === 0);
  assert.equal(rule.file, "press-12.uplink");
  const bench = new Workbench(context);
  const rules = { [rule.file]: rule.text };
  const life = bench.start(engineConfig(bench.folder(), rules, { profiles: [profile] }));
  life.run([{ topic: "plant/l1/d1", payload: '{"t":21.5}' }]);
  const [row, ...others] = outboxOf(life.engine);
  assert.equal(others.length, 0);
  assert.deepEqual([row?.topic, row?.key, row?.lane], ["iot.press", "d1", "raw"]);
  const at = "2026-01-01 00:00:00Z";
  assert.deepEqual(JSON.parse(row?.value ?? ""), {
    line: "l1",
    device: "d1",
    t: 21.5,
    sequence: null,
    event_time: at,
    receive_time: at,
    topic: "plant/l1/d1",
    quality: "good",
    quality_reasons: { event_time: "received" },
  });
  const table = flinkTable(profile, {});
  for (const [key, value] of [
    ["topic", "iot.press"],
    ["key.format", "raw"],
    ["key.fields", "device"],
    ["value.format", "json"],
  ]) {
    assert.ok(table.includes(`  '${key}' = '${value}'`), key);
  }
  // Whatever the schema, the engine takes it; other keys are captures, or resources of text.
  for (const schema of ["avro", "avro-confluent"]) {
    const own = profileRules(uplink(`schema: ${schema}, key: "{line}"`));
    const texts = Object.fromEntries(own.map(({ file, text }) => [file, text]));
    engineConfig(bench.folder(), texts, { profiles: [profile] });
  }
  assert.throws(() => uplink("key: place"), /"place" is neither a capture nor a resource/);
  assert.throws(() => uplink("key: t"), /"t" is Float64: the key is text/);
  assert.throws(() => uplink("schema: protobuf"), /must be one of json, avro, avro-confluent/);
  assert.throws(
    () =>
      uplink("schema: json}\n  alarms: [{name: uplink, on: t, set: 1}]\n  quality: {range: bad"),
    /the rule press-12\.uplink is an alarm's already/,
  );
});
