// A child that commits numbered batches is killed; what it had answered must be there, whole, and nothing half.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judgeFolder, live, type LifeOptions } from "./crash-life.ts";
import { temporaryFolder } from "./kit.ts";

const KILLS = 10;

async function killAndJudge(directory: string, life: LifeOptions): Promise<void> {
  const { answered, signal } = await live(directory, life);
  assert.equal(signal, "SIGKILL", "the child dies by the kill, not by an error");
  judgeFolder(directory, answered);
}

test("killed at random points, a store holds every answered commit and nothing half", async (context) => {
  const directory = temporaryFolder(context);
  let random = 7;
  for (let seed = 1; seed <= KILLS; seed++) {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    await killAndJudge(directory, { seed, commits: 3 + (random % 60) });
  }
});

test("killed in the middle of a checkpoint, a store goes on from the one before", async (context) => {
  const directory = temporaryFolder(context);
  for (let seed = 1; seed <= 3; seed++) {
    const environment = { HEADRACE_CRASH_POINT: `store-in-checkpoint:${seed}` };
    await killAndJudge(directory, { seed, commits: 1e9, environment });
  }
});
