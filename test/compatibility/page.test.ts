import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { ROOT } from "../kit/repository.ts";
import { compatibilityPage } from "./page.ts";

it("COMPATIBILITY.md is what the cases and the registry say, and every line has a case", () => {
  const { text, unproven } = compatibilityPage();
  assert.deepEqual(unproven, []);
  const standing = readFileSync(join(ROOT, "COMPATIBILITY.md"), "utf8");
  assert.ok(standing === text, "it is out of date: npm run compatibility");
});
