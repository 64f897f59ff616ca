// What the gateway makes of the machine's wall clock, stepped by hand.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CLOCK_FLOOR_MS, CLOCK_LOOK_MS, CLOCK_STANDS_MS } from "../../src/core/limits.ts";
import { WallClock } from "../../src/gateway/wall-clock.ts";
import { ManualTime } from "../ingest/support.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NOW_MS = CLOCK_FLOOR_MS + 30 * DAY_MS;

/** A machine whose clock says `wallMs`, and what the gateway's clock tells of it. */
function setUp(wallMs = NOW_MS) {
  const time = new ManualTime();
  time.wallOffsetMs = wallMs - time.monotonicMs();
  const machine = { isUnset: false, isQuiet: true };
  const told: (string | undefined)[] = [];
  const clock = new WallClock({
    clock: time,
    timers: time,
    isUnset: () => machine.isUnset,
    isQuiet: () => machine.isQuiet,
    onTrust: (problem) => void told.push(problem),
  });
  return { time, machine, told, clock };
}

describe("a clock that has been set", () => {
  it("is followed, small steps too", () => {
    const { time, told, clock } = setUp();
    clock.start(NOW_MS - 1000);
    assert.deepEqual(told, [undefined]);
    time.advance(5000);
    assert.equal(clock.wallMs(), NOW_MS + 5000);
    time.wallOffsetMs -= 2000;
    time.advance(CLOCK_LOOK_MS);
    assert.equal(clock.wallMs(), time.wallMs());
    assert.deepEqual(told, [undefined]);
  });

  it("counts whole milliseconds, as the machine's does", () => {
    const { time, clock } = setUp();
    clock.start(0);
    time.advance(0.4);
    assert.equal(clock.wallMs(), NOW_MS);
    assert.ok(Number.isInteger(clock.shared.wallMs()));
  });

  for (const [name, byMs] of [
    ["an hour back", -HOUR_MS],
    ["a day forward", DAY_MS],
    ["to 1970", -NOW_MS],
  ] as const) {
    it(`leaps ${name} and returns: nothing of it is seen`, () => {
      const { time, told, clock } = setUp();
      clock.start(0);
      time.wallOffsetMs += byMs;
      time.advance(CLOCK_LOOK_MS);
      assert.equal(told.length, 2);
      assert.match(String(told[1]), /has leapt (back by 3600|forward by 86400) s|has not been set/);
      assert.equal(clock.batchMs(), NOW_MS + CLOCK_LOOK_MS);
      time.advance(CLOCK_STANDS_MS / 2);
      assert.equal(clock.wallMs(), NOW_MS + CLOCK_LOOK_MS + CLOCK_STANDS_MS / 2);
      time.wallOffsetMs -= byMs;
      time.advance(CLOCK_LOOK_MS);
      assert.equal(clock.problem, undefined);
      assert.equal(clock.wallMs(), time.wallMs());
      assert.deepEqual(told.slice(2), [undefined]);
    });
  }

  it("is believed where it has leapt to once it has stood there", () => {
    const { time, told, clock } = setUp();
    clock.start(0);
    time.wallOffsetMs += DAY_MS;
    time.advance(CLOCK_STANDS_MS / 2);
    time.wallOffsetMs += DAY_MS;
    time.advance(CLOCK_STANDS_MS);
    assert.equal(told.length, 2, "another leap begins anew");
    assert.equal(clock.wallMs(), NOW_MS + 1.5 * CLOCK_STANDS_MS);
    time.advance(2 * CLOCK_LOOK_MS);
    assert.deepEqual(told.slice(2), [undefined]);
    assert.equal(clock.wallMs(), time.wallMs());
  });

  it("is never believed in 1970, however long it stands there", () => {
    const { time, told, clock } = setUp();
    clock.start(0);
    time.wallOffsetMs -= NOW_MS;
    time.advance(3 * CLOCK_STANDS_MS);
    assert.equal(told.length, 2);
    assert.equal(clock.wallMs(), NOW_MS + 3 * CLOCK_STANDS_MS);
  });

  it("leaps between two looks: the batch that begins then sees it", () => {
    const { time, told, clock } = setUp();
    clock.start(0);
    time.wallOffsetMs += DAY_MS;
    assert.equal(clock.wallMs(), NOW_MS);
    assert.equal(clock.batchMs(), NOW_MS);
    assert.equal(told.length, 2);
  });

  it("is not judged anew while a message waits: it was stamped under the judgement before", () => {
    const { time, machine, told, clock } = setUp();
    clock.start(0);
    machine.isQuiet = false;
    time.wallOffsetMs += DAY_MS;
    time.advance(10 * CLOCK_LOOK_MS);
    assert.deepEqual(told, [undefined]);
    machine.isQuiet = true;
    time.advance(CLOCK_LOOK_MS);
    assert.equal(told.length, 2);
  });
});

describe("a clock that has not been set", () => {
  it("is not trusted in 1970; time goes on from the journal's, until the clock is set", () => {
    const { time, told, clock } = setUp(10_000);
    clock.start(NOW_MS);
    assert.match(String(told[0]), /the clock says 1970-01-01: it has not been set/);
    time.advance(90_000);
    assert.equal(clock.wallMs(), NOW_MS + 90_000);
    time.wallOffsetMs += NOW_MS + 3 * DAY_MS;
    assert.equal(clock.batchMs(), time.wallMs());
    assert.deepEqual(told.slice(1), [undefined]);
  });

  it("is not trusted while the machine says so, plausible as it may be", () => {
    const { time, machine, told, clock } = setUp();
    machine.isUnset = true;
    clock.start(NOW_MS - 5);
    assert.match(String(told[0]), /no battery-backed clock/);
    time.wallOffsetMs += DAY_MS;
    time.advance(CLOCK_LOOK_MS);
    assert.equal(clock.wallMs(), NOW_MS + CLOCK_LOOK_MS);
    machine.isUnset = false;
    time.advance(CLOCK_LOOK_MS);
    assert.deepEqual(told.slice(1), [undefined]);
    assert.equal(clock.wallMs(), time.wallMs());
  });

  it("behind the journal counts as a leap", () => {
    const { time, told, clock } = setUp();
    clock.start(NOW_MS + DAY_MS);
    assert.equal(told[0], "the clock is 86400 s behind the newest entry of the journal");
    assert.equal(clock.wallMs(), NOW_MS + DAY_MS);
    time.advance(CLOCK_STANDS_MS + CLOCK_LOOK_MS);
    assert.deepEqual(told.slice(1), [undefined]);
    assert.equal(clock.wallMs(), time.wallMs());
  });

  it("tells the core worker, who reads it without being told", () => {
    const { time, clock } = setUp(10_000);
    clock.start(NOW_MS);
    assert.ok(Math.abs(clock.shared.wallMs() - NOW_MS) < 60_000);
    time.wallOffsetMs += NOW_MS + 3 * DAY_MS;
    time.advance(CLOCK_LOOK_MS);
    assert.ok(Math.abs(clock.shared.wallMs() - time.wallMs()) < 60_000);
    clock.stop();
    assert.equal(time.pending, 0);
  });
});
