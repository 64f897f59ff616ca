// What profiles bring to a gateway besides their tables: rules of their alarms, and the keys of what they hash.

import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";

import { privacyOf } from "../../src/config/profile-privacy.ts";
import { load, refusal, SMALL } from "./gateway-files.ts";
import { profileText } from "./profile-text.ts";

test("the alarms of a profile are rules beside those of files", (t) => {
  const gateway = "  limits: {t: {high: 80}}";
  const files = { "p/a.yaml": profileText({ gateway }), "rules/a.sql": "SELECT 1;" };
  const { rules } = load(t, `${SMALL}rules: [rules/*.sql]\nprofiles: [p/*.yaml]\n`, files);
  assert.deepEqual(
    rules.map(({ file }) => basename(file)),
    ["a.sql", "press-12.t_high"],
  );
});

test("the key of a profile's hashes is beside it, and long enough; a problem names its place", (t) => {
  const resources = "  - {name: who, attributes: {pointer: /who}, properties: {valueType: String}}";
  const gateway = '  privacy: {fields: {who: hash}, key: "${file:who.key}"}';
  const yaml = `${SMALL}profiles: [p/*.yaml]\n`;
  const profile = profileText({ resources, gateway });
  const withKey = (key: string): Record<string, string> => ({
    "p/a.yaml": profile,
    "p/who.key": key,
  });
  const { profiles } = load(t, yaml, withKey("sixteen letters!\n"));
  assert.deepEqual(
    privacyOf(profiles).map(({ key }) => key),
    ["sixteen letters!"],
  );
  assert.doesNotMatch(JSON.stringify(profiles), /sixteen/);
  const place = /^p\/a\.yaml:9:39 /;
  assert.match(refusal(t, yaml, { "p/a.yaml": profile }), place);
  assert.match(refusal(t, yaml, withKey("short")), /9:39 the key has 5 characters/);
});
