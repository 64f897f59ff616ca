// What goes into one transaction and what comes back.

import type { Lane, SessionChange } from "../core/protocol.ts";
import type { CheckpointInput } from "./checkpoints.ts";
import type { JournalEntry } from "./journal.ts";
import type { OutboxBlob } from "./lane.ts";

/** What one transaction holds. Everything but `timeMs` (wall clock, for retention) may be left out. */
export interface CommitUnit {
  readonly timeMs: number;
  readonly journal?: readonly JournalEntry[];
  readonly outbox?: readonly OutboxBlob[];
  readonly sessions?: readonly SessionChange[];
  readonly meta?: Readonly<Record<string, string>>;
  /** Covers everything through the last entry of `journal` (or of the journal, if this unit has none). */
  readonly checkpoint?: CheckpointInput;
}

export interface CommitResult {
  /** Sequence of the newest journal entry after this commit. */
  readonly journalSequence: number;
  /** First sequence of each outbox blob, in order; undefined where the lane's policy dropped it. */
  readonly outboxSequences: readonly (number | undefined)[];
}

/** Why no message batch may run now; waiting (or draining) helps with each. */
export type Blocked =
  | { readonly reason: "lane"; readonly lane: Lane }
  | { readonly reason: "database" }
  | { readonly reason: "disk" };
