import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deserialize, serialize } from "node:v8";

import { GatewayError } from "../../src/core/errors.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import {
  BIGINT,
  BOOLEAN,
  INT,
  STRING,
  TS3,
  aggregate,
  batchOf,
  call,
  column,
  filter,
  groupBy,
  literal,
  project,
  query,
  scan,
  table,
} from "./plans.ts";
import { COMPILERS, runPlan } from "./run-plan.ts";

const READINGS = table({ device: STRING, v: INT, ts: TS3 }, { column: "ts", delayMs: 2000 });
const SCAN = scan(READINGS);
const V = column(SCAN, "v");
const START = 1_704_067_200_000;

type Reading = readonly [device: string | null, v: number | null, ts: number];

describe("stateless queries", () => {
  it("drop nothing late, and tell the sink each watermark once, also after a restart", () => {
    const root = project(filter(SCAN, call(">", BOOLEAN, V, literal(1, INT))), { v: V });
    const readings: Reading[] = [
      ["a", 5, START + 9000],
      ["a", 1, START],
      ["a", 2, START],
    ];
    const outcome = runPlan(READINGS, root, readings, { restartEvery: 2, flush: false });
    assert.deepEqual(outcome.rows, [[5], [2]]);
    assert.deepEqual(outcome.watermarks, [START + 7000]);
  });

  it("emit one row per window of a bare window function", () => {
    const root = {
      kind: "window" as const,
      input: SCAN,
      window: { kind: "hop" as const, slideMs: 5000, sizeMs: 10_000, offsetMs: 0 },
      timeColumn: 2,
      fields: [
        ...SCAN.fields,
        ...["window_start", "window_end", "window_time"].map((name) => ({ name, type: TS3 })),
      ],
    };
    for (const compiler of Object.values(COMPILERS)) {
      const { rows } = runPlan(READINGS, root, [["a", 1, START + 1000]], { compiler });
      assert.deepEqual(rows, [
        ["a", 1, START + 1000, START, START + 10_000, START + 9999],
        ["a", 1, START + 1000, START - 5000, START + 5000, START + 4999],
      ]);
    }
  });
});

describe("data errors", () => {
  it("drop the row for the rule alone and name the message", () => {
    const ratio = project(SCAN, { r: call("/", INT, literal(10, INT), V) });
    for (const compiler of Object.values(COMPILERS)) {
      const { rows, errors } = runPlan(
        READINGS,
        ratio,
        [
          ["a", 5, START],
          ["a", 0, START],
          ["a", null, START],
        ],
        { compiler },
      );
      assert.deepEqual(rows, [[2], [null]]);
      assert.deepEqual(
        errors.map(({ rule, message, reason }) => [rule, message, reason]),
        [["rule", 1, "division by zero"]],
      );
    }
  });

  it("carry the window's bounds when a result breaks", () => {
    const counts = groupBy(SCAN, {
      window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
      time: "ts",
      keys: ["device"],
      aggregates: [aggregate("SUM", INT, { of: V })],
    });
    const root = project(counts, { r: call("/", INT, literal(10, INT), column(counts, "a0")) });
    for (const compiler of Object.values(COMPILERS)) {
      const { rows, errors } = runPlan(
        READINGS,
        root,
        [
          ["a", 0, START],
          ["b", 5, START],
        ],
        { compiler },
      );
      assert.deepEqual(rows, [[2]]);
      assert.deepEqual(
        errors.map(({ window, message }) => [window, message]),
        [[{ startMs: START, endMs: START + 1000 }, undefined]],
      );
    }
  });

  it("report a row without event time once, at the source", () => {
    const root = project(SCAN, { v: V });
    for (const compiler of Object.values(COMPILERS)) {
      const { rows, errors } = runPlan(
        READINGS,
        root,
        [
          ["a", 1, null],
          ["a", 2, START],
        ],
        { compiler },
      );
      assert.deepEqual(rows, [[2]]);
      assert.deepEqual(
        errors.map(({ rule, message, reason }) => [rule, message, reason]),
        [[undefined, 0, "the event time is NULL"]],
      );
    }
  });
});

