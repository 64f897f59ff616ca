// How much room is left: pages of the database against `max_page_count`, and blocks of the filesystem against a
// reserve; and the ballast file that makes room for deletes on a full disk.
//
//   free disk >= reserve                 batches run
//   free disk <  reserve                 no message batch; the journal is trimmed to what recovery needs
//   free disk <  ballast                 the ballast is given back: deletes write WAL pages
//   free disk >= reserve + 2 * ballast   the ballast is made again; until then the reserve is that much higher
//
// A database that is above its quota when it is opened (the quota was lowered) gets the reserved part on top of what it
// holds: a start, deletes and alarms must still work, or nothing would ever make room.

import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { STORE_RESERVE_SHARE } from "../core/limits.ts";
import { type Database, PAGE_BYTES, type Statement } from "./sqlite.ts";

/** In the data directory. */
export const BALLAST_FILE = "ballast";

export interface SpaceOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly reserveBytes: number;
  readonly ballastBytes: number;
}

interface SpaceStats {
  databaseBytes: number;
  freeDatabaseBytes: number;
  freeDiskBytes: number;
  ballastBytes: number;
  flashBytes: number;
}

export class Space {
  readonly #options: SpaceOptions;
  readonly #stats: SpaceStats;
  readonly #pageCount: Statement;
  readonly #freePages: Statement;
  readonly #ballast: string;

  constructor(db: Database, options: SpaceOptions, stats: SpaceStats) {
    this.#options = options;
    this.#stats = stats;
    this.#ballast = join(options.directory, BALLAST_FILE);
    this.#pageCount = db.prepare("PRAGMA page_count");
    this.#freePages = db.prepare("PRAGMA freelist_count");
    // A shorter one is what a crash left of making it.
    const size = statSync(this.#ballast, { throwIfNoEntry: false })?.size ?? 0;
    stats.ballastBytes = size >= options.ballastBytes ? size : 0;
    this.sample();
    const most = Math.max(
      options.maxBytes,
      this.#usedBytes + options.maxBytes * STORE_RESERVE_SHARE,
    );
    db.pragma(`max_page_count = ${Math.ceil(most / PAGE_BYTES)}`);
  }

  /** Looks again. Costs two system calls. */
  sample(): void {
    const stats = this.#stats;
    stats.databaseBytes = Number(this.#pageCount.get()?.["page_count"]) * PAGE_BYTES;
    stats.freeDatabaseBytes = Number(this.#freePages.get()?.["freelist_count"]) * PAGE_BYTES;
    stats.freeDiskBytes = freeDiskBytes(this.#options.directory);
    if (stats.freeDiskBytes < this.#options.ballastBytes) this.#giveBack();
  }

  /** Whether only the part kept for commands, alarms and checkpoints is left of `max_page_count`. */
  get databaseFull(): boolean {
    return this.#usedBytes > this.#options.maxBytes * (1 - STORE_RESERVE_SHARE);
  }

  get diskLow(): boolean {
    const { reserveBytes, ballastBytes: wanted } = this.#options;
    const missing = this.#stats.ballastBytes === 0 ? wanted : 0;
    return this.#stats.freeDiskBytes < reserveBytes + missing;
  }

  /** Makes the ballast if it is missing and there is room. */
  restoreBallast(): void {
    const { reserveBytes, ballastBytes: wanted } = this.#options;
    if (this.#stats.ballastBytes > 0 || wanted === 0) return;
    if (this.#stats.freeDiskBytes < reserveBytes + 2 * wanted) return;
    try {
      writeZeros(this.#ballast, wanted);
    } catch (error) {
      removeBallast(this.#options.directory);
      throw error;
    }
    this.#stats.ballastBytes = wanted;
    this.#stats.flashBytes += wanted;
  }

  get #usedBytes(): number {
    return this.#stats.databaseBytes - this.#stats.freeDatabaseBytes;
  }

  #giveBack(): void {
    if (this.#stats.ballastBytes === 0) return;
    removeBallast(this.#options.directory);
    this.#stats.ballastBytes = 0;
    this.#stats.freeDiskBytes = freeDiskBytes(this.#options.directory);
  }
}

/** Gives the ballast back before anything else is tried; fine when there is none. */
export function removeBallast(directory: string): void {
  rmSync(join(directory, BALLAST_FILE), { force: true });
}

/** Bytes that a user without privileges may still allocate on the filesystem of `directory`. */
export function freeDiskBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function writeZeros(path: string, bytes: number): void {
  const file = openSync(path, "w", 0o600);
  try {
    const block = Buffer.alloc(256 * 1024);
    for (let written = 0; written < bytes;) {
      written += writeSync(file, block, 0, Math.min(block.length, bytes - written));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
