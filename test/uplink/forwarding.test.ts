// The parts that decide which rows go when, without a Kafka.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PARTITION_BATCH_BYTES, RAISED_ALARMS, TRANSACTION_ROWS } from "../../src/core/limits.ts";
import { BatchLimits } from "../../src/uplink/batch-limits.ts";
import { fill, type Filled, type FillOptions } from "../../src/uplink/fill.ts";
import { OutboxRows, OutboxRowWriter, type RowMark } from "../../src/core/outbox-rows.ts";
import { LaneCursor } from "../../src/uplink/lane-cursor.ts";
import { LaneProgress } from "../../src/uplink/lane-progress.ts";
import { Transaction } from "../../src/uplink/transaction.ts";
import { parseProgressKey, Progress } from "../../src/uplink/progress.ts";
import { GATEWAY, MemoryOutbox, testRows, type TestRow } from "./kit.ts";

const PLENTY = 1_000_000;

/** Limits that have grown in bytes and not in rows. */
function byRows(): BatchLimits {
  const limits = new BatchLimits();
  for (let i = 0; i < 9; i++) limits.committed({ rows: 1, bytes: PLENTY * 1000, isFull: true }, 1);
  return limits;
}

function options(change: Partial<FillOptions> = {}): FillOptions {
  return {
    gatewayId: GATEWAY,
    limits: byRows(),
    partitions: () => 3,
    head: () => undefined,
    isUndeliverable: () => false,
    retentionMs: new Map(),
    nowMs: 0,
    judge: { frontiers: new Map(), judged: new Set() },
    progress: () => new LaneProgress(undefined),
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

test("a frontier follows the rows, watermarks the last row of their blob; rows left out are passed", async () => {
  const outbox = new MemoryOutbox();
  const timed = (from: number): TestRow[] =>
    testRows("t", 600, from).map((row, i) => ({ ...row, timeMs: from + i }));
  outbox.add("result", timed(0), { a: 5000, b: 1 });
  outbox.add("result", timed(600), { a: 6000 });
  const cursors = [await loaded(outbox, "result")];
  const progress = new LaneProgress({ frontiers: { old: 7 }, alarms: {} });
  const shared = { progress: () => progress };
  const isUndeliverable = (_: string, sequence: number): boolean => sequence === 2;
  const [span] = fill(
    new Transaction(),
    cursors,
    options({ ...shared, isUndeliverable }),
  ).spans.values();
  assert.equal(span!.lastSequence, 1001);
  assert.deepEqual(progress.frontiers(), { old: 7, rule: 1000, a: 5000, b: 1 });
  const [rest] = fill(new Transaction(), cursors, options(shared)).spans.values();
  assert.equal(rest!.lastSequence, 1200);
  assert.deepEqual(progress.frontiers(), { old: 7, rule: 1199, a: 6000, b: 1 });
});

test("judged rows at or before their rule's frontier are withheld, and all alarm events passed over", async () => {
  const outbox = new MemoryOutbox();
  const { incarnation: before } = outbox;
  const row = { topic: "t", key: "k", value: "{}" };
  outbox.add("result", [{ ...row, timeMs: 10 }]);
  outbox.boot();
  outbox.add("result", [
    { ...row, timeMs: 10, value: "late" },
    { ...row, timeMs: 11 },
    { ...row, timeMs: Number.NaN },
    { ...row, timeMs: 5, rule: "other" },
    { ...row, timeMs: 99, mark: "raised" },
  ]);
  const cursors = [await loaded(outbox, "result")];
  const judge = {
    frontiers: new Map([["rule", 10]]),
    judged: new Set([`result/${outbox.incarnation}`]),
  };
  const filled = fill(new Transaction(), cursors, options({ judge }));
  assert.equal(filled.rows, 4);
  assert.deepEqual(
    filled.withheld.map((each) => ({ ...each, value: Buffer.from(each.value).toString() })),
    [{ lane: "result", sequence: 2, rule: "rule", topic: "t", timeMs: 10, value: "late" }],
  );
  const last = Array.from(filled.spans.values(), (span) => [span.incarnation, span.lastSequence]);
  assert.deepEqual(last, [
    [before, 1],
    [outbox.incarnation, 6],
  ]);
});

test("a progress names the alarms that are raised, the newest of very many, and the highest occurrence", () => {
  const writer = new OutboxRowWriter(GATEWAY);
  const event = (key: string, mark: RowMark): void =>
    writer.add(writer.sink("hot", "t"), { key, value: "{}", timeMs: 1, mark });
  event("hot/a/b/3", "raised");
  event("hot/c/1", "raised");
  event("hot/c/1", "returned");
  for (let i = 0; i < RAISED_ALARMS; i++) event(`hot/many${i}/2`, "raised");
  const rows = new OutboxRows(writer.finish({}));
  const progress = new LaneProgress(undefined);
  for (let i = 0; i < rows.rows; i++) progress.take(rows, i);
  const { occurrence, raised } = progress.alarms()["hot"]!;
  assert.equal(occurrence, 3);
  assert.equal(raised.length, RAISED_ALARMS);
  assert.deepEqual(
    [raised[0], raised.at(-1)],
    [
      ["many0", 2, 1],
      [`many${RAISED_ALARMS - 1}`, 2, 1],
    ],
  );
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
    const value = { lastSeq: Number(sequence), frontiers: {}, alarms: {}, owner };
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
