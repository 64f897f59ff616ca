// The wait before the next attempt: doubled from RECONNECT_MIN_MS to RECONNECT_MAX_MS, with jitter, so that the
// gateways of a fleet do not come back at the same moment.

import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "../core/limits.ts";

/** A connection that lasted this long was a success. */
const STABLE_MS = 10_000;

/** See the header. */
export class BackOff {
  readonly #random: () => number;
  #nextMs = RECONNECT_MIN_MS;

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** A connection ended that was up for `upMs`, 0 if it never was: the wait before the next attempt. */
  delayMs(upMs: number): number {
    if (upMs >= STABLE_MS) this.#nextMs = RECONNECT_MIN_MS;
    const delayMs = this.#nextMs * (0.5 + this.#random() / 2);
    this.#nextMs = Math.min(RECONNECT_MAX_MS, this.#nextMs * 2);
    return delayMs;
  }
}
