import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { ROOT } from "../kit/repository.ts";
import { functionsPage } from "./functions-page.ts";

it("FUNCTIONS.md is what the registry says", () => {
  const standing = readFileSync(join(ROOT, "FUNCTIONS.md"), "utf8");
  assert.ok(standing === functionsPage(), "it is out of date: npm run functions:page");
});
