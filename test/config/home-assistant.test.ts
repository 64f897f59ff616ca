// Discovery messages for Home Assistant, held against what its documentation asks of them.
// @see https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { checkPublished } from "../../src/config/home-assistant/published-checks.ts";
import type { PublishableRule } from "../../src/config/home-assistant/results.ts";
import { discoveryOf } from "../../src/config/home-assistant/discovery.ts";
import type { Discovery } from "../../src/config/home-assistant/discovery.ts";
import { valueTemplate } from "../../src/config/home-assistant/template.ts";
import { loadProfile, parseProfile } from "../../src/config/profile-load.ts";
import type { Profile } from "../../src/config/profile.ts";
import type { GatewayError } from "../../src/core/errors.ts";
import { topicCaptures } from "../../src/core/topic-filter.ts";
import { folderWith } from "../gateway/process.ts";
import { documentedDiscovery } from "../kit/home-assistant.ts";
import { profileText } from "./profile-text.ts";

const FOLDER = join(import.meta.dirname, "../../device-profiles");
const PROFILES = globSync("*/*.yaml", { cwd: FOLDER })
  .sort()
  .map((file) => loadProfile(join(FOLDER, file)));

function discover(profile: Profile, device = "d 1/a"): Discovery | undefined {
  const topic = profile.topic.replaceAll(/\{\w+(?:\.\.\.)?\}/g, device);
  const captures = profile.captures.map(() => device);
  return discoveryOf(profile, { prefix: "homeassistant", topic, captures, version: "1.0" });
}

/** A rule with columns of all that is shown, and one that is not. */
function ruleOf(name: string): PublishableRule {
  const nullable = true;
  const columns = [
    { name: "device", type: { kind: "VARCHAR", length: 100, nullable } },
    { name: "avg_t", type: { kind: "DOUBLE", nullable } },
    { name: "used", type: { kind: "DECIMAL", precision: 10, scale: 2, nullable } },
    { name: "hot", type: { kind: "BOOLEAN", nullable } },
    { name: "note", type: { kind: "CHAR", length: 3, nullable } },
    { name: "at", type: { kind: "TIMESTAMP", precision: 3, nullable } },
  ] as const;
  return { name, sink: { columns, options: { connector: "blackhole" } } };
}

/** The template of a resource with these keys. */
function template(attributes: string, properties: string): string | undefined {
  const resources = `  - {name: t, attributes: {${attributes}}, properties: {${properties}}}`;
  const profile = parseProfile(profileText({ resources }), "p.yaml");
  const [resource] = profile.resources;
  assert.ok(resource !== undefined);
  return valueTemplate(profile.codec, resource);
}

