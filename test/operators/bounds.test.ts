// Bounds on state: what goes beyond them is refused and reported, and what is there stays as it was.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  COLLECTED_VALUES_PER_AGGREGATE,
  GROUPS_PER_OPERATOR,
  HELD_ROWS_PER_OPERATOR,
  PANES_PER_OPERATOR,
} from "../../src/core/limits.ts";
import type { SqlValue } from "../../src/core/types.ts";
import type { RowError } from "../../src/operators/contract.ts";
import { DataError } from "../../src/operators/data-error.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import { KeyTable } from "../../src/operators/window/key-table.ts";
import type { AggregateCall, Expression, Relation } from "../../src/sql/plan.ts";
import {
  BIGINT,
  INT,
  STRING,
  TS3,
  aggregate,
  batchOf,
  column,
  groupBy,
  query,
  scan,
  table,
} from "./plans.ts";

const EVENTS = table({ k: INT, v: INT, ts: TS3 }, { column: "ts", delayMs: 1e10 });
const SCAN = scan(EVENTS);

/** Counts per key in windows of 1 s, and what it refuses. */
function counting(aggregates: readonly AggregateCall[]) {
  return running(
    groupBy(SCAN, {
      window: { kind: "tumble", sizeMs: 1000, offsetMs: 0 },
      time: "ts",
      keys: ["k"],
      aggregates,
      properties: [],
    }),
  );
}

/** The rows of a rule, and what it refuses. */
function running(root: Relation) {
  const rows: SqlValue[][] = [];
  const errors: RowError[] = [];
  const host = {
    late: () => assert.fail("late"),
    dataError: (error: RowError) => void errors.push(error),
  };
  const source = buildSource(EVENTS, { host });
  const sink = {
    row: (values: readonly SqlValue[]) => void rows.push([...values]),
    watermark: () => undefined,
  };
  buildRule(query(root), { name: "rule", sources: () => source, sink, host });
  const push = (from: number, to: number, row: (n: number) => readonly SqlValue[]): void => {
    const step = 100_000;
    for (let at = from; at < to; at += step) {
      const count = Math.min(step, to - at);
      source.push(
        batchOf(
          EVENTS,
          Array.from({ length: count }, (_, i) => row(at + i)),
        ),
        0,
        count,
      );
    }
  };
  return { rows, errors, source, push };
}

const COUNT = aggregate("COUNT", BIGINT);

