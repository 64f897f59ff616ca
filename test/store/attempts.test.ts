import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Attempts, markedWal } from "../../src/store/attempts.ts";
import { temporaryFolder } from "./kit.ts";

const attempt = {
  phase: "replay",
  sequence: 2 ** 40,
  count: 3,
  fingerprint: 0xfedcba9876543210n,
} as const;

const WAL = { salt: 0xfedcba98, frames: 17 };

test("what was begun and not ended is seen by the next start", (context) => {
  const directory = temporaryFolder(context);
  const stats = { flashBytes: 0 };
  let attempts = new Attempts(directory, stats);
  assert.equal(attempts.read(), undefined);
  attempts.begin(attempt, { timeMs: 0 });
  attempts.close();
  attempts = new Attempts(directory, stats);
  assert.deepEqual(attempts.read(), attempt);
  attempts.begin({ ...attempt, phase: "decode", count: 4 }, { timeMs: 1 });
  attempts.end();
  assert.equal(attempts.read(), undefined);
  attempts.close();
});

test("a note from before a reboot accuses nobody; the mark still holds", (context) => {
  const directory = temporaryFolder(context);
  const stats = { flashBytes: 0 };
  const before = new Attempts(directory, stats, 1n);
  before.markCommitted(7, WAL);
  before.begin(attempt, { timeMs: 0 });
  before.close();
  const same = new Attempts(directory, stats, 1n);
  assert.equal(same.isSameBoot, true);
  assert.deepEqual(same.read(), attempt);
  assert.deepEqual(markedWal(directory, 1n), WAL);
  same.close();
  const after = new Attempts(directory, stats, 2n);
  assert.equal(after.isSameBoot, false);
  assert.equal(markedWal(directory, 2n), undefined, "the whole WAL is on the card");
  assert.equal(after.read(), undefined);
  assert.equal(after.committed, 7);
  after.close();
});

test("the mark of what is committed outlives notes and restarts", (context) => {
  const directory = temporaryFolder(context);
  const stats = { flashBytes: 0 };
  let attempts = new Attempts(directory, stats);
  assert.equal(attempts.committed, 0);
  attempts.markCommitted(41, WAL);
  attempts.begin(attempt, { timeMs: 0 });
  attempts.close();
  attempts = new Attempts(directory, stats);
  assert.equal(attempts.committed, 41);
  attempts.end();
  attempts.close();
  attempts = new Attempts(directory, stats);
  assert.equal(attempts.committed, 41);
  assert.equal(attempts.read(), undefined);
  attempts.close();
});

test("a record that was never written whole is none", (context) => {
  const directory = temporaryFolder(context);
  const attempts = new Attempts(directory, { flashBytes: 0 });
  attempts.begin(attempt, { timeMs: 0 });
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(64), Buffer.alloc(64, 1)]) {
    writeFileSync(join(directory, "attempts"), bytes);
    assert.equal(attempts.read(), undefined);
  }
  attempts.close();
});

test("synced notes count as flash each, others once per kernel flush", (context) => {
  const stats = { flashBytes: 0 };
  const attempts = new Attempts(temporaryFolder(context), stats);
  for (let timeMs = 0; timeMs < 10_000; timeMs += 100) attempts.begin(attempt, { timeMs });
  assert.equal(stats.flashBytes, 2 * 4096);
  attempts.begin(attempt, { timeMs: 10_000, sync: true });
  attempts.begin(attempt, { timeMs: 10_001, sync: true });
  assert.equal(stats.flashBytes, 4 * 4096);
  attempts.close();
});
