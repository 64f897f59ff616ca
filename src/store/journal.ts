// The journal table: what was received, in the order it was committed, with the digest of what it emitted.
//
// Sequence numbers count from 1 without gaps and never restart: the newest entry is never deleted, and after
// a salvage numbering goes on above the newest checkpoint. `bytes_total` runs with them (stored bytes through
// that entry), so that size and retention need no scan. Retention deletes from the oldest end, in bulk, before an entry
// comes that would exceed the quota, and never above the floor: what the older checkpoint needs for recovery.

import { assert } from "../core/errors.ts";
import { HELD_JOURNAL_QUOTAS, JOURNAL_TRIM_ENTRIES, TRIM_SHARE } from "../core/limits.ts";
import { packBlob, rowCrc, type StoredBlob } from "./blob.ts";
import { decodeJournalRow, JOURNAL_COLUMNS, JournalReader } from "./journal-reader.ts";
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

/** Entries as they will be stored: what they take is known before room is made for them. */
export interface PackedEntries {
  readonly entries: readonly { readonly entry: JournalEntry; readonly blob: StoredBlob }[];
  readonly bytes: number;
}

export type JournalRecord =
  | { readonly readable: true; readonly sequence: number; readonly entry: JournalEntry }
  /** `entries` numbers from `sequence` on are missing or fail their CRC. */
  | { readonly readable: false; readonly sequence: number; readonly entries: number };

/** Whether the disk and the database have any for the journal. */
export interface Room {
  readonly diskLow: boolean;
  readonly databaseFull: boolean;
}

/** When, and for what, the journal is trimmed. */
export interface Trimming {
  /** Nothing above is deleted. */
  readonly floor: number;
  readonly timeMs: number;
  readonly room: Room;
  /** Stored bytes that the caller's transaction is about to append: the quota holds for what is there then. */
  readonly comingBytes: number;
}

export interface JournalRetention {
  /**
   * Stored (compressed) bytes. A bound but for what must be kept, and for a moment where the oldest JOURNAL_TRIM_ENTRIES are
   * smaller than what comes.
   */
  readonly quotaBytes: number;
  readonly maxAgeMs: number;
}

interface JournalStats {
  journalEntries: number;
  journalBytes: number;
  damagedBlobs: number;
}

export class Journal {
  /** Wall clock of the newest entry at the open, 0 for none. */
  readonly newestMs: number;
  /** For who reads many entries as they are stored. */
  readonly reader: JournalReader;
  /**
   * Entries are kept beyond their retention, up to HELD_JOURNAL_QUOTAS, for who has still to read them; not where
   * that would keep messages out.
   */
  isHeld = false;
  readonly #retention: JournalRetention;
  readonly #stats: JournalStats;
  readonly #insert: Statement;
  readonly #delete: Statement;
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
      `INSERT INTO journal (${JOURNAL_COLUMNS}, bytes_total) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare("DELETE FROM journal WHERE sequence <= ?");
    this.reader = new JournalReader(db);
    this.#totals = db.prepare(
      "SELECT sequence, time_ms, bytes_total FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?",
    );
    this.#oldest = db.prepare(
      "SELECT sequence, time_ms, bytes_total - length(data) AS before FROM journal ORDER BY sequence LIMIT 1",
    );
    const newest = db
      .prepare<[], { sequence: number; time_ms: number; bytes_total: number }>(
        "SELECT sequence, time_ms, bytes_total FROM journal ORDER BY sequence DESC LIMIT 1",
      )
      .get();
    this.newestMs = newest?.time_ms ?? 0;
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

  /** Inserts inside the caller's transaction. */
  append({ entries }: PackedEntries): void {
    for (const { entry, blob } of entries) this.#insertOne(entry, blob);
  }

  /** The records after `sequence`, oldest first, each read when it is asked for: no statement stays open. */
  *read(sequence: number): Generator<JournalRecord, void, void> {
    let at = sequence;
    while (at < this.#last) {
      const row = this.reader.next(at);
      const found = row === undefined ? this.#last + 1 : Number(row["sequence"]);
      if (found > at + 1) yield { readable: false, sequence: at + 1, entries: found - at - 1 };
      if (row === undefined) return;
      const record = decodeJournalRow(row);
      if (!record.readable) this.#stats.damagedBlobs++;
      yield record;
      at = found;
    }
  }

  /** Whether `trim` would delete something now. */
  wantsTrim({ floor, timeMs, room, comingBytes }: Trimming): boolean {
    if (this.#first > this.#limit(floor)) return false;
    const { quotaBytes, maxAgeMs } = this.#retentionIn(room);
    return (
      this.#stats.journalBytes + comingBytes > quotaBytes || timeMs - this.#firstTimeMs > maxAgeMs
    );
  }

  /** Deletes the oldest entries inside the caller's transaction, some hundred at most. */
  trim(trimming: Trimming): void {
    if (!this.wantsTrim(trimming)) return;
    const { floor, timeMs, room, comingBytes } = trimming;
    const { quotaBytes, maxAgeMs } = this.#retentionIn(room);
    const keepBytes = Math.min(quotaBytes * (1 - TRIM_SHARE), quotaBytes - comingBytes);
    const oldestMs = timeMs - maxAgeMs * (1 - TRIM_SHARE);
    const limit = this.#limit(floor);
    let through = 0;
    let before = this.#bytesBefore;
    for (const row of this.#totals.all(this.#first - 1, JOURNAL_TRIM_ENTRIES)) {
      const sequence = row["sequence"] as number;
      const tooMany = this.#bytesThrough - before > keepBytes;
      const surplus = tooMany || (row["time_ms"] as number) < oldestMs;
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

  #insertOne(entry: JournalEntry, blob: StoredBlob): void {
    assert(
      Number.isSafeInteger(entry.timeMs) && Number.isSafeInteger(entry.engineTimeMs),
      "journal times must be integral milliseconds",
    );
    const sequence = this.#last + 1;
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
  }

  /** The newest entry that may be deleted. */
  #limit(floor: number): number {
    return Math.min(floor, this.#last - 1);
  }

  /** On a full disk nothing is kept but what recovery needs. */
  #retentionIn({ diskLow, databaseFull }: Room): JournalRetention {
    if (diskLow) return { quotaBytes: 0, maxAgeMs: Number.POSITIVE_INFINITY };
    if (!this.isHeld || databaseFull) return this.#retention;
    const quotaBytes = this.quotaBytes * HELD_JOURNAL_QUOTAS;
    return { quotaBytes, maxAgeMs: Number.POSITIVE_INFINITY };
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
}

/** Compresses what pays. */
export function packEntries(entries: readonly JournalEntry[]): PackedEntries {
  const packed = entries.map((entry) => ({ entry, blob: packBlob(entry.data) }));
  const bytes = packed.reduce((sum, { blob }) => sum + blob.data.byteLength, 0);
  return { entries: packed, bytes };
}

export interface JournalOptions {
  readonly retention: JournalRetention;
  readonly stats: JournalStats;
  readonly lowestLast: number;
}
