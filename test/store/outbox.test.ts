import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import fc from "fast-check";

import type { LaneQuota, OutboxBlob } from "../../src/store/lane.ts";
import type { Store } from "../../src/store/store.ts";
import { alter, bytesOf, openForTest, recordingLog, storeOptions, temporaryFolder } from "./kit.ts";

const ALL = { maxRows: 1e9, maxBytes: 1e9 };

const blob = (number: number, rows: number, logicalBytes = 100): OutboxBlob => ({
  lane: "result",
  rows,
  bytes: bytesOf(number, 20),
  logicalBytes,
});

function put(store: Store, ...outbox: OutboxBlob[]): readonly (number | undefined)[] {
  return store.commit({ timeMs: 1, outbox }).outboxSequences;
}

function starts(store: Store, after = 0, bounds = ALL): number[] {
  return store.readOutbox("result", after, bounds).map(({ firstSequence }) => firstSequence);
}

function withQuota(context: TestContext, result: LaneQuota): Store {
  const options = storeOptions(temporaryFolder(context), { lanes: { result } });
  return openForTest(context, options);
}

test("a read is bounded by rows and bytes but gives at least one blob", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  put(store, blob(1, 3), blob(2, 3), blob(3, 3));
  assert.deepEqual(starts(store, 0, { maxRows: 1, maxBytes: 1e9 }), [1]);
  assert.deepEqual(starts(store, 0, { maxRows: 4, maxBytes: 1e9 }), [1, 4]);
  assert.deepEqual(starts(store, 0, { maxRows: 1e9, maxBytes: 21 }), [1, 4]);
  assert.deepEqual(starts(store), [1, 4, 7]);
  assert.deepEqual(store.readOutbox("raw", 0, ALL), []);
});

test("a read that begins within a blob gives the whole blob", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  put(store, blob(1, 3), blob(2, 3));
  assert.deepEqual([starts(store, 2), starts(store, 3), starts(store, 4)], [[1, 4], [4], [4]]);
  assert.deepEqual(starts(store, 6), []);
});

test("sequence numbers go on after the lane was emptied and the store opened again", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  put(store, blob(1, 3), blob(2, 3));
  store.confirm("result", 6, 1);
  store.commit({ timeMs: 1 });
  store.close();
  store = openForTest(context, options);
  assert.deepEqual(store.laneState("result"), {
    lane: "result",
    rows: 0,
    bytes: 0,
    lastSequence: 6,
    confirmedSequence: 6,
  });
  assert.deepEqual(put(store, blob(3, 1)), [7]);
});

test("an idle store deletes confirmed rows by itself, one above 80 % of its quota at once", (context) => {
  const store = withQuota(context, { bytes: 1000, overflow: "block" });
  put(store, blob(1, 1), blob(2, 1));
  store.confirm("result", 1, 1);
  assert.equal(store.laneState("result").bytes, 200);
  assert.equal(store.idle(1), true);
  assert.equal(store.laneState("result").bytes, 100);
  put(store, blob(3, 1, 800));
  store.confirm("result", 2, 1);
  assert.equal(store.laneState("result").bytes, 800);
});

test("a full lane that blocks refuses batches until it drains, and drops nothing", (context) => {
  const store = withQuota(context, { bytes: 250, overflow: "block" });
  put(store, blob(1, 1), blob(2, 1));
  assert.equal(store.admission(), undefined);
  put(store, blob(3, 1));
  assert.deepEqual(store.admission(), { reason: "lane", lane: "result" });
  assert.deepEqual(starts(store), [1, 2, 3]);
  store.confirm("result", 1, 1);
  assert.equal(store.admission(), undefined);
});

test("drop-oldest makes room at the old end and counts the rows", (context) => {
  const store = withQuota(context, { bytes: 350, overflow: "drop-oldest" });
  put(store, blob(1, 2), blob(2, 2), blob(3, 2));
  put(store, blob(4, 2));
  assert.deepEqual(starts(store), [3, 5, 7]);
  assert.equal(store.stats.lanes.result.droppedQuota, 2);
  assert.equal(store.laneState("result").confirmedSequence, 2);
  assert.equal(store.admission(), undefined);
});

