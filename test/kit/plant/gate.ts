// How fast virtual time may pass: a gate that opens with real time × speed while the gateway is up. Without it the
// fleets would have sent everything before the second kill. It never runs more than a lead ahead of the fleet that is
// acknowledged by the gateway itself, so an outage does not store up speed.

const LEAD_MS = 3_000;

/** The virtual time up to which the fleets may send. */
export class Gate {
  /** Virtual milliseconds per real millisecond; 0 holds everything back. */
  speed = 0;
  readonly #progressMs: () => number;
  #limitMs: number;
  #sinceMs: number = performance.now();

  /** `progressMs` is the virtual time that the acknowledged fleet has reached. */
  constructor(startMs: number, progressMs: () => number) {
    this.#limitMs = startMs;
    this.#progressMs = progressMs;
  }

  /** Asked by the fleets as often as they like. */
  limitMs(): number {
    const nowMs = performance.now();
    const opened = this.#limitMs + (nowMs - this.#sinceMs) * this.speed;
    this.#sinceMs = nowMs;
    this.#limitMs = Math.min(opened, Math.max(this.#limitMs, this.#progressMs() + LEAD_MS));
    return this.#limitMs;
  }

  /** No limit any more. */
  open(): void {
    this.#limitMs = Infinity;
  }
}
