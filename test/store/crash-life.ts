// Lives of the crash child (crash-child.ts), and the judge of what they leave: what the child had answered must be there,
// whole, and nothing half.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { bytesOf, crashOptions, entryOf, outboxOf, readable } from "./kit.ts";

const ALL = { maxRows: 1e9, maxBytes: 1e9 };

/** How a child ended, and the last batch that it answered. */
export interface Life {
  readonly answered: number;
  readonly signal: NodeJS.Signals | null;
}

export interface LifeOptions {
  readonly seed: number;
  /** Killed when it has answered so many batches, if it has not died before. */
  readonly commits: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** It may end by an error, and nobody wants to read that. */
  readonly mayFail?: boolean;
}

/** Runs the child until it has answered `commits` batches and is killed, or dies by itself. */
export async function live(directory: string, options: LifeOptions): Promise<Life> {
  const script = new URL("crash-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory, String(options.seed)], {
    stdio: ["ignore", "pipe", options.mayFail === true ? "ignore" : "inherit"],
    env: { ...process.env, ...options.environment },
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

/** Opens what a life has left, judges it (throws AssertionError), and closes it. Returns the last batch that is there. */
export function judgeFolder(directory: string, answered: number): number {
  const store = openStore(crashOptions(directory));
  try {
    assert.equal(store.opening.salvaged, undefined);
    judge(store, answered);
    judgeCheckpoints(store);
    return store.journalRange.last;
  } finally {
    store.close();
  }
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
