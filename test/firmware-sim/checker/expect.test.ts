import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrivalOrder } from "../../../firmware-sim/checker/arrivals.ts";
import { expectedAlarms } from "../../../firmware-sim/checker/alarms.ts";
import { expectOrder, expectTable } from "../../../firmware-sim/checker/expect.ts";
import type { AlarmRule, CheckedTable } from "../../../firmware-sim/checker/scenario.ts";
import { timeOf } from "../../../firmware-sim/checker/times.ts";
import { readTruth, truthLine, type TruthRecord } from "../../../firmware-sim/truth.ts";
import { DELAY_MS, HOP, LIMIT, SKEW_MS, tableFixture, TUMBLE } from "./scenario-fixture.ts";

/** A truth of one device: event times in seconds, sent in this order. */
function truth(seconds: readonly number[], values: readonly number[] = []): TruthRecord[] {
  return seconds.map((second, i) => ({
    device: "a",
    sequence: i + 1,
    trueTimeMs: second * 1000,
    eventTimeMs: second * 1000,
    labels: [],
    values: { line: "l", temperature: values[i] ?? i },
    fate: "acknowledged",
    sent: [{ atMs: i, turn: i, sending: "first" }],
  }));
}

function windows(
  records: readonly TruthRecord[],
  rule = TUMBLE,
): { start: number; n: number; avg: unknown }[] {
  const table: CheckedTable = {
    name: "t",
    delayMs: 2000,
    skewMs: 0,
    truth: records,
    rules: [rule],
  };
  return expectOrder(table, records).rows.map(({ fields }) => ({
    start: Number(fields["window_start"]) / 1000,
    n: Number(fields["n"]),
    avg: fields["temp_avg"],
  }));
}

test("a window is emitted when the watermark reaches its last millisecond, and not before", () => {
  assert.deepEqual(windows(truth([1, 2, 6])), []);
  const at = truth([1, 2]);
  const last = { ...truth([7])[0]!, eventTimeMs: 6999, sequence: 3 };
  assert.deepEqual(windows([...at, last]), [{ start: 0, n: 2, avg: 0.5 }]);
});

test("a row behind the watermark still counts in a window that has not fired", () => {
  assert.deepEqual(windows(truth([4, 6, 1, 20])), [
    { start: 0, n: 2, avg: 1 },
    { start: 5, n: 1, avg: 1 },
  ]);
  assert.deepEqual(windows(truth([4, 7, 1, 20])), [
    { start: 0, n: 1, avg: 0 },
    { start: 5, n: 1, avg: 1 },
  ]);
});

test("HOP puts a row into every window that contains it", () => {
  assert.deepEqual(
    windows(truth([6, 30]), HOP).map(({ start }) => start),
    [5, 0],
  );
});

test("a fact counts once, however often it arrives", () => {
  const [first, second, last] = truth([1, 2, 20]);
  const records = [first!, second!, first!, second!, last!];
  assert.deepEqual(windows(records), [{ start: 0, n: 2, avg: 0.5 }]);
});

function alarm(
  points: readonly (readonly [second: number, value: number | null])[],
  changes: Partial<AlarmRule> = {},
): string[] {
  const inputs = points.map(([second, value]) => ({
    series: "a",
    timeMs: second * 1000,
    value,
    payload: {},
  }));
  return expectedAlarms({ ...LIMIT, ...changes }, inputs, 100_000).map(
    ({ fields }) =>
      `${fields["alarm_id"]} ${fields["state"]} ${Number(fields["event_time"]) / 1000}`,
  );
}

test("an alarm is raised at its limit and returns below its clear limit", () => {
  assert.deepEqual(
    alarm([
      [1, 79],
      [2, 80],
      [3, 76],
      [4, null],
      [5, 74],
      [6, 90],
    ]),
    ["too_hot/a/1 raised 2", "too_hot/a/1 returned 5", "too_hot/a/2 raised 6"],
  );
});

test("a clear limit above the set limit makes a low alarm", () => {
  assert.deepEqual(
    alarm(
      [
        [1, 11],
        [2, 10],
        [3, 12],
        [4, 13],
      ],
      { set: 10, clear: 12 },
    ),
    ["too_hot/a/1 raised 2", "too_hot/a/1 returned 4"],
  );
});

test("delays run in event time: an excess that ends before its delay raises nothing", () => {
  const delays = { onDelayMs: 3000, offDelayMs: 2000 };
  assert.deepEqual(
    alarm(
      [
        [1, 90],
        [3, 70],
        [10, 90],
        [11, 95],
      ],
      delays,
    ),
    ["too_hot/a/1 raised 13"],
  );
  assert.deepEqual(
    alarm(
      [
        [10, 90],
        [13, 70],
        [14, 90],
        [20, 70],
        [21, 70],
      ],
      delays,
    ),
    ["too_hot/a/1 raised 13", "too_hot/a/1 returned 22"],
  );
});

test("rows are taken in event time order, and only up to the watermark", () => {
  assert.deepEqual(
    alarm([
      [5, 70],
      [2, 90],
      [200, 90],
    ]),
    ["too_hot/a/1 raised 2", "too_hot/a/1 returned 5"],
  );
});

test("an allowed order keeps each device's order and moves nothing further than the skew", () => {
  const { truth: records } = tableFixture();
  const sentAt = new Map<string, number>();
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      sentAt.clear();
      const used = new Map<TruthRecord, number>();
      let newestMs = -Infinity;
      for (const record of arrivalOrder(records, { seed, skewMs: SKEW_MS })) {
        const nth = used.get(record) ?? 0;
        used.set(record, nth + 1);
        const { atMs } = record.sent[nth]!;
        assert.ok(atMs >= (sentAt.get(record.device) ?? -Infinity));
        sentAt.set(record.device, atMs);
        assert.ok(newestMs - atMs <= SKEW_MS);
        newestMs = Math.max(newestMs, atMs);
      }
      for (const record of records) assert.equal(used.get(record), record.sent.length);
    }),
    { numRuns: 5 },
  );
});

test("the labelled late facts are exactly those that arrive behind the watermark", () => {
  const table = tableFixture();
  const { lateFacts } = expectTable(table);
  const labelled = table.truth.filter(({ labels }) => labels.includes("late"));
  assert.equal(lateFacts.size, labelled.length);
  assert.ok(labelled.length > 10);
});

test("a scenario whose rows depend on interleaving is refused", () => {
  const table = tableFixture();
  assert.throws(
    () => expectTable({ ...table, delayMs: 100, skewMs: DELAY_MS }),
    /depends on the order of arrival/,
  );
});

test("a scenario with a wrong label is refused", () => {
  const table = tableFixture();
  const [first, ...rest] = table.truth;
  const relabelled = [{ ...first!, labels: ["late"] }, ...rest];
  assert.throws(() => expectTable({ ...table, truth: relabelled }), /d0#1 is not late, its label/);
});

test("a truth file gives back its records", () => {
  const records = tableFixture().truth.slice(0, 50);
  assert.deepEqual(readTruth(`${records.map(truthLine).join("\n")}\n`), records);
});

test("times are read in Flink's SQL form and in ISO form", () => {
  assert.equal(timeOf("2024-01-01 00:00:00"), Date.UTC(2024, 0, 1));
  assert.equal(timeOf("2024-01-01 00:00:00.5Z"), Date.UTC(2024, 0, 1) + 500);
  assert.equal(timeOf("2024-01-01T00:00:00.123Z"), Date.UTC(2024, 0, 1) + 123);
  assert.ok(Number.isNaN(timeOf("1704067200000")));
});
