// Opening the data directory: made private, locked, migrated, checked; salvaged when it is damaged. A start
// never fails for corruption; it does fail, with a clear error, for a directory that is locked (STORE_LOCKED),
// not writable (STORE_WRITE), full beyond the ballast (STORE_FULL) or newer than this version (STORE_VERSION).

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { BALLAST_BYTES, DISK_RESERVE_BYTES, STORE_RESERVE_SHARE } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { LANES, type Lane } from "../core/protocol.ts";
import { Attempts } from "./attempts.ts";
import { Checkpoints } from "./checkpoints.ts";
import { Incarnations } from "./incarnations.ts";
import { Journal, type JournalRetention } from "./journal.ts";
import { migrate, refuseNewer } from "./migrations.ts";
import type { LaneQuota } from "./lane.ts";
import { Outbox } from "./outbox.ts";
import type { Opening } from "./parts.ts";
import { Records } from "./records.ts";
import {
  DATABASE_FILE,
  isMarkedDamaged,
  markDamaged,
  salvage,
  type SalvageReport,
  syncDirectory,
} from "./salvage.ts";
import { freeDiskBytes, removeBallast, Space } from "./space.ts";
import { assertDurable, type Database, isFull, openDatabase, storeError } from "./sqlite.ts";
import { newStoreStats } from "./stats.ts";
import { Store } from "./store.ts";
import { FlashMeter, hasUnfinishedTail, walEnd } from "./wal.ts";

export interface StoreOptions {
  readonly directory: string;
  readonly lanes: Readonly<Record<Lane, LaneQuota>>;
  readonly journal: JournalRetention;
  /** 16 random lowercase hex digits; asked for with the first outbox row of this open. */
  readonly newIncarnation: () => string;
  readonly log: Logger;
  /** Size that the database does not grow beyond (space.ts); default: all quotas, with room for pages and two checkpoints. */
  readonly maxBytes?: number;
  /** Free disk that message batches leave alone, and the size of the ballast. */
  readonly reserveBytes?: number;
  readonly ballastBytes?: number;
}

/** Part of a quota that pages and keys add to the logical bytes. */
const PAGE_OVERHEAD = 0.15;
const CHECKPOINT_ROOM: number = 256 * 1024 * 1024;

/** Opens or creates the store in `directory`. */
export function openStore(options: StoreOptions): Store {
  try {
    const { directory, log } = options;
    const created = prepareDirectory(directory);
    // Before anything else: what follows repairs, gives up the ballast, writes.
    refuseNewer(join(directory, DATABASE_FILE));
    let salvaged: SalvageReport | undefined;
    const repair = (cause: unknown): void => {
      salvaged = salvage(directory);
      log.error("the database was damaged; what was readable has been salvaged", {
        ...salvaged,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    };
    if (isMarkedDamaged(directory)) repair("found at run time");
    else if (!created && isEmpty(join(directory, DATABASE_FILE)))
      repair("the file is empty or gone");
    try {
      return assemble(options, { created, salvaged });
    } catch (error) {
      const cause = storeError(error, "open the store");
      if (!(cause instanceof GatewayError) || cause.code !== "STORE_CORRUPT") throw cause;
      repair(cause);
      return assemble(options, { created, salvaged });
    }
  } catch (error) {
    throw storeError(error, "open the data directory");
  }
}

function assemble(options: StoreOptions, opening: Omit<Opening, "missing" | "newestMs">): Store {
  const { directory, log } = options;
  const file = join(directory, DATABASE_FILE);
  const ballastBytes = options.ballastBytes ?? BALLAST_BYTES;
  if (freeDiskBytes(directory) < ballastBytes) removeBallast(directory);
  // Never opened when it exists: closing it would drop the lock of a store in this process.
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  const stats = newStoreStats();
  const db = openDatabase(file);
  try {
    const attempts = prepareDatabase(db, options, stats);
    const flash = new FlashMeter(db, file, stats);
    const checkpoints = new Checkpoints(db, stats);
    const space = { directory, ballastBytes, ...bounds(options) };
    const lowestLast = checkpoints.newest;
    const journal = new Journal(db, { retention: options.journal, stats, lowestLast });
    const missing = Math.max(0, attempts.committed - journal.last);
    const outbox = new Outbox(db, {
      lanes: options.lanes,
      stats,
      error: (message, fields) => log.error(message, fields),
    });
    const parts = {
      db,
      stats,
      opening: { ...opening, missing, newestMs: journal.newestMs },
      checkpoints,
      flash,
      journal,
      outbox,
      incarnations: new Incarnations(db, {
        make: options.newIncarnation,
        afterMs: journal.newestMs,
        lastSequence: (lane) => outbox.state(lane).lastSequence,
      }),
      records: new Records(db),
      space: new Space(db, space, stats),
      attempts,
      onCorrupt: () => markDamaged(directory),
    };
    syncDirectory(directory);
    const store = new Store(parts);
    parts.space.restoreBallast();
    return store;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Brings it to where it can be worked with: all of it on the card, of the newest schema, written to. */
function prepareDatabase(
  db: Database,
  { directory, log }: StoreOptions,
  stats: { flashBytes: number },
): Attempts {
  const file = join(directory, DATABASE_FILE);
  if (existsSync(`${file}-wal`) && hasUnfinishedTail(db, file)) {
    log.info("the end of the WAL is no whole transaction (unfinished, or damaged) and is ignored");
  }
  const attempts = new Attempts(directory, stats);
  // Before anything is written: what is there now, and in which boot, decides what of it can be relied on.
  attempts.markCommitted(attempts.committed, walEnd(db, file));
  if (attempts.isSameBoot) rewrite(db);
  migrate(db);
  firstWrite(db);
  return attempts;
}

function bounds(options: StoreOptions): { maxBytes: number; reserveBytes: number } {
  const lanes = LANES.reduce((sum, lane) => sum + options.lanes[lane].bytes, 0);
  const rows = (lanes + options.journal.quotaBytes) * (1 + PAGE_OVERHEAD);
  const maxBytes = options.maxBytes ?? (rows + CHECKPOINT_ROOM) / (1 - STORE_RESERVE_SHARE);
  return { maxBytes, reserveBytes: options.reserveBytes ?? DISK_RESERVE_BYTES };
}

/** Returns true when there was no store yet: the attempts file is made after the database. */
function prepareDirectory(directory: string): boolean {
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) {
    syncDirectory(dirname(directory));
  }
  chmodSync(directory, 0o700);
  return isEmpty(join(directory, DATABASE_FILE)) && !existsSync(join(directory, "attempts"));
}

function isEmpty(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

/**
 * Copies the WAL into the database. After a failed fsync its pages may be in the page cache only, where they count as
 * written: nothing but writing them again brings them to the card, and what is committed behind them would be lost with them.
 */
function rewrite(db: Database): void {
  try {
    db.pragma("wal_checkpoint(RESTART)");
  } catch (error) {
    // A full disk first has to be drained; what was lost to an fsync just before it filled up is not provided for.
    if (!isFull(error)) throw error;
  }
}

/** Counts the open: `synchronous` can only be trusted after a write. */
function firstWrite(db: Database): void {
  db.exec(
    `INSERT INTO meta VALUES ('opens', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
  );
  assertDurable(db);
}
