// The parts that decide which rows go when, without a Kafka.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  PARTITION_BATCH_BYTES,
  TRANSACTION_ROWS,
  TRANSACTION_ROWS_MAX,
  UPLINK_ALARM_GAP_MS,
  UPLINK_LINGER_MS,
} from "../../src/core/limits.ts";
import { BatchLimits } from "../../src/uplink/batch-limits.ts";
import { fill, rowName, type Filled, type FillOptions } from "../../src/uplink/fill.ts";
import { LaneCursor } from "../../src/uplink/lane-cursor.ts";
import { Pace } from "../../src/uplink/pace.ts";
import { Transaction } from "../../src/uplink/producer.ts";
import { parseProgressKey, Progress } from "../../src/uplink/progress.ts";
import { Backoff } from "../../src/uplink/wake.ts";
import { GATEWAY, MemoryOutbox, testRows } from "./kit.ts";

const PLENTY = 1_000_000;

function options(change: Partial<FillOptions> = {}): FillOptions {
  return {
    gatewayId: GATEWAY,
    limits: new BatchLimits(),
    partitions: () => 3,
    undeliverable: new Set(),
    ...change,
  };
}

async function loaded(outbox: MemoryOutbox, lane: "alarm" | "result"): Promise<LaneCursor> {
  const cursor = new LaneCursor(lane, outbox);
  for (const { lane: name, lastSequence } of outbox.lanes)
    if (name === lane) cursor.note(lastSequence);
  await cursor.load(PLENTY, PLENTY);
  return cursor;
}

function lastSequences(filled: Filled): Record<string, number> {
  const entries = Array.from(filled.spans.values(), (span) => [span.lane, span.lastSequence]);
  return Object.fromEntries(entries) as Record<string, number>;
}

test("rows leave in order of lanes, and a limit ends the transaction between two rows", async () => {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("t", TRANSACTION_ROWS));
  outbox.add("alarm", testRows("t", 10));
  const cursors = [await loaded(outbox, "alarm"), await loaded(outbox, "result")];
  const first = fill(new Transaction(), cursors, options());
  assert.deepEqual(lastSequences(first), { alarm: 10, result: TRANSACTION_ROWS - 10 });
  assert.equal(first.isFull, true);
  const second = fill(new Transaction(), cursors, options());
  assert.deepEqual(lastSequences(second), { result: TRANSACTION_ROWS });
  assert.deepEqual([second.rows, second.isFull], [10, false]);
  assert.equal(fill(new Transaction(), cursors, options()).spans.size, 0);
});

test("a full partition ends its lane, whose other rows must not overtake", async () => {
  const outbox = new MemoryOutbox();
  const big = { topic: "t", key: "k", value: "x".repeat(PARTITION_BATCH_BYTES / 2) };
  outbox.add("result", [big, big, ...testRows("other", 5)]);
  outbox.add("alarm", [big]);
  const cursors = [await loaded(outbox, "alarm"), await loaded(outbox, "result")];
  const filled = fill(new Transaction(), cursors, options());
  assert.deepEqual(lastSequences(filled), { alarm: 1 });
  assert.equal(filled.isFull, true);
});

test("watermarks go with the last row of their blob, and rows left out are passed", async () => {
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("t", 600), { a: 1, b: 1 });
  outbox.add("result", testRows("t", 600), { a: 2 });
  const cursors = [await loaded(outbox, "result")];
  const undeliverable = new Set([rowName("result", 2)]);
  const [span] = fill(new Transaction(), cursors, options({ undeliverable })).spans.values();
  assert.deepEqual([span!.lastSequence, span!.watermarks], [1001, { a: 1, b: 1 }]);
  const [rest] = fill(new Transaction(), cursors, options()).spans.values();
  assert.deepEqual([rest!.lastSequence, rest!.watermarks], [1200, { a: 2 }]);
});

