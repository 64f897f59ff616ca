// A note beside the database of what is being processed right now: a payload that kills the process leaves it
// open, and the next start sees what was tried and how often. What follows from it is the engine's policy.
//
// One record at offset 0, written in place (64 bytes, one sector, so never torn):
//   magic u32 | crc32 of the rest u32 | open u8 | phase u8 | count u16 | sequence f64 | fingerprint u64
// A plain write survives the death of the process, which is what it is for; `sync` also survives a power cut.

import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { assert } from "../core/errors.ts";
import { storeError } from "./sqlite.ts";

export const PHASES = ["decode", "replay", "careful"] as const;
export type Phase = (typeof PHASES)[number];

export interface Attempt {
  readonly phase: Phase;
  /** Journal sequence that is replayed, or the batch's sequence to be. */
  readonly sequence: number;
  /** How many starts have tried this, counting this one: 1 to 65,535. */
  readonly count: number;
  /** Unsigned 64-bit hash of what is processed; 0n = not said. */
  readonly fingerprint: bigint;
}

const MAGIC = 0x68726174;
const RECORD_BYTES = 64;
/** Un-synced writes reach the card when the kernel flushes, every 5 s on Linux; counted as a page each. */
const FLUSH_INTERVAL_MS = 5000;

export class Attempts {
  readonly #file: number;
  readonly #stats: { flashBytes: number };
  readonly #record: Buffer = Buffer.alloc(RECORD_BYTES);
  #countedMs = Number.NEGATIVE_INFINITY;

  constructor(directory: string, stats: { flashBytes: number }) {
    this.#stats = stats;
    this.#file = openSync(join(directory, "attempts"), "a+", 0o600);
    closeSync(this.#file);
    this.#file = openSync(join(directory, "attempts"), "r+");
  }

  /** What was being processed when the process died; undefined after an orderly `end`. */
  read(): Attempt | undefined {
    const record = Buffer.alloc(RECORD_BYTES);
    const read = readSync(this.#file, record, 0, RECORD_BYTES, 0);
    if (read < RECORD_BYTES || record.readUInt32LE(0) !== MAGIC) return undefined;
    if (record.readUInt32LE(4) !== crc32(record.subarray(8)) || record[8] !== 1) return undefined;
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
    record[8] = 1;
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

  /** Notes that it was survived. Not synced: seen again after a power cut, it costs one careful start. */
  end(): void {
    this.#record[8] = 0;
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
