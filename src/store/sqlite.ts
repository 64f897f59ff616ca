// The one door to better-sqlite3: opening with the settings the store depends on, and errors by code.
//
// The order of the settings matters. `locking_mode` comes before the first WAL access (else a -shm file
// appears and a second process could share the file); the lock itself is lazy, hence BEGIN EXCLUSIVE. The
// library is built with SQLITE_DEFAULT_WAL_SYNCHRONOUS=1, so `synchronous` can fall back to NORMAL, which
// loses acknowledged batches in a power cut: `assertDurable` reads it again after the first write.
//
// WAL checkpoints are made by the store (`maintain`, `idle`), not by SQLite inside a COMMIT, where their errors,
// a failed fsync among them, would be swallowed.
//
// Never open the database file with node:fs while a connection is open: closing any descriptor of it drops
// the process's POSIX locks.

import { statSync } from "node:fs";

import Sqlite from "better-sqlite3";

import { assert, GatewayError } from "../core/errors.ts";
import { STORE_CACHE_KIB, WAL_CHECKPOINT_PAGES } from "../core/limits.ts";

export type Database = Sqlite.Database;
export type Statement = Sqlite.Statement<unknown[], Record<string, unknown>>;

export const PAGE_BYTES = 4096;

/**
 * Opens (or creates) the file and takes its lock. Errors: STORE_LOCKED when another process has it,
 * STORE_CORRUPT when it is no readable database, STORE_WRITE when it cannot be written.
 */
export function openDatabase(file: string): Database {
  let db: Database | undefined;
  try {
    // Setting auto_vacuum writes, so only for a new file: one that we must refuse stays untouched.
    const fresh = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
    db = new Sqlite(file, { timeout: 0 });
    if (fresh) {
      db.pragma(`page_size = ${PAGE_BYTES}`);
      db.pragma("auto_vacuum = INCREMENTAL");
    }
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.exec("BEGIN EXCLUSIVE; COMMIT");
    db.pragma("wal_autocheckpoint = 0");
    db.pragma(`journal_size_limit = ${3 * WAL_CHECKPOINT_PAGES * PAGE_BYTES}`);
    db.pragma(`cache_size = -${STORE_CACHE_KIB}`);
    db.pragma("mmap_size = 0");
    db.pragma("temp_store = MEMORY");
    expectPragma(db, "page_size", PAGE_BYTES);
    expectPragma(db, "auto_vacuum", 2);
    expectPragma(db, "locking_mode", "exclusive");
    expectPragma(db, "journal_mode", "wal");
    expectPragma(db, "wal_autocheckpoint", 0);
    assertDurable(db);
    return db;
  } catch (error) {
    db?.close();
    throw storeError(error, "open the database");
  }
}

/** Opens the file to look at it only; no other process may have it open for writing. */
export function openReadOnly(file: string): Database {
  return new Sqlite(file, { readonly: true, timeout: 0 });
}

/** Opens a quarantined file to read what is left of it; nothing about it is trusted. */
export function openDamaged(file: string): Database {
  const db = new Sqlite(file, { timeout: 0 });
  db.pragma("locking_mode = EXCLUSIVE");
  return db;
}

/** Throws blame `bug` unless every COMMIT is synced. To be called once before and once after the first write. */
export function assertDurable(db: Database): void {
  expectPragma(db, "synchronous", 2);
}

/**
 * What went wrong, as STORE_LOCKED, _FSYNC, _FULL, _CORRUPT or _WRITE, by SQLite's result code or the system
 * call's errno; blame `bug` for a misuse of ours; other errors pass through unchanged.
 */
export function storeError(error: unknown, doing: string): unknown {
  if (error instanceof Sqlite.SqliteError) return sqliteError(error, doing);
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  const options = { cause: error, blame: "external" } as const;
  const message = `cannot ${doing}: ${error.message}`;
  if (error.syscall === "fsync" || error.syscall === "fdatasync") {
    return new GatewayError(message, { ...options, code: "STORE_FSYNC", retryable: false });
  }
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new GatewayError(message, { ...options, code: "STORE_FULL" });
  }
  return new GatewayError(message, { ...options, code: "STORE_WRITE", hint: WRITE_HINT });
}

/** Whether it failed for want of room, on the disk or below `max_page_count`. */
export function isFull(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code === "SQLITE_FULL";
}

const WRITE_HINT = "Check that the data directory is writable and its filesystem is healthy.";

function sqliteError(error: Error & { readonly code: string }, doing: string): GatewayError {
  const { code } = error;
  const options = { cause: error, blame: "external", context: { sqlite: code } } as const;
  const message = `cannot ${doing}: ${error.message}`;
  if (code.startsWith("SQLITE_BUSY")) {
    return new GatewayError("another process has the data directory open", {
      ...options,
      code: "STORE_LOCKED",
      hint: "Stop the other headrace, or give this one its own `data` folder.",
    });
  }
  if (code === "SQLITE_IOERR_FSYNC" || code === "SQLITE_IOERR_DIR_FSYNC") {
    return new GatewayError(message, { ...options, code: "STORE_FSYNC", retryable: false });
  }
  if (code === "SQLITE_FULL") return new GatewayError(message, { ...options, code: "STORE_FULL" });
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new GatewayError(message, { ...options, code: "STORE_CORRUPT" });
  }
  if (/^SQLITE_(IOERR|READONLY|CANTOPEN|PERM|AUTH|NOMEM|PROTOCOL|NOLFS)/.test(code)) {
    return new GatewayError(message, { ...options, code: "STORE_WRITE", hint: WRITE_HINT });
  }
  // A constraint, a misuse, a type: our own SQL is wrong.
  return new GatewayError(message, { ...options, code: "ASSERTION", blame: "bug" });
}

function expectPragma(db: Database, name: string, expected: string | number): void {
  const value: unknown = db.pragma(name, { simple: true });
  assert(value === expected, `SQLite setting ${name} is ${String(value)}, not ${expected}`);
}
