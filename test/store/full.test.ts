// No room left: in the database (its page limit), on the disk (a small filesystem of its own), or no right to
// write at all (a read-only mount). The last two need root for mounting; without it they are skipped, and say so.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import {
  bytesOf,
  entryOf,
  MIB,
  openForTest,
  readable,
  storeOptions,
  temporaryFolder,
} from "./kit.ts";

const needsRoot = process.getuid?.() === 0 ? false : "mounting a small filesystem needs root";

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

test(
  "a full disk blocks, drains with the ballast, and resumes when there is room again",
  { skip: needsRoot },
  (context) => {
    const disk = smallDisk(context, 48);
    const directory = join(disk, "data");
    const options = storeOptions(directory, { reserveBytes: 6 * MIB, ballastBytes: 2 * MIB });
    let store = openForTest(context, options);
    for (let number = 1; number <= 200; number++) commitBatch(store, number);
    assert.equal(store.stats.ballastBytes, 2 * MIB);

    const hog = join(disk, "hog");
    fillDisk(hog);
    store.idle(1);
    assert.deepEqual(store.admission(), { reason: "disk" });
    assert.equal(existsSync(join(directory, "ballast")), false, "given back");
    fillDisk(hog);
    let answered = 200;
    // An engine that does not ask finds out by failing; nothing answered may be lost by it.
    assert.throws(() => {
      for (;;) {
        commitBatch(store, answered + 1);
        answered++;
      }
    }, code("STORE_FULL"));
    store.close();

    truncateSync(hog, 0);
    writeFileSync(hog, Buffer.alloc(statfsSync(disk).bavail * statfsSync(disk).bsize - 3 * MIB));
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

    rmSync(hog);
    store.idle(1);
    assert.equal(store.admission(), undefined);
    assert.equal(store.stats.ballastBytes, 2 * MIB, "made again");
    commitBatch(store, answered + 1);
  },
);

test("a start on a full disk gives the ballast back first", { skip: needsRoot }, (context) => {
  const disk = smallDisk(context, 32);
  const options = storeOptions(join(disk, "data"), {
    reserveBytes: 4 * MIB,
    ballastBytes: 2 * MIB,
  });
  let store = openForTest(context, options);
  for (let number = 1; number <= 50; number++) commitBatch(store, number);
  store.close();
  fillDisk(join(disk, "hog"));
  store = openForTest(context, options);
  assert.equal(store.stats.ballastBytes, 0);
  assert.deepEqual(store.admission(), { reason: "disk" });
  store.confirm("result", 50, 1);
  while (store.idle(1));
  assert.equal(store.laneState("result").bytes, 0);
});

test(
  "a read-only filesystem is refused at the start with a hint",
  { skip: needsRoot },
  (context) => {
    const disk = smallDisk(context, 16);
    const options = storeOptions(join(disk, "data"));
    openForTest(context, options).close();
    execFileSync("mount", ["-o", "remount,ro", disk]);
    for (const directory of [options.directory, join(disk, "new")]) {
      assert.throws(
        () => openStore({ ...options, directory }),
        (error) =>
          error instanceof GatewayError &&
          error.code === "STORE_WRITE" &&
          /writable/.test(error.hint ?? ""),
      );
    }
    assert.equal(existsSync(join(options.directory, "damaged")), false);
  },
);

/** An ext4 filesystem of so many MiB, unmounted when the test ends. */
function smallDisk(context: TestContext, mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), "headrace-disk-"));
  const image = join(folder, "image");
  const mount = join(folder, "disk");
  writeFileSync(image, "");
  truncateSync(image, mebibytes * MIB);
  execFileSync("mkfs.ext4", ["-q", "-m", "0", "-b", "4096", image]);
  mkdirSync(mount);
  execFileSync("mount", ["-o", "loop", image, mount]);
  context.after(() => {
    execFileSync("umount", ["--lazy", mount]);
    rmSync(folder, { recursive: true });
  });
  return mount;
}

/** Writes into `file` until the disk has not one block left. */
function fillDisk(file: string): void {
  for (let size = MIB; size >= 4096;) {
    try {
      writeFileSync(file, Buffer.alloc(size, 1), { flag: "a", flush: true });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
      size /= 2;
    }
  }
}
