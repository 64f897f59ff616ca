// A database that cannot be read: it is moved aside, and what is readable is copied into a fresh one. Rows are
// taken one by one and only when their CRC fits; a broken page costs the rows on it.
//
// The file `damaged` in the data directory says that this is due or under way, and names the quarantine folder
// once the database was moved: a crash at any point continues here. The fresh database is built beside and
// renamed into place when it is complete.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { GatewayError } from "../core/errors.ts";
import { Checkpoints } from "./checkpoints.ts";
import { journalRowIntact } from "./journal-reader.ts";
import { restoreIncarnations } from "./lost-incarnations.ts";
import { migrate } from "./migrations.ts";
import { outboxRowIntact } from "./outbox.ts";
import { freeDiskBytes } from "./space.ts";
import { type Database, openDamaged, openDatabase, type Statement } from "./sqlite.ts";

export const DATABASE_FILE = "headrace.db";
const MARKER = "damaged";
const FRESH = "salvage.db";
/** Quarantine folders kept. */
const QUARANTINES = 3;
/** Rows copied per transaction. */
const COPY_ROWS = 500;
/** Failed look-ups in one table before the rest of it is given up. */
const MAX_FAILURES = 10_000;

export interface SalvageReport {
  /** Folder that holds the damaged files, for inspection. */
  readonly quarantine: string;
  readonly checkpoints: number;
  readonly journalEntries: number;
  readonly outboxBlobs: number;
  readonly sessions: number;
  /** Rows that failed their CRC, and look-ups that hit a broken page. */
  readonly lost: number;
}

/** Notes that the database is damaged: the next open salvages it. */
export function markDamaged(directory: string): void {
  const marker = join(directory, MARKER);
  if (!existsSync(marker)) writeFileSync(marker, "", { mode: 0o600 });
}

export function isMarkedDamaged(directory: string): boolean {
  return existsSync(join(directory, MARKER));
}

/** Moves the database aside and builds a fresh one from it. Throws only if the directory cannot be written. */
export function salvage(directory: string): SalvageReport {
  refuseIfLocked(join(directory, DATABASE_FILE));
  markDamaged(directory);
  let quarantine = readFileSync(join(directory, MARKER), "utf8");
  if (quarantine === "") {
    quarantine = freeQuarantineName(directory);
    mkdirSync(join(directory, quarantine), { mode: 0o700 });
    writeFileSync(join(directory, MARKER), quarantine, { flush: true });
  }
  const aside = join(directory, quarantine);
  for (const name of [`${DATABASE_FILE}-wal`, DATABASE_FILE]) {
    if (existsSync(join(directory, name)) && !existsSync(join(aside, name))) {
      renameSync(join(directory, name), join(aside, name));
    }
  }
  for (const name of [FRESH, `${FRESH}-wal`]) rmSync(join(directory, name), { force: true });
  closeSync(openSync(join(directory, FRESH), "a", 0o600));
  const fresh = openDatabase(join(directory, FRESH));
  let report: SalvageReport;
  try {
    migrate(fresh);
    report = { ...copyReadable(join(aside, DATABASE_FILE), fresh, directory), quarantine: aside };
  } finally {
    fresh.close();
  }
  renameSync(join(directory, FRESH), join(directory, DATABASE_FILE));
  syncDirectory(directory);
  rmSync(join(directory, MARKER));
  return report;
}

/** Makes renames and new files in `directory` survive a power cut. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Another process may be using what looks damaged from here. */
function refuseIfLocked(file: string): void {
  if (!existsSync(file)) return;
  try {
    openDatabase(file).close();
  } catch (error) {
    if (error instanceof GatewayError && error.code === "STORE_LOCKED") throw error;
    // Any other failure is why we are here.
  }
}

/** A new name; of the older folders only the newest few are kept, since each holds a whole database. */
function freeQuarantineName(directory: string): string {
  const numbers = readdirSync(directory)
    .map((name) => Number(/^quarantine-(\d+)$/.exec(name)?.[1]))
    .filter((number) => number > 0)
    .sort((a, b) => b - a);
  for (const number of numbers.slice(QUARANTINES - 1)) {
    rmSync(join(directory, `quarantine-${number}`), { recursive: true });
  }
  return `quarantine-${(numbers[0] ?? 0) + 1}`;
}

type Copied = Omit<SalvageReport, "quarantine">;

