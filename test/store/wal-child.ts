// Commits batches, prints how long the WAL was after each one, and kills itself so that the WAL stays.

import { statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { openStore } from "../../src/store/open.ts";
import { bytesOf, entryOf, storeOptions } from "./kit.ts";

const [directory = "", batches = "1"] = process.argv.slice(2);
const store = openStore(storeOptions(directory));
const ends: number[] = [];
for (let number = 1; number <= Number(batches); number++) {
  store.commit({
    timeMs: number,
    journal: [entryOf(number)],
    outbox: [{ lane: "result", rows: 1, bytes: bytesOf(number, 50), logicalBytes: 50 }],
  });
  ends.push(statSync(join(directory, "headrace.db-wal")).size);
}
writeSync(1, JSON.stringify(ends));
process.kill(process.pid, "SIGKILL");
