// What a profile says of quality, alarms and privacy that does not go together.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { refusal } from "./profile-refusal.ts";
import { profileRules } from "../../src/config/profile-rules.ts";
import type { Profile } from "../../src/config/profile.ts";
import { profileText } from "./profile-text.ts";

test("what gets stuck is a number, what is a flag is no text", () => {
  const resources = [
    "  - {name: on, attributes: {pointer: /on}, properties: {valueType: Bool}}",
    "  - {name: word, attributes: {pointer: /word}, properties: {valueType: String}}",
  ].join("\n");
  const refused = (quality: string): string =>
    refusal({ resources, gateway: `  quality: {${quality}}\n` });
  assert.match(refused("stuckFor: {on: 5m}"), /"on" is Bool: only numbers get stuck/);
  assert.match(refused("flags: [{resource: word}]"), /"word" is String: a flag is a Bool/);
  const gateway = "  quality: {stuckFor: 5m, silentFor: 2m, flags: [{resource: on, on: word}]}\n";
  const { quality } = parseProfile(profileText({ resources, gateway }), "p.yaml");
  assert.deepEqual(quality, {
    range: "bad",
    stuckForMs: {},
    silentForMs: { on: 120_000, word: 120_000 },
    deviceSilentForMs: 120_000,
    flags: [{ resource: "on", on: "word", quality: "bad" }],
  });
});

test("a device is missed where it is named, or nothing is", () => {
  const of = (silentFor: string, alarms = "[]"): Profile =>
    parseProfile(
      profileText({ gateway: `  quality: {silentFor: ${silentFor}}\n  alarms: ${alarms}\n` }),
      "p.yaml",
    );
  assert.equal(of("{t: 1m}").quality.deviceSilentForMs, undefined);
  assert.deepEqual(of("{device: 1m}").quality.silentForMs, {});
  assert.deepEqual(
    profileRules(of("1m")).map(({ file }) => file),
    ["press-12.silent"],
  );
  const own = "[{name: lost, on: device, reason: silent, severity: critical}]";
  assert.deepEqual(
    profileRules(of("1m", own)).map(({ file }) => file),
    ["press-12.lost"],
  );
  assert.throws(() => of("{t: 1m}", own), /a device is never silent without quality.silentFor/);
  assert.throws(() => of("1m", "[{name: silent, on: t, set: 1}]"), /name of two alarms/);
});

test("alarms that could never be raised are refused", () => {
  const resources = [
    "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, maximum: 9}}",
    "  - {name: leak, attributes: {pointer: /leak}, properties: {valueType: Bool}}",
  ].join("\n");
  const refused = (gateway: string): string => refusal({ resources, gateway: `  ${gateway}\n` });
  const alarm = (rest: string): string => refused(`alarms: [{name: a, ${rest}}]`);
  assert.match(alarm("on: tt, set: 1"), /^p\.yaml:10:26 "tt" is not a resource[^]*'t'/);
  assert.match(alarm("on: t"), /has neither set nor reason, and "t" is Float64, not Bool/);
  assert.match(alarm("on: leak, set: 1"), /"leak" is Bool: set goes with numbers/);
  assert.match(alarm("on: t, clear: 1"), /has clear, which goes with set/);
  assert.match(alarm("on: t, set: 1, reason: stuck"), /has both set and reason/);
  assert.match(alarm("on: t, reason: stuck"), /"t" is never stuck without quality\.stuckFor/);
  assert.match(alarm("on: t, reason: ahead"), /"t" is never ahead/);
  assert.match(alarm("on: leak, reason: range"), /"leak" is never range without a minimum/);
  assert.match(alarm("on: event_time, reason: range"), /"event_time" is never range/);
  assert.match(alarm("on: t, set: 1, severity: hig"), /severity must be one of low[^]*'high'/);
  const two = "{name: t_high, on: t, set: 1}";
  assert.match(refused(`alarms: [${two}]\n  limits: {t: {high: 2}}`), /name of two alarms/);
  assert.match(refused(`alarms: [${two}, ${two}]`), /name of two alarms/);
  assert.match(refused("limits: {x: {high: 2}}"), /"x" is not a resource/);
  assert.match(refused("limits: {leak: {high: 2}}"), /"leak" is Bool: limits go with numbers/);
  assert.match(refused("limits: {t: {}}"), /limits\.t must have one of lowLow/);
  assert.match(refused("limits: {t: {high: 2, low: 2}}"), /must have lowLow < low < high/);
  assert.match(refused("limits: {t: {low: 2}}"), /a low limit, which needs a deadband above 0/);
});

test("privacy says what it cannot keep", () => {
  const resources = [
    "  - {name: who, attributes: {pointer: /who}, properties: {valueType: String}}",
    "  - {name: n, attributes: {pointer: /n}, properties: {valueType: Int32}}",
  ].join("\n");
  const key = 'key: "${file:k}"';
  const refused = (privacy: string): string =>
    refusal({ resources, gateway: `  privacy: {${privacy}}\n` });
  assert.match(refused(`${key}, fields: {whom: drop}`), /"whom" is not a resource[^]*'who'/);
  assert.match(refused(`${key}, fields: {n: hash}`), /"n" is Int32: hash makes text/);
  assert.match(refused(`${key}, fields: {n: {truncate: 2}}`), /"n" is Int32: truncate makes/);
  assert.match(refused(`${key}, fields: {who: hsh}`), /must be drop, hash or[^]*'hash'/);
  assert.match(refused(`${key}, fields: {who: {truncate: -1}}`), /must be drop, hash or/);
  assert.match(refused("fields: {who: hash}"), /^p\.yaml:10:21 has a hash, which needs a key/);
  assert.match(refused("fields: {who: drop}, key: plain"), /key must not stand in this file/);
  assert.match(
    refused("fields: {who: drop}, journal: original"),
    /journal must be one of redacted/,
  );
  const text = profileText({ resources, gateway: "  privacy: {fields: {n: drop}}\n" });
  assert.throws(() => parseProfile(text.replace("type: json", "type: senml"), "p.yaml"), {
    message: /privacy is not built yet for codec senml/,
  });
  const { privacy } = parseProfile(text, "p.yaml");
  assert.deepEqual(privacy, { fields: { n: { kind: "drop" } }, key: undefined });
});
