// The journal table: what was received, in the order it was committed, with the digest of what it emitted.
//
// Sequence numbers count from 1 without gaps and never restart: the newest entry is never deleted, and after
// a salvage numbering goes on above the newest checkpoint. `bytes_total` runs with them (stored bytes through
// that entry), so that size and retention need no scan. Retention deletes from the oldest end, in bulk, and
// never above the floor: what the older checkpoint needs for recovery.

import { assert } from "../core/errors.ts";
import { JOURNAL_TRIM_ENTRIES, TRIM_SHARE } from "../core/limits.ts";
import { packBlob, rowCrc, unpackBlob } from "./blob.ts";
import type { Database, Statement } from "./sqlite.ts";

export const JOURNAL_KINDS = [
  "messages",
  "clock",
  "config",
  "command",
  "boot",
  "link",
  "skipped",
] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

/** One fact for the engine. Times are integral milliseconds; `digest` is an unsigned 64-bit number. */
export interface JournalEntry {
  readonly kind: JournalKind;
  readonly timeMs: number;
  readonly engineTimeMs: number;
  /** Messages in `data`, 0 for other kinds. */
  readonly count: number;
  readonly data: Uint8Array;
  /** Of the rows this entry emitted; replay compares it. */
  readonly digest: bigint;
  readonly engineVersion: string;
}

export type JournalRecord =
  | { readonly readable: true; readonly sequence: number; readonly entry: JournalEntry }
  /** `entries` numbers from `sequence` on are missing or fail their CRC. */
  | { readonly readable: false; readonly sequence: number; readonly entries: number };

export interface JournalRetention {
  /** Stored (compressed) bytes. */
  readonly quotaBytes: number;
  readonly maxAgeMs: number;
}

interface JournalStats {
  journalEntries: number;
  journalBytes: number;
  damagedBlobs: number;
}

const COLUMNS =
  "sequence, kind, time_ms, engine_time_ms, count, bytes, digest, engine_version, encoding, crc, data";

