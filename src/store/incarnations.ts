// The incarnations of this directory: each names a run of outbox rows, so that a sequence number used again by a
// restored disk image is not taken for the row that had it before. One per open at most, made with its first row.
// It notes where the lanes stood then: an incarnation's rows end where the next one's begin.

import { assert } from "../core/errors.ts";
import { LANES, type Lane } from "../core/protocol.ts";
import type { Database, Statement } from "./sqlite.ts";

export interface Incarnation {
  /** 16 lowercase hex digits. */
  readonly hex: string;
  /** By lane, the last sequence before its first row. */
  readonly starts: Readonly<Record<Lane, number>>;
  /** How old the directory's data was at the open: wall clock of its newest journal entry, 0 without one. */
  readonly afterMs: number;
}

export interface IncarnationOptions {
  /** 16 random lowercase hex digits. */
  readonly make: () => string;
  /** Wall clock of the newest journal entry at the open, 0 without one. */
  readonly afterMs: number;
  readonly lastSequence: (lane: Lane) => number;
}

export class Incarnations {
  readonly #options: IncarnationOptions;
  readonly #all: Incarnation[];
  readonly #insert: Statement;
  #current: string | undefined;

  constructor(db: Database, options: IncarnationOptions) {
    this.#options = options;
    this.#insert = db.prepare("INSERT INTO incarnation (hex, starts, after_ms) VALUES (?, ?, ?)");
    this.#all = db
      .prepare<[], { hex: string; starts: string; after_ms: number }>(
        "SELECT hex, starts, after_ms FROM incarnation ORDER BY id",
      )
      .all()
      .map(({ hex, starts, after_ms: afterMs }) => ({
        hex,
        starts: { ...NOWHERE, ...(JSON.parse(starts) as Partial<Incarnation["starts"]>) },
        afterMs,
      }));
  }

  /** Every one that ever wrote an outbox row here, oldest first. */
  get all(): readonly Incarnation[] {
    return this.#all;
  }

  /** Wall clock of the newest journal entry at the open, 0 without one. */
  get afterMs(): number {
    return this.#options.afterMs;
  }

  /** The one that a row to be stored belongs to; called before it is stored, inside the caller's transaction. */
  use(): string {
    if (this.#current !== undefined) return this.#current;
    const { make, afterMs, lastSequence } = this.#options;
    const hex = make();
    assert(/^[0-9a-f]{16}$/.test(hex), "an incarnation is 16 lowercase hex digits");
    const starts = { ...NOWHERE };
    for (const lane of LANES) starts[lane] = lastSequence(lane);
    this.#insert.run(hex, JSON.stringify(starts), afterMs);
    this.#all.push({ hex, starts, afterMs });
    this.#current = hex;
    return hex;
  }

  /** The next row begins a new one. */
  renew(): void {
    this.#current = undefined;
  }
}

const NOWHERE: Readonly<Record<Lane, number>> = { alarm: 0, result: 0, raw: 0, local: 0 };
