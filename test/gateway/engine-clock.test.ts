// When the core worker is told the time, stepped by hand.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CLOCK_GAP_MS } from "../../src/core/limits.ts";
import { EngineClock } from "../../src/gateway/engine-clock.ts";
import { ManualTime } from "../ingest/support.ts";

/** A clock, and what ingest says of itself. */
function setUp() {
  const time = new ManualTime();
  const ingest = { isQuiet: true, blockedMs: 0 };
  const told: number[] = [];
  const engine = new EngineClock({
    clock: time,
    timers: time,
    blockedMs: () => ingest.blockedMs,
    isQuiet: () => ingest.isQuiet,
    tell: (engineTimeMs) => void told.push(engineTimeMs),
  });
  return { time, ingest, told, engine };
}

describe("engine time", () => {
  it("goes on from where the worker was, and stands still between two workers", () => {
    const { time, engine } = setUp();
    time.advance(5000);
    assert.equal(engine.nowMs, 0);
    engine.start(700, Infinity);
    time.advance(50);
    assert.equal(engine.nowMs, 750);
    engine.stop();
    time.advance(60_000);
    assert.equal(engine.nowMs, 750);
    engine.start(720, Infinity);
    time.advance(1);
    assert.equal(engine.nowMs, 751, "never goes back");
  });

  it("stands still while ingest can take nothing", () => {
    const { time, ingest, engine, told } = setUp();
    engine.start(0, 1000);
    time.advance(600);
    ingest.blockedMs += 500;
    time.advance(500);
    assert.equal(engine.nowMs, 600);
    assert.deepEqual(told, []);
    time.advance(400);
    assert.deepEqual(told, [1000]);
  });
});

describe("the worker", () => {
  it("is told the time when something is due, once, until it has answered", () => {
    const { time, engine, told } = setUp();
    engine.start(0, 1000);
    time.advance(999);
    assert.deepEqual(told, []);
    time.advance(5000);
    assert.deepEqual(told, [1000]);
    engine.next(Infinity);
    time.advance(100_000);
    assert.deepEqual(told, [1000]);
    assert.equal(time.pending, 0);
  });

  it("is not told more often than it makes sense", () => {
    const { time, engine, told } = setUp();
    engine.start(0, 0);
    for (let i = 0; i < 50; i++) {
      time.advance(20);
      if (told.length > 0) engine.next(told.at(-1) ?? 0);
    }
    assert.ok(told.length <= 1000 / CLOCK_GAP_MS);
  });

  it("is told by a batch that is under way", () => {
    const { time, ingest, engine, told } = setUp();
    engine.start(0, 1000);
    ingest.isQuiet = false;
    time.advance(1500);
    assert.deepEqual(told, []);
    ingest.isQuiet = true;
    engine.next(1400);
    time.advance(CLOCK_GAP_MS);
    assert.deepEqual(told, [1500 + CLOCK_GAP_MS]);
  });

  it("is told nothing while there is none", () => {
    const { time, engine, told } = setUp();
    engine.next(10);
    engine.start(0, 1000);
    engine.stop();
    time.advance(5000);
    assert.deepEqual(told, []);
    assert.equal(time.pending, 0);
  });

  it("is told of a deadline that is years away", () => {
    const { time, engine, told } = setUp();
    const yearMs = 365 * 86_400_000;
    engine.start(0, yearMs);
    time.advance(yearMs - 1);
    assert.deepEqual(told, []);
    time.advance(1);
    assert.deepEqual(told, [yearMs]);
  });
});
