import assert from "node:assert/strict";
import { test } from "node:test";
import { bell, BELL_SIGMA, below, chance, hash32 } from "../../firmware-sim/random.ts";

const DRAWS = 20_000;
const draws = Array.from({ length: DRAWS }, (_, n) => hash32(7, 3, 1, n));

test("a number depends on each of seed, device, stream and counter", () => {
  const base = hash32(1, 2, 3, 4);
  assert.equal(hash32(1, 2, 3, 4), base);
  for (const other of [
    hash32(2, 2, 3, 4),
    hash32(1, 3, 3, 4),
    hash32(1, 2, 4, 4),
    hash32(1, 2, 3, 5),
  ])
    assert.notEqual(other, base);
});

test("numbers are the same on every machine", () => {
  assert.deepEqual(
    [hash32(0, 0, 0, 0), hash32(1, 2, 3, 4), hash32(0xffffffff, 9, 100, 1_000_000)],
    [7_894_564, 3_107_272_010, 708_532_985],
  );
});

test("below spreads evenly over its range and never reaches the bound", () => {
  const counts = new Array<number>(10).fill(0);
  for (const bits of draws) counts[below(bits, 10)]!++;
  for (const count of counts) assert.ok(Math.abs(count - DRAWS / 10) < DRAWS / 100, String(counts));
  assert.equal(below(0xffffffff, 1), 0);
  assert.equal(below(0xffffffff, 0), 0);
});

test("chance keeps its share", () => {
  const share = draws.filter((bits) => chance(bits, 0.1)).length / DRAWS;
  assert.ok(Math.abs(share - 0.1) < 0.01, String(share));
  assert.ok(!draws.some((bits) => chance(bits, 0)));
  assert.ok(draws.every((bits) => chance(bits, 1)));
});

test("bell has mean 0 and its stated deviation", () => {
  const mean = draws.reduce((sum, bits) => sum + bell(bits), 0) / DRAWS;
  const variance = draws.reduce((sum, bits) => sum + bell(bits) ** 2, 0) / DRAWS;
  assert.ok(Math.abs(mean) < 4, String(mean));
  assert.ok(Math.abs(Math.sqrt(variance) - BELL_SIGMA) < 2, String(Math.sqrt(variance)));
});
