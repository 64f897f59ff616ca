import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { SqlValue } from "../../src/core/types.ts";
import type { WindowSpec } from "../../src/sql/plan.ts";
import {
  BIGINT,
  DOUBLE,
  INT,
  STRING,
  TS3,
  aggregate,
  column,
  filter,
  call,
  groupBy,
  literal,
  scan,
  table,
  BOOLEAN,
} from "./plans.ts";
import { COMPILERS, runPlan } from "./run-plan.ts";

const DELAY_MS = 2000;
const READINGS = table({ device: STRING, v: INT, ts: TS3 }, { column: "ts", delayMs: DELAY_MS });
const SCAN = scan(READINGS);
const V = column(SCAN, "v");
const START = 1_704_067_200_000;

type Reading = readonly [device: string | null, v: number | null, ts: number];

/** Rows around a time that moves on, some of them late. */
const READING_LISTS = fc
  .array(
    fc.tuple(
      fc.option(fc.constantFrom("a", "b", "c", ""), { nil: null, freq: 6 }),
      fc.option(fc.integer({ min: -100, max: 100 }), { nil: null, freq: 6 }),
      fc.integer({ min: 0, max: 25_000 }),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((list): Reading[] =>
    list.map(([device, v, jitter], index) => [device, v, START + index * 700 + jitter - 12_000]),
  );

const WINDOWS: fc.Arbitrary<WindowSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("tumble" as const),
    sizeMs: fc.constantFrom(1000, 7000, 10_000),
    offsetMs: fc.constantFrom(0, 500, -1500),
  }),
  fc
    .record({
      slideMs: fc.constantFrom(1000, 3000, 5000),
      times: fc.integer({ min: 1, max: 4 }),
      offsetMs: fc.constantFrom(0, 250, -100),
    })
    .map(({ slideMs, times, offsetMs }) => ({
      kind: "hop" as const,
      slideMs,
      sizeMs: slideMs * times,
      offsetMs,
    })),
  fc
    .record({
      stepMs: fc.constantFrom(1000, 3000),
      times: fc.integer({ min: 1, max: 4 }),
      offsetMs: fc.constantFrom(0, 250),
    })
    .map(({ stepMs, times, offsetMs }) => ({
      kind: "cumulate" as const,
      stepMs,
      sizeMs: stepMs * times,
      offsetMs,
    })),
);

function grouped(window: WindowSpec) {
  // Rows that are filtered out raise the watermark all the same.
  const kept = filter(SCAN, call("IS NOT FALSE", BOOLEAN, call("<", BOOLEAN, V, literal(60, INT))));
  return groupBy(kept, {
    window,
    time: "ts",
    keys: ["device"],
    aggregates: [
      aggregate("COUNT", BIGINT),
      aggregate("SUM", INT, { of: V }),
      aggregate("AVG", INT, { of: V }),
      aggregate("MIN", INT, { of: V }),
      aggregate("COUNT", BIGINT, { of: V, distinct: true }),
      aggregate("MAX", INT, { of: V, filter: call("<", BOOLEAN, V, literal(0, INT)) }),
      aggregate("STDDEV_POP", DOUBLE, { of: { kind: "cast", input: V, try: false, type: DOUBLE } }),
    ],
  });
}

/** All windows [start, end) of a time, by going through candidates: shares nothing with the operators. */
function windowsOf(window: WindowSpec, time: number): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  if (window.kind === "session") return found;
  const step =
    window.kind === "tumble"
      ? window.sizeMs
      : window.kind === "hop"
        ? window.slideMs
        : window.stepMs;
  const base =
    window.offsetMs + Math.floor((time - 2 * window.sizeMs) / window.sizeMs) * window.sizeMs;
  for (
    let start = base;
    start <= time;
    start += window.kind === "cumulate" ? window.sizeMs : step
  ) {
    const ends = window.kind === "cumulate" ? window.sizeMs / step : 1;
    for (let n = 1; n <= ends; n++) {
      const end = window.kind === "cumulate" ? start + n * step : start + window.sizeMs;
      if (start <= time && time < end) found.push([start, end]);
    }
  }
  return found;
}