describe("a rule", () => {
  const counts = groupBy(SCAN, {
    window: { kind: "tumble", sizeMs: 10_000, offsetMs: 0 },
    time: "ts",
    keys: ["device"],
    aggregates: [aggregate("COUNT", BIGINT)],
  });
  const host = { late: () => undefined, dataError: () => undefined };

  it("names itself when its sink throws, and goes on from the snapshot before", () => {
    const rows: unknown[] = [];
    let broken = false;
    const sink = {
      row: (values: readonly unknown[]) => {
        if (broken) throw new TypeError("out of order");
        rows.push([...values]);
      },
      watermark: () => undefined,
    };
    const build = (states: readonly unknown[]) => {
      const source = buildSource(READINGS, { host }, states[0]);
      const options = { name: "counts", sources: () => source, sink, host };
      return { source, rule: buildRule(query(counts), options, states[1]) };
    };
    const batches = [START, START + 5000, START + 30_000].map((ts) =>
      batchOf(READINGS, [["a", 1, ts]]),
    );
    const [first, second, third] = batches;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const before = build([]);
    before.source.push(first, 0, 1);
    before.source.push(second, 0, 1);
    const states = deserialize(
      serialize([before.source.snapshot(), before.rule.snapshot()]),
    ) as unknown[];
    broken = true;
    assert.throws(
      () => before.source.push(third, 0, 1),
      (error) =>
        error instanceof GatewayError &&
        error.blame === "bug" &&
        error.context["rule"] === "counts",
    );
    broken = false;
    third.skip.fill(0);
    const after = build(states);
    after.source.push(third, 0, 1);
    assert.deepEqual(rows, [["a", 2, START, START + 10_000]]);
    assert.deepEqual(after.rule.stats, { rowsIn: 1, rowsOut: 1, late: 0, errors: 0 });
    assert.equal(after.rule.watermark(), START + 28_000);
  });

  it("forgets keys when their windows are gone", () => {
    const source = buildSource(READINGS, { host });
    const sink = { row: () => undefined, watermark: () => undefined };
    const rule = buildRule(query(counts), { name: "counts", sources: () => source, sink, host });
    let largest = 0;
    for (let second = 0; second < 200; second++) {
      const rows = Array.from({ length: 100 }, (_, n): Reading => [
        `one-shot-${second}-${n}`,
        1,
        START + second * 1000,
      ]);
      source.push(batchOf(READINGS, rows), 0, 100);
      largest = Math.max(largest, rule.stateBytes());
    }
    // 20,000 keys came; at any time those of three windows are held.
    assert.equal(rule.stats.rowsOut, 19_000);
    assert.ok(largest < 1_000_000, `${largest} bytes of state`);
  });

  it("tells a sink with timers the watermark between rows", () => {
    const calls: (string | number)[] = [];
    const source = buildSource(READINGS, { host });
    const sink = {
      row: (values: readonly unknown[]) => void calls.push(values[0] as number),
      watermark: (ms: number) => void calls.push(`wm ${ms - START}`),
      wakeAt: () => START + 3000,
    };
    buildRule(query(project(SCAN, { v: V })), { name: "r", sources: () => source, sink, host });
    const rows: Reading[] = [1000, 4000, 6000, 7000].map((at, index) => ["a", index, START + at]);
    source.push(batchOf(READINGS, rows), 0, rows.length);
    assert.deepEqual(calls, [0, 1, 2, "wm 4000", 3, "wm 5000"]);
  });
});

describe("late rows", () => {
  it("reports a row only when its last window has fired", () => {
    const root = groupBy(SCAN, {
      window: { kind: "hop", slideMs: 5000, sizeMs: 10_000, offsetMs: 0 },
      time: "ts",
      keys: [],
      aggregates: [aggregate("COUNT", BIGINT)],
    });
    const readings: Reading[] = [
      ["a", 1, START + 8000],
      ["a", 1, START + 4000],
      ["a", 1, START + 12_000],
      ["a", 1, START + 4000],
    ];
    const { rows, late } = runPlan(READINGS, root, readings);
    assert.deepEqual(rows, [
      [2, START, START + 10_000],
      [2, START + 5000, START + 15_000],
      [1, START + 10_000, START + 20_000],
    ]);
    assert.deepEqual(
      late.map(({ message, windowEndMs }) => [message, windowEndMs]),
      [[3, START + 10_000]],
    );
  });
});

describe("CURRENT_WATERMARK", () => {
  it("above a window is the watermark before the one that fired it", () => {
    const counts = groupBy(SCAN, {
      window: { kind: "tumble", sizeMs: 10_000, offsetMs: 0 },
      time: "ts",
      keys: [],
      aggregates: [aggregate("COUNT", BIGINT)],
    });
    const root = project(counts, {
      n: column(counts, "a0"),
      wm: { kind: "current-watermark", type: TS3 },
    });
    const readings = [1000, 9000, 10_500, 30_000].map((at): Reading => ["a", 1, START + at]);
    for (const compiler of Object.values(COMPILERS)) {
      const { rows } = runPlan(READINGS, root, readings, { compiler });
      assert.deepEqual(rows, [
        [2, START + 8500],
        [1, START + 8500],
        [1, START + 28_000],
      ]);
    }
  });
});
