// Equal expressions are evaluated once per row, and never where they would not be otherwise: a function that counts its
// calls is put among the real ones.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import type { SqlValue } from "../../src/core/types.ts";
import { SCALARS } from "../../src/operators/scalar/index.ts";
import type { ScalarFunction } from "../../src/operators/scalar/implementation.ts";
import type { Expression, Relation } from "../../src/sql/plan.ts";
import * as plan from "./plans.ts";
import { COMPILERS, runPlan } from "./run-plan.ts";

const readings = plan.table(
  { a: plan.INT, b: plan.INT, ts: plan.TS3 },
  { column: "ts", delayMs: 0 },
);
const scan = plan.scan(readings);
const a = plan.column(scan, "a");
const b = plan.column(scan, "b");
const zero = plan.literal(0, plan.INT);

/** A new object each time, as the binder makes of the same text in two places. */
const counted = (of: Expression = a): Expression => plan.call("COUNTED", plan.INT, of);
const positive = (value: Expression): Expression => plan.call(">", plan.BOOLEAN, value, zero);
const choice = (when: Expression, then: Expression, otherwise: Expression): Expression => {
  return { kind: "case", branches: [{ when, then }], otherwise, type: plan.INT };
};

let calls = 0;

/** Rows and calls of the generated code for one row (a, b); the rows are also those of the interpreter. */
function run(
  root: Relation,
  row: readonly [SqlValue, SqlValue],
): { rows: SqlValue[][]; calls: number } {
  const input = [[...row, 1000]];
  const interpreted = runPlan(readings, root, input, { compiler: COMPILERS["interpreted"] });
  calls = 0;
  const { rows } = runPlan(readings, root, input);
  assert.deepEqual(rows, interpreted.rows);
  return { rows, calls };
}

describe("common sub-expressions", () => {
  const table = SCALARS as Map<string, ScalarFunction>;
  before(() => {
    table.set("COUNTED", () => ({
      apply: (value: number) => {
        calls++;
        return value;
      },
    }));
  });
  after(() => void table.delete("COUNTED"));
  beforeEach(() => void (calls = 0));

  it("are evaluated once in a projection, and once for the filter below it", () => {
    const filtered = plan.filter(scan, positive(counted()));
    const sum = plan.call("+", plan.INT, counted(), counted());
    const root = plan.project(filtered, { x: counted(), y: sum, z: counted(b) });
    assert.deepEqual(run(root, [3, 4]), { rows: [[3, 6, 4]], calls: 2 });
    assert.deepEqual(run(root, [-1, 4]), { rows: [], calls: 1 });
  });

  it("are evaluated once for all keys and aggregates", () => {
    const grouped: Relation = {
      ...plan.groupBy(scan, {
        window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
        time: "ts",
        keys: ["a"],
        aggregates: [
          plan.aggregate("SUM", plan.INT, { of: counted(), filter: positive(counted()) }),
          plan.aggregate("MAX", plan.INT, { of: counted() }),
        ],
        properties: [],
      }),
      keys: [counted()],
    };
    assert.deepEqual(run(grouped, [3, 4]), { rows: [[3, 3, 3]], calls: 1 });
  });

  it("stay in their branch of CASE", () => {
    const branches = plan.project(scan, { x: choice(positive(b), counted(), zero), y: b });
    assert.deepEqual(run(branches, [3, 1]), { rows: [[3, 1]], calls: 1 });
    assert.deepEqual(run(branches, [3, 0]), { rows: [[0, 0]], calls: 0 });
    const again = plan.project(scan, {
      x: choice(positive(b), counted(), zero),
      y: choice(positive(b), zero, counted()),
      z: counted(),
    });
    assert.deepEqual(run(again, [3, 1]), { rows: [[3, 0, 3]], calls: 2 });
    const condition = plan.project(scan, { x: choice(positive(counted()), counted(), counted()) });
    assert.deepEqual(run(condition, [3, 1]), { rows: [[3]], calls: 1 });
  });

  it("stay behind what stops AND and OR", () => {
    const both = plan.call("AND", plan.BOOLEAN, positive(b), positive(counted()));
    const root = plan.project(scan, { x: both, y: counted() });
    assert.deepEqual(run(root, [3, 0]), { rows: [[false, 3]], calls: 1 });
    assert.deepEqual(run(root, [3, 1]), { rows: [[true, 3]], calls: 2 });
    const first = plan.call("AND", plan.BOOLEAN, positive(counted()), positive(b));
    assert.deepEqual(run(plan.project(scan, { x: first, y: counted() }), [3, 1]).calls, 1);
  });

  it("are others over other columns", () => {
    const swapped = plan.project(scan, { a: b, b: a, x: counted() });
    const root = plan.project(swapped, { x: counted(), y: counted(b), z: plan.input(2, plan.INT) });
    assert.deepEqual(run(root, [3, 4]), { rows: [[4, 3, 3]], calls: 3 });
  });
});
