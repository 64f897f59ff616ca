// What a store is made of: put together by `openStore`, used by `Store`.

import type { Attempts } from "./attempts.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Incarnations } from "./incarnations.ts";
import type { Journal } from "./journal.ts";
import type { Outbox } from "./outbox.ts";
import type { Records } from "./records.ts";
import type { SalvageReport } from "./salvage.ts";
import type { Space } from "./space.ts";
import type { Database } from "./sqlite.ts";
import type { StoreStats } from "./stats.ts";
import type { FlashMeter } from "./wal.ts";

/** What the open found. */
export interface Opening {
  readonly created: boolean;
  readonly salvaged: SalvageReport | undefined;
  /** Journal entries that had been committed and are gone from its end: damage, or a card that lied. */
  readonly missing: number;
  /** Wall clock of the newest journal entry; 0: there is none. */
  readonly newestMs: number;
}

export interface StoreParts {
  readonly db: Database;
  readonly stats: StoreStats;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly checkpoints: Checkpoints;
  readonly records: Records;
  readonly incarnations: Incarnations;
  readonly flash: FlashMeter;
  readonly space: Space;
  readonly attempts: Attempts;
  readonly opening: Opening;
  /** Notes for the next open that it must salvage. */
  readonly onCorrupt: () => void;
}
