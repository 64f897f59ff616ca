// The device profiles that come with headrace: each is accepted, and decodes its examples as it says.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { exampleProblems } from "../../src/cli/profile/examples.ts";
import { loadProfile } from "../../src/config/profile-load.ts";

const FOLDER = join(import.meta.dirname, "../../device-profiles");
const PROFILES = globSync("*/*.yaml", { cwd: FOLDER })
  .sort()
  .map((file) => ({ file, profile: loadProfile(join(FOLDER, file)) }));

describe("the device profiles", () => {
  it("are of factory and home, and each has a name of its own", () => {
    assert.ok(PROFILES.length >= 14);
    const names = PROFILES.map(({ profile }) => profile.name);
    assert.deepEqual([...new Set(names)], names);
    const codecs = new Set(PROFILES.map(({ profile }) => profile.codec.type));
    for (const codec of ["json", "binary", "protobuf", "cbor", "text"]) {
      assert.ok(
        [...codecs].some((type) => type === codec),
        codec,
      );
    }
  });

  for (const { file, profile } of PROFILES) {
    it(`${file} decodes its examples as it says`, () => {
      assert.ok(profile.examples.length >= 2);
      const first = profile.examples[0]?.expect;
      assert.ok(first !== undefined && "row" in first && Object.keys(first.row).length >= 5);
      assert.deepEqual(exampleProblems(profile), []);
    });
  }

  it("fail here when an example is wrong", () => {
    const profile = PROFILES[0]?.profile;
    assert.ok(profile !== undefined);
    const examples = profile.examples.map((example) => ({
      ...example,
      expect: { row: { topic: "x" } },
    }));
    assert.equal(exampleProblems({ ...profile, examples }).length, examples.length);
  });
});
