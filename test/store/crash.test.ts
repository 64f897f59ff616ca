// A child that commits numbered batches is killed; what it had answered must be there, whole, and nothing half.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";

import type { Store } from "../../src/store/store.ts";
import {
  bytesOf,
  crashOptions,
  entryOf,
  openForTest,
  outboxOf,
  readable,
  temporaryFolder,
} from "./kit.ts";

const KILLS = 10;
const ALL = { maxRows: 1e9, maxBytes: 1e9 };

interface Life {
  readonly answered: number;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the child until it has answered `commits` batches and is killed, or dies by itself. */
async function live(directory: string, seed: number, options: LifeOptions): Promise<Life> {
  const script = new URL("crash-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HEADRACE_CRASH_POINT: options.crashPoint ?? "" },
  });
  let answered = 0;
  let seen = 0;
  const exit = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    answered = Number(line);
    if (++seen === options.commits) child.kill("SIGKILL");
  }
  const [, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  return { answered, signal };
}

interface LifeOptions {
  readonly commits: number;
  readonly crashPoint?: string;
}

/** Everything answered is there; everything there is whole; the last batch is there entirely or not at all. */
function judge(store: Store, answered: number): void {
  const { first, last } = store.journalRange;
  assert.ok(last === answered || last === answered + 1, `${answered} answered, ${last} stored`);
  const entries = readable(store, first - 1);
  assert.equal(entries.length, last - first + 1, "no gap, no damage");
  for (const [sequence, entry] of entries) assert.deepEqual(entry, entryOf(sequence));

  const alarms = store.readOutbox("alarm", 0, ALL);
  assert.equal(alarms.length, last, "one alarm row per batch, no more, no fewer");
  alarms.forEach(({ firstSequence, bytes }, index) => {
    assert.equal(firstSequence, index + 1);
    assert.ok(bytesOf(index + 1, 30).equals(bytes));
  });

  const results = Array.from({ length: last }, (_, index) => outboxOf(index + 1)).map((blobs) =>
    blobs.find(({ lane }) => lane === "result"),
  );
  const rows = results.reduce((sum, blob) => sum + (blob?.rows ?? 0), 0);
  const state = store.laneState("result");
  assert.equal(state.lastSequence, rows, "sequence numbers follow the batches");
  const kept = results.flatMap((blob) => blob ?? []).toReversed();
  const chunks = store.readOutbox("result", state.confirmedSequence, ALL).toReversed();
  chunks.forEach(({ bytes }, index) =>
    assert.ok(kept[index]?.bytes.every((b, at) => b === bytes[at])),
  );
}

function judgeCheckpoints(store: Store): void {
  const { checkpoint, damaged } = store.readCheckpoint();
  assert.equal(damaged, 0);
  if (checkpoint === undefined) return;
  assert.ok(bytesOf(checkpoint.journalSequence, 1_500_000).equals(checkpoint.state));
  assert.ok(store.journalRange.first <= checkpoint.journalSequence + 1, "replay has all it needs");
}

async function killAndJudge(
  context: TestContext,
  directory: string,
  life: { seed: number } & LifeOptions,
): Promise<void> {
  const { answered, signal } = await live(directory, life.seed, life);
  assert.equal(signal, "SIGKILL", "the child dies by the kill, not by an error");
  const store = openForTest(context, crashOptions(directory));
  assert.equal(store.opening.salvaged, undefined);
  judge(store, answered);
  judgeCheckpoints(store);
  store.close();
}

test("killed at random points, a store holds every answered commit and nothing half", async (context) => {
  const directory = temporaryFolder(context);
  let random = 7;
  for (let seed = 1; seed <= KILLS; seed++) {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    await killAndJudge(context, directory, { seed, commits: 3 + (random % 60) });
  }
});

test("killed in the middle of a checkpoint, a store goes on from the one before", async (context) => {
  const directory = temporaryFolder(context);
  for (let seed = 1; seed <= 3; seed++) {
    const crashPoint = `store-in-checkpoint:${seed}`;
    await killAndJudge(context, directory, { seed, commits: 1e9, crashPoint });
  }
});
