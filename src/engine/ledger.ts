// What the engine writes: journal entries of one form, and one transaction per commit.

import type { Clock } from "../core/clock.ts";
import { CLOCK_FLOOR_MS } from "../core/limits.ts";
import { COMMIT_SECONDS_BUCKETS } from "../core/metric-families.ts";
import { Histogram } from "../core/metrics.ts";
import type { SessionChange } from "../core/protocol.ts";
import type { JournalEntry } from "../store/journal.ts";
import type { Store } from "../store/store.ts";
import type { CommitUnit } from "../store/unit.ts";
import { ENGINE_VERSION } from "./config-entry.ts";

export type Unit = Omit<CommitUnit, "timeMs" | "sessions">;
export type Checkpoint = NonNullable<CommitUnit["checkpoint"]>;

/** What an entry holds; `digest` covers the rows it let out, `timeMs` is now unless given. */
export interface EntryContent {
  readonly data: Uint8Array;
  readonly count?: number;
  readonly digest?: bigint;
  readonly timeMs?: number;
}

export class Ledger {
  readonly commitSeconds: Histogram = new Histogram(COMMIT_SECONDS_BUCKETS);
  /** Of the newest entry to be, in whole milliseconds. */
  #engineTimeMs = 0;
  readonly #store: Store;
  readonly #clock: Clock;
  #sessions: SessionChange[] = [];

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The sequence that the next journal entry gets. */
  get next(): number {
    return this.#store.journalRange.last + 1;
  }

  /** Of the newest entry to be; never goes back. */
  get engineTimeMs(): number {
    return this.#engineTimeMs;
  }

  /** Engine time has gone on to here, if it was not further. */
  reach(engineTimeMs: number): void {
    this.#engineTimeMs = Math.max(this.#engineTimeMs, Math.floor(engineTimeMs));
  }

  /** Wall time as entries have it: not before the journal's while the clock has not been set. */
  get nowMs(): number {
    const wallMs = Math.floor(this.#clock.wallMs());
    return wallMs < CLOCK_FLOOR_MS ? Math.max(wallMs, this.#store.opening.newestMs) : wallMs;
  }

  entry(kind: JournalEntry["kind"], content: EntryContent): JournalEntry {
    const { data, count = 0, digest = 0n, timeMs = this.nowMs } = content;
    const { engineTimeMs } = this;
    return { kind, timeMs, engineTimeMs, count, data, digest, engineVersion: ENGINE_VERSION };
  }

  checkpoint(state: Uint8Array): Checkpoint {
    return { state, timeMs: this.nowMs, engineVersion: ENGINE_VERSION };
  }

  /** Session changes become durable with the next commit of any kind; see `flush`. */
  changeSessions(changes: readonly SessionChange[]): void {
    this.#sessions.push(...changes);
  }

  /** Commits what waits and no other commit took along. */
  flush(): void {
    if (this.#sessions.length > 0) this.commit({});
  }

  /** On return it is on the card. After an error the engine's memory is ahead of the disk. */
  commit(unit: Unit): void {
    const sessions = this.#sessions;
    this.#sessions = [];
    const started = this.#clock.monotonicMs();
    this.#store.commit({ ...unit, sessions, timeMs: this.nowMs });
    this.commitSeconds.observe((this.#clock.monotonicMs() - started) / 1000);
  }
}