describe("an operator", () => {
  it("opens no more panes than it may", () => {
    const { rows, errors, source, push } = counting([COUNT]);
    push(0, PANES_PER_OPERATOR + 2, (n) => [1, n, n * 1000]);
    push(0, 1, () => [1, 0, 0]);
    assert.deepEqual(
      errors.map(({ isFull, reason }) => `${isFull} ${reason}`),
      Array(2).fill("true the operator has 100000 open panes already"),
    );
    source.endOfInput();
    assert.equal(rows.length, PANES_PER_OPERATOR);
    assert.deepEqual(rows[0], [1, 2]);
  });

  it("holds no more groups than it may", () => {
    const { rows, errors, source, push } = counting([COUNT]);
    const keys = 1000;
    const row = (n: number): SqlValue[] => [n % keys, 0, Math.floor(n / keys) * 1000];
    push(0, GROUPS_PER_OPERATOR, row);
    assert.equal(errors.length, 0);
    push(0, 1, () => [keys, 0, 0]);
    push(0, 1, () => [1, 0, 0]);
    assert.equal(errors.length, 1);
    assert.match(errors[0]?.reason ?? "", /groups/);
    source.endOfInput();
    assert.equal(rows.length, GROUPS_PER_OPERATOR);
    assert.deepEqual(rows[1], [1, 2]);
  });

  it("holds no more distinct values than it may, and counts a refused row nowhere", () => {
    const distinct = aggregate("COUNT", BIGINT, { of: column(SCAN, "v"), distinct: true });
    const { rows, errors, source, push } = counting([COUNT, distinct]);
    push(0, COLLECTED_VALUES_PER_AGGREGATE, (n) => [n % 7, n, 0]);
    push(0, 1, () => [1, -1, 0]);
    push(0, 1, () => [99, -1, 0]);
    assert.deepEqual(
      errors.map(({ isFull }) => isFull),
      [true, true],
    );
    source.endOfInput();
    const counted = rows.reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(counted, COLLECTED_VALUES_PER_AGGREGATE);
    assert.equal(rows.length, 7);
  });

  it("collects no more values than it may, of all groups together, and has room again when a window has closed", () => {
    const list = { kind: "ARRAY", element: INT, nullable: true } as const;
    const collected = aggregate("ARRAY_AGG", list, { of: column(SCAN, "v") });
    const { rows, errors, source, push } = counting([COUNT, collected]);
    push(0, COLLECTED_VALUES_PER_AGGREGATE, (n) => [n % 7, 1, 0]);
    push(0, 1, () => [1, 2, 0]);
    assert.deepEqual(
      errors.map(({ isFull }) => isFull),
      [true],
    );
    push(0, 1, () => [1, 0, 1e10 + 5000]);
    assert.equal(errors.length, 2, "its row comes before its watermark");
    const counts = rows.map(([, count, values]) => [count, (values as SqlValue[]).length]);
    assert.equal(counts.length, 7);
    assert.ok(counts.every(([count, length]) => count === length));
    push(0, 1, () => [1, 3, 1e10 + 5000]);
    assert.equal(errors.length, 2);
    source.endOfInput();
    assert.deepEqual(rows.at(-1), [1, 1, [3]]);
  });

  it("counts a row nowhere whose key an aggregate refuses", () => {
    const pair = {
      kind: "ROW",
      fields: ["k", "v"].map((name) => ({ name, type: STRING })),
      nullable: false,
    } as const;
    const key: Expression = { kind: "cast", input: column(SCAN, "v"), try: false, type: STRING };
    const members = aggregate("JSON_OBJECTAGG", STRING, {
      of: { kind: "call", function: "ROW", arguments: [key, key], type: pair },
    });
    const { rows, errors, source, push } = counting([COUNT, members]);
    push(0, 1, () => [1, null, 0]);
    push(0, 3, (n) => [2, n === 1 ? null : n, 0]);
    assert.deepEqual(
      errors.map(({ reason }) => reason),
      Array(2).fill("the key of JSON_OBJECTAGG is NULL"),
    );
    source.endOfInput();
    assert.deepEqual(rows, [[2, 2, '{"0":0,"2":2}']]);
  });

  const session = { kind: "session", gapMs: 1000, partition: [0] } as const;
  const holders: Readonly<Record<string, Relation>> = {
    "ORDER BY": { kind: "sort", input: SCAN, timeColumn: 2, keys: [], fields: SCAN.fields },
    "SESSION without GROUP BY": {
      kind: "window",
      input: SCAN,
      window: session,
      timeColumn: 2,
      fields: [...SCAN.fields, ...["start", "end", "time"].map((name) => ({ name, type: TS3 }))],
    },
  };
  for (const [name, root] of Object.entries(holders)) {
    it(`holds no more rows than it may: ${name}`, () => {
      const { rows, errors, source, push } = running(root);
      push(0, HELD_ROWS_PER_OPERATOR, (n) => [n % 7, n, 0]);
      assert.equal(errors.length, 0);
      push(0, 1, () => [1, -1, 0]);
      assert.deepEqual(
        errors.map(({ isFull, reason }) => `${isFull} ${reason}`),
        ["true the operator holds 1000000 rows already"],
      );
      push(0, 1, () => [1, -2, 1e10 + 5000]);
      assert.equal(errors.length, 2, "its row comes before its watermark");
      assert.equal(rows.length, HELD_ROWS_PER_OPERATOR);
      push(0, 1, () => [1, -3, 1e10 + 5000]);
      source.endOfInput();
      assert.equal(errors.length, 2);
      assert.equal(rows.length, HELD_ROWS_PER_OPERATOR + 1);
      assert.equal(rows.at(-1)?.[1], -3);
    });
  }

  it("has room again when windows have closed", () => {
    const { rows, errors, push } = counting([COUNT]);
    push(0, PANES_PER_OPERATOR + 1, (n) => [1, n, n * 1000]);
    assert.equal(errors.length, 1);
    push(0, 1, () => [1, 0, 1e10 + 5000]);
    assert.equal(errors.length, 2, "its row comes before its watermark");
    assert.equal(rows.length, 5);
    push(0, 1, () => [1, 0, 1e10 + 5000]);
    assert.equal(errors.length, 2);
  });
});

describe("a table of keys", () => {
  it("takes no key beyond its bound, keeps no trace of it, and takes one again when there is room", () => {
    const keys = new KeyTable([STRING, INT], 2);
    const [a, b] = [keys.intern(["a", 1]), keys.intern(["b", 1])];
    keys.retain(a);
    keys.retain(b);
    for (const key of [
      ["c", 1],
      ["a", 2],
    ]) {
      assert.throws(
        () => keys.intern(key),
        (error) => error instanceof DataError && error.isFull,
      );
    }
    assert.deepEqual([...keys.root.keys()], ["a", "b"]);
    assert.equal(keys.intern(["a", 1]), a);
    keys.release(Int32Array.of(a), 1);
    keys.release(Int32Array.of(b), 1);
    assert.equal(keys.intern(["c", 1]), a);
    keys.forget(a);
    keys.release(new Int32Array(), 0);
    assert.equal(keys.size, 0);
    assert.equal(keys.root.size, 0);
  });
});
