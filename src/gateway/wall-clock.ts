// Wall time as the gateway uses it. The machine's clock is looked at once a second and before every batch, and judged:
// one that was never set, or that leaps, is not trusted. Then wall time goes on from the last trusted one with the
// monotonic clock, so that a leap reaches neither receive times nor stamps.
//
//   not set     before CLOCK_FLOOR_MS, or without a battery and not yet set by the network: until it is set
//   behind      at a start, earlier than the journal: as a leap
//   a leap      by more than CLOCK_LEAP_MS: until it is back, or has stood for CLOCK_STANDS_MS; then it is believed
//
// Smaller steps are followed at once. Trust changes only where no message waits for its batch to be sent: what came
// under one judgement is stamped and run under it.

import type { Clock } from "../core/clock.ts";
import { CLOCK_FLOOR_MS, CLOCK_LEAP_MS, CLOCK_LOOK_MS, CLOCK_STANDS_MS } from "../core/limits.ts";
import { SharedClock } from "../core/shared-clock.ts";
import { systemTimers } from "../ingest/timers.ts";
import type { Timers } from "../ingest/timers.ts";
import { isClockUnset } from "./machine-clock.ts";

export interface WallClockOptions {
  /** The machine's. */
  readonly clock: Clock;
  readonly timers?: Timers;
  /** Whether the machine itself says that its clock has not been set since it was started. */
  readonly isUnset?: () => boolean;
  /** Whether no message waits for a batch or its commit. */
  isQuiet(): boolean;
  /** Why the clock is not trusted from here on; undefined: it is. Called at the start and with every change. */
  onTrust(problem: string | undefined): void;
}

/** A reading of both clocks. */
interface Reading {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export class WallClock implements Clock {
  /** Why it is not trusted; undefined: it is. */
  problem: string | undefined;
  /** Wall time for the core worker, set at every look. */
  readonly shared: SharedClock = new SharedClock();
  readonly #options: WallClockOptions;
  /** From where wall time goes on. */
  #base: Reading;
  /** A leap that may come to stand, as it was seen first. */
  #leap: Reading | undefined;
  /** Until it has been trusted once. */
  #isFresh = true;
  #isStarted = false;
  #cancel: (() => void) | undefined;

  constructor(options: WallClockOptions) {
    this.#options = options;
    this.#base = this.#read();
  }

  wallMs(): number {
    return Math.floor(this.#base.wallMs + this.monotonicMs() - this.#base.monotonicMs);
  }

  monotonicMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** Wall time for the first message of a batch: none waits. */
  batchMs(): number {
    if (this.#isStarted) this.#look();
    return this.wallMs();
  }

  /** From here on it judges. `newestMs`: the newest stamp on the disk; 0: there is none. */
  start(newestMs: number): void {
    const now = this.#read();
    this.#base = now;
    const isAhead = newestMs > now.wallMs + CLOCK_LEAP_MS;
    if (newestMs > now.wallMs && (isAhead || this.#unset(now) !== undefined)) {
      this.#base = { ...now, wallMs: newestMs };
    }
    this.#isStarted = true;
    this.problem = this.#judge(now);
    this.#options.onTrust(this.problem);
    this.#again();
  }

  stop(): void {
    this.#isStarted = false;
    this.#cancel?.();
  }

  #again(): void {
    const { timers = systemTimers } = this.#options;
    this.shared.set(this.wallMs());
    this.#cancel = timers.after(CLOCK_LOOK_MS, () => {
      if (this.#options.isQuiet()) this.#look();
      this.#again();
    });
  }

  #look(): void {
    const before = this.problem;
    this.problem = this.#judge(this.#read());
    if ((before === undefined) === (this.problem === undefined)) return;
    this.shared.set(this.wallMs());
    this.#options.onTrust(this.problem);
  }

  /** Why this reading is not believed; undefined: it is, and time goes on from it. */
  #judge(now: Reading): string | undefined {
    const unset = this.#unset(now);
    if (unset !== undefined) {
      this.#leap = undefined;
      return unset;
    }
    const byMs = now.wallMs - this.wallMs();
    const isFirstSetting = this.#isFresh && byMs > 0;
    if (Math.abs(byMs) > CLOCK_LEAP_MS && !isFirstSetting && !this.#hasStood(now)) {
      const by = `${Math.round(Math.abs(byMs) / 1000)} s`;
      return this.#isFresh
        ? `the clock is ${by} behind the newest entry of the journal`
        : `the clock has leapt ${byMs < 0 ? "back" : "forward"} by ${by}`;
    }
    this.#leap = undefined;
    this.#isFresh = false;
    this.#base = now;
    return undefined;
  }

  #unset({ wallMs }: Reading): string | undefined {
    if (wallMs < CLOCK_FLOOR_MS) {
      return `the clock says ${new Date(wallMs).toISOString().slice(0, 10)}: it has not been set`;
    }
    // Asked until it has been set once: then leaps are what is left.
    const { isUnset = isClockUnset } = this.#options;
    if (!this.#isFresh || !isUnset()) return undefined;
    return "the machine has no battery-backed clock, and the network has not set it yet";
  }

  /** Whether a leap has stood where it went for long enough. */
  #hasStood(now: Reading): boolean {
    const since = this.#leap;
    const isSame = since !== undefined && Math.abs(ahead(now) - ahead(since)) <= CLOCK_LEAP_MS;
    if (!isSame) this.#leap = now;
    return isSame && now.monotonicMs - since.monotonicMs >= CLOCK_STANDS_MS;
  }

  #read(): Reading {
    const { clock } = this.#options;
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
  }
}

function ahead({ wallMs, monotonicMs }: Reading): number {
  return wallMs - monotonicMs;
}
