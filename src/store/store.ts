// The store: everything that must survive, behind one synchronous object. It runs in the core worker.
//
// Invariants
// - One transaction per `commit`, deletes first, synced before it returns: what it answered is on the card.
// - After any failed write the store takes no further one (`failure`): the engine in memory is ahead of the
//   disk and must be rebuilt from a checkpoint. Reading goes on, so that the uplink can still drain.
// - Whether a batch may run is asked before the engine runs it (`admission`), never found out by failing.
// - No statement stays open between calls.
//
// Errors: STORE_FSYNC (exit 74), STORE_FULL, STORE_WRITE, STORE_CORRUPT (close and open again: it is salvaged).

import { GatewayError } from "../core/errors.ts";
import { crashPoint } from "../core/fault-points.ts";
import {
  VACUUM_MIN_FREE_PAGES,
  VACUUM_PAGES,
  WAL_CHECKPOINT_PAGES,
  WAL_IDLE_CHECKPOINT_PAGES,
} from "../core/limits.ts";
import type { Lane, LaneState, OutboxChunk, SessionRecord } from "../core/protocol.ts";
import type { Attempts } from "./attempts.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { Incarnations } from "./incarnations.ts";
import { type JournalRecord, packEntries, type Trimming } from "./journal.ts";
import type { JournalReader } from "./journal-reader.ts";
import type { ReadBounds } from "./outbox.ts";
import { PAGE_BYTES, type Statement, isFull, storeError } from "./sqlite.ts";
import type { Opening, StoreParts } from "./parts.ts";
import type { StoreStats } from "./stats.ts";
import type { Blocked, CommitResult, CommitUnit } from "./unit.ts";

/** So much of a quota after the newest checkpoint makes one due: of twice that, two being kept, the journal is not trimmed. */
const CHECKPOINT_SHARE = 0.45;
/** Confirmed rows are deleted at once when their lane is this full. */
const DELETE_SHARE = 0.8;
/** Room is looked at again after this much was written. */
const SAMPLE_BYTES: number = 256 * 1024;

