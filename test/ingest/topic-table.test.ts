import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { INVALID_TOPIC, TopicTable } from "../../src/ingest/topic-table.ts";

/** Uses `topic` in the open batch as its topic number 0, and returns its slot and whether the name goes with it. */
function use(table: TopicTable, topic: string): { slot: number; named: boolean } {
  const bytes = Buffer.from(`//${topic}//`);
  const slot = table.intern(bytes, 2, bytes.length - 2);
  return { slot, named: table.use(slot, 0) };
}

test("a topic keeps its number, and its name goes with the first use only", () => {
  const table = new TopicTable();
  const a = use(table, "plant/a");
  const b = use(table, "plant/b");
  assert.notEqual(a.slot, b.slot);
  assert.deepEqual([a.named, b.named], [true, true]);
  assert.deepEqual(use(table, "plant/a"), { slot: a.slot, named: false });
  assert.equal(table.name(a.slot), "plant/a");
});

test("names are sent again to a new reader", () => {
  const table = new TopicTable();
  const { slot } = use(table, "plant/a");
  table.forgetSent();
  assert.deepEqual(use(table, "plant/a"), { slot, named: true });
});

test("what is not a topic name is refused", () => {
  const table = new TopicTable();
  for (const bad of ["", "a/+", "a/#", "a\0b"]) {
    const bytes = Buffer.from(bad);
    assert.equal(table.intern(bytes, 0, bytes.length), INVALID_TOPIC, JSON.stringify(bad));
  }
  assert.equal(table.intern(Buffer.from([0x61, 0xff]), 0, 2), INVALID_TOPIC);
  assert.equal(table.name(use(table, "Werk/Öfen/温度").slot), "Werk/Öfen/温度");
});

test("a flood of a million topics leaves the table within its bounds", () => {
  const table = new TopicTable({ slots: 4096, bytes: 128 * 1024 });
  for (let i = 0; i < 1_000_000; i++) {
    const { slot } = use(table, `flood/${i}`);
    assert.ok(slot < 4096);
    if (i % 1000 === 999) table.nextBatch();
  }
  const { names, bytes } = table.size;
  assert.ok(names <= 4096 && bytes <= 128 * 1024, `${names} names of ${bytes} bytes`);
  assert.equal(table.evictions, 1_000_000 - names);
});

test("a topic in steady use survives a flood", () => {
  const table = new TopicTable({ slots: 64 });
  const { slot } = use(table, "steady");
  for (let i = 0; i < 10_000; i++) {
    use(table, `flood/${i}`);
    if (i % 16 === 0) {
      table.nextBatch();
      assert.deepEqual(use(table, "steady"), { slot, named: false });
    }
  }
});

test("a reader that goes by numbers and names alone never takes one topic for another", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 7 }), { maxLength: 60 }),
      (batches) => {
        // Eight slots, and at most seven topics a batch: evictions all the time.
        const table = new TopicTable({ slots: 8, bytes: 60 });
        const reader = new Map<number, string>();
        for (const topics of batches) {
          const used = new Map<number, string>();
          for (const number of topics) {
            const topic = `topic/${number}`;
            const bytes = Buffer.from(topic);
            const slot = table.intern(bytes, 0, bytes.length);
            if (table.indexInBatch(slot) === undefined && table.use(slot, used.size)) {
              reader.set(slot, table.name(slot));
            }
            assert.equal(used.get(slot) ?? topic, topic, "two topics in one slot of a batch");
            used.set(slot, topic);
            assert.equal(reader.get(slot), topic);
          }
          table.nextBatch();
        }
      },
    ),
  );
});
