// How much goes into a transaction, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  PARTITION_BATCH_BYTES,
  TRANSACTION_BYTES,
  TRANSACTION_FIRST_BYTES,
  TRANSACTION_MIN_BYTES,
  TRANSACTION_ROWS,
  TRANSACTION_ROWS_MAX,
  UPLINK_ALARM_GAP_MS,
  UPLINK_LINGER_MS,
  UPLINK_QUIET_MS,
} from "../../src/core/limits.ts";
import { BatchLimits } from "../../src/uplink/batch-limits.ts";
import { Pace } from "../../src/uplink/pace.ts";
import { Backoff } from "../../src/uplink/wake.ts";

test("transactions grow with a backlog, are cut to three seconds, and halve on time-outs", () => {
  const limits = new BatchLimits();
  const size = (): number[] => [limits.rows, limits.bytes];
  assert.deepEqual(size(), [TRANSACTION_ROWS, TRANSACTION_FIRST_BYTES]);
  limits.committed({ rows: 1000, bytes: 1e6, isFull: false }, 100);
  assert.deepEqual(size(), [1000, TRANSACTION_FIRST_BYTES], "no backlog");
  limits.committed({ rows: 10, bytes: 65_600, isFull: true }, 100);
  assert.deepEqual(size(), [1000, 2 * TRANSACTION_FIRST_BYTES], "only the limit that ended it");
  for (let i = 0; i < 9; i++) {
    limits.committed({ rows: limits.rows, bytes: limits.bytes, isFull: true }, 100);
  }
  assert.deepEqual(size(), [TRANSACTION_ROWS_MAX, TRANSACTION_BYTES]);
  limits.committed({ rows: 5000, bytes: 1_000_000, isFull: true }, 6000);
  assert.deepEqual(size(), [2500, 500_000]);
  limits.timedOut({ rows: 2500, bytes: 500_000 });
  assert.deepEqual(size(), [1250, 125_000]);
  for (let i = 0; i < 20; i++) limits.timedOut({ rows: limits.rows, bytes: limits.bytes });
  assert.deepEqual(size(), [1, TRANSACTION_MIN_BYTES]);
  limits.tooLarge("t", 800_001);
  assert.equal(limits.partitionBytes("t"), 400_000);
  assert.equal(limits.partitionBytes("other"), PARTITION_BATCH_BYTES);
});

test("rows wait for company, alarms for the gap, a transaction's worth for nothing", () => {
  let nowMs = 1000;
  const pace = new Pace({ wallMs: () => 0, monotonicMs: () => nowMs });
  const due = (rows: number, hasAlarms = false): number =>
    pace.dueInMs({ rows, hasAlarms, enough: 100 });
  assert.equal(due(0), Infinity);
  assert.equal(due(1), UPLINK_LINGER_MS);
  nowMs += 30;
  assert.equal(due(5), UPLINK_LINGER_MS - 30);
  assert.ok(due(6, true) <= 0, "the first alarm goes at once");
  assert.equal(due(100), 0);
  pace.filled(false);
  pace.ended();
  assert.equal(due(1, true), UPLINK_ALARM_GAP_MS);
  assert.equal(pace.quietInMs(), UPLINK_QUIET_MS);
  assert.equal(due(1), UPLINK_LINGER_MS);
  pace.filled(true);
  assert.equal(due(1), 0, "rows were left behind");
});

test("pauses after failures double up to the limit, scatter, and start again", () => {
  const backoff = new Backoff(100, 5000);
  const pauses = Array.from({ length: 10 }, () => backoff.next());
  pauses.forEach((pauseMs, i) => {
    const middle = Math.min(5000, 100 * 2 ** i);
    assert.ok(pauseMs >= middle / 2 && pauseMs <= middle * 1.5);
  });
  backoff.reset();
  assert.ok(backoff.next() <= 150);
});