test("rows that left already are not counted as dropped", (context) => {
  const store = withQuota(context, { bytes: 350, overflow: "drop-oldest" });
  put(store, blob(1, 3), blob(2, 2), blob(3, 2));
  store.confirm("result", 2, 1);
  put(store, blob(4, 2, 200));
  assert.deepEqual(starts(store), [6, 8]);
  assert.equal(store.stats.lanes.result.droppedQuota, 3);
});

test("drop-newest keeps what is there, counts the rows and uses no numbers for them", (context) => {
  const store = withQuota(context, { bytes: 250, overflow: "drop-newest" });
  assert.deepEqual(put(store, blob(1, 2), blob(2, 2), blob(3, 2)), [1, 3, undefined]);
  assert.equal(store.stats.lanes.result.droppedQuota, 2);
  assert.equal(store.laneState("result").lastSequence, 4);
});

test("a ring counts its losses as no_uplink", (context) => {
  const store = withQuota(context, { bytes: 1000, overflow: "ring" });
  for (let number = 0; number < 50; number++) put(store, blob(number, 1));
  const { droppedNoUplink, droppedQuota, rows, bytes } = store.stats.lanes.result;
  assert.equal(droppedNoUplink + rows, 50);
  assert.equal(droppedQuota, 0);
  assert.ok(bytes <= 1000 && bytes >= 800, `${bytes} bytes kept`);
});

test("a damaged blob is reported once, skipped, and leaves in its turn", (context) => {
  const { log, messages } = recordingLog();
  const options = storeOptions(temporaryFolder(context), { log });
  let store = openForTest(context, options);
  put(store, blob(1, 2), blob(2, 2), blob(3, 2));
  const damage = (sequence: number): void => {
    store.close();
    const position = `position % ${2 ** 48} = ${sequence}`;
    alter(options.directory, `UPDATE outbox SET data = zeroblob(20) WHERE ${position}`);
    store = openForTest(context, options);
  };
  damage(3);
  assert.deepEqual(starts(store), [1, 5]);
  assert.deepEqual(starts(store), [1, 5]);
  assert.deepEqual(messages, ["outbox rows are damaged and lost"]);
  assert.equal(store.stats.damagedBlobs, 1);
  store.confirm("result", 2, 1);
  store.idle(1);
  assert.equal(store.laneState("result").confirmedSequence, 4);
  damage(5);
  assert.deepEqual(starts(store, 4), []);
  assert.equal(store.idle(1), true);
  assert.deepEqual([store.laneState("result").rows, store.laneState("result").bytes], [0, 0]);
});

test("a lane behaves like a list, whatever is put, confirmed, dropped and opened again", (context) => {
  const action = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ put: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ confirm: fc.integer({ min: 0, max: 12 }) }) },
    { weight: 1, arbitrary: fc.constant({ reopen: true }) },
    { weight: 1, arbitrary: fc.constant({ idle: true }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
      const options = storeOptions(temporaryFolder(context));
      let store = openForTest(context, options);
      const model: { first: number; rows: number; number: number }[] = [];
      let next = 1;
      let confirmed = 0;
      let committed = 0;
      let number = 0;
      for (const each of actions) {
        if ("put" in each) {
          const blobs = each.put.map((rows) => blob(++number, rows));
          const expected = each.put.map((rows, index) => {
            const first = next;
            model.push({ first, rows, number: number - each.put.length + 1 + index });
            next += rows;
            return first;
          });
          assert.deepEqual(put(store, ...blobs), expected);
          committed = confirmed;
        } else if ("confirm" in each) {
          confirmed = Math.min(next - 1, confirmed + each.confirm);
          store.confirm("result", confirmed, 1);
        } else if ("idle" in each) {
          while (store.idle(1));
          committed = confirmed;
        } else {
          store.close();
          store = openForTest(context, options);
          confirmed = committed;
        }
        const left = model.filter(({ first, rows }) => first + rows - 1 > confirmed);
        const chunks = store.readOutbox("result", confirmed, ALL);
        assert.deepEqual(
          chunks.map(({ firstSequence, rows, bytes }) => [firstSequence, rows, bytes]),
          left.map(({ first, rows, number: of }) => [first, rows, bytesOf(of, 20)]),
        );
        const state = store.laneState("result");
        assert.deepEqual(
          [state.rows, state.lastSequence, state.confirmedSequence],
          [next - 1 - confirmed, next - 1, confirmed],
        );
      }
      store.close();
    }),
    { numRuns: 40 },
  );
});
