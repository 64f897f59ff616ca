// How many bytes the store makes the device write, counted from what SQLite did: the file blocks that new WAL
// frames touch, and one page per distinct page that a WAL checkpoint copied into the database. The filesystem's
// own journal is not seen.
//
// WAL file: a 32-byte header, then frames of a 24-byte header (page number first, big-endian) and one page
// (https://sqlite.org/fileformat2.html#walformat). A WAL that was copied entirely starts again at frame 0 with
// the next write. `PRAGMA wal_checkpoint(NOOP)` reports both counts and does nothing.

import { closeSync, existsSync, openSync, readSync } from "node:fs";

import { type Database, PAGE_BYTES, type Statement } from "./sqlite.ts";

export const WAL_HEADER = 32;
export const SALT_AT = 16;
export const FRAME_HEADER = 24;
export const FRAME_BYTES: number = FRAME_HEADER + PAGE_BYTES;

/** A place between two transactions in one generation of the WAL. */
export interface WalPosition {
  /** The first salt of the generation: one more than that of the generation before it in the same file. */
  readonly salt: number;
  readonly frames: number;
}

/** The first salt in a WAL file, undefined where it has no whole header. */
export function walSalt(file: string): number | undefined {
  const header = Buffer.alloc(WAL_HEADER);
  const wal = openSync(file, "r");
  try {
    return readSync(wal, header, 0, WAL_HEADER, 0) < WAL_HEADER
      ? undefined
      : header.readUInt32BE(SALT_AT);
  } finally {
    closeSync(wal);
  }
}

/** Where the WAL of this database ends, behind its newest transaction; where there is none, at a place in no WAL. */
export function walEnd(db: Database, file: string): WalPosition {
  const wal = `${file}-wal`;
  const salt = existsSync(wal) ? walSalt(wal) : undefined;
  const frames = Number(db.prepare<[], { log: number }>("PRAGMA wal_checkpoint(NOOP)").get()?.log);
  return salt === undefined || frames <= 0 ? { salt: 0, frames: 0 } : { salt, frames };
}

/** Bytes of a WAL file with so many frames. */
export function walBytes(frames: number): number {
  return WAL_HEADER + frames * FRAME_BYTES;
}

/**
 * Whether the WAL holds frames of its current generation beyond the last whole transaction: what a kill or a
 * power cut in the middle of a COMMIT leaves, or damage. To be asked before the first write.
 */
export function hasUnfinishedTail(db: Database, file: string): boolean {
  const frames = Number(db.prepare<[], { log: number }>("PRAGMA wal_checkpoint(NOOP)").get()?.log);
  const wal = openSync(`${file}-wal`, "r");
  try {
    const header = Buffer.alloc(WAL_HEADER);
    if (readSync(wal, header, 0, WAL_HEADER, 0) < WAL_HEADER) return false;
    const frame = Buffer.alloc(FRAME_HEADER);
    for (let at = walBytes(Math.max(0, frames)); ; at += FRAME_BYTES) {
      if (readSync(wal, frame, 0, FRAME_HEADER, at) < FRAME_HEADER) return false;
      // Frames left from before the last restart of the WAL have other salts.
      if (frame.compare(header, SALT_AT, SALT_AT + 8, 8, 16) === 0) return true;
    }
  } finally {
    closeSync(wal);
  }
}

export class FlashMeter {
  readonly #stats: { flashBytes: number };
  readonly #state: Statement;
  readonly #wal: number;
  #frames: number;
  #copied: number;
  #salt: number;

  /** To be made after the first write: the WAL file must exist. */
  constructor(db: Database, file: string, stats: { flashBytes: number }) {
    this.#stats = stats;
    this.#state = db.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#wal = openSync(`${file}-wal`, "r");
    const now = this.#sample();
    this.#frames = now.frames;
    this.#copied = now.copied;
    this.#salt = this.#readSalt();
  }

  /** Behind the newest transaction. */
  get position(): WalPosition {
    return { salt: this.#salt, frames: this.#frames };
  }

  /** Pages in the WAL that are not yet in the database. */
  get pending(): number {
    return this.#frames - this.#copied;
  }

  /** Counts what was written since the last call; to be called after every COMMIT and WAL checkpoint. */
  count(): void {
    const { frames, copied } = this.#sample();
    const restarted = frames < this.#frames || (this.#copied === this.#frames && copied < frames);
    if (restarted) this.#salt = this.#readSalt();
    const from = restarted ? 0 : this.#frames;
    if (frames > from) this.#stats.flashBytes += blocksTouched(from, frames) * PAGE_BYTES;
    const copiedFrom = restarted ? 0 : this.#copied;
    if (copied > copiedFrom) {
      this.#stats.flashBytes += this.#distinctPages(copiedFrom, copied) * PAGE_BYTES;
    }
    this.#frames = frames;
    this.#copied = copied;
  }

  close(): void {
    closeSync(this.#wal);
  }

  #sample(): { frames: number; copied: number } {
    const row = this.#state.get();
    return { frames: Number(row?.["log"]), copied: Number(row?.["checkpointed"]) };
  }

  #readSalt(): number {
    const salt = Buffer.alloc(4);
    readSync(this.#wal, salt, 0, salt.length, SALT_AT);
    return salt.readUInt32BE(0);
  }

  #distinctPages(from: number, to: number): number {
    const pages = new Set<number>();
    const header = Buffer.alloc(4);
    for (let frame = from; frame < to; frame++) {
      readSync(this.#wal, header, 0, 4, walBytes(frame));
      pages.add(header.readUInt32BE(0));
    }
    return pages.size;
  }
}

/** File blocks of a page's size that frames [from, to) lie in: frames are not aligned to them. */
function blocksTouched(from: number, to: number): number {
  return Math.floor((walBytes(to) - 1) / PAGE_BYTES) - Math.floor(walBytes(from) / PAGE_BYTES) + 1;
}
