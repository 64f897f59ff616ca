// Bounds on the windows of operators that do not share panes: sessions, and windows that go by devices. What goes beyond is
// refused, and what is there stays as it was; a state that is taken up counts as what has come by rows.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SqlValue } from "../../src/core/types.ts";
import { UTC } from "../../src/core/value/zone.ts";
import { aggregateOf } from "../../src/operators/aggregate/index.ts";
import { NO_WATERMARK, type Snapshot } from "../../src/operators/contract.ts";
import { DataError } from "../../src/operators/data-error.ts";
import type { Upstream } from "../../src/operators/node.ts";
import { Accumulators } from "../../src/operators/window/accumulators.ts";
import { DeviceWindows } from "../../src/operators/window/device-windows.ts";
import { AggregatedSessions } from "../../src/operators/window/session-contents.ts";
import { SessionWindows } from "../../src/operators/window/session-windows.ts";
import { slicesOf } from "../../src/operators/window/slices.ts";
import { aggregate, BIGINT, INT } from "./plans.ts";

const NOWHERE: Upstream = {
  fireAt: Number.POSITIVE_INFINITY,
  dueAt: Number.POSITIVE_INFINITY,
  limit: Number.POSITIVE_INFINITY,
  advance: () => undefined,
};
const GATE = {
  downstream: NOWHERE,
  byDevice: false,
  deviceDownstream: undefined,
  needsEveryWatermark: false,
};
const HOP = { kind: "hop", slideMs: 1000, sizeMs: 2000, offsetMs: 0 } as const;

/** Connected to what it fires: the keys. */
function connected<Node extends SessionWindows | DeviceWindows>(
  node: Node,
): {
  readonly node: Node;
  readonly fired: SqlValue[];
} {
  const fired: SqlValue[] = [];
  const failed = (thrown: unknown): void => assert.fail(String(thrown));
  node.connect({ row: ([key = null]) => void fired.push(key), failed });
  return { node, fired };
}

function counts(): Accumulators {
  return new Accumulators([aggregateOf(aggregate("COUNT", BIGINT))]);
}

/** Sessions of 1 s by a number, three of them at most. */
function sessions(resume?: Snapshot) {
  const contents = new AggregatedSessions(counts(), { properties: [], zone: UTC });
  const own = { gapMs: 1000, zone: UTC, keyTypes: [INT], contents, maximum: 3 };
  return connected(new SessionWindows({ ...GATE, ...own }, resume));
}

/** Windows of 2 s, every second, by a number, three slices of them at most. */
function deviceWindows(resume?: Snapshot) {
  const own = { slices: slicesOf(HOP), keyTypes: [INT], properties: [], maximum: 3 };
  return connected(new DeviceWindows({ ...GATE, ...own, accumulators: counts() }, resume));
}

function assertFull(take: () => unknown, what: RegExp): void {
  assert.throws(
    take,
    (error) => error instanceof DataError && error.isFull && what.test(error.reason),
  );
}

describe("sessions", () => {
  it("are refused beyond their bound, of a new key and of a known one", () => {
    const { node, fired } = sessions();
    for (const key of [1, 2, 3]) assert.ok(node.slot([key], 0, NO_WATERMARK) >= 0);
    const full = /the operator holds 3 sessions already/;
    assertFull(() => node.slot([4], 0, NO_WATERMARK), full);
    assertFull(() => node.slot([1], 5000, NO_WATERMARK), full);
    assert.ok(node.slot([1], 500, NO_WATERMARK) >= 0, "joins a session");
    assert.equal(node.slot([4], 0, 10_000), -1, "a late row is late");
    node.gate.advance(999);
    assert.deepEqual(fired, [2, 3]);
    for (const key of [4, 5]) assert.ok(node.slot([key], 5000, 999) >= 0);
    assertFull(() => node.slot([6], 5000, 999), full);
  });

  it("have room again when two have become one", () => {
    const { node } = sessions();
    node.slot([1], 0, NO_WATERMARK);
    node.slot([1], 1500, NO_WATERMARK);
    node.slot([2], 0, NO_WATERMARK);
    assertFull(() => node.slot([3], 0, NO_WATERMARK), /sessions/);
    node.slot([1], 900, NO_WATERMARK);
    assert.ok(node.slot([3], 0, NO_WATERMARK) >= 0);
    const taken = sessions(node.snapshot()).node;
    assert.ok(taken.slot([1], 2000, NO_WATERMARK) >= 0);
    assertFull(() => taken.slot([4], 0, NO_WATERMARK), /sessions/);
  });
});

describe("windows that go by devices", () => {
  it("are refused beyond their bound, of all devices together", () => {
    const { node, fired } = deviceWindows();
    const row = (device: number, key: number, timeMs: number): number => {
      node.gate.device = device;
      return node.slot([key], timeMs, NO_WATERMARK);
    };
    row(0, 1, 0);
    row(0, 1, 1000);
    row(1, 2, 0);
    const full = /the operator holds 3 windows of keys already/;
    assertFull(() => row(1, 3, 0), full);
    assertFull(() => row(1, 2, 1000), full);
    assert.ok(row(1, 2, 500) >= 0, "joins a slice");
    const taken = deviceWindows(node.snapshot()).node;
    assertFull(() => taken.slot([3], 0, NO_WATERMARK), full);
    node.gate.advanceDevice(1, 1999, 0);
    assert.deepEqual(fired, [2, 2]);
    assert.ok(row(2, 4, 0) >= 0);
    assertFull(() => row(2, 5, 0), full);
    node.gate.device = 1;
    assert.equal(node.slot([2], 0, 1999), -1, "a late row is late");
  });
});