describe("a discovery message", () => {
  it("is as documented, for every profile of JSON and text", () => {
    for (const profile of PROFILES) {
      const discovery = discover(profile);
      const isRead = ["json", "text"].includes(profile.codec.type);
      assert.equal(discovery !== undefined, isRead, profile.name);
      if (discovery === undefined) continue;
      const { error } = documentedDiscovery.safeParse(discovery.payload);
      assert.equal(error, undefined, `${profile.name}: ${error?.message}`);
      assert.match(discovery.topic, /^homeassistant\/device\/[A-Za-z0-9_-]+\/config$/);
      const ids = Object.values(discovery.payload.components).map((each) => each.unique_id);
      assert.equal(new Set(ids).size, ids.length);
    }
  });

  it("has another id for each device, whatever its name", () => {
    const profile = PROFILES.find(({ codec }) => codec.type === "json") as Profile;
    const topics = ["a b", "a_b", "a_20_b", "a/b", "ä b", "\u{20b}"].map(
      (name) => discover(profile, name)?.topic,
    );
    assert.equal(new Set(topics).size, topics.length);
  });

  it("says where the availability of a device is told, by the texts of its profile", () => {
    const resources = "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64}}";
    const availability = (match: string, section: string): unknown => {
      const gateway = `  availability: {${section}}`;
      const text = profileText({ resources, match: `{topic: "${match}"}`, gateway });
      const profile = parseProfile(text, "p.yaml");
      const topic = profile.topic.replaceAll(/\{(\w+)(?:\.\.\.)?\}/g, "$1-1");
      const captures = topicCaptures(profile.topic, topic) ?? [];
      const options = { prefix: "homeassistant", topic, captures, version: "1.0" };
      const payload = discoveryOf(profile, options)?.payload;
      assert.ok(documentedDiscovery.safeParse(payload).success);
      return payload?.availability;
    };
    assert.deepEqual(availability("z/{line}/{device...}", "topic: 'a/{device}/{line}/there'"), [
      {
        topic: "a/device-1/line-1/there",
        value_template:
          "{% if value in ['online'] %}online{% elif value in ['offline'] %}offline{% endif %}",
      },
    ]);
    const json = "topic: 'a/{device}', pointer: /state, online: [up, busy], offline: down";
    assert.deepEqual(availability("z/{device}", json), [
      {
        topic: "a/device-1",
        value_template:
          "{% if value_json['state'] in ['up', 'busy', true] %}online" +
          "{% elif value_json['state'] in ['down', false] %}offline{% endif %}",
      },
    ]);
    // What the device's own topic does not tell.
    assert.equal(availability("z/{device}", "topic: 'a/{site}/{device}'"), undefined);
    assert.equal(availability("z/{device}", "topic: 'a/+/{device}'"), undefined);
    const excepted = "topic: 'a/{device}', except: ['a/device-1']";
    assert.equal(availability("z/{device}", excepted), undefined);
  });

  it("shows the columns of a rule's rows, with their units", (context) => {
    const resources =
      "  - {name: t, attributes: {at: 0, as: u8}, properties: {valueType: Float64}}";
    const publish = (results: string): Profile => {
      const gateway = `  publish: {homeAssistant: {results: [${results}]}}`;
      const codec = "{type: binary}";
      const text = profileText({ resources, codec, gateway });
      return loadProfile(join(folderWith(context, { "p.yaml": text }), "p.yaml"));
    };
    const rules = [ruleOf("press_minute")];
    const sensors = (results: string): Readonly<Record<string, unknown>> => {
      const profile = publish(results);
      const owner = { gatewayId: "g/1", rules };
      const options = { prefix: "ha", topic: "t", captures: ["l", "p 7"], version: "1.0", owner };
      const discovery = discoveryOf(profile, options);
      const { error } = documentedDiscovery.safeParse(discovery?.payload);
      assert.equal(error, undefined, error?.message);
      return discovery?.payload.components ?? {};
    };
    const availability = [{ topic: "headrace/g%2F1/availability" }];
    const shared = { state_topic: "headrace/g%2F1/result/press_minute/p 7", availability };
    const id = "headrace__g_2f_1__press-12__l__p_20_7_result-press_5f_minute";
    assert.deepEqual(
      sensors("{rule: press_minute, columns: {avg_t: Cel, used: kW.h, hot: ''}, expireAfter: 90s}"),
      {
        "result-press_minute-avg_t": {
          platform: "sensor",
          name: "Avg t (press_minute)",
          unique_id: `${id}-avg_5f_t`,
          value_template: "{{ value_json['avg_t'] }}",
          unit_of_measurement: "°C",
          device_class: "temperature",
          state_class: "measurement",
          expire_after: 90,
          ...shared,
        },
        "result-press_minute-used": {
          platform: "sensor",
          name: "Used (press_minute)",
          unique_id: `${id}-used`,
          value_template: "{{ value_json['used'] }}",
          unit_of_measurement: "kWh",
          state_class: "measurement",
          expire_after: 90,
          ...shared,
        },
        "result-press_minute-hot": {
          platform: "binary_sensor",
          name: "Hot (press_minute)",
          unique_id: `${id}-hot`,
          value_template:
            "{{ none if value_json['hot'] is none else 'ON' if value_json['hot'] else 'OFF' }}",
          expire_after: 90,
          ...shared,
        },
      },
    );
    assert.deepEqual(
      Object.keys(sensors("{rule: press_minute}")),
      ["avg_t", "used", "hot", "note"].map((name) => `result-press_minute-${name}`),
    );
    for (const [results, message] of [
      ["{rule: press_minut}", /there is no rule press_minut.*Did you mean .press_minute/s],
      ["{rule: alarms}", /alarms is an alarm/],
      ["{rule: nobody}", /rows of nobody do not say of which device they are.*`device STRING`/s],
      ["{rule: press_minute, columns: {avg: ''}}", /has no column avg to show.*avg_t/s],
      ["{rule: press_minute, columns: {device: ''}}", /has no column device to show/],
      ["{rule: press_minute, columns: {at: ''}}", /column at of press_minute: TIMESTAMP is not/],
    ] as const) {
      const others = [
        { ...ruleOf("alarms"), sink: { columns: [], options: { connector: "alarm" } } },
        { name: "nobody", sink: { columns: [], options: {} } },
      ];
      assert.throws(
        () => checkPublished([publish(results)], [...rules, ...others]),
        (error: GatewayError) => {
          assert.match(`${error.message} ${error.hint ?? ""}`, message);
          const { file = "", line } = error.position ?? {};
          return file.endsWith("p.yaml") && line === 9;
        },
      );
    }
    checkPublished([publish("{rule: press_minute}")], rules);
    assert.throws(() => publish("{rule: a}, {rule: a}"), /results has the rule a twice/);
    assert.throws(() => publish("{rule: a, columns: {t: degC}}"), /"degC" is not a UCUM unit/);
  });

  it("that has an unknown class, a wrong unit or no id is not as documented", () => {
    const profile = PROFILES.find(({ name }) => name === "vibration-json");
    const { payload } = discover(profile as Profile) as Discovery;
    const { temperature } = payload.components;
    const changed = (change: object): object => {
      return { ...payload, components: { temperature: { ...temperature, ...change } } };
    };
    assert.ok(documentedDiscovery.safeParse(changed({})).success);
    for (const change of [
      { device_class: "warmth" },
      { unit_of_measurement: "Cel" },
      { unique_id: "" },
      { state_class: "average" },
    ]) {
      assert.ok(!documentedDiscovery.safeParse(changed(change)).success, JSON.stringify(change));
    }
  });
});

