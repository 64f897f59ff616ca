// Whether a device is there, as somebody says on another topic: a table beside the profile's own, and an alarm.

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeMessage } from "../../src/cli/profile/decoding.ts";
import { availabilityProfile } from "../../src/config/profile-availability.ts";
import { parseProfile } from "../../src/config/profile-load.ts";
import { profileRules } from "../../src/config/profile-rules.ts";
import { profileTables } from "../../src/config/profile-tables.ts";
import { filtersOf } from "../../src/gateway/sources.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, kafkaSink, valuesOf, Workbench } from "../engine/kit.ts";
import { refusal } from "./profile-refusal.ts";
import { profileText } from "./profile-text.ts";

const RESOURCES = `
  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64}}
  - {name: relay, attributes: {pointer: /relay}, properties: {valueType: Bool, on: "ON", off: "OFF"}}
`;
const GATEWAY = `
  availability: {topic: "z/{device}/availability", pointer: /state}
  alarms:
    - {name: gone, on: device, reason: offline, onDelay: 10s, severity: low}
`;
const PROFILE = parseProfile(
  profileText({ resources: RESOURCES, match: '{topic: "z/{device...}"}', gateway: GATEWAY }),
  "lamp.yaml",
);

test("the table is named after the profile, and read only where a rule asks for it", () => {
  const [, table] = profileTables(PROFILE);
  assert.equal(table?.name, "press-12_availability");
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ["device", "online", "sequence", "event_time", "receive_time", "topic"].concat([
      "quality",
      "quality_reasons",
    ]),
  );
  const rule = "SELECT device FROM `press-12_availability`;";
  const { ruleSet } = engineConfig(
    "/nowhere",
    { there: kafkaSink("there", "device STRING") + `INSERT INTO there ${rule}` },
    { profiles: [PROFILE] },
  );
  assert.deepEqual(filtersOf({ name: "direct" }, ruleSet), ["z/+/availability"]);
});

test("several texts may say it; topics that are excepted say nothing", () => {
  const gateway =
    '  availability: {topic: "z/{device}/$state", except: [z/hub/$state], online: [ready, alert], offline: [lost]}';
  const profile = parseProfile(
    profileText({ match: '{topic: "z/{device}"}', gateway }),
    "lamp.yaml",
  );
  assert.ok(profile.availability !== undefined);
  const own = availabilityProfile(profile, profile.availability);
  assert.deepEqual(
    ["a alert", "a lost", "a asleep", "hub ready"].map((said) => {
      const [device = "", payload = ""] = said.split(" ");
      const message = { topic: `z/${device}/$state`, payload: Buffer.from(payload) };
      const found = decodeMessage(own, { ...message, receiveTimeMs: 0 });
      return "rows" in found ? found.rows[0]?.[1] : found.reason;
    }),
    [
      true,
      false,
      "field online: 'asleep' is neither ready, alert nor lost, at byte 0",
      "no table matches the topic",
    ],
  );
});

test("what is said there is a row of it, and no measurement", (context) => {
  const bench = new Workbench(context);
  const rules = {
    there:
      kafkaSink("there", "device STRING, online BOOLEAN, said TIMESTAMP_LTZ(3)") +
      "INSERT INTO there SELECT device, online, event_time FROM `press-12_availability`;",
    lamps:
      kafkaSink("lamps", "device STRING, relay BOOLEAN") +
      "INSERT INTO lamps SELECT device, relay FROM `press-12`;",
    dead:
      kafkaSink("dead", "`table` STRING, reason STRING") +
      "INSERT INTO dead SELECT `table`, reason FROM headrace_dead_letter;",
  };
  const life = bench.start(engineConfig(bench.folder(), rules, { profiles: [PROFILE] }));
  const { engine } = life;
  const at = (topic: string, payload: object): TestMessage => {
    return { topic, payload: JSON.stringify(payload) };
  };
  life.run([
    at("z/a/availability", { state: "online" }),
    at("z/a/availability", { state: "offline" }),
    at("z/a/availability", { state: "asleep" }),
    at("z/a/availability", {}),
    at("z/a", { relay: "ON" }),
    at("z/a/b", { relay: "OFF" }),
    at("z/a", { relay: true }),
    at("z/a", { relay: "on" }),
  ]);
  const received = "2026-01-01 00:00:00Z";
  assert.deepEqual(valuesOf(engine, "there"), [
    { device: "a", online: true, said: received },
    { device: "a", online: false, said: received },
    { device: "a", online: null, said: received },
  ]);
  assert.deepEqual(valuesOf(engine, "lamps"), [
    { device: "a", relay: true },
    { device: "a/b", relay: false },
    { device: "a", relay: true },
  ]);
  assert.deepEqual(valuesOf(engine, "dead"), [
    {
      table: "press-12_availability",
      reason: "field online: 'asleep' is neither online nor offline, at byte 9",
    },
    { table: "press-12", reason: "field relay: 'on' is neither ON nor OFF, at byte 9" },
  ]);
});

