import assert from "node:assert/strict";
import { test } from "node:test";

import { Draw } from "./draw.ts";

test("fault and seed name one sequence of draws", () => {
  const draws = (fault: number, seed: number): number[] => {
    const draw = new Draw(fault, seed);
    return Array.from({ length: 50 }, () => draw.below(1000));
  };
  assert.deepEqual(draws(2, 7), draws(2, 7));
  assert.notDeepEqual(draws(2, 7), draws(2, 8));
  assert.notDeepEqual(draws(2, 7), draws(3, 7));
});

test("draws keep within their bounds, and reach them", () => {
  const draw = new Draw(1, 1);
  const seen = new Set(Array.from({ length: 500 }, () => draw.between(3, 6)));
  assert.deepEqual(seen, new Set([3, 4, 5, 6]));
  const items = ["a", "b", "c", "d", "e"];
  assert.deepEqual(draw.shuffle(items).sort(), items);
  assert.ok(items.includes(draw.pick(items)));
});

test("what is dealt comes up evenly", () => {
  const dealt = new Draw(1, 1).deal(["a", "b", "c"], 7);
  const counts = ["a", "b", "c"].map((item) => dealt.filter((each) => each === item).length);
  assert.deepEqual(
    counts.sort((a, b) => a - b),
    [2, 2, 3],
  );
  assert.deepEqual(new Draw(1, 1).deal(["a"], 0), []);
});
