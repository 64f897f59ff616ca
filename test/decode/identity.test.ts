import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { newColumn, NULL, VALUE, WIDE } from "../../src/core/row-batch.ts";
import type { RowBatch } from "../../src/core/row-batch.ts";
import { MAX_LENGTH } from "../../src/core/types.ts";
import type { SqlType } from "../../src/core/types.ts";
import { createIdentityGate, IdentityGate } from "../../src/decode/identity.ts";
import { identityColumns, identitySettings } from "../../src/decode/identity-options.ts";
import type { IdentitySettings } from "../../src/decode/identity-options.ts";
import type { DecodeTable } from "../../src/decode/table.ts";

const BIGINT: SqlType = { kind: "BIGINT", nullable: true };
const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };

interface Fact {
  readonly key?: string | null;
  readonly n: number | null;
  readonly epoch?: number | null;
  readonly dup?: boolean;
}

/** Runs facts through the gate and gives the numbers that passed. */
function passed(gate: IdentityGate, facts: readonly Fact[]): (number | null)[] {
  const key = newColumn("value", facts.length);
  const sequence = newColumn("number", facts.length);
  const epoch = newColumn("number", facts.length);
  assert.ok(key.layout === "value" && sequence.layout === "number" && epoch.layout === "number");
  const batch: RowBatch = {
    count: facts.length,
    columns: [key, sequence, epoch],
    origin: Uint32Array.from(facts, (_, i) => i),
    skip: new Uint8Array(facts.length),
    messages: { topic: () => "", receiveTimeMs: () => 0, payload: () => new Uint8Array() },
  };
  for (const [i, fact] of facts.entries()) {
    key.values[i] = fact.key === undefined ? "a" : fact.key;
    sequence.values[i] = fact.n ?? 0;
    sequence.state[i] = fact.n === null ? NULL : VALUE;
    epoch.values[i] = fact.epoch ?? 0;
    epoch.state[i] = fact.epoch === null ? NULL : VALUE;
  }
  // In two parts, as interleaved tables are fed.
  const half = Math.floor(facts.length / 2);
  const messages = { dup: (message: number) => facts[message]?.dup === true };
  gate.apply(batch, messages, { from: 0, to: half });
  gate.apply(batch, messages, { from: half, to: facts.length });
  return facts.filter((_, i) => batch.skip[i] === 0).map(({ n }) => n);
}

function gateOf(settings: Partial<IdentitySettings> = {}, keys?: number): IdentityGate {
  const whole: IdentitySettings = {
    key: 0,
    sequence: 1,
    epoch: undefined,
    wraps: undefined,
    window: 100,
    uncertain: "drop",
    ...settings,
  };
  return keys === undefined ? new IdentityGate(whole) : new IdentityGate(whole, keys);
}

const numbers = (...list: number[]): Fact[] => list.map((n) => ({ n }));

test("each number of a key passes once, in any order within the window", () => {
  const gate = gateOf();
  assert.deepEqual(passed(gate, numbers(5, 6, 6, 4, 5, 7, 4, 3)), [5, 6, 4, 7, 3]);
  assert.equal(gate.stats.duplicates, 3);
  assert.deepEqual(passed(gate, [{ key: "b", n: 6 }, { n: 6 }, { key: "b", n: 6 }]), [6]);
});

test("rows without a key, a number or an epoch pass, counted", () => {
  const gate = gateOf({ epoch: 2 });
  const facts: Fact[] = [{ n: null }, { n: null }, { key: null, n: 1 }, { n: 1, epoch: null }];
  assert.equal(passed(gate, facts).length, 4);
  assert.equal(gate.stats.absent, 4);
});

test("leaps forward forget what lies below the window", () => {
  const gate = gateOf();
  assert.deepEqual(passed(gate, numbers(1, 1000, 950, 950, 1000)), [1, 1000, 950]);
  assert.deepEqual(passed(gate, [{ n: 900, dup: true }]), []);
  assert.equal(gate.stats.uncertain, 1);
});