describe("a value template", () => {
  it("finds the value, and does what the profile does to it", () => {
    assert.equal(
      template('pointer: "/em:0/1/it\'s"', "valueType: Float64"),
      "{{ value_json['em:0'][1]['it\\'s'] }}",
    );
    assert.equal(
      template("pointer: /a", "valueType: Float64, scale: 0.01, offset: -40"),
      "{{ value_json['a'] * 0.01 - 40 }}",
    );
    assert.equal(
      template("pointer: /a", "valueType: Uint8, mask: 0xf0, shift: 4, base: 2"),
      "{{ 2 ** ((value_json['a'] | int | bitwise_and(240)) // 16) }}",
    );
    assert.equal(
      template("pointer: /a", "valueType: Bool, mask: 4"),
      "{% if value_json['a'] is defined %}{{ 'ON' if (value_json['a'] | int | bitwise_and(4)) else 'OFF' }}{% endif %}",
    );
    assert.equal(
      template("pointer: /a", "valueType: Bool, on: ja, off: nein"),
      "{% if value_json['a'] is defined %}{{ 'ON' if value_json['a'] in ['ja', true] else 'OFF' }}{% endif %}",
    );
    assert.equal(template('pointer: "/a/*/b"', "valueType: Float64"), undefined);
  });

  it("of text takes the payload as it is, as a number where it is changed", () => {
    const text = (properties: string): string | undefined => {
      const resources = `  - {name: t, attributes: {}, properties: {${properties}}}`;
      const profile = parseProfile(profileText({ resources, codec: "{type: text}" }), "p.yaml");
      const [resource] = profile.resources;
      return resource && valueTemplate(profile.codec, resource);
    };
    assert.equal(text("valueType: Float64"), "{{ value }}");
    assert.equal(text("valueType: Float64, scale: 10"), "{{ (value | float) * 10 }}");
    assert.equal(
      text("valueType: Bool"),
      "{% if value is defined %}{{ 'ON' if value in ['true'] else 'OFF' }}{% endif %}",
    );
  });
});
