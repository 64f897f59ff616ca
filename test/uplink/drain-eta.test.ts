// When the outbox will be empty.

import assert from "node:assert/strict";
import { test } from "node:test";

import { UPLINK_DRAIN_STEP_MS, UPLINK_DRAIN_WINDOW_MS } from "../../src/core/limits.ts";
import { DrainEta } from "../../src/uplink/drain-eta.ts";

const STEP = UPLINK_DRAIN_STEP_MS;

function backlog() {
  let nowMs = 5000;
  const eta = new DrainEta({ wallMs: () => 0, monotonicMs: () => nowMs });
  return {
    eta,
    pass: (ms: number) => (nowMs += ms),
    /** `ms` later a transaction commits, and leaves so many rows. */
    commit: (ms: number, rows: number, isBehind = true) => {
      nowMs += ms;
      eta.committed(rows, isBehind);
    },
  };
}

test("a backlog that shrinks steadily is over when it says", () => {
  const { eta, commit } = backlog();
  commit(0, 10_000);
  assert.equal(eta.seconds(10_000), undefined, "one commit says nothing");
  for (let rows = 9900; rows >= 100; rows -= 100) {
    commit(2 * STEP, rows);
    const leftMs = (rows / 100) * 2 * STEP;
    assert.ok(Math.abs((eta.seconds(rows) ?? NaN) - leftMs / 1000) < 1e-6);
  }
});

test("what comes in counts: at half the rate that rows leave it takes twice as long", () => {
  const { eta, commit } = backlog();
  for (let commits = 0; commits < 10; commits++) commit(STEP, 10_000 - commits * (100 - 50));
  const seconds = eta.seconds(9550) ?? NaN;
  assert.ok(Math.abs(seconds - (9550 / 50) * (STEP / 1000)) < 1e-6);
});

test("nothing is said of a backlog that stands or grows, of none, or after an interruption", () => {
  for (const growth of [0, 100]) {
    const { eta, commit } = backlog();
    for (let commits = 0; commits < 10; commits++) commit(STEP, 1000 + commits * growth);
    assert.equal(eta.seconds(2000), undefined);
  }
  const { eta, commit } = backlog();
  for (const rows of [300, 200, 100]) commit(STEP, rows);
  assert.ok(eta.seconds(100) !== undefined);
  commit(STEP, 3, false);
  assert.equal(eta.seconds(3), undefined, "those have come since");
  for (const rows of [300, 200, 100]) commit(STEP, rows);
  eta.reset();
  assert.equal(eta.seconds(100), undefined);
});

test("it follows the last minute, and does not wait for a commit that does not come", () => {
  const { eta, commit, pass } = backlog();
  const steps = UPLINK_DRAIN_WINDOW_MS / STEP;
  let rows = 1_000_000;
  for (let commits = 0; commits < 2 * steps; commits++) commit(STEP, (rows -= 1000));
  for (let commits = 0; commits <= steps; commits++) commit(STEP, (rows -= 10));
  const slow = (rows / 10) * (STEP / 1000);
  assert.ok(Math.abs((eta.seconds(rows) ?? NaN) - slow) < 1e-6, "the faster minute is forgotten");
  pass(UPLINK_DRAIN_WINDOW_MS + STEP);
  assert.ok(Math.abs((eta.seconds(rows) ?? NaN) - 2 * slow) < 1e-6);
});

test("many commits in a second are one sample", () => {
  const { eta, commit } = backlog();
  for (let commits = 0; commits < 1000; commits++) commit(STEP / 10, 100_000 - commits * 10);
  const seconds = eta.seconds(90_010) ?? NaN;
  assert.ok(Math.abs(seconds - (90_010 / 100) * (STEP / 1000)) < 1e-6);
});
