// The JSON Schema for editors says of profiles what the loader says, as far as it goes.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";

import { profileJsonSchema } from "../../src/config/profile-json-schema.ts";
import { profileText } from "./profile-text.ts";

const FOLDER = join(import.meta.dirname, "../../device-profiles");
const schema = z.fromJSONSchema(profileJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

function accepts(text: string): boolean {
  return schema.safeParse(parse(text)).success;
}

describe("the JSON Schema of profiles", () => {
  it("takes every profile of ours", () => {
    const files = globSync("*/*.yaml", { cwd: FOLDER });
    assert.ok(files.length > 0);
    const refused = files.filter((file) => !accepts(readFileSync(join(FOLDER, file), "utf8")));
    assert.deepEqual(refused, []);
  });

  it("refuses what the loader refuses", () => {
    const gateway = (text: string): string => profileText({ gateway: text });
    assert.equal(accepts(profileText()), true);
    for (const wrong of [
      profileText({ resources: "  - {nam: t, properties: {valueType: Float64}}" }),
      profileText({ resources: "  - {name: t, properties: {valueType: Flaot64}}" }),
      profileText({ resources: "  - {name: t-1, properties: {valueType: Float64}}" }),
      profileText({ match: '{topik: "a/{device}"}' }),
      gateway("  time: {pointer: ts}"),
      gateway("  time: {pointer: /ts, unit: minutes}"),
      gateway("  time: {pointer: /ts, outOfOrder: 5}"),
      gateway("  identity: {sequence: {at: 0, as: u17be}}"),
      gateway("  identity: {sequence: {pointer: /seq}, wraps: 1}"),
      gateway("  quality: {range: worse}"),
      profileText().replace("type: json", "type: jsno"),
      profileText().replace("version: 1", "version: 2"),
    ]) {
      assert.equal(accepts(wrong), false, wrong);
    }
  });
});
