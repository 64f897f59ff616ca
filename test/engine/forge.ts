// Falsifies what a journal remembers, as a bug of ours would.

import { join } from "node:path";

import { journalRowCrc } from "../../src/store/journal-reader.ts";
import { openDatabase } from "../../src/store/sqlite.ts";

/** Makes the journal claim that an entry let out other rows, with a checksum that fits. */
export function forgeDigest(directory: string, sequence: number): void {
  const db = openDatabase(join(directory, "headrace.db"));
  const row = db
    .prepare<[number], Record<string, unknown>>("SELECT * FROM journal WHERE sequence = ?")
    .safeIntegers(true)
    .get(sequence);
  if (row === undefined) throw new Error(`no journal entry ${sequence}`);
  const forged = { ...row, digest: (row["digest"] as bigint) ^ 1n };
  db.prepare("UPDATE journal SET digest = ?, crc = ? WHERE sequence = ?").run(
    forged.digest,
    journalRowCrc(forged),
    sequence,
  );
  db.close();
}
