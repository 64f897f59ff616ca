// No room left: in the database (its page limit), on the disk (a small filesystem of its own), or no right to
// write at all (a read-only mount). The last two need the right to mount; without it they are skipped, and say so.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { requireService } from "../kit/services.ts";
import { SmallDisk } from "../kit/small-disk.ts";
import {
  bytesOf,
  entryOf,
  MIB,
  openForTest,
  readable,
  storeOptions,
  temporaryFolder,
} from "./kit.ts";

const code = (expected: string) => (error: unknown) =>
  error instanceof GatewayError && error.code === expected;

function commitBatch(store: Store, number: number): void {
  const bytes = bytesOf(number, 30_000);
  store.commit({
    timeMs: number,
    journal: [entryOf(number, 200)],
    outbox: [{ lane: "result", rows: 1, bytes, logicalBytes: bytes.length }],
  });
}

/** Commits from `number` on until the store says no; returns the number of the next batch. */
function fillUntilBlocked(store: Store, number: number): number {
  let next = number;
  while (store.admission() === undefined) {
    commitBatch(store, next++);
    store.maintain();
  }
  return next;
}

test("batches stop before the page limit, commands go on, and draining resumes them", (context) => {
  const options = storeOptions(temporaryFolder(context), { maxBytes: 4 * MIB });
  const store = openForTest(context, options);
  const next = fillUntilBlocked(store, 1);
  assert.deepEqual(store.admission(), { reason: "database" });
  assert.ok(store.stats.databaseBytes < 4 * MIB);
  store.commit({ timeMs: 1, journal: [{ ...entryOf(next), kind: "command" }] });
  store.confirm("result", 40, 1);
  while (store.idle(1));
  assert.equal(store.admission(), undefined);
  commitBatch(store, next + 1);
});

test("a held journal keeps no message out: where the database is full, it is held no longer", (context) => {
  const journal = { quotaBytes: 1.5 * MIB, maxAgeMs: 1e12 };
  const options = storeOptions(temporaryFolder(context), { maxBytes: 2 * MIB, journal });
  const store = openForTest(context, options);
  store.holdJournal(true);
  for (let number = 1; number <= 300; number++) {
    if (store.admission() !== undefined) while (store.idle(1));
    assert.equal(store.admission(), undefined, `before batch ${number}`);
    store.commit({
      timeMs: number,
      journal: [{ ...entryOf(number), data: bytesOf(number, 30_000) }],
    });
    store.commit({
      timeMs: 1,
      checkpoint: { state: bytesOf(1, 10), timeMs: 1, engineVersion: "1" },
    });
  }
  assert.ok(store.journalRange.first > 200);
});

test("a commit beyond the page limit fails whole, and the next open goes on", (context) => {
  const options = storeOptions(temporaryFolder(context), { maxBytes: 2 * MIB });
  let store = openForTest(context, options);
  let number = 1;
  assert.throws(() => {
    for (;;) commitBatch(store, number++);
  }, code("STORE_FULL"));
  store.close();
  store = openForTest(context, options);
  assert.equal(store.journalRange.last, number - 2, "the last one failed, and left nothing");
  store.confirm("result", number - 2, 1);
  store.commit({ timeMs: 1 });
  commitBatch(store, number);
});

test("a database above its page limit takes no batch, goes on delivering, and comes back by that", (context) => {
  const directory = temporaryFolder(context);
  let store = openForTest(context, storeOptions(directory));
  for (let number = 1; number <= 100; number++) commitBatch(store, number);
  store.close();
  store = openForTest(context, storeOptions(directory, { maxBytes: MIB }));
  const { databaseBytes } = store.stats;
  assert.ok(databaseBytes > 2 * MIB);
  assert.deepEqual(store.admission(), { reason: "database" });
  const state = bytesOf(1, MIB / 20);
  store.commit({
    timeMs: 1,
    journal: [{ ...entryOf(101), kind: "command" }],
    checkpoint: { state, timeMs: 1, engineVersion: "0.1.0" },
  });
  assert.ok(store.stats.databaseBytes <= databaseBytes + 0.1 * MIB, "the reserve, and no more");
  store.confirm("result", 90, 1);
  while (store.idle(1));
  assert.equal(store.admission(), undefined);
  commitBatch(store, 101);
});