export class Journal {
  readonly #retention: JournalRetention;
  readonly #stats: JournalStats;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #next: Statement;
  readonly #totals: Statement;
  readonly #oldest: Statement;
  #first = 1;
  #last = 0;
  /** `bytes_total` just before the first and through the last entry. */
  #bytesBefore = 0;
  #bytesThrough = 0;
  #firstTimeMs = 0;
  /** `bytes_total` of the entry that `bytesAfter` was asked about last; undefined if it is not there. */
  #asked: { readonly sequence: number; readonly through: number | undefined } = {
    sequence: 0,
    through: undefined,
  };

  /** `lowestLast`: a number that was certainly used (the newest checkpoint's), 0 for none. */
  constructor(db: Database, options: JournalOptions) {
    this.#retention = options.retention;
    this.#stats = options.stats;
    this.#insert = db.prepare(
      `INSERT INTO journal (${COLUMNS}, bytes_total) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare("DELETE FROM journal WHERE sequence <= ?");
    this.#next = db
      .prepare<unknown[], Record<string, unknown>>(
        `SELECT ${COLUMNS} FROM journal WHERE sequence > ? ORDER BY sequence LIMIT 1`,
      )
      .safeIntegers(true);
    this.#totals = db.prepare(
      "SELECT sequence, time_ms, bytes_total FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?",
    );
    this.#oldest = db.prepare(
      "SELECT sequence, time_ms, bytes_total - length(data) AS before FROM journal ORDER BY sequence LIMIT 1",
    );
    const newest = db
      .prepare<[], { sequence: number; bytes_total: number }>(
        "SELECT sequence, bytes_total FROM journal ORDER BY sequence DESC LIMIT 1",
      )
      .get();
    this.#last = Math.max(newest?.sequence ?? 0, options.lowestLast);
    this.#bytesThrough = newest?.bytes_total ?? 0;
    this.#locateFirst();
  }

  get quotaBytes(): number {
    return this.#retention.quotaBytes;
  }

  /** Sequence of the newest entry, 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** Sequence of the oldest retained entry; `last + 1` when there is none. */
  get first(): number {
    return this.#first;
  }

  /** Inserts inside the caller's transaction; returns the entry's sequence. */
  append(entry: JournalEntry): number {
    assert(
      Number.isSafeInteger(entry.timeMs) && Number.isSafeInteger(entry.engineTimeMs),
      "journal times must be integral milliseconds",
    );
    const sequence = this.#last + 1;
    const blob = packBlob(entry.data);
    const digest = BigInt.asIntN(64, entry.digest);
    const head = [
      sequence,
      entry.kind,
      entry.timeMs,
      entry.engineTimeMs,
      entry.count,
      entry.data.byteLength,
      digest,
      entry.engineVersion,
      blob.encoding,
    ];
    const total = this.#bytesThrough + blob.data.byteLength;
    this.#insert.run(...head, rowCrc(head, blob.data), blob.data, total);
    if (this.#first > this.#last) {
      this.#first = sequence;
      this.#firstTimeMs = entry.timeMs;
      this.#bytesBefore = this.#bytesThrough;
    }
    this.#last = sequence;
    this.#bytesThrough = total;
    this.#count();
    return sequence;
  }

  /** The records after `sequence`, oldest first, each read when it is asked for: no statement stays open. */
  *read(sequence: number): Generator<JournalRecord, void, void> {
    let at = sequence;
    while (at < this.#last) {
      const row = this.#next.get(at);
      const found = row === undefined ? this.#last + 1 : Number(row["sequence"]);
      if (found > at + 1) yield { readable: false, sequence: at + 1, entries: found - at - 1 };
      if (row === undefined) return;
      yield this.#decode(found, row);
      at = found;
    }
  }

  /** Whether retention would delete something now; `everything` ignores quota and age (a full disk). */
  wantsTrim(floor: number, timeMs: number, everything: boolean): boolean {
    if (this.#first > Math.min(floor, this.#last - 1)) return false;
    const { quotaBytes, maxAgeMs } = this.#retention;
    return (
      everything || this.#stats.journalBytes > quotaBytes || timeMs - this.#firstTimeMs > maxAgeMs
    );
  }

  /** Deletes the oldest entries inside the caller's transaction, some hundred at most. */
  trim(floor: number, timeMs: number, everything: boolean): void {
    const { quotaBytes, maxAgeMs } = this.#retention;
    const keepBytes = quotaBytes * (1 - TRIM_SHARE);
    const oldestMs = timeMs - maxAgeMs * (1 - TRIM_SHARE);
    const limit = Math.min(floor, this.#last - 1);
    let through = 0;
    let before = this.#bytesBefore;
    for (const row of this.#totals.all(this.#first - 1, JOURNAL_TRIM_ENTRIES)) {
      const sequence = row["sequence"] as number;
      const tooMany = this.#bytesThrough - before > keepBytes;
      const surplus = everything || tooMany || (row["time_ms"] as number) < oldestMs;
      if (sequence > limit || !surplus) break;
      through = sequence;
      before = row["bytes_total"] as number;
    }
    if (through === 0) return;
    this.#delete.run(through);
    this.#locateFirst();
  }

  /** Stored bytes of the entries after `sequence`: what recovery from there would read. */
  bytesAfter(sequence: number): number {
    // Asked after every commit about the same checkpoint: what lies before it does not change.
    if (this.#asked.sequence !== sequence) {
      const row = this.#totals.get(Math.max(sequence - 1, 0), 1);
      const through = row?.["sequence"] === sequence ? (row["bytes_total"] as number) : undefined;
      this.#asked = { sequence, through };
    }
    return this.#bytesThrough - (this.#asked.through ?? this.#bytesBefore);
  }

  #locateFirst(): void {
    const oldest = this.#oldest.get();
    this.#first = (oldest?.["sequence"] as number | undefined) ?? this.#last + 1;
    this.#firstTimeMs = (oldest?.["time_ms"] as number | undefined) ?? 0;
    this.#bytesBefore = (oldest?.["before"] as number | undefined) ?? this.#bytesThrough;
    this.#count();
  }

  #count(): void {
    this.#stats.journalBytes = this.#bytesThrough - this.#bytesBefore;
    this.#stats.journalEntries = this.#last - this.#first + 1;
  }

  #decode(sequence: number, row: Record<string, unknown>): JournalRecord {
    if (!journalRowIntact(row)) {
      this.#stats.damagedBlobs++;
      return { readable: false, sequence, entries: 1 };
    }
    const blob = { encoding: Number(row["encoding"]), data: row["data"] as Uint8Array };
    const entry: JournalEntry = {
      kind: row["kind"] as JournalKind,
      timeMs: Number(row["time_ms"]),
      engineTimeMs: Number(row["engine_time_ms"]),
      count: Number(row["count"]),
      data: unpackBlob(blob, Number(row["bytes"])),
      digest: BigInt.asUintN(64, row["digest"] as bigint),
      engineVersion: row["engine_version"] as string,
    };
    return { readable: true, sequence, entry };
  }
}

export interface JournalOptions {
  readonly retention: JournalRetention;
  readonly stats: JournalStats;
  readonly lowestLast: number;
}

/** Whether the CRC of a row (read with safe integers) fits its columns and data. */
export function journalRowIntact(row: Record<string, unknown>): boolean {
  return Number(row["crc"]) === journalRowCrc(row);
}

/** The CRC that a row (read with safe integers) should have. */
export function journalRowCrc(row: Record<string, unknown>): number {
  const head = COLUMNS.split(", ")
    .slice(0, -2)
    .map((name) => row[name] as bigint | string);
  return rowCrc(head, row["data"] as Uint8Array);
}
