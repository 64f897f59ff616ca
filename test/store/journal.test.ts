import assert from "node:assert/strict";
import { test } from "node:test";

import { HELD_JOURNAL_QUOTAS } from "../../src/core/limits.ts";
import type { Store } from "../../src/store/store.ts";
import {
  alter,
  bytesOf,
  entryOf,
  openForTest,
  readable,
  storeOptions,
  temporaryFolder,
} from "./kit.ts";

const incompressible = 2;
const checkpointAt = (number: number) => ({
  state: bytesOf(number, 3000),
  timeMs: number,
  engineVersion: "0.1.0",
});

function fill(store: Store, from: number, through: number): void {
  for (let number = from; number <= through; number++) {
    const entry = { ...entryOf(number), data: bytesOf(number, 400), kind: "messages" as const };
    store.commit({ timeMs: entry.timeMs, journal: [entry] });
  }
}

test("a journal is read from anywhere, one record at a time, while it grows", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  fill(store, 1, 5);
  const records = store.readJournal(2);
  assert.equal(records.next().value?.sequence, 3);
  fill(store, 6, 6);
  assert.deepEqual(
    [...records].map(({ sequence }) => sequence),
    [4, 5, 6],
  );
  assert.deepEqual([...store.readJournal(6)], []);
  assert.deepEqual(store.journalRange, { first: 1, last: 6 });
});

test("retention by bytes never deletes what the older checkpoint needs", (context) => {
  const options = storeOptions(temporaryFolder(context), {
    journal: { quotaBytes: 4000, maxAgeMs: 1e12 },
  });
  const store = openForTest(context, options);
  fill(store, 1, 20);
  assert.deepEqual(store.journalRange, { first: 1, last: 20 });
  assert.equal(store.stats.journalBytes, 8000);
  assert.equal(store.checkpointDue, true);
  store.commit({ timeMs: 1, checkpoint: checkpointAt(1) });
  assert.equal(store.checkpointDue, false);
  fill(store, 21, 24);
  assert.equal(store.journalRange.first, 1, "one checkpoint alone frees nothing");
  store.commit({ timeMs: 1, checkpoint: checkpointAt(2) });
  fill(store, 25, 25);
  assert.equal(store.journalRange.first, 16);
  fill(store, 26, 40);
  assert.equal(store.journalRange.first, 21, "20 is covered by the older checkpoint, 21 is not");
});

test("the quota is a bound where recovery needs less: room is made before an entry comes", (context) => {
  const quotaBytes = 40_000;
  const options = storeOptions(temporaryFolder(context), {
    journal: { quotaBytes, maxAgeMs: 1e12 },
  });
  const store = openForTest(context, options);
  for (let number = 1; number <= 600; number++) {
    const size = number % 7 === 0 ? 1300 : 400;
    const data = bytesOf(number, size);
    const checkpoint = store.checkpointDue ? checkpointAt(number) : undefined;
    store.commit({
      timeMs: 1,
      journal: [{ ...entryOf(number), data }],
      ...(checkpoint && { checkpoint }),
    });
    assert.ok(store.stats.journalBytes <= quotaBytes, `${store.stats.journalBytes} at ${number}`);
  }
  assert.ok(store.stats.journalBytes > quotaBytes - 1300, "and no more is deleted than it takes");
});

test("an entry larger than the quota is trimmed, too, and upkeep comes to an end", (context) => {
  const options = storeOptions(temporaryFolder(context), {
    journal: { quotaBytes: 100, maxAgeMs: 1e12 },
  });
  const store = openForTest(context, options);
  fill(store, 1, 3);
  store.commit({ timeMs: 1, checkpoint: checkpointAt(1) });
  store.commit({ timeMs: 1, checkpoint: checkpointAt(2) });
  while (store.idle(1));
  assert.deepEqual(store.journalRange, { first: 3, last: 3 });
});

test("a journal that is held keeps twice its quota, whatever its age, and what is over goes when it is let go", (context) => {
  const options = storeOptions(temporaryFolder(context), {
    journal: { quotaBytes: 4000, maxAgeMs: 1000 },
  });
  const store = openForTest(context, options);
  store.holdJournal(true);
  for (let number = 1; number <= 60; number++) {
    fill(store, number, number);
    store.commit({ timeMs: 1e12, checkpoint: checkpointAt(number) });
    const { first } = store.journalRange;
    assert.equal(first === 1, number <= HELD_JOURNAL_QUOTAS * 10, `${first} after ${number}`);
    assert.ok(store.stats.journalBytes <= HELD_JOURNAL_QUOTAS * 4000 + 400);
  }
  store.holdJournal(false);
  while (store.idle(1));
  assert.ok(store.stats.journalBytes <= 4000);
});

test("retention by age is applied when idle, too, and keeps the newest entry", (context) => {
  const options = storeOptions(temporaryFolder(context), {
    journal: { quotaBytes: 1e9, maxAgeMs: 3_600_000 },
  });
  let store = openForTest(context, options);
  fill(store, 1, 10);
  store.commit({ timeMs: 1, checkpoint: checkpointAt(1) });
  store.commit({ timeMs: 1, checkpoint: checkpointAt(2) });
  const now = entryOf(10).timeMs + 10 * 3_600_000;
  while (store.idle(now));
  assert.deepEqual(store.journalRange, { first: 10, last: 10 });
  store.close();
  store = openForTest(context, options);
  assert.deepEqual(store.journalRange, { first: 10, last: 10 });
  assert.equal(store.stats.journalBytes, 400);
});

test("a flipped payload byte is detected by its CRC, and the entries after it are still read", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  fill(store, 1, 4);
  store.close();
  const columns = ["data = zeroblob(400)", "time_ms = time_ms + 1", "digest = digest + 1"];
  columns.forEach((change, index) => {
    alter(options.directory, `UPDATE journal SET ${change} WHERE sequence = ${index + 1}`);
  });
  store = openForTest(context, options);
  assert.deepEqual(
    readable(store).map(([sequence]) => sequence),
    [4],
  );
  assert.deepEqual([...store.readJournal(0)].slice(0, 2), [
    { readable: false, sequence: 1, entries: 1 },
    { readable: false, sequence: 2, entries: 1 },
  ]);
  assert.equal(store.stats.damagedBlobs, 6, "three, read twice");
});

test("missing entries are reported as a gap", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  fill(store, 1, 6);
  store.close();
  alter(options.directory, "DELETE FROM journal WHERE sequence IN (1, 3, 4)");
  store = openForTest(context, options);
  assert.deepEqual(
    [...store.readJournal(0)].map((record) => [record.sequence, record.readable]),
    [
      [1, false],
      [2, true],
      [3, false],
      [5, true],
      [6, true],
    ],
  );
});

test("large entries shrink when that pays, and small or random ones are kept as they are", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  const text = Buffer.from('{"device":"a","value":21.5}'.repeat(1000));
  store.commit({ timeMs: 1, journal: [{ ...entryOf(1), data: text }] });
  assert.ok(store.stats.journalBytes < text.length / 10);
  const before = store.stats.journalBytes;
  const random = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * at * 7919) >>> 5));
  store.commit({
    timeMs: 1,
    journal: [{ ...entryOf(2), data: random.subarray(0, incompressible) }],
  });
  assert.equal(store.stats.journalBytes - before, incompressible);
  assert.deepEqual(
    readable(store).map(([, entry]) => entry.data.length),
    [text.length, incompressible],
  );
});
