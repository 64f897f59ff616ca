// When the next transaction is due. It costs the same CPU whatever it holds, so rows wait a little for company;
// a transaction's worth of rows does not wait, and alarms only keep a gap to the transaction before them.

import type { Clock } from "../core/clock.ts";
import { UPLINK_ALARM_GAP_MS, UPLINK_LINGER_MS, UPLINK_QUIET_MS } from "../core/limits.ts";

export interface Waiting {
  readonly rows: number;
  readonly hasAlarms: boolean;
  /** Rows that fill a transaction. */
  readonly enough: number;
}

export class Pace {
  readonly #clock: Clock;
  #waitingSinceMs: number | undefined;
  #lastEndMs = -Infinity;
  #isBehind = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until a transaction is due: 0 or less for now, Infinity while nothing waits. */
  dueInMs({ rows, hasAlarms, enough }: Waiting): number {
    if (rows === 0) {
      this.#waitingSinceMs = undefined;
      return Infinity;
    }
    if (this.#isBehind || rows >= enough) return 0;
    const nowMs = this.#clock.monotonicMs();
    this.#waitingSinceMs ??= nowMs;
    const lingerMs = this.#waitingSinceMs + UPLINK_LINGER_MS - nowMs;
    return hasAlarms ? Math.min(lingerMs, this.#lastEndMs + UPLINK_ALARM_GAP_MS - nowMs) : lingerMs;
  }

  /** Milliseconds until the uplink is quiet: no transaction has ended for a while. */
  quietInMs(): number {
    return this.#lastEndMs + UPLINK_QUIET_MS - this.#clock.monotonicMs();
  }

  /** Rows were taken; `isBehind`: a limit left some behind. */
  filled(isBehind: boolean): void {
    this.#isBehind = isBehind;
    this.#waitingSinceMs = undefined;
  }

  /** A transaction has ended. */
  ended(): void {
    this.#lastEndMs = this.#clock.monotonicMs();
  }
}
