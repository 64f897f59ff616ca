// Files that were damaged while nothing ran: torn or garbage WAL tails, flipped, cut, emptied databases.

import assert from "node:assert/strict";
import { once } from "node:events";
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { markDamaged } from "../../src/store/salvage.ts";
import type { Store } from "../../src/store/store.ts";
import {
  alter,
  bytesOf,
  entryOf,
  openForTest,
  readable,
  recordingLog,
  storeOptions,
  temporaryFolder,
} from "./kit.ts";

const ALL = { maxRows: 1e9, maxBytes: 1e9 };
const BATCHES = 40;

function commitBatch(store: Store, number: number): void {
  store.commit({
    timeMs: number,
    journal: [entryOf(number)],
    outbox: [{ lane: "result", rows: 1, bytes: bytesOf(number, 50), logicalBytes: 50 }],
    ...(number % 15 === 0
      ? { checkpoint: { state: bytesOf(number, 20_000), timeMs: number, engineVersion: "v" } }
      : {}),
  });
}

/** A closed folder with BATCHES batches in the database file. */
function filled(directory: string): void {
  const options = storeOptions(directory);
  const store = openForTest({ after: () => {} }, options);
  for (let number = 1; number <= BATCHES; number++) commitBatch(store, number);
  store.close();
}

