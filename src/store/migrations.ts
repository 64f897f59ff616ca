// The schema, as numbered forward-only migrations; `PRAGMA user_version` counts those applied. Never edit
// one that was released: append the next. test/store/schema.sql is the result, checked by a test.
//
// Layout. One commit writes every page it touches to the card, so the rows of a batch touch few b-trees:
// - rowid tables: up to 4,061 bytes of a row stay in its leaf, so a small batch dirties one page;
// - no secondary indexes; lanes share one table, keyed by lane and sequence (outbox.ts);
// - running totals (`bytes_total`) in the rows themselves, so no counter row is rewritten per commit.

import { GatewayError } from "../core/errors.ts";
import { fileVersion } from "./file-version.ts";
import type { Database } from "./sqlite.ts";

/** "hdrc": marks the file as ours. */
const APPLICATION_ID = 0x68647263;

const INITIAL = `
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  source             TEXT NOT NULL,
  client_id          TEXT NOT NULL,
  session            INTEGER NOT NULL,
  expiry_seconds     INTEGER NOT NULL,
  disconnected_at_ms INTEGER,
  filters            TEXT, -- JSON array: what our own session at a broker is subscribed to
  PRIMARY KEY (source, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE incarnation (
  id  INTEGER PRIMARY KEY,
  hex TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
  sequence       INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,
  time_ms        INTEGER NOT NULL,
  engine_time_ms INTEGER NOT NULL,
  count          INTEGER NOT NULL,
  bytes          INTEGER NOT NULL,
  bytes_total    INTEGER NOT NULL,
  digest         INTEGER NOT NULL,
  engine_version TEXT NOT NULL,
  encoding       INTEGER NOT NULL,
  crc            INTEGER NOT NULL,
  data           BLOB NOT NULL
) STRICT;

CREATE TABLE outbox (
  position    INTEGER PRIMARY KEY,
  incarnation TEXT NOT NULL,
  rows        INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL,
  encoding    INTEGER NOT NULL,
  crc         INTEGER NOT NULL,
  data        BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
  id               INTEGER PRIMARY KEY,
  journal_sequence INTEGER NOT NULL,
  time_ms          INTEGER NOT NULL,
  engine_version   TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  chunks           INTEGER NOT NULL,
  crc              INTEGER NOT NULL
) STRICT;

CREATE TABLE checkpoint_chunk (
  id       INTEGER PRIMARY KEY,
  bytes    INTEGER NOT NULL,
  encoding INTEGER NOT NULL,
  crc      INTEGER NOT NULL,
  data     BLOB NOT NULL
) STRICT;
`;

/** Where the lanes stood when an incarnation began, and how old the data was: what a restored image is told by. */
const INCARNATION_STARTS = `
ALTER TABLE incarnation ADD COLUMN starts TEXT NOT NULL DEFAULT '{}'; -- JSON: last sequence before it, by lane
ALTER TABLE incarnation ADD COLUMN after_ms INTEGER NOT NULL DEFAULT 0;
`;

/** SQL by version; entry 0 makes version 1. */
export const MIGRATIONS: readonly string[] = [INITIAL, INCARNATION_STARTS];

/** Throws STORE_VERSION for a file of a newer schema than ours, which is left as it is; `file` as in `fileVersion`. */
export function refuseNewer(file: string): void {
  const version = fileVersion(file);
  if (version > MIGRATIONS.length) {
    throw new GatewayError(
      `the data directory was written by a newer headrace (schema ${version}, this one knows ${MIGRATIONS.length})`,
      {
        code: "STORE_VERSION",
        blame: "config",
        hint: "Install that version again, or start with an empty `data` folder; nothing was changed.",
      },
    );
  }
}

/** Brings the file to the newest schema, one transaction per step. */
export function migrate(db: Database): void {
  for (let next = schemaVersion(db); next < MIGRATIONS.length; next++) {
    db.exec(
      `BEGIN IMMEDIATE;
       ${MIGRATIONS[next]}
       PRAGMA user_version = ${next + 1};
       PRAGMA application_id = ${APPLICATION_ID};
       COMMIT`,
    );
  }
}

function schemaVersion(db: Database): number {
  return Number(db.pragma("user_version", { simple: true }));
}