test("a row for a missing topic blocks its lane and nothing else", async () => {
  const outbox = new MemoryOutbox();
  outbox.add("result", [...testRows("there", 2), ...testRows("gone", 1), ...testRows("there", 2)]);
  outbox.add("alarm", testRows("there", 1));
  const cursors = [await loaded(outbox, "result"), await loaded(outbox, "alarm")];
  const partitions = (topic: string): number => (topic === "gone" ? 0 : 1);
  const filled = fill(new Transaction(), cursors, options({ partitions }));
  assert.deepEqual(lastSequences(filled), { result: 2, alarm: 1 });
  assert.deepEqual([cursors[0]!.blockedOn, cursors[0]!.waiting], ["gone", 0]);
});

test("rows in Kafka are skipped and confirmed, whatever blobs and incarnations they lie in", async () => {
  const shape = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 5 }), boots: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      shape,
      fc.nat(60),
      fc.integer({ min: 1, max: 7 }),
      async (blobs, cut, step) => {
        const outbox = new MemoryOutbox();
        for (const { rows, boots } of blobs) {
          if (boots) outbox.boot();
          outbox.add("result", testRows("t", rows));
        }
        const total = outbox.added.length;
        const forwarded = Math.min(cut, total);
        const progress = progressAt(outbox, forwarded);
        const cursor = new LaneCursor("result", outbox);
        cursor.note(total);
        const taken: number[] = [];
        for (;;) {
          await cursor.load(step, PLENTY);
          cursor.skipForwarded(progress);
          if (cursor.head === undefined) {
            if (cursor.waiting === 0) break;
            continue;
          }
          taken.push(cursor.head.firstSequence + cursor.head.next);
          cursor.take();
        }
        const left = Array.from({ length: total - forwarded }, (_, i) => forwarded + 1 + i);
        assert.deepEqual(taken, left);
        assert.ok(outbox.kept >= total - forwarded, "no row was given up that is not in Kafka");
      },
    ),
  );
});

function progressAt(outbox: MemoryOutbox, forwarded: number): Progress {
  const progress = new Progress();
  outbox.added.slice(0, forwarded).forEach(({ header }, offset) => {
    const [, incarnation, , sequence] = header.split("/");
    const owner = { hwSerial: "", dataDirId: "", bootId: "", time: 0 };
    const value = { lastSeq: Number(sequence), watermarks: {}, owner };
    progress.set({ ...value, incarnation: incarnation!, lane: "result", offset });
  });
  return progress;
}

test("rows that are gone from the outbox are not waited for", async () => {
  const outbox = new MemoryOutbox();
  const cursor = new LaneCursor("result", outbox);
  cursor.note(50);
  assert.equal(cursor.waiting, 50);
  await cursor.load(10, PLENTY);
  assert.deepEqual([cursor.waiting, cursor.undelivered], [0, 0]);
});

test("transactions grow with a backlog, are cut to three seconds, and halve on time-outs", () => {
  const limits = new BatchLimits();
  assert.equal(limits.rows, TRANSACTION_ROWS);
  limits.committed(1000, 100, false);
  assert.equal(limits.rows, 1000, "no backlog");
  for (let i = 0; i < 5; i++) limits.committed(limits.rows, 100, true);
  assert.equal(limits.rows, TRANSACTION_ROWS_MAX);
  limits.committed(5000, 6000, true);
  assert.equal(limits.rows, 2500);
  limits.timedOut(2500);
  assert.equal(limits.rows, 1250);
  for (let i = 0; i < 20; i++) limits.timedOut(limits.rows);
  assert.equal(limits.rows, 1);
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

test("a progress key belongs to exactly one gateway", () => {
  const incarnation = "0123456789abcdef";
  assert.deepEqual(parseProgressKey("gw", `gw/${incarnation}/result`), {
    incarnation,
    lane: "result",
  });
  for (const key of [
    `gw2/${incarnation}/result`,
    `gw/x/${incarnation}/result`,
    `gw/${incarnation}/result/x`,
    "gw/sweep",
    "",
  ]) {
    assert.equal(parseProgressKey("gw", key), undefined, key);
  }
});
