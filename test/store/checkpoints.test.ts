import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import type { CheckpointInput } from "../../src/store/checkpoints.ts";
import { openDatabase } from "../../src/store/sqlite.ts";
import { alter, bytesOf, entryOf, MIB, openForTest, storeOptions, temporaryFolder } from "./kit.ts";

const input = (number: number, length: number): CheckpointInput => ({
  state: bytesOf(number, length),
  timeMs: number,
  engineVersion: `v${number}`,
});

test("a checkpoint of many chunks comes back whole, with the journal sequence it covers", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  assert.deepEqual(store.readCheckpoint(), { checkpoint: undefined, damaged: 0 });
  store.commit({ timeMs: 1, journal: [entryOf(1), entryOf(2)], checkpoint: input(7, 3 * MIB + 5) });
  store.commit({ timeMs: 2, journal: [entryOf(3)] });
  store.close();
  store = openForTest(context, options);
  const { checkpoint, damaged } = store.readCheckpoint();
  assert.equal(damaged, 0);
  assert.deepEqual(
    [checkpoint?.journalSequence, checkpoint?.timeMs, checkpoint?.engineVersion],
    [2, 7, "v7"],
  );
  assert.ok(bytesOf(7, 3 * MIB + 5).equals(checkpoint?.state ?? Buffer.alloc(0)));
});

test("an empty state is a checkpoint, too", (context) => {
  const store = openForTest(context, storeOptions(temporaryFolder(context)));
  store.commit({ timeMs: 1, checkpoint: input(1, 0) });
  assert.equal(store.readCheckpoint().checkpoint?.state.length, 0);
});

test("two checkpoints are kept, and the older one serves when the newer is damaged", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  for (let number = 1; number <= 4; number++) {
    store.commit({ timeMs: 1, journal: [entryOf(number)], checkpoint: input(number, 5000) });
  }
  store.close();
  const count = "SELECT count(*) AS n FROM checkpoint_chunk";
  const db = openDatabase(join(options.directory, "headrace.db"));
  assert.deepEqual(db.prepare(count).get(), { n: 2 });
  db.close();
  store = openForTest(context, options);
  assert.equal(store.readCheckpoint().checkpoint?.timeMs, 4);
  store.close();

  const newest = "(SELECT max(id) FROM checkpoint_chunk)";
  alter(
    options.directory,
    `UPDATE checkpoint_chunk SET data = zeroblob(length(data)) WHERE id = ${newest}`,
  );
  store = openForTest(context, options);
  const older = store.readCheckpoint();
  assert.deepEqual([older.checkpoint?.timeMs, older.damaged], [3, 1]);
  store.close();

  alter(options.directory, "UPDATE checkpoint SET journal_sequence = 9 WHERE time_ms = 3");
  store = openForTest(context, options);
  assert.deepEqual(store.readCheckpoint(), { checkpoint: undefined, damaged: 2 });
  assert.equal(store.stats.damagedBlobs, 2);
});

test("numbering goes on above the newest checkpoint when the journal is gone", (context) => {
  const options = storeOptions(temporaryFolder(context));
  let store = openForTest(context, options);
  store.commit({ timeMs: 1, journal: [entryOf(1), entryOf(2)], checkpoint: input(1, 10) });
  store.close();
  alter(options.directory, "DELETE FROM journal");
  store = openForTest(context, options);
  assert.deepEqual([...store.readJournal(2)], []);
  assert.equal(store.commit({ timeMs: 1, journal: [entryOf(3)] }).journalSequence, 3);
});