test("a number too old to tell follows the policy when it is a re-send", () => {
  const accepting = gateOf({ uncertain: "accept" });
  assert.deepEqual(passed(accepting, [{ n: 1000 }, { n: 10, dup: true }]), [1000, 10]);
  assert.equal(accepting.stats.uncertain, 1);
  assert.equal(accepting.stats.resets, 0);
});

test("a sender that counts anew is counted as a reset, and re-sends of both counts are still known", () => {
  const gate = gateOf();
  assert.deepEqual(passed(gate, numbers(998, 999, 1000, 0, 1, 2)), [998, 999, 1000, 0, 1, 2]);
  assert.equal(gate.stats.resets, 1);
  // 997 was never seen, 999 was; both belong to the old count and do not move the new one.
  assert.deepEqual(passed(gate, numbers(999, 997, 1, 3)), [997, 3]);
  assert.equal(gate.stats.resets, 1);
});

test("after a reset the new count is never taken for the old one", () => {
  const gate = gateOf({ window: 64 });
  const old = Array.from({ length: 200 }, (_, i) => i);
  passed(gate, numbers(...old));
  assert.deepEqual(passed(gate, numbers(...old)), old);
  assert.equal(gate.stats.resets, 1);
});

test("an epoch tells a new count from re-sends at any distance", () => {
  const gate = gateOf({ epoch: 2 });
  const at = (epoch: number, ...list: number[]): Fact[] => list.map((n) => ({ n, epoch }));
  assert.deepEqual(passed(gate, at(1, 0, 1, 2, 3)), [0, 1, 2, 3]);
  assert.deepEqual(passed(gate, at(2, 0, 1, 2)), [0, 1, 2]);
  assert.deepEqual(passed(gate, at(1, 3, 4, 2)), [4]);
  assert.deepEqual(passed(gate, at(2, 2, 3)), [3]);
  assert.equal(gate.stats.resets, 0);
  // Two epochs back nothing is known any more.
  passed(gate, at(3, 0));
  assert.deepEqual(passed(gate, at(1, 9)), []);
  assert.equal(gate.stats.uncertain, 1);
});

test("with wraps the count goes round and stays known across the edge", () => {
  const gate = gateOf({ wraps: 256, window: 64 });
  assert.deepEqual(passed(gate, numbers(254, 255, 0, 1, 255, 0, 253)), [254, 255, 0, 1, 253]);
  const round = Array.from({ length: 600 }, (_, i) => (i + 2) % 256);
  assert.deepEqual(passed(gate, numbers(...round)), round);
  assert.equal(gate.stats.resets, 0);
});

test("numbers left out are counted until they come, across a snapshot and a new count", () => {
  const gate = gateOf({ window: 64 });
  passed(gate, numbers(10, 11, 14, 20));
  assert.equal(gate.missing, 7);
  passed(gate, numbers(13, 12, 12, 9));
  assert.equal(gate.missing, 5, "what comes before the first was not left out");
  passed(gate, numbers(1020));
  assert.equal(gate.missing, 1004);
  const resumed = gateOf({ window: 64 });
  resumed.resume(gate.snapshot());
  passed(resumed, numbers(1019));
  assert.equal(resumed.missing, 1003);
  passed(resumed, numbers(1, 2, 1018));
  assert.equal(resumed.missing, 1002, "a straggler of the old count");
});

test("keys are bounded; the one unused longest is forgotten, counted", () => {
  const gate = gateOf({}, 2);
  const key = (name: string): Fact[] => [{ key: name, n: 1 }];
  assert.equal(passed(gate, [...key("a"), ...key("b"), ...key("a"), ...key("c")]).length, 3);
  assert.equal(gate.evictions, 1);
  assert.deepEqual(passed(gate, key("c")), []);
});

