// Checkpoints: the engine's whole state as of a journal sequence, in compressed chunks. Two are kept; a new one
// replaces the older in the same transaction that completes it, so there is never less than one to go back to.
// Each chunk has a CRC and the whole has one: a checkpoint is used entirely or not at all.

import { crashPoint } from "../core/fault-points.ts";
import { CHECKPOINT_CHUNK_BYTES } from "../core/limits.ts";
import { packBlob, rowCrc, unpackBlob } from "./blob.ts";
import type { Database, Statement } from "./sqlite.ts";

export interface CheckpointInput {
  /** Opaque; may be tens of megabytes. */
  readonly state: Uint8Array;
  readonly timeMs: number;
  readonly engineVersion: string;
}

export interface Checkpoint extends CheckpointInput {
  /** Includes the effects of every journal entry through this one. */
  readonly journalSequence: number;
}

interface Header {
  readonly id: number;
  readonly journalSequence: number;
}

/** Chunk ids: checkpoint id * 2^16 + chunk number. */
const CHUNK_SPAN = 65_536;
const KEEP = 2;

export class Checkpoints {
  readonly #stats: { checkpointBytes: number; damagedBlobs: number };
  readonly #insert: Statement;
  readonly #insertChunk: Statement;
  readonly #select: Statement;
  readonly #selectChunk: Statement;
  readonly #delete: Statement;
  readonly #deleteChunks: Statement;
  /** Oldest first, at most KEEP. */
  #headers: readonly Header[];

  constructor(db: Database, stats: { checkpointBytes: number; damagedBlobs: number }) {
    this.#stats = stats;
    this.#insert = db.prepare("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#insertChunk = db.prepare("INSERT INTO checkpoint_chunk VALUES (?, ?, ?, ?, ?)");
    this.#select = db.prepare("SELECT * FROM checkpoint WHERE id = ?");
    this.#selectChunk = db.prepare("SELECT * FROM checkpoint_chunk WHERE id = ?");
    this.#delete = db.prepare("DELETE FROM checkpoint WHERE id = ?");
    this.#deleteChunks = db.prepare("DELETE FROM checkpoint_chunk WHERE id >= ? AND id < ?");
    this.#headers = db
      .prepare<[], Header>(
        'SELECT id, journal_sequence AS "journalSequence" FROM checkpoint ORDER BY id',
      )
      .all();
  }

  /** Journal entries through this one may be deleted: both checkpoints include them. 0 = none may. */
  get floor(): number {
    return this.#headers.length < KEEP ? 0 : this.#headers[0]!.journalSequence;
  }

  /** Journal sequence of the newest checkpoint, 0 without one. */
  get newest(): number {
    return this.#headers.at(-1)?.journalSequence ?? 0;
  }

  /** Writes a checkpoint that covers the journal through `journalSequence`, inside the caller's transaction. */
  write(input: CheckpointInput, journalSequence: number): void {
    const drop = this.#headers.slice(0, Math.max(0, this.#headers.length - KEEP + 1));
    for (const { id } of drop) {
      this.#delete.run(id);
      this.#deleteChunks.run(id * CHUNK_SPAN, (id + 1) * CHUNK_SPAN);
    }
    const { state, timeMs, engineVersion } = input;
    const id = (this.#headers.at(-1)?.id ?? 0) + 1;
    const chunks = Math.ceil(state.byteLength / CHECKPOINT_CHUNK_BYTES);
    const head = [id, journalSequence, timeMs, engineVersion, state.byteLength, chunks];
    for (let chunk = 0; chunk < chunks; chunk++) {
      if (chunk === chunks >> 1) crashPoint("store-in-checkpoint");
      const start = chunk * CHECKPOINT_CHUNK_BYTES;
      this.#writeChunk(
        id * CHUNK_SPAN + chunk,
        state.subarray(start, start + CHECKPOINT_CHUNK_BYTES),
      );
    }
    this.#insert.run(...head, rowCrc(head, state));
    this.#stats.checkpointBytes = state.byteLength;
    this.#headers = [...this.#headers.slice(drop.length), { id, journalSequence }];
  }

  /** The newest checkpoint that is whole, and how many newer ones were damaged. */
  read(): { readonly checkpoint: Checkpoint | undefined; readonly damaged: number } {
    for (let index = this.#headers.length - 1; index >= 0; index--) {
      const checkpoint = this.#readOne(this.#headers[index]!.id);
      const damaged = this.#headers.length - 1 - index;
      if (checkpoint !== undefined) return { checkpoint, damaged };
      this.#stats.damagedBlobs++;
    }
    return { checkpoint: undefined, damaged: this.#headers.length };
  }

  /** Every checkpoint that is whole, oldest first. */
  *readAll(): Generator<Checkpoint, void, void> {
    for (const { id } of this.#headers) {
      const checkpoint = this.#readOne(id);
      if (checkpoint !== undefined) yield checkpoint;
    }
  }

  #writeChunk(id: number, bytes: Uint8Array): void {
    const blob = packBlob(bytes);
    const head = [id, bytes.byteLength, blob.encoding];
    this.#insertChunk.run(...head, rowCrc(head, blob.data), blob.data);
  }

  #readOne(id: number): Checkpoint | undefined {
    const row = this.#select.get(id);
    if (row === undefined) return undefined;
    const [bytes, chunks] = [row["bytes"] as number, row["chunks"] as number];
    // Checked before allocating: a damaged row may claim any size.
    if (Math.ceil(bytes / CHECKPOINT_CHUNK_BYTES) !== chunks || chunks >= CHUNK_SPAN)
      return undefined;
    const parts: Uint8Array[] = [];
    for (let chunk = 0; chunk < chunks; chunk++) {
      const stored = this.#selectChunk.get(id * CHUNK_SPAN + chunk);
      if (stored === undefined || !chunkIntact(stored)) return undefined;
      const blob = { encoding: stored["encoding"] as number, data: stored["data"] as Uint8Array };
      parts.push(unpackBlob(blob, stored["bytes"] as number));
    }
    const state = Buffer.concat(parts);
    if (checkpointCrc(row, state) !== row["crc"]) return undefined;
    return {
      state,
      journalSequence: row["journal_sequence"] as number,
      timeMs: row["time_ms"] as number,
      engineVersion: row["engine_version"] as string,
    };
  }
}

function chunkIntact(row: Record<string, unknown>): boolean {
  const head = [row["id"] as number, row["bytes"] as number, row["encoding"] as number];
  return row["crc"] === rowCrc(head, row["data"] as Uint8Array);
}

function checkpointCrc(row: Record<string, unknown>, state: Uint8Array): number {
  const names = ["id", "journal_sequence", "time_ms", "engine_version", "bytes", "chunks"];
  return rowCrc(
    names.map((name) => row[name] as number | string),
    state,
  );
}
