// Against an oracle that knows nothing of heaps or deadlines: it sorts the rows that were in time, reads off when
// the condition changed, and asks of each change whether it lasted.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import type { AlarmEvent } from "../../src/alarms/event.ts";
import { alarmSink, runAlarm, type Step } from "./kit.ts";

interface Limits {
  readonly set: number;
  readonly clear: number;
  readonly onDelay: number;
  readonly offDelay: number;
}

interface Taken {
  readonly time: number;
  readonly value: number;
}

const limits: fc.Arbitrary<Limits> = fc.record({
  set: fc.integer({ min: 2, max: 6 }),
  clear: fc.integer({ min: 2, max: 6 }),
  onDelay: fc.integer({ min: 0, max: 8 }),
  offDelay: fc.integer({ min: 0, max: 8 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("a", "b", "c"),
        fc.integer({ min: 0, max: 60 }),
        fc.option(fc.integer({ min: 0, max: 8 }), { freq: 6 }),
      )
      .map(([series, time, value]): Step => ({ row: [series, time, value] })),
  },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 70 }).map((watermark) => ({ watermark })) },
);

function sinkOf({ set, clear, onDelay, offDelay }: Limits): ReturnType<typeof alarmSink> {
  return alarmSink(["series", "event_time", "value"], {
    set: String(set),
    clear: String(clear),
    "on-delay": `${onDelay} ms`,
    "off-delay": `${offDelay} ms`,
  });
}

/** Expected events as text, as a multiset over all series. */
function oracle(steps: readonly Step[], limit: Limits): string[] {
  const bySeries = new Map<string, Taken[]>();
  let watermark = Number.NEGATIVE_INFINITY;
  for (const each of steps) {
    if ("watermark" in each) watermark = Math.max(watermark, each.watermark);
    else {
      const [series, time, value] = each.row as [string, number, number | null];
      if (time <= watermark || value === null) continue;
      const rows = bySeries.get(series) ?? [];
      bySeries.set(series, [...rows, { time, value }]);
    }
  }
  return [...bySeries].flatMap(([series, rows]) => expected(series, rows, { limit, watermark }));
}

function expected(
  series: string,
  rows: readonly Taken[],
  { limit, watermark }: { limit: Limits; watermark: number },
): string[] {
  const sorted = rows.filter(({ time }) => time <= watermark).sort((x, y) => x.time - y.time);
  const low = limit.clear > limit.set;
  const changes: { time: number; on: boolean; row: number }[] = [
    { time: -1e9, on: false, row: -1 },
  ];
  sorted.forEach(({ time, value }, row) => {
    const sets = low ? value <= limit.set : value >= limit.set;
    const clears = low ? value > limit.clear : value < limit.clear;
    const was = changes.at(-1)!.on;
    if (sets && !was) changes.push({ time, on: true, row });
    if (clears && !sets && was) changes.push({ time, on: false, row });
  });
  const texts: string[] = [];
  let raised = false;
  let occurrence = 0;
  changes.forEach(({ time, on, row }, index) => {
    const due = time + (on ? limit.onDelay : limit.offDelay);
    const ends = changes[index + 1];
    if (on === raised || due > watermark) return;
    // A delay of 0 is over before anything else happens at that instant.
    if (ends !== undefined && ends.time < due) return;
    raised = on;
    if (on) occurrence++;
    const last = Math.max(
      row,
      sorted.findLastIndex((taken) => taken.time < due),
    );
    const newest = Math.min(last, (ends?.row ?? sorted.length) - 1);
    const value = sorted[due === time ? row : newest]!.value;
    texts.push(`${due} ${series} ${on ? "raised" : "returned"} ${occurrence} ${value}`);
  });
  return texts;
}

function eventTexts(events: readonly AlarmEvent[]): string[] {
  return events.map(
    (event) =>
      `${event.event_time} ${event.series} ${event.state} ${event.occurrence} ${event.value}`,
  );
}

test("events equal those of the oracle, under any order of arrival and any watermarks", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), limits, (steps, limit) => {
      const events = eventTexts(runAlarm(sinkOf(limit), steps));
      assert.deepEqual(events.toSorted(), oracle(steps, limit).toSorted());
    }),
    { numRuns: 2000 },
  );
});

test("a restart after every step changes no event, and neither does its order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), limits, (steps, limit) => {
      const sink = sinkOf(limit);
      assert.deepEqual(runAlarm(sink, steps, true), runAlarm(sink, steps));
    }),
    { numRuns: 500 },
  );
});

test("events do not depend on how often the watermark is raised, nor on the order of arrival", () => {
  const rows = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("a", "b"),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 8 }),
    ),
    { maxLength: 50, selector: ([, time]) => time },
  );
  const shuffled = rows.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, limits, ([list, other], limit) => {
      const sink = sinkOf(limit);
      const inOrder = list.toSorted((x, y) => x[1] - y[1]);
      const stepwise = inOrder.flatMap((row): Step[] => [{ row }, { watermark: row[1] }]);
      const end = { watermark: 1000 };
      const atOnce = [...other.map((row): Step => ({ row })), end];
      assert.deepEqual(runAlarm(sink, atOnce), runAlarm(sink, [...stepwise, end]));
    }),
    { numRuns: 500 },
  );
});
