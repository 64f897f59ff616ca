import assert from "node:assert/strict";
import { test } from "node:test";

import { BackOff } from "../../src/ingest/back-off.ts";

test("the wait doubles from half a second to half a minute", () => {
  const backOff = new BackOff(() => 1);
  const waits = Array.from({ length: 8 }, () => backOff.delayMs(0));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("jitter takes away up to a half", () => {
  assert.equal(new BackOff(() => 0).delayMs(0), 250);
});

test("only a connection that lasted begins anew, so that two clients with one id do not spin", () => {
  const backOff = new BackOff(() => 1);
  for (const upMs of [0, 5, 9999]) backOff.delayMs(upMs);
  assert.equal(backOff.delayMs(9999), 4000);
  assert.equal(backOff.delayMs(10_000), 500);
});
