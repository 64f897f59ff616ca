// Topics that rows need and Kafka does not have: looked for again with back-off, while rows of other lanes go on.

import type { Clock } from "../core/clock.ts";
import { UPLINK_BACKOFF_MAX_MS, UPLINK_BACKOFF_MS } from "../core/limits.ts";
import type { LaneCursor } from "./lane-cursor.ts";
import type { UplinkSession } from "./session.ts";
import { Backoff } from "./wake.ts";

export class TopicWatch {
  readonly #clock: Clock;
  readonly #cursors: readonly LaneCursor[];
  /** Topics missing now; empty again when all are there. */
  readonly #onMissing: (topics: readonly string[]) => void;
  readonly #backoff = new Backoff(UPLINK_BACKOFF_MS, UPLINK_BACKOFF_MAX_MS);
  #missing = new Set<string>();
  #nextLookMs = 0;

  constructor(
    clock: Clock,
    cursors: readonly LaneCursor[],
    onMissing: (topics: readonly string[]) => void,
  ) {
    this.#clock = clock;
    this.#cursors = cursors;
    this.#onMissing = onMissing;
  }

  /** A session is open, and these topics were missing then. */
  begin(session: UplinkSession): void {
    this.#missing = new Set(session.missingTopics);
    this.#nextLookMs = 0;
  }

  /** Milliseconds until `look` is due; Infinity while no topic is missing. */
  dueInMs(): number {
    const isMissing =
      this.#missing.size > 0 || this.#cursors.some(({ blockedOn }) => blockedOn !== undefined);
    return isMissing ? this.#nextLookMs - this.#clock.monotonicMs() : Infinity;
  }

  /** If due: looks for the topics, makes them if that is allowed, lets lanes go on whose topic is there. */
  async look(session: UplinkSession): Promise<void> {
    if (this.dueInMs() > 0) return;
    const blocked = this.#cursors.flatMap(({ blockedOn }) => blockedOn ?? []);
    this.#missing = new Set(await session.ensure([...new Set([...this.#missing, ...blocked])]));
    for (const cursor of this.#cursors) {
      if (!this.#missing.has(cursor.blockedOn ?? "")) cursor.blockedOn = undefined;
    }
    if (this.#missing.size === 0) this.#backoff.reset();
    else this.#nextLookMs = this.#clock.monotonicMs() + this.#backoff.next();
    this.#onMissing([...this.#missing]);
  }
}
