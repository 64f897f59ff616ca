// SESSION windows against a model that keeps a flat list of sessions and looks at all of them for every row.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { BIGINT, STRING, TS3, aggregate, groupBy, scan, table } from "./plans.ts";
import { COMPILERS, runPlan } from "./run-plan.ts";

const GAP = 5;
const DELAY = 3;
const EVENTS = table({ device: STRING, ts: TS3 }, { column: "ts", delayMs: DELAY });
const SCAN = scan(EVENTS);
const SESSIONS = groupBy(SCAN, {
  window: { kind: "session", gapMs: GAP, partition: [0] },
  time: "ts",
  keys: ["device"],
  aggregates: [aggregate("COUNT", BIGINT)],
});

type Event = readonly [device: string, ts: number];
interface ModelSession {
  readonly device: string;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** The counts of all sessions, by key and size, and how many rows were late. */
function model(events: readonly Event[]): { rows: string[]; late: number } {
  let [open, late, watermark]: [ModelSession[], number, number] = [[], 0, Number.NEGATIVE_INFINITY];
  const fired: ModelSession[] = [];
  for (const [device, ts] of events) {
    const before = watermark;
    fired.push(...open.filter(({ end }) => end - 1 <= before));
    open = open.filter(({ end }) => end - 1 > before);
    const touches = (each: ModelSession): boolean =>
      each.device === device && each.start <= ts + GAP && each.end >= ts;
    const parts = open.filter(touches);
    const start = Math.min(ts, ...parts.map((part) => part.start));
    const end = Math.max(ts + GAP, ...parts.map((part) => part.end));
    const count = parts.reduce((sum, part) => sum + part.count, 1);
    if (end - 1 <= before) late++;
    else open = [...open.filter((each) => !touches(each)), { device, start, end, count }];
    watermark = Math.max(watermark, ts - DELAY);
  }
  const rows = [...fired, ...open].map(({ device, count }) => `${device} ${count}`);
  return { rows: rows.sort(), late };
}

describe("SESSION windows", () => {
  it("are those of the model, however they are run", () => {
    const event = fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: 1000, max: 1060 }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const expected = model(events);
        for (const compiler of Object.values(COMPILERS)) {
          const straight = runPlan(EVENTS, SESSIONS, events, { compiler });
          const restarted = runPlan(EVENTS, SESSIONS, events, { compiler, restartEvery: 3 });
          for (const { rows, late } of [straight, restarted]) {
            const shown = rows.map((row) => `${row[0] as string} ${row[1] as number}`);
            assert.deepEqual(shown.sort(), expected.rows);
            assert.equal(late.length, expected.late);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
