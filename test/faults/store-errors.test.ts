import assert from "node:assert/strict";
import { test } from "node:test";

import { requireService } from "../kit/services.ts";
import { Draw } from "./draw.ts";
import { failStore } from "./store-errors.ts";

test("what a failed sync left in the page cache alone is on the card before anything is built on it", async (context) => {
  if (!requireService(context, "compiler")) return;
  // In a new database the fourth sync is that of a commit, in an old one that of what comes before the first.
  const { injected, problems } = await failStore([4, 5, 5], new Draw(6, 1));
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.values(injected), [3, 3]);
});
