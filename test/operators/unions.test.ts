import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deserialize, serialize } from "node:v8";

import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { Relation } from "../../src/sql/plan.ts";
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

describe("a union", () => {
  const other = { ...READINGS, name: "u" };
  const window = { kind: "tumble" as const, sizeMs: 10_000, offsetMs: 0 };
  const over = (inputs: readonly Relation[]) =>
    groupBy(
      { kind: "union", inputs, fields: SCAN.fields },
      { window, time: "ts", keys: [], aggregates: [aggregate("COUNT", BIGINT)] },
    );

  for (const [mode, compiler] of Object.entries(COMPILERS)) {
    it(`of two tables works with the smaller watermark (${mode})`, () => {
      const rows: unknown[] = [];
      const late: number[] = [];
      const reports = {
        late: (row: { eventTimeMs: number }) => void late.push(row.eventTimeMs - START),
        dataError: () => undefined,
      };
      const sink = {
        row: (values: readonly unknown[]) => void rows.push([...values]),
        watermark: () => undefined,
      };
      const build = (states: readonly unknown[]) => {
        const sources = [READINGS, other].map((source, index) =>
          buildSource(source, { host: reports, compiler }, states[index]),
        );
        const [left, right] = sources;
        assert.ok(left !== undefined && right !== undefined);
        const options = {
          name: "r",
          sources: (of: { name: string }) => (of.name === "u" ? right : left),
          sink,
          host: reports,
          compiler,
        };
        const rule = buildRule(query(over([SCAN, scan(other)])), options, states[2]);
        return { left, right, rule };
      };
      let running = build([]);
      const push = (side: "left" | "right", at: number): void => {
        running[side].push(batchOf(READINGS, [["a", 1, START + at]]), 0, 1);
        const states = [running.left.snapshot(), running.right.snapshot(), running.rule.snapshot()];
        running = build(deserialize(serialize(states)) as unknown[]);
      };
      push("left", 60_000);
      push("left", 5000); // nothing has fired: the right side has no watermark yet
      push("right", 1000);
      push("right", 15_000);
      push("left", 6000); // now it has
      assert.deepEqual(rows, [[2, START, START + 10_000]]);
      assert.deepEqual(late, [6000]);
      running.left.endOfInput();
      assert.equal(rows.length, 1);
      running.right.endOfInput();
      assert.equal(rows.length, 3);
    });

    it(`of a table with itself takes both copies of a row before the next row (${mode})`, () => {
      const positive = filter(SCAN, call(">", BOOLEAN, V, literal(0, INT)));
      const readings: Reading[] = [
        ["a", 1, START],
        ["a", 0, START + 11_998],
        ["a", 1, START + 5000],
        ["a", 1, START + 12_000],
        ["a", 1, START + 6000],
      ];
      const outcome = runPlan(READINGS, over([positive, SCAN]), readings, { compiler });
      assert.deepEqual(outcome.rows, [
        [4, START, START + 10_000],
        [3, START + 10_000, START + 20_000],
      ]);
      assert.equal(outcome.late.length, 2);
    });
  }
});