test("a device that is said to be gone raises an alarm by the gateway's time, the same after a restart", (context) => {
  const rules = Object.fromEntries(profileRules(PROFILE).map(({ file, text }) => [file, text]));
  const eventsOf = (restarts: boolean): unknown[] => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), rules, { profiles: [PROFILE] });
    let life = bench.start(config);
    const step = (device: string, state: string, atMs: number): void => {
      const payload = JSON.stringify({ state });
      const message = { topic: `z/${device}/availability`, payload };
      life.run([{ ...message, afterMs: atMs }], 0);
      if (restarts) life = bench.restart(life, config);
    };
    step("a", "offline", 1000);
    step("b", "offline", 1000);
    step("b", "online", 5000);
    step("c", "online", 5000);
    life.engine.time.tick(20_000);
    if (restarts) life = bench.restart(life, config);
    step("a", "online", 30_000);
    step("c", "online", 30_002);
    assert.equal(life.engine.state.digestMismatches, 0);
    return valuesOf(life.engine, "press-12.gone").map(({ series, state, event_time: time }) => {
      return [series, state, time].join(" ");
    });
  };
  const events = eventsOf(false);
  assert.deepEqual(events, ["a raised 2026-01-01 00:00:11Z", "a returned 2026-01-01 00:00:30Z"]);
  assert.deepEqual(eventsOf(true), events);
});

test("what cannot be is refused where it stands", () => {
  const of = (availability: string, alarms = "[]", resources = RESOURCES): string =>
    refusal({ resources, gateway: `  availability: {${availability}}\n  alarms: ${alarms}\n` });
  assert.match(of('topic: "z/availability"'), /topic has no \{device\}/);
  assert.match(of('topic: "z/{online}/{device}"'), /topic has \{online\}, which is a column/);
  assert.match(of('topic: "plant/{device}/{line}"'), /topic is that of the measurements/);
  assert.match(of('topic: "z/{device}", offline: online'), /"online" is a text of online too/);
  assert.match(of('topic: "z/{device}", pointer: /a/*'), /pointer has a \*/);
  assert.match(of('topic: "z/{device}", pionter: /a'), /Did you mean 'pointer'/);
  const gone = (alarm: string): string => of('topic: "z/{device}"', `[{name: a, ${alarm}}]`);
  assert.match(gone("on: t, reason: offline"), /"t" is never offline: write on: device/);
  assert.match(gone("on: device, reason: offline, ignore: [range]"), /ignore goes with values/);
  const unsaid = "  alarms: [{name: a, on: device, reason: offline}]\n";
  assert.match(refusal({ gateway: unsaid }), /a device is never offline without availability/);
  const bool = (words: string, type = "Bool"): string =>
    refusal({
      resources: `  - {name: t, attributes: {pointer: /t}, properties: {valueType: ${type}, ${words}}}`,
    });
  assert.match(bool("on: x"), /must have both on and off/);
  assert.match(bool("on: x, off: x"), /must have both on and off, and not the same/);
  assert.match(bool("on: x, off: y", "String"), /on and off do not go with valueType String/);
});
