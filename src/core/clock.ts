// The clocks of the main thread, apart: wall time may jump, monotonic time may not. Engine code takes neither:
// its time comes from the journal.

export interface Clock {
  /** Wall clock, whole epoch milliseconds. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
