import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { CRASH_POINTS, type CrashPoint } from "../../src/core/fault-points.ts";
import { KILL_POINTS } from "./01-kill.ts";
import { CATALOGUE } from "./catalogue.ts";

test("every fault has its number and its title once", () => {
  assert.equal(CATALOGUE.length, 30);
  assert.equal(new Set(CATALOGUE.map(({ title }) => title)).size, 30);
  for (const [index, { number, title, fault }] of CATALOGUE.entries()) {
    assert.equal(number, index + 1);
    if (fault !== undefined) assert.deepEqual([fault.number, fault.title], [number, title]);
  }
});

test("every module of a fault is in the catalogue", () => {
  const modules = readdirSync(import.meta.dirname).filter((name) => /^\d\d-/.test(name));
  const inCatalogue = CATALOGUE.filter(({ fault }) => fault !== undefined);
  assert.deepEqual(
    modules.map((name) => Number(name.slice(0, 2))).sort((a, b) => a - b),
    inCatalogue.map(({ number }) => number),
  );
});

test("fault 1 kills at every crash point, but for those with a test of their own", () => {
  const elsewhere: readonly CrashPoint[] = [
    "engine-message", // needs a payload that kills: test/gateway/poison.test.ts
  ];
  const drawn = Object.keys(KILL_POINTS);
  assert.deepEqual([...drawn, ...elsewhere].sort(), [...CRASH_POINTS].sort());
});