test("a WAL cut or flipped anywhere opens, loses only what lies behind the damage, and says how much", async (context) => {
  const folder = temporaryFolder(context);
  const original = join(folder, "original");
  // Killed, so that the WAL is left as it is.
  const script = new URL("wal-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, original, String(BATCHES)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  await once(child, "close");
  const walEnds = JSON.parse(output) as number[];
  const size = walEnds.at(-1)!;
  const WAL_HEADER = 20;
  const spread = Array.from({ length: 22 }, (_, turn) => Math.floor((size * (turn + 0.5)) / 22));
  for (const [turn, offset] of [WAL_HEADER, WAL_HEADER, ...spread].entries()) {
    const copy = join(folder, `copy-${turn}`);
    cpSync(original, copy, { recursive: true });
    const wal = join(copy, "headrace.db-wal");
    if (turn % 2 === 0) truncateSync(wal, offset);
    else flip(wal, offset);
    const store = openForTest(context, storeOptions(copy));
    const { last } = store.journalRange;
    const whole = walEnds.findLastIndex((end) => end <= offset) + 1;
    assert.equal(last, whole, `damage at ${offset}: commits that end before it are kept, no other`);
    assert.equal(store.opening.missing, BATCHES - last, "what was acknowledged and is gone");
    assert.deepEqual(
      readable(store),
      Array.from({ length: last }, (_, index) => [index + 1, entryOf(index + 1)]),
    );
    assert.equal(store.readOutbox("result", 0, ALL).length, last);
    commitBatch(store, last + 1);
    store.close();
    const again = openForTest(context, storeOptions(copy));
    assert.equal(again.opening.missing, 0, "told of until the next commit, not longer");
    again.close();
    rmSync(copy, { recursive: true });
  }
});

test("what is no whole transaction at the end of the WAL is mentioned in the log", async (context) => {
  const directory = temporaryFolder(context);
  const script = new URL("wal-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, directory, "3"], { stdio: "ignore" });
  await once(child, "close");
  const wal = join(directory, "headrace.db-wal");
  const quiet = recordingLog();
  const untouched = `${directory}-untouched`;
  context.after(() => {
    rmSync(untouched, { recursive: true, force: true });
  });
  cpSync(directory, untouched, { recursive: true });
  openForTest(context, storeOptions(untouched, { log: quiet.log }));
  assert.deepEqual(quiet.messages, []);
  flip(wal, statSync(wal).size - 100);
  const { log, messages } = recordingLog();
  openForTest(context, storeOptions(directory, { log }));
  assert.match(messages.join(), /no whole transaction/);
});

for (const [what, damage] of [
  ["garbage in its first page", (file: string) => overwrite(file, 0, 4096)],
  ["garbage in a root page", (file: string) => overwrite(file, 2 * 4096, 4096)],
  ["half of it cut off", (file: string) => truncateSync(file, statSync(file).size >> 1)],
  ["nothing left of it", (file: string) => truncateSync(file, 0)],
  ["the file gone", (file: string) => rmSync(file)],
] as const) {
  test(`a database with ${what} is quarantined, reported, and the store starts`, (context) => {
    const directory = temporaryFolder(context);
    filled(directory);
    damage(join(directory, "headrace.db"));
    const { log, messages } = recordingLog();
    const options = storeOptions(directory, { log });
    const store = openForTest(context, options);
    assert.ok(store.opening.salvaged !== undefined);
    assert.match(messages.join(), /salvaged/);
    assert.ok(existsSync(store.opening.salvaged.quarantine));
    for (const [sequence, entry] of readable(store)) assert.deepEqual(entry, entryOf(sequence));
    commitBatch(store, store.journalRange.last + 1);
    store.close();
    assert.equal(openForTest(context, options).opening.salvaged, undefined, "once is enough");
  });
}

test("what damage is found at run time is salvaged at the next open, page by page", (context) => {
  const directory = temporaryFolder(context);
  filled(directory);
  const file = join(directory, "headrace.db");
  const page = pageOf(file, bytesOf(21, 100));
  overwrite(file, page * 4096, 8);
  let store = openForTest(context, storeOptions(directory));
  assert.throws(() => readable(store), /malformed/);
  store.close();
  store = openForTest(context, storeOptions(directory));
  const report = store.opening.salvaged;
  assert.ok(report !== undefined && report.lost > 0);
  assert.equal(report.checkpoints, 2);
  assert.equal(report.outboxBlobs, BATCHES);
  const kept = readable(store);
  assert.ok(kept.length >= BATCHES - 12 && kept.length < BATCHES, `${kept.length} entries kept`);
  for (const [sequence, entry] of kept) assert.deepEqual(entry, entryOf(sequence));
  assert.equal(store.journalRange.last, BATCHES);
  assert.equal(store.readCheckpoint().checkpoint?.journalSequence, 30);
  assert.equal(store.laneState("result").lastSequence, BATCHES);
});

test("incarnations that cannot be read are known again by their rows", (context) => {
  const directory = temporaryFolder(context);
  let made = 0;
  const options = storeOptions(directory, {
    newIncarnation: () => `${++made}`.padStart(16, "0"),
  });
  let store = openForTest(context, options);
  for (const number of [1, 2, 3]) commitBatch(store, number);
  store.confirm("result", 2, 1);
  store.close();
  store = openForTest(context, options);
  for (const number of [4, 5]) commitBatch(store, number);
  const before = store.incarnations.all;
  store.close();
  alter(directory, "DELETE FROM incarnation");
  markDamaged(directory);
  store = openForTest(context, options);
  const found = store.incarnations.all;
  assert.deepEqual(
    found.map(({ hex }) => hex),
    before.map(({ hex }) => hex),
  );
  assert.equal(found[1]?.starts.result, before[1]?.starts.result);
});

test("a salvage that was interrupted is finished by the next open", (context) => {
  const directory = temporaryFolder(context);
  filled(directory);
  const quarantine = join(directory, "quarantine-1");
  // As if killed after the move: the marker names the folder, the database stands there.
  mkdirSync(quarantine);
  renameSync(join(directory, "headrace.db"), join(quarantine, "headrace.db"));
  writeFileSync(join(directory, "damaged"), "quarantine-1");
  writeFileSync(join(directory, "salvage.db"), "half of a copy");
  const store = openForTest(context, storeOptions(directory));
  assert.equal(store.opening.salvaged?.journalEntries, BATCHES);
  assert.equal(readable(store).length, BATCHES);
  assert.equal(existsSync(join(directory, "damaged")), false);
});

test("of many quarantines only the newest three are kept", (context) => {
  const directory = temporaryFolder(context);
  for (let turn = 0; turn < 5; turn++) {
    openForTest(context, storeOptions(directory)).close();
    overwrite(join(directory, "headrace.db"), 0, 4096);
  }
  openForTest(context, storeOptions(directory));
  const folders = readdirSync(directory).filter((name) => name.startsWith("quarantine"));
  assert.deepEqual(folders.sort(), ["quarantine-3", "quarantine-4", "quarantine-5"]);
});

test("random single-page damage never prevents a start, nor yields a wrong row", (context) => {
  const original = join(temporaryFolder(context), "original");
  filled(original);
  const pages = statSync(join(original, "headrace.db")).size / 4096;
  for (let turn = 0; turn < 30; turn++) {
    const directory = temporaryFolder(context);
    cpSync(original, directory, { recursive: true });
    const file = join(directory, "headrace.db");
    const offset = ((turn * 7919) % pages) * 4096 + ((turn * 104_729) % 4000);
    if (turn % 3 === 0) flip(file, offset);
    else overwrite(file, offset, turn % 3 === 1 ? 16 : 96);
    const options = storeOptions(directory);
    // The engine's loop: what is found damaged is closed and opened again.
    for (let attempt = 1; ; attempt++) {
      assert.ok(attempt <= 3, "the second open has salvaged what the first one could not read");
      const store = openForTest(context, options);
      try {
        for (const [sequence, entry] of readable(store)) assert.deepEqual(entry, entryOf(sequence));
        const { checkpoint } = store.readCheckpoint();
        if (checkpoint !== undefined) {
          assert.ok(bytesOf(checkpoint.timeMs, 20_000).equals(checkpoint.state));
        }
        for (const { firstSequence, bytes } of store.readOutbox("result", 0, ALL)) {
          assert.ok(bytesOf(firstSequence, 50).equals(bytes));
        }
        commitBatch(store, store.journalRange.last + 1);
        break;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "STORE_CORRUPT", String(error));
      } finally {
        store.close();
      }
    }
  }
});

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset]! ^= 0x10;
  writeFileSync(file, bytes);
}

function overwrite(file: string, offset: number, length: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, offset, offset + length);
  writeFileSync(file, bytes);
}

/** Number of the page, from 0, that holds `content`. */
function pageOf(file: string, content: Buffer): number {
  const at = readFileSync(file).indexOf(content);
  assert.ok(at >= 0);
  return Math.floor(at / 4096);
}
