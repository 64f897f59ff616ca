// A copy of a database that cannot be written where it is: its filesystem has turned read-only, or the card refuses
// writes. From the copy the outbox can still be read, and drained.
//
// Of the WAL only what was answered is copied. What lies behind may have reached nothing but the page cache: after a
// repair the card would not have it, and rows of it that had left would look like those of a future.

import {
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { crc32 } from "node:zlib";

import { GatewayError } from "../core/errors.ts";
import { READ_COPY_BYTES } from "../core/limits.ts";
import { markedWal } from "./attempts.ts";
import { DATABASE_FILE } from "./salvage.ts";
import { BALLAST_FILE, freeDiskBytes } from "./space.ts";
import { storeError } from "./sqlite.ts";
import { walBytes, walSalt } from "./wal.ts";

const WAL_FILE = `${DATABASE_FILE}-wal`;

/**
 * Copies the database in `directory` into a folder below `scratch`, and returns that: open it as a store, and remove it
 * afterwards; one that a crash has left is replaced. Throws STORE_WRITE when there is none, or it does not fit.
 */
export function copyForReading(directory: string, scratch: string): string {
  // One per data directory, so that crashes leave no more than one.
  const copy = join(scratch, `headrace-copy-${crc32(resolve(directory)).toString(16)}`);
  try {
    rmSync(copy, { recursive: true, force: true });
    const bytes = size(join(directory, DATABASE_FILE)) + size(join(directory, WAL_FILE));
    const room = Math.min(READ_COPY_BYTES, freeDiskBytes(scratch) / 2);
    if (bytes === 0 || bytes > room) throw noCopy(bytes, scratch, room);
    mkdirSync(copy, { mode: 0o700 });
    cpSync(join(directory, DATABASE_FILE), join(copy, DATABASE_FILE));
    copyWal(directory, copy);
    return copy;
  } catch (error) {
    throw storeError(error, "copy the database");
  }
}

/**
 * Whether a store could work in the directory: it has `roomBytes` left, or would by giving up the ballast, and takes a file,
 * durably. Costs a block of flash where it does.
 */
export function isUsable(directory: string, roomBytes: number): boolean {
  const probe = join(directory, "probe");
  try {
    if (freeDiskBytes(directory) + size(join(directory, BALLAST_FILE)) < roomBytes) return false;
    const file = openSync(probe, "w", 0o600);
    try {
      writeSync(file, "x");
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

function copyWal(directory: string, copy: string): void {
  const wal = join(directory, WAL_FILE);
  if (!existsSync(wal)) return;
  const marked = markedWal(directory);
  const salt = walSalt(wal);
  // A generation that nothing was answered from; the one before is in the database.
  if (marked !== undefined && marked.salt !== salt) return;
  cpSync(wal, join(copy, WAL_FILE));
  if (marked !== undefined) truncateSync(join(copy, WAL_FILE), walBytes(marked.frames));
}

function noCopy(bytes: number, scratch: string, room: number): GatewayError {
  const why = bytes === 0 ? "there is none" : `${bytes} bytes do not fit into ${scratch} (${room})`;
  return new GatewayError(`cannot copy the database: ${why}`, {
    code: "STORE_WRITE",
    blame: "external",
  });
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
