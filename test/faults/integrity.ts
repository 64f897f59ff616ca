// What is in a data folder, and what SQLite finds in its database. It looks at a copy: the original is left as the fault made it.

import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";

const FILES = ["headrace.db", "headrace.db-wal"];

/** What `PRAGMA integrity_check` says: "ok" or what is wrong. */
export function integrityOf(data: string): string {
  return look(data, (db) => String(db.pragma("integrity_check", { simple: true })));
}

/** Of names and contents of what is kept; the note of the start before is no part of it. */
export function folderDigest(data: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(data).sort()) {
    const file = join(data, name);
    if (statSync(file).isFile() && name !== "attempts")
      hash.update(name).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Entries of the journal, and the messages in them. */
export interface JournalCount {
  readonly entries: number;
  readonly messages: number;
}

/** Zero of both where the database has no journal yet. */
export function journalCount(data: string): JournalCount {
  return look(data, (db) => {
    const tables = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'journal'").all();
    if (tables.length === 0) return { entries: 0, messages: 0 };
    const sums = "SELECT count(*) AS entries, coalesce(sum(count), 0) AS messages FROM journal";
    return db.prepare<[], JournalCount>(sums).get() ?? { entries: 0, messages: 0 };
  });
}

function look<T>(data: string, query: (db: Sqlite.Database) => T): T {
  const copy = mkdtempSync(join(tmpdir(), "headrace-integrity-"));
  try {
    for (const name of FILES) {
      if (existsSync(join(data, name))) cpSync(join(data, name), join(copy, name));
    }
    const db = new Sqlite(join(copy, "headrace.db"));
    try {
      return query(db);
    } finally {
      db.close();
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}
