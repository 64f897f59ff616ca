// What tells a restored disk image from one that has forgotten whose its numbers were.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { ForwardedMark } from "../../src/core/forwarded.ts";
import { type Disk, findRollback, rollbackText } from "../../src/engine/rollback.ts";

const HEX = "00000000000000a1";

function mark(lastSequence: number, incarnation = HEX): ForwardedMark {
  return {
    incarnation,
    lane: "result",
    lastSequence,
    frontiers: {},
    alarms: {},
    passedOver: undefined,
    timeMs: 0,
    isRival: false,
  };
}

function disk(lastSequence: number, hex?: string): Disk {
  const starts = { alarm: 0, result: 0, raw: 0, local: 0 };
  return {
    incarnations: hex === undefined ? [] : [{ hex, starts, afterMs: 0 }],
    afterMs: 0,
    lastSequence: (lane) => (lane === "result" ? lastSequence : 0),
  };
}

test("a disk that has numbers of its own up to Kafka's is no restored image", () => {
  assert.equal(findRollback([mark(20)], disk(20, HEX), undefined), undefined);
});

test("numbers beyond those of the disk are named", () => {
  const found = findRollback([mark(30)], disk(20, HEX), undefined);
  assert.deepEqual(found?.record.lost, [
    { lane: "result", fromSequence: 21, toSequence: 30, untilMs: 0 },
  ]);
  assert.match(rollbackText(found.record), /lane result 21 to 30 /);
});

test("numbers of an unknown incarnation below those of the disk are no range that runs backwards", () => {
  const found = findRollback([mark(20)], disk(50), undefined);
  assert.deepEqual(found?.record.lost, [
    { lane: "result", fromSequence: 21, toSequence: 20, untilMs: 0 },
  ]);
  assert.match(rollbackText(found.record), /lane result up to 20 /);
});

test("an image of another branch: what it has not sent may have left under other numbers", () => {
  const marks = [mark(44), mark(61, "00000000000000b2")];
  const found = findRollback(marks, disk(47, HEX), undefined);
  assert.deepEqual(found?.record.judged, [`result/${HEX}`]);
  assert.deepEqual(found.record.lost, [
    { lane: "result", fromSequence: 45, toSequence: 61, untilMs: 0 },
  ]);
});