function copyReadable(file: string, fresh: Database, directory: string): Copied {
  const copier = new Copier(fresh);
  const nothing = { checkpoints: 0, journalEntries: 0, outboxBlobs: 0, sessions: 0, lost: 0 };
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return nothing;
  let damaged: Database | undefined;
  try {
    damaged = openDamaged(file);
    damaged.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch {
    damaged?.close();
    return { ...nothing, lost: 1 };
  }
  try {
    copier.copy(damaged, { table: "meta", key: "key", first: "" });
    copier.copy(damaged, { table: "incarnation", key: "id", first: 0n });
    const sessions = copier.copySessions(damaged);
    const { checkpoints, floor } = copier.copyCheckpoints(damaged);
    const outbox = { table: "outbox", key: "position", first: -1n, intact: outboxRowIntact };
    const outboxBlobs = copier.copy(damaged, outbox);
    restoreIncarnations(fresh);
    // With too little disk for both copies, only what recovery needs.
    const room = freeDiskBytes(directory) > 2 * statSync(file).size;
    const first = room ? 0n : BigInt(floor);
    const journal = { table: "journal", key: "sequence", first, intact: journalRowIntact };
    const journalEntries = copier.copy(damaged, journal);
    return { checkpoints, journalEntries, outboxBlobs, sessions, lost: copier.lost };
  } finally {
    damaged.close();
  }
}

type Row = Record<string, unknown>;

interface TableCopy {
  readonly table: string;
  readonly key: string;
  /** Rows above this key are copied. */
  readonly first: bigint | string;
  readonly intact?: (row: Row) => boolean;
}

class Copier {
  readonly #fresh: Database;
  lost = 0;

  constructor(fresh: Database) {
    this.#fresh = fresh;
  }

  /** Copies one table in key order; returns the number of rows. */
  copy(damaged: Database, table: TableCopy): number {
    let insert: Statement | undefined;
    let copied = 0;
    this.#fresh.exec("BEGIN");
    for (const row of this.#readable(damaged, table)) {
      if (table.intact !== undefined && !table.intact(row)) {
        this.lost++;
        continue;
      }
      const columns = Object.keys(row);
      insert ??= this.#fresh.prepare(
        `INSERT OR REPLACE INTO ${table.table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      );
      insert.run(...Object.values(row));
      if (++copied % COPY_ROWS === 0) this.#fresh.exec("COMMIT; BEGIN");
    }
    this.#fresh.exec("COMMIT");
    return copied;
  }

  /** The one table with a composite key: taken whole, up to the first broken page. */
  copySessions(damaged: Database): number {
    let rows: Row[] = [];
    try {
      rows = damaged.prepare<[], Row>("SELECT * FROM session").all();
    } catch {
      this.lost++;
    }
    const insert = this.#fresh.prepare("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)");
    for (const row of rows) insert.run(...Object.values(row));
    return rows.length;
  }

  /** Checkpoints that are whole; `floor` = the journal sequence of the oldest, 0 with none. */
  copyCheckpoints(damaged: Database): { checkpoints: number; floor: number } {
    const stats = { checkpointBytes: 0, damagedBlobs: 0 };
    const target = new Checkpoints(this.#fresh, stats);
    let checkpoints = 0;
    let floor = 0;
    try {
      for (const checkpoint of new Checkpoints(damaged, stats).readAll()) {
        this.#fresh.exec("BEGIN");
        target.write(checkpoint, checkpoint.journalSequence);
        this.#fresh.exec("COMMIT");
        if (checkpoints++ === 0) floor = checkpoint.journalSequence;
      }
    } catch {
      if (this.#fresh.inTransaction) this.#fresh.exec("ROLLBACK");
      this.lost++;
    }
    return { checkpoints, floor };
  }

  /** Rows by ascending key. A broken page is leapt over, and the leap then narrowed to its edge. */
  *#readable(damaged: Database, { table, key, first }: TableCopy): Generator<Row, void, void> {
    let next: Statement;
    try {
      next = damaged
        .prepare<unknown[], Row>(`SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1`)
        .safeIntegers(true);
    } catch {
      this.lost++;
      return;
    }
    let at = first;
    let bad: bigint | undefined;
    let leap = 1n;
    for (let failures = 0; failures < MAX_FAILURES;) {
      const found = tryNext(next, at);
      if (found === "failed") {
        failures++;
        if (bad === undefined) this.lost++;
        // Text keys cannot be leapt over.
        if (typeof at === "string" || at + leap >= MAX_KEY) return;
        bad = at;
        at += leap;
        leap *= 2n;
        continue;
      }
      if (bad !== undefined && typeof at === "bigint" && at - bad > 1n) {
        const middle = bad + (at - bad) / 2n;
        if (tryNext(next, middle) === "failed") bad = middle;
        else at = middle;
        continue;
      }
      if (found === undefined) return;
      yield found;
      at = found[key] as bigint | string;
      bad = undefined;
      leap = 1n;
    }
  }
}

/** The row after a key, undefined at the end, "failed" (counted by the caller) on a broken page. */
function tryNext(next: Statement, after: bigint | string): Row | undefined | "failed" {
  try {
    return next.get(after);
  } catch {
    return "failed";
  }
}

const MAX_KEY: bigint = 2n ** 62n;
