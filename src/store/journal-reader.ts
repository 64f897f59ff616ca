// Reading the journal as it lies on the disk: rows whose data is still compressed, so that whoever has the database
// open can hand many of them on at little cost, and decode them elsewhere. No statement stays open between calls.

import type { JournalEntry, JournalKind, JournalRecord } from "./journal.ts";
import { rowCrc, unpackBlob } from "./blob.ts";
import type { Database, Statement } from "./sqlite.ts";

export const JOURNAL_COLUMNS =
  "sequence, kind, time_ms, engine_time_ms, count, bytes, digest, engine_version, encoding, crc, data";

/** A row of the journal table, its integers as bigint. */
export type JournalRow = Readonly<Record<string, unknown>>;

export interface RowBounds {
  /** The last sequence that is wanted. */
  readonly through: number;
  /** Stored bytes after which no further row is read. */
  readonly maxBytes: number;
  /** Asked after each row: true ends the reading. */
  isOver(): boolean;
}

export class JournalReader {
  readonly #next: Statement;
  readonly #ends: Statement;
  readonly #place: Statement;
  readonly #newestConfig: Statement;

  constructor(db: Database) {
    this.#next = db
      .prepare<unknown[], Record<string, unknown>>(
        `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE sequence > ? ORDER BY sequence LIMIT 1`,
      )
      .safeIntegers(true);
    this.#ends = db.prepare("SELECT min(sequence) AS first, max(sequence) AS last FROM journal");
    this.#place = db.prepare(
      `SELECT sequence, time_ms AS "timeMs", bytes_total AS through, length(data) AS bytes
       FROM journal WHERE sequence >= ? ORDER BY sequence LIMIT 1`,
    );
    this.#newestConfig = db.prepare(
      "SELECT sequence FROM journal WHERE kind = 'config' ORDER BY sequence DESC LIMIT 1",
    );
  }

  /** Sequences of the oldest and newest entry; undefined when there is none. */
  get range(): { readonly first: number; readonly last: number } | undefined {
    const ends = this.#ends.get();
    if (ends === undefined || ends["first"] === null) return undefined;
    return { first: ends["first"] as number, last: ends["last"] as number };
  }

  /** The row after `sequence`. */
  next(sequence: number): JournalRow | undefined {
    return this.#next.get(sequence);
  }

  /** The first entry from `sequence` on: where it is, when it was written, and stored bytes from it to the end. */
  from(sequence: number): { sequence: number; timeMs: number; bytes: number } | undefined {
    const place = this.#place.get(sequence);
    const range = this.range;
    if (place === undefined || range === undefined) return undefined;
    const newest = this.#place.get(range.last);
    const before = (place["through"] as number) - (place["bytes"] as number);
    return {
      sequence: place["sequence"] as number,
      timeMs: place["timeMs"] as number,
      bytes: (newest?.["through"] as number) - before,
    };
  }

  /** The first sequence whose entry was written at `timeMs` (wall clock) or later; after the last where none was. */
  firstSince(timeMs: number): number {
    const range = this.range;
    if (range === undefined) return 1;
    let [low, high] = [range.first, range.last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const place = this.#place.get(middle);
      if (place === undefined || (place["timeMs"] as number) >= timeMs) high = middle;
      else low = (place["sequence"] as number) + 1;
    }
    return low;
  }

  /** Rows after `sequence` within bounds, one at the least if there is any. */
  rows(sequence: number, { through, maxBytes, isOver }: RowBounds): JournalRow[] {
    const rows: JournalRow[] = [];
    let at = sequence;
    let bytes = 0;
    do {
      const row = this.next(at);
      if (row === undefined || Number(row["sequence"]) > through) break;
      rows.push(row);
      at = Number(row["sequence"]);
      bytes += (row["data"] as Uint8Array).byteLength;
    } while (bytes < maxBytes && !isOver());
    return rows;
  }

  /** The newest `config` entry. */
  newestConfig(): JournalRecord | undefined {
    const sequence = this.#newestConfig.get()?.["sequence"] as number | undefined;
    const row = sequence === undefined ? undefined : this.next(sequence - 1);
    return row === undefined ? undefined : decodeJournalRow(row);
  }
}

/** The record that a row holds; unreadable where its CRC does not fit. */
export function decodeJournalRow(row: JournalRow): JournalRecord {
  const sequence = Number(row["sequence"]);
  if (!journalRowIntact(row)) return { readable: false, sequence, entries: 1 };
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

/** Whether the CRC of a row fits its columns and data. */
export function journalRowIntact(row: JournalRow): boolean {
  return Number(row["crc"]) === journalRowCrc(row);
}

/** The CRC that a row should have. */
export function journalRowCrc(row: JournalRow): number {
  const head = JOURNAL_COLUMNS.split(", ")
    .slice(0, -2)
    .map((name) => row[name] as bigint | string);
  return rowCrc(head, row["data"] as Uint8Array);
}
