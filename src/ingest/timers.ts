// Timers of the main thread as a parameter, so that tests step time by hand.

export interface Timers {
  /** Runs `run` once after `delayMs`; the returned function cancels it (harmless afterwards). */
  after(delayMs: number, run: () => void): () => void;
}

/** The event loop's timers. They keep the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
