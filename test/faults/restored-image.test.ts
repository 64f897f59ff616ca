// The proof that fault 30 can fail: a gateway that forgets, at a rollback, how far its rules had put out their rows sends
// them again, and is found out. Whether an image was made while a window was open is a matter of time: a few are tried.

import assert from "node:assert/strict";
import { test } from "node:test";

import { requireService } from "../kit/services.ts";
import { restoredImage } from "./30-restored-image.ts";
import { changedBuild } from "./changed-build.ts";
import { FaultServices } from "./services.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const FRONTIERS = "frontiers = latest(frontiers, mark.frontiers);";

test("a rollback without frontiers sends rows twice, and fault 30 sees it", async (context) => {
  if (!requireService(context, "kafka")) return;
  const build = changedBuild({
    name: "forgetful",
    version: "0.0.0",
    file: "src/engine/rollback.ts",
    change: (text) => text.replace(FRONTIERS, "frontiers = latest(frontiers, {});"),
  });
  const services = new FaultServices({ build });
  try {
    for (const seed of SEEDS) {
      const run = { seed, injections: 1, services, log: () => {}, progress: () => {} };
      const { duplicated } = await restoredImage.run(run);
      if (duplicated > 0) return;
    }
    assert.fail("no image made it send a row twice");
  } finally {
    await services.dispose();
  }
});
