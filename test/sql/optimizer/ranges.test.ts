// Range sets against the plain question for every value: is it inside?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import type { Expression } from "../../../src/sql/plan.ts";
import {
  complement,
  intersection,
  pointsOf,
  rangesOf,
  union,
  type RangeSet,
} from "../../../src/sql/optimizer/ranges.ts";

const OPERATORS = ["=", "<>", "<", "<=", ">", ">="] as const;
/** Bounds are even, so that odd values lie between them. */
const VALUES = Array.from({ length: 13 }, (_, index) => index - 1);

const literal = (value: number): Expression => {
  return { kind: "literal", value, type: { kind: "INTEGER", nullable: false } };
};

function holds(operator: (typeof OPERATORS)[number], a: number, b: number): boolean {
  switch (operator) {
    case "=":
      return a === b;
    case "<>":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

interface Case {
  readonly set: RangeSet;
  readonly inside: ReadonlySet<number>;
}

const single = fc
  .tuple(fc.constantFrom(...OPERATORS), fc.integer({ min: 0, max: 5 }))
  .map(([operator, half]): Case => {
    const bound = 2 * half;
    const set = rangesOf(operator, literal(bound));
    assert.ok(set !== undefined);
    return { set, inside: new Set(VALUES.filter((value) => holds(operator, value, bound))) };
  });

const combined = fc
  .array(fc.tuple(single, fc.constantFrom("and", "or", "not")), { maxLength: 6 })
  .map((steps): Case => {
    let result: Case = { set: [], inside: new Set() };
    for (const [next, how] of steps) {
      if (how === "and") {
        const inside = new Set([...result.inside].filter((value) => next.inside.has(value)));
        result = { set: intersection([result.set, next.set]), inside };
      } else if (how === "or") {
        const inside = new Set([...result.inside, ...next.inside]);
        result = { set: union([result.set, next.set]), inside };
      } else {
        const inside = new Set(VALUES.filter((value) => !result.inside.has(value)));
        result = { set: complement(result.set), inside };
      }
    }
    return result;
  });

function contains(set: RangeSet, value: number): boolean {
  return set.some(({ low, high }) => {
    const above = low === undefined || Number(low.key) < value || (low.closed && low.key === value);
    const below =
      high === undefined || Number(high.key) > value || (high.closed && high.key === value);
    return above && below;
  });
}

describe("range sets", () => {
  it("hold the values that the comparisons hold for", () => {
    fc.assert(
      fc.property(combined, ({ set, inside }) => {
        for (const value of VALUES) assert.equal(contains(set, value), inside.has(value));
        // Each in one form: as few ranges as there are runs of values inside.
        const runs = VALUES.filter((value) => inside.has(value) && !inside.has(value - 1)).length;
        assert.equal(set.length, runs);
        const points = pointsOf(set)?.map(({ value }) => value);
        const alone = VALUES.filter((value) => inside.has(value));
        const isAlone = alone.every(
          (value) => value % 2 === 0 && !inside.has(value - 1) && !inside.has(value + 1),
        );
        assert.deepEqual(points, isAlone ? alone : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it("are of values with an order only", () => {
    assert.equal(rangesOf("=", literal(Number.NaN)), undefined);
    assert.equal(rangesOf("LIKE", literal(1)), undefined);
    const decimal = (value: bigint, scale: number): Expression => {
      return {
        kind: "literal",
        value,
        type: { kind: "DECIMAL", precision: 10, scale, nullable: false },
      };
    };
    const same = [rangesOf("=", decimal(15n, 1)), rangesOf("=", decimal(150n, 2))];
    assert.equal(union(same.flatMap((set) => (set === undefined ? [] : [set]))).length, 1);
  });
});
