import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Attempts } from "../../src/store/attempts.ts";
import { temporaryFolder } from "./kit.ts";

const attempt = {
  phase: "replay",
  sequence: 2 ** 40,
  count: 3,
  fingerprint: 0xfedcba9876543210n,
} as const;

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