test("numbers beyond 2^53 are no counters: such rows pass", () => {
  const gate = gateOf();
  const column = newColumn("number", 1);
  assert.ok(column.layout === "number");
  column.state[0] = WIDE;
  column.wide.set(0, 2n ** 60n);
  const key = newColumn("value", 1);
  assert.ok(key.layout === "value");
  key.values[0] = "a";
  const batch: RowBatch = {
    count: 1,
    columns: [key, column],
    origin: new Uint32Array(1),
    skip: new Uint8Array(1),
    messages: { topic: () => "", receiveTimeMs: () => 0, payload: () => new Uint8Array() },
  };
  gate.apply(batch, { dup: () => true });
  assert.equal(batch.skip[0], 0);
  assert.equal(gate.stats.absent, 1);
});

const FACTS = fc.array(
  fc.record({
    key: fc.constantFrom("a", "b", "c", "d", null),
    n: fc.oneof(fc.nat(40), fc.nat(400), fc.constant(null)),
    epoch: fc.nat(2),
    dup: fc.boolean(),
  }),
  { maxLength: 120 },
);

test("property: a gate resumed from its snapshot at any place judges as one that ran on", () => {
  fc.assert(
    fc.property(
      FACTS,
      FACTS,
      fc.boolean(),
      fc.constantFrom(undefined, 256),
      (before, after, withEpoch, wraps) => {
        const settings = { epoch: withEpoch ? 2 : undefined, wraps, window: 50 };
        const straight = gateOf(settings, 3);
        passed(straight, before);
        const resumed = gateOf(settings, 3);
        resumed.resume(straight.snapshot());
        assert.deepEqual(passed(resumed, after), passed(straight, after));
        assert.deepEqual(resumed.snapshot(), straight.snapshot());
        assert.deepEqual(resumed.stats, straight.stats);
      },
    ),
    { numRuns: 300 },
  );
});

test("property: a disordered count with re-sends passes each number exactly once", () => {
  const sends = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(sends, (list) => {
      // Numbers 0, 1, 2 …, each delayed by up to 40 places, some sent twice.
      const order = list
        .flatMap(([delay, twice], n) => {
          const first = { n, at: n + delay };
          return twice ? [first, { n, at: n + delay + 3.5, dup: true }] : [first];
        })
        .sort((x, y) => x.at - y.at);
      const got = passed(gateOf({ window: 100 }), order);
      assert.deepEqual(
        got.toSorted((x, y) => (x ?? 0) - (y ?? 0)),
        list.map((_, n) => n),
      );
    }),
    { numRuns: 300 },
  );
});

test("identity options are checked against the table's columns", () => {
  const table = (options: Record<string, string>): DecodeTable => ({
    name: "t",
    columns: [
      { name: "device", type: STRING, source: { kind: "physical" } },
      { name: "seq", type: BIGINT, source: { kind: "computed" } },
      {
        name: "tags",
        type: { kind: "ARRAY", element: STRING, nullable: true },
        source: { kind: "physical" },
      },
    ],
    options,
  });
  const identity = { "identity.key": "device", "identity.sequence": "seq" };
  assert.equal(identitySettings(table({})), undefined);
  assert.equal(createIdentityGate(table({})), undefined);
  assert.equal(identitySettings(table(identity))?.window, 1024);
  assert.deepEqual(identityColumns(table(identity)), [0, 1]);
  const refused = (options: Record<string, string>, message: RegExp): void => {
    assert.throws(() => identitySettings(table({ ...identity, ...options })), message);
  };
  assert.throws(() => identitySettings(table({ "identity.key": "device" })), /needs both/);
  refused({ "identity.key": "devise" }, /names the column devise/);
  refused({ "identity.key": "tags" }, /scalar type/);
  refused({ "identity.sequence": "device" }, /integer type/);
  refused({ "identity.epoch": "device" }, /integer type/);
  refused({ "identity.window": "0" }, /must be 1 to/);
  refused({ "identity.window": "many" }, /whole number/);
  refused({ "identity.wraps": "1000" }, /at least twice/);
  refused({ "identity.uncertain": "maybe" }, /'drop' or 'accept'/);
  refused({ "identity.sequense": "seq" }, /unknown option 'identity.sequense'/);
});