/** Made by `openStore`. */
export class Store {
  readonly stats: StoreStats;
  readonly opening: Opening;
  /** The attempts file. Not part of any transaction. */
  readonly attempts: Attempts;
  readonly #parts: StoreParts;
  readonly #begin: Statement;
  readonly #commit: Statement;
  #failure: unknown;
  #sampledAtBytes = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.stats = parts.stats;
    this.opening = parts.opening;
    this.attempts = parts.attempts;
    this.#begin = parts.db.prepare("BEGIN IMMEDIATE");
    this.#commit = parts.db.prepare("COMMIT");
  }

  /** What ended writing; undefined while all is well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Writes a unit entirely or not at all; on return it is on the card. */
  commit(unit: CommitUnit): CommitResult {
    const { journal, outbox, records, checkpoints, incarnations } = this.#parts;
    const result = this.#write("commit a batch", () => {
      const entries = packEntries(unit.journal ?? []);
      this.#deletes(unit.timeMs, entries.bytes);
      journal.append(entries);
      for (const change of unit.sessions ?? []) records.changeSession(change);
      for (const [key, value] of Object.entries(unit.meta ?? {})) records.setMeta(key, value);
      const outboxSequences = (unit.outbox ?? []).map((blob) =>
        outbox.append(blob, incarnations.use()),
      );
      if (unit.checkpoint !== undefined) {
        checkpoints.write(unit.checkpoint, journal.last);
        this.stats.checkpoints++;
      }
      return { journalSequence: journal.last, outboxSequences };
    });
    this.stats.commits++;
    if (this.#parts.flash.pending >= 2 * WAL_CHECKPOINT_PAGES) this.maintain();
    if (this.stats.flashBytes - this.#sampledAtBytes >= SAMPLE_BYTES) this.#sample();
    return result;
  }

  /**
   * To be called after a commit has been answered: copies the WAL into the database when it is large. A commit
   * does so itself only if that was left out, so that the copy seldom delays an acknowledgement.
   */
  maintain(): void {
    if (this.#failure !== undefined) return;
    const { pending } = this.#parts.flash;
    if (pending >= WAL_CHECKPOINT_PAGES) this.#upkeep("wal_checkpoint(PASSIVE)");
  }

  /**
   * Whether a message batch may run now: undefined, or what it waits for. Commands, clock entries and
   * confirmations need not ask: a tenth of the database is kept for them.
   */
  admission(): Blocked | undefined {
    const blocked = this.#blocked();
    if (blocked === undefined || blocked.reason === "lane") return blocked;
    this.#sample();
    return this.#blocked();
  }

  /** Whether the next commit should bring a checkpoint, because the journal cannot be trimmed without one. */
  get checkpointDue(): boolean {
    const { journal, checkpoints } = this.#parts;
    const pinned = journal.bytesAfter(checkpoints.newest);
    return pinned > journal.quotaBytes * CHECKPOINT_SHARE;
  }

  /** Rows of `lane` through `sequence` have left for good. Deleted with a later commit, or now if it is full. */
  confirm(lane: Lane, sequence: number, timeMs: number): void {
    this.#parts.outbox.confirm(lane, sequence);
    if (this.#failure === undefined && this.#parts.outbox.nearQuota(DELETE_SHARE)) {
      this.#write("delete delivered rows", () => this.#deletes(timeMs));
    }
  }

  /**
   * One step of upkeep; to be called when there was no batch for a second, and again while it returns true.
   * Deletes what waits, gives pages back to the filesystem, copies the WAL, restores the ballast.
   */
  idle(timeMs: number): boolean {
    if (this.#failure !== undefined) return false;
    const { journal, outbox, flash, space } = this.#parts;
    this.#sample();
    if (outbox.wantsDeletes || journal.wantsTrim(this.#trimming(timeMs))) {
      this.#write("delete what is no longer needed", () => this.#deletes(timeMs));
      return true;
    }
    if (this.#wantsVacuum()) {
      const before = this.stats.freeDatabaseBytes;
      this.#upkeep(`incremental_vacuum(${VACUUM_PAGES})`);
      this.#upkeep("wal_checkpoint(PASSIVE)");
      this.#sample();
      if (this.stats.freeDatabaseBytes < before) return true;
    }
    if (flash.pending >= (space.diskLow ? 1 : WAL_IDLE_CHECKPOINT_PAGES)) {
      this.#upkeep("wal_checkpoint(PASSIVE)");
    }
    this.#guard("write the ballast file", () => space.restoreBallast());
    return false;
  }

  /** The newest checkpoint that is whole; `damaged` newer ones were not. */
  readCheckpoint(): { readonly checkpoint: Checkpoint | undefined; readonly damaged: number } {
    return this.#guard("read the checkpoint", () => this.#parts.checkpoints.read());
  }

  /** Journal records after `sequence`, oldest first, read one by one; unreadable ones are yielded as such. */
  *readJournal(sequence: number): Generator<JournalRecord, void, void> {
    const records = this.#parts.journal.read(sequence);
    for (;;) {
      const next = this.#guard("read the journal", () => records.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  /** Reads of the journal as it is stored. */
  readRows<T>(read: (reader: JournalReader) => T): T {
    return this.#guard("read the journal", () => read(this.#parts.journal.reader));
  }

  /** Sequences of the oldest and newest retained journal entry; `first > last` when there is none. */
  get journalRange(): { readonly first: number; readonly last: number } {
    return { first: this.#parts.journal.first, last: this.#parts.journal.last };
  }

  /** Stored bytes of the journal after the newest checkpoint: what recovery would replay. */
  get replayBytes(): number {
    return this.#parts.journal.bytesAfter(this.#parts.checkpoints.newest);
  }

  /** @see Journal.isHeld */
  holdJournal(isHeld: boolean): void {
    this.#parts.journal.isHeld = isHeld;
  }

  /** @see Outbox.read */
  readOutbox(lane: Lane, sequence: number, bounds: ReadBounds): OutboxChunk[] {
    return this.#guard("read the outbox", () => this.#parts.outbox.read(lane, sequence, bounds));
  }

  /** `confirmedSequence`: everything through it has left. Next row: `lastSequence + 1`. */
  laneState(lane: Lane): LaneState & { readonly confirmedSequence: number } {
    return this.#parts.outbox.state(lane);
  }

  get sessions(): readonly SessionRecord[] {
    return this.#parts.records.sessions;
  }

  get meta(): ReadonlyMap<string, string> {
    return this.#parts.records.meta;
  }

  get incarnations(): Incarnations {
    return this.#parts.incarnations;
  }

  /** Releases the files and the lock. An orderly end, not a needed one: nothing is written that matters. */
  close(): void {
    this.#parts.flash.close();
    this.#parts.attempts.close();
    this.#parts.db.close();
  }

  #deletes(timeMs: number, comingBytes = 0): void {
    const { journal, outbox } = this.#parts;
    if (outbox.wantsDeletes) outbox.applyDeletes();
    journal.trim(this.#trimming(timeMs, comingBytes));
  }

  #trimming(timeMs: number, comingBytes = 0): Trimming {
    const { checkpoints, space: room } = this.#parts;
    return { floor: checkpoints.floor, room, timeMs, comingBytes };
  }

  #wantsVacuum(): boolean {
    const free = this.stats.freeDatabaseBytes / PAGE_BYTES;
    if (this.#parts.space.diskLow) return free > 0;
    return free > VACUUM_MIN_FREE_PAGES && free * 2 > this.stats.databaseBytes / PAGE_BYTES;
  }

  #blocked(): Blocked | undefined {
    const { outbox, space } = this.#parts;
    const lane = outbox.fullLane();
    if (lane !== undefined) return { reason: "lane", lane };
    if (space.databaseFull) return { reason: "database" };
    return space.diskLow ? { reason: "disk" } : undefined;
  }

  #sample(): void {
    this.#sampledAtBytes = this.stats.flashBytes;
    this.#guard("look at the disk", () => this.#parts.space.sample());
  }

  /** A full disk is no failure here: nothing the engine relies on is lost, and deletes make room. */
  #upkeep(pragma: string): void {
    const { db, flash } = this.#parts;
    this.#guard("keep the database in order", () => {
      try {
        db.pragma(pragma);
      } catch (error) {
        if (!isFull(error)) throw error;
        this.stats.upkeepFull++;
      }
      flash.count();
    });
  }

  /** Runs `work` in a transaction, and notes outside it what is committed. */
  #write<T>(doing: string, work: () => T): T {
    const result = this.#transact(doing, work);
    const { journal, flash } = this.#parts;
    this.#guard("note what is committed", () => {
      this.attempts.markCommitted(journal.last, flash.position);
    });
    return result;
  }

  #transact<T>(doing: string, work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#begin.run();
      const result = work();
      crashPoint("store-before-commit");
      this.#commit.run();
      this.#parts.flash.count();
      return result;
    } catch (error) {
      this.#failure = storeError(error, doing);
      this.#noteCorruption(this.#failure);
      if (this.#parts.db.inTransaction) this.#parts.db.exec("ROLLBACK");
      throw this.#failure;
    }
  }

  /** Runs `work` with its errors named; a failure of what is not a transaction still ends writing. */
  #guard<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#failure ??= storeError(error, doing);
      this.#noteCorruption(this.#failure);
      throw this.#failure;
    }
  }

  #noteCorruption(error: unknown): void {
    if (error instanceof GatewayError && error.code === "STORE_CORRUPT") this.#parts.onCorrupt();
  }
}
