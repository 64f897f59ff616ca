// The schema version of a database file, read from its bytes. SQLite is not asked: whoever opens a file with a WAL also
// copies that WAL into it on closing, and a file of a newer version must stay as it is, byte for byte.
//
// `user_version` is in the header of page 1 (https://sqlite.org/fileformat2.html), whose newest whole copy may be in the
// WAL: a frame counts when the checksums up to it are right and a commit frame follows or is it.

import { closeSync, openSync, readSync } from "node:fs";

import { PAGE_BYTES } from "./sqlite.ts";
import { FRAME_BYTES, FRAME_HEADER, SALT_AT, WAL_HEADER } from "./wal.ts";

const MAGIC = "SQLite format 3\0";
const VERSION_AT = 60;
const PAGE_SIZE_AT = 8;
const CHECKSUM_AT = 24;
/** SQLite sums in the byte order of the machine that wrote the WAL; all of ours are little-endian. */
const WAL_MAGIC = 0x377f0682;
/** Of a frame header: the pages of the database after a commit (else 0), what its checksum covers, where that is. */
const FRAME_PAGES_AT = 4;
const FRAME_SUMMED = 8;
const FRAME_CHECKSUM_AT = 16;

/** 0 for a file that is new, or no database. No connection of this process may have it open: closing drops its locks. */
export function fileVersion(file: string): number {
  return withFile(`${file}-wal`, walVersion) ?? withFile(file, pageVersion) ?? 0;
}

function pageVersion(database: number): number {
  const page = Buffer.alloc(VERSION_AT + 4);
  readSync(database, page, 0, page.length, 0);
  // Of a damaged header nothing is believed: that file is for the salvage.
  return page.toString("latin1", 0, MAGIC.length) === MAGIC ? page.readInt32BE(VERSION_AT) : 0;
}

/** That of the newest page 1 in whole transactions; undefined for none. */
function walVersion(wal: number): number | undefined {
  const header = Buffer.alloc(WAL_HEADER);
  if (readSync(wal, header, 0, WAL_HEADER, 0) < WAL_HEADER) return undefined;
  if (header.readUInt32BE(0) !== WAL_MAGIC || header.readUInt32BE(PAGE_SIZE_AT) !== PAGE_BYTES) {
    return undefined;
  }
  const sum = new Checksum();
  sum.add(wordsOf(header), 0, CHECKSUM_AT);
  if (!sum.is(header, CHECKSUM_AT)) return undefined;
  let committed: number | undefined;
  let pending: number | undefined;
  const frame = Buffer.alloc(FRAME_BYTES);
  const words = wordsOf(frame);
  for (
    let at = WAL_HEADER;
    readSync(wal, frame, 0, FRAME_BYTES, at) === FRAME_BYTES;
    at += FRAME_BYTES
  ) {
    if (frame.compare(header, SALT_AT, SALT_AT + 8, 8, 16) !== 0) break;
    sum.add(words, 0, FRAME_SUMMED);
    sum.add(words, FRAME_HEADER, FRAME_BYTES);
    if (!sum.is(frame, FRAME_CHECKSUM_AT)) break;
    if (frame.readUInt32BE(0) === 1) pending = frame.readInt32BE(FRAME_HEADER + VERSION_AT);
    const isCommit = frame.readUInt32BE(FRAME_PAGES_AT) !== 0;
    if (isCommit) committed = pending;
  }
  return committed;
}

/** Of a WAL: a running one over pairs of 32-bit words. */
class Checksum {
  #first = 0;
  #second = 0;

  /** `from` and `to` in bytes. A WAL of many megabytes is read at every start: hence words, and no fields in the loop. */
  add(words: Int32Array, from: number, to: number): void {
    let first = this.#first | 0;
    let second = this.#second | 0;
    for (let at = from / 4; at < to / 4; at += 2) {
      first = (first + words[at]! + second) | 0;
      second = (second + words[at + 1]! + first) | 0;
    }
    this.#first = first >>> 0;
    this.#second = second >>> 0;
  }

  is(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second;
  }
}

function wordsOf({ buffer, byteOffset, byteLength }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

/** undefined where there is no such file. */
function withFile<T>(file: string, read: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