/** Flink's semantics the slow way: every window keeps its rows, the watermark moves after every row. */
function bruteForce(
  window: WindowSpec,
  readings: readonly Reading[],
): { rows: string[]; late: number } {
  const open = new Map<
    string,
    { key: string | null; bounds: readonly [number, number]; values: (number | null)[] }
  >();
  let watermark = -Infinity;
  let late = 0;
  for (const [device, v, ts] of readings) {
    const all = windowsOf(window, ts);
    const isKept = v === null || v < 60;
    const usable = isKept ? all.filter(([, end]) => end - 1 > watermark) : [];
    if (isKept && usable.length === 0) late++;
    for (const bounds of usable) {
      const name = JSON.stringify([bounds, device]);
      const entry = open.get(name) ?? { key: device, bounds, values: [] };
      entry.values.push(v);
      open.set(name, entry);
    }
    watermark = Math.max(watermark, ts - DELAY_MS);
  }
  const rows = [...open.values()].map(({ key, bounds, values }) => {
    const present = values.filter((value) => value !== null);
    const negative = present.filter((value) => value < 0);
    const total = present.reduce((sum, value) => sum + value, 0);
    const mean = total / present.length;
    const squares = present.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const some = present.length > 0;
    return rounded([
      key,
      values.length,
      some ? total : null,
      some ? Math.trunc(mean) + 0 : null,
      some ? Math.min(...present) : null,
      new Set(present).size,
      negative.length > 0 ? Math.max(...negative) : null,
      some ? Math.sqrt(squares / present.length) : null,
      ...bounds,
    ]);
  });
  return { rows: rows.sort(), late };
}

function rounded(row: readonly SqlValue[]): string {
  return JSON.stringify(
    row.map((value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 + 0 : value)),
  );
}

describe("window aggregation", () => {
  it("equals a brute-force evaluation of every window", () => {
    fc.assert(
      fc.property(WINDOWS, READING_LISTS, (window, readings) => {
        const outcome = runPlan(READINGS, grouped(window), readings);
        const expected = bruteForce(window, readings);
        assert.deepEqual(outcome.rows.map(rounded).sort(), expected.rows);
        assert.equal(outcome.late.length, expected.late);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same calls generated, interpreted, and rebuilt from snapshots after any number of rows", () => {
    fc.assert(
      fc.property(
        WINDOWS,
        READING_LISTS,
        fc.integer({ min: 1, max: 9 }),
        (window, readings, step) => {
          const root = grouped(window);
          const straight = runPlan(READINGS, root, readings);
          for (const compiler of Object.values(COMPILERS)) {
            for (const restartEvery of [0, step]) {
              const again = runPlan(READINGS, root, readings, { compiler, restartEvery });
              assert.deepEqual(again.rows, straight.rows);
              assert.deepEqual(again.late, straight.late);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("fires by window end, keys in order of arrival", () => {
    const root = groupBy(SCAN, {
      window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
      time: "ts",
      keys: ["device"],
      aggregates: [aggregate("COUNT", BIGINT)],
    });
    const readings: Reading[] = [
      ["z", 1, START + 1000],
      ["b", 1, START],
      ["a", 1, START],
      ["b", 1, START + 1000],
    ];
    const { rows } = runPlan(READINGS, root, readings);
    assert.deepEqual(
      rows.map(([device]) => device),
      ["b", "a", "z", "b"],
    );
  });

  it("passes windows on to windows over them", () => {
    const inner = groupBy(SCAN, {
      window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
      time: "ts",
      keys: ["device"],
      aggregates: [aggregate("SUM", INT, { of: V })],
      properties: ["window_time"],
    });
    const having = filter(inner, call(">", BOOLEAN, column(inner, "a0"), literal(0, INT)));
    const outer = groupBy(having, {
      window: { kind: "tumble", sizeMs: 5000, offsetMs: 0 },
      time: "window_time",
      keys: ["device"],
      aggregates: [aggregate("MAX", INT, { of: column(inner, "a0") }), aggregate("COUNT", BIGINT)],
    });
    fc.assert(
      fc.property(READING_LISTS, fc.integer({ min: 1, max: 9 }), (readings, step) => {
        const small = runPlan(READINGS, inner, readings).rows.filter(
          ([, sum]) => typeof sum === "number" && sum > 0,
        );
        const groups = new Map<string, [SqlValue, number, number, number, number]>();
        for (const [device = null, sum, time] of small) {
          const start = Math.floor((time as number) / 5000) * 5000;
          const name = JSON.stringify([device, start]);
          const group = groups.get(name) ?? [device, -Infinity, 0, start, start + 5000];
          groups.set(name, [
            device,
            Math.max(group[1], sum as number),
            group[2] + 1,
            start,
            start + 5000,
          ]);
        }
        const straight = runPlan(READINGS, outer, readings);
        const texts = (rows: readonly (readonly SqlValue[])[]) =>
          rows.map((row) => JSON.stringify(row)).sort();
        assert.deepEqual(texts(straight.rows), texts([...groups.values()]));
        for (const compiler of Object.values(COMPILERS)) {
          assert.deepEqual(
            runPlan(READINGS, outer, readings, { compiler, restartEvery: step }).rows,
            straight.rows,
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});
