// A note beside the database of what is being processed right now: a payload that kills the process leaves it
// open, and the next start sees what was tried and how often. What follows from it is the engine's policy. And a mark:
// the newest journal entry that was committed, and where the WAL ended then. A database that ends before it has lost what
// was acknowledged; what lies behind it in the WAL may not be on the card, though the page cache shows it.
//
// One record at offset 0, written in place (64 bytes, one sector, so never torn):
//   magic u32 | crc32 of the rest u32 | open u8 | phase u8 | count u16 | sequence f64 | fingerprint u64 | mark f64 |
//   machine boot u64 | WAL salt u32 | WAL frames u32
// A plain write survives the death of the process, which is what it is for; `sync` also survives a power cut. A power
// cut may leave any older note and mark. Such a note accuses an innocent message, so notes are believed only within
// one boot of the machine; a mark is never too new, being written after the commit.

import { closeSync, existsSync, fdatasyncSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { assert } from "../core/errors.ts";
import { machineBoot } from "./machine-boot.ts";
import { storeError } from "./sqlite.ts";
import type { WalPosition } from "./wal.ts";

export const PHASES = ["decode", "replay", "careful", "catch-up"] as const;
export type Phase = (typeof PHASES)[number];

export interface Attempt {
  readonly phase: Phase;
  /** Journal sequence that is replayed or caught up with, or the batch's sequence to be. */
  readonly sequence: number;
  /** How many starts have tried this, counting this one: 1 to 65,535. */
  readonly count: number;
  /** Unsigned 64-bit hash of what is processed; 0n = not said. */
  readonly fingerprint: bigint;
}

const FILE = "attempts";
const MAGIC = 0x68726174;
const RECORD_BYTES = 64;
const OPEN_AT = 8;
const MARK_AT = 28;
const BOOT_AT = 36;
const WAL_AT = 44;
/** Un-synced writes reach the card when the kernel flushes, every 5 s on Linux; counted as a page each. */
const FLUSH_INTERVAL_MS = 5000;

export class Attempts {
  readonly #file: number;
  readonly #stats: { flashBytes: number };
  readonly #boot: bigint;
  readonly #record: Buffer = Buffer.alloc(RECORD_BYTES);
  /** The machine may not have been off since the directory was written last: the page cache is not the card. */
  readonly isSameBoot: boolean;
  #countedMs = Number.NEGATIVE_INFINITY;

  /** `boot`: names this boot of the machine. */
  constructor(directory: string, stats: { flashBytes: number }, boot: bigint = machineBoot()) {
    this.#stats = stats;
    this.#boot = boot;
    const path = join(directory, FILE);
    closeSync(openSync(path, "a+", 0o600));
    this.#file = openSync(path, "r+");
    const record = loadRecord(this.#file);
    this.isSameBoot = record === undefined || isOfBoot(record, boot);
    record?.copy(this.#record);
    // A note of another boot accuses nobody.
    if (!this.isSameBoot) this.#record[OPEN_AT] = 0;
    this.#record.writeBigUInt64LE(boot, BOOT_AT);
  }

  /** Sequence of the newest journal entry that is known to have been committed; 0 if none is. */
  get committed(): number {
    return this.#record.readDoubleLE(MARK_AT);
  }

  /** Moves the mark; to be called after the commit. */
  markCommitted(sequence: number, { salt, frames }: WalPosition): void {
    this.#record.writeDoubleLE(sequence, MARK_AT);
    this.#record.writeUInt32LE(salt, WAL_AT);
    this.#record.writeUInt32LE(frames, WAL_AT + 4);
    this.#write(false);
  }

  /** What was being processed when the process died; undefined after an orderly `end` or a power cut. */
  read(): Attempt | undefined {
    const record = loadRecord(this.#file);
    if (record?.[OPEN_AT] !== 1 || !isOfBoot(record, this.#boot)) return undefined;
    const phase = PHASES[record[9]!];
    assert(phase !== undefined, "unknown phase in the attempts file");
    return {
      phase,
      count: record.readUInt16LE(10),
      sequence: record.readDoubleLE(12),
      fingerprint: record.readBigUInt64LE(20),
    };
  }

  /** Notes what begins now; `sync` waits for the card. Errors: STORE_FSYNC, STORE_FULL, STORE_WRITE. */
  begin(attempt: Attempt, options: { readonly sync?: boolean; readonly timeMs: number }): void {
    const record = this.#record;
    record[OPEN_AT] = 1;
    record[9] = PHASES.indexOf(attempt.phase);
    record.writeUInt16LE(Math.min(attempt.count, 0xffff), 10);
    record.writeDoubleLE(attempt.sequence, 12);
    record.writeBigUInt64LE(attempt.fingerprint, 20);
    this.#write(options.sync === true);
    if (options.sync === true || options.timeMs - this.#countedMs >= FLUSH_INTERVAL_MS) {
      this.#stats.flashBytes += 4096;
      this.#countedMs = options.timeMs;
    }
  }

  /** Notes that it was survived. Not synced: what a power cut leaves of notes is not believed. */
  end(): void {
    this.#record[OPEN_AT] = 0;
    this.#write(false);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(sync: boolean): void {
    this.#record.writeUInt32LE(MAGIC, 0);
    this.#record.writeUInt32LE(crc32(this.#record.subarray(8)), 4);
    try {
      writeSync(this.#file, this.#record, 0, RECORD_BYTES, 0);
      if (sync) fdatasyncSync(this.#file);
    } catch (error) {
      throw storeError(error, "note what is being processed");
    }
  }
}

/**
 * Where the WAL in `directory` ended when the newest commit was answered; undefined where nobody knows, or the machine
 * has been off since: then all that is there is on the card. Writes nothing.
 */
export function markedWal(
  directory: string,
  boot: bigint = machineBoot(),
): WalPosition | undefined {
  const path = join(directory, FILE);
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const record = loadRecord(file);
    if (record === undefined || !isOfBoot(record, boot)) return undefined;
    return { salt: record.readUInt32LE(WAL_AT), frames: record.readUInt32LE(WAL_AT + 4) };
  } finally {
    closeSync(file);
  }
}

/** The record in the file; undefined when it was never written whole. */
function loadRecord(file: number): Buffer | undefined {
  const record = Buffer.alloc(RECORD_BYTES);
  const read = readSync(file, record, 0, RECORD_BYTES, 0);
  if (read < RECORD_BYTES || record.readUInt32LE(0) !== MAGIC) return undefined;
  return record.readUInt32LE(4) === crc32(record.subarray(8)) ? record : undefined;
}

function isOfBoot(record: Buffer, boot: bigint): boolean {
  return record.readBigUInt64LE(BOOT_AT) === boot;
}
