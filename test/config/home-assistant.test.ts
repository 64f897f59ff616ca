// Discovery messages for Home Assistant, held against what its documentation asks of them.
// @see https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { discoveryOf } from "../../src/config/home-assistant/discovery.ts";
import type { Discovery } from "../../src/config/home-assistant/discovery.ts";
import { valueTemplate } from "../../src/config/home-assistant/template.ts";
import { loadProfile, parseProfile } from "../../src/config/profile-load.ts";
import type { Profile } from "../../src/config/profile.ts";
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
      "{% if value is defined %}{{ 'ON' if value == 'true' else 'OFF' }}{% endif %}",
    );
  });
});