test("what a database above its page limit may grow by is the reserve", (context) => {
  const directory = temporaryFolder(context);
  let store = openForTest(context, storeOptions(directory));
  for (let number = 1; number <= 100; number++) commitBatch(store, number);
  store.close();
  store = openForTest(context, storeOptions(directory, { maxBytes: MIB }));
  assert.throws(() => {
    for (let number = 101; number <= 120; number++) commitBatch(store, number);
  }, code("STORE_FULL"));
});

test("a full disk blocks, drains with the ballast, and resumes when there is room again", (context) => {
  const disk = smallDisk(context, 48);
  if (disk === undefined) return;
  const directory = join(disk.mount, "data");
  const options = storeOptions(directory, { reserveBytes: 6 * MIB, ballastBytes: 2 * MIB });
  let store = openForTest(context, options);
  for (let number = 1; number <= 200; number++) commitBatch(store, number);
  assert.equal(store.stats.ballastBytes, 2 * MIB);

  disk.fill();
  store.idle(1);
  assert.deepEqual(store.admission(), { reason: "disk" });
  assert.equal(existsSync(join(directory, "ballast")), false, "given back");
  disk.fill();
  let answered = 200;
  // An engine that does not ask finds out by failing; nothing answered may be lost by it.
  assert.throws(() => {
    for (;;) {
      commitBatch(store, answered + 1);
      answered++;
    }
  }, code("STORE_FULL"));
  store.close();

  disk.free();
  disk.fill(3 * MIB);
  store = openForTest(context, options);
  assert.equal(store.journalRange.last, answered);
  assert.deepEqual(
    readable(store).map(([sequence]) => sequence),
    Array.from({ length: answered }, (_, index) => index + 1),
  );
  assert.deepEqual(store.admission(), { reason: "disk" });
  const before = store.stats.databaseBytes;
  store.confirm("result", answered, 1);
  while (store.idle(1));
  assert.ok(store.stats.databaseBytes < before / 4, "the file shrinks, for want of disk");
  assert.equal(store.readOutbox("result", 0, { maxRows: 1, maxBytes: 1 }).length, 0);

  disk.free();
  store.idle(1);
  assert.equal(store.admission(), undefined);
  assert.equal(store.stats.ballastBytes, 2 * MIB, "made again");
  commitBatch(store, answered + 1);
});

test("a start on a full disk gives the ballast back first", (context) => {
  const disk = smallDisk(context, 32);
  if (disk === undefined) return;
  const options = storeOptions(join(disk.mount, "data"), {
    reserveBytes: 4 * MIB,
    ballastBytes: 2 * MIB,
  });
  let store = openForTest(context, options);
  for (let number = 1; number <= 50; number++) commitBatch(store, number);
  store.close();
  disk.fill();
  store = openForTest(context, options);
  assert.equal(store.stats.ballastBytes, 0);
  assert.deepEqual(store.admission(), { reason: "disk" });
  store.confirm("result", 50, 1);
  while (store.idle(1));
  assert.equal(store.laneState("result").bytes, 0);
});

test("a read-only filesystem is refused at the start with a hint", (context) => {
  const disk = smallDisk(context, 16);
  if (disk === undefined) return;
  const options = storeOptions(join(disk.mount, "data"));
  openForTest(context, options).close();
  disk.remount("ro");
  for (const directory of [options.directory, join(disk.mount, "new")]) {
    assert.throws(
      () => openStore({ ...options, directory }),
      (error) =>
        error instanceof GatewayError &&
        error.code === "STORE_WRITE" &&
        /writable/.test(error.hint ?? ""),
    );
  }
  assert.equal(existsSync(join(options.directory, "damaged")), false);
});

/** A disk of so many MiB, gone when the test ends; undefined (and the test skipped) where none can be had. */
function smallDisk(context: TestContext, mebibytes: number): SmallDisk | undefined {
  if (!requireService(context, "mount")) return undefined;
  const disk = new SmallDisk(mebibytes);
  context.after(() => disk.dispose());
  return disk;
}
