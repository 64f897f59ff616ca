// The journal of a data folder that no gateway has open, to be read only. The file is opened for each look and closed
// after it: a gateway that starts meanwhile finds it free at almost any moment, and from then on this one finds it
// locked (STORE_LOCKED).

import { statSync } from "node:fs";
import { join } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Checkpoint } from "./checkpoints.ts";
import { JournalReader } from "./journal-reader.ts";
import { refuseNewer } from "./migrations.ts";
import { DATABASE_FILE } from "./salvage.ts";
import { openReadOnly, storeError } from "./sqlite.ts";

/** What a look at the file can read. */
export interface JournalLook {
  readonly reader: JournalReader;
  /** The newest that is whole. Reads all of it. */
  checkpoint(): Checkpoint | undefined;
}

/**
 * Gives what `read` gives. Throws STORE_LOCKED, STORE_CORRUPT, STORE_VERSION, or INPUT_UNREADABLE (blame config) where
 * no gateway has run yet.
 */
export function lookAtJournal<T>(directory: string, read: (look: JournalLook) => T): T {
  const file = join(directory, DATABASE_FILE);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    throw new GatewayError(`there is no journal in ${directory}`, {
      code: "INPUT_UNREADABLE",
      blame: "config",
      hint: "No gateway has run on this data folder yet.",
    });
  }
  try {
    refuseNewer(file);
    const db = openReadOnly(file);
    try {
      return read({
        reader: new JournalReader(db),
        checkpoint: () =>
          new Checkpoints(db, { checkpointBytes: 0, damagedBlobs: 0 }).read().checkpoint,
      });
    } finally {
      db.close();
    }
  } catch (error) {
    const cause = storeError(error, "read the journal");
    if (!(cause instanceof GatewayError) || cause.code !== "STORE_LOCKED") throw cause;
    throw new GatewayError(`another process has just opened the journal in ${directory}`, {
      code: "STORE_LOCKED",
      blame: "external",
      hint: "If a gateway starts there, try again when it is ready: it then hands the journal out itself.",
      cause,
    });
  }
}
