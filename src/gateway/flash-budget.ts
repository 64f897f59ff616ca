// Keeps the flash budget by waiting longer before a commit: what a commit costs is mostly the same whatever it
// holds. The linger starts at its least and grows while what was written over the last hour is above the budget.
// A linger that the operator fixed is obeyed. Where the payload alone exceeds the budget it cannot be kept: the
// linger stays at its most, `overBudget` and one warning say so.

import type { GatewayConfig } from "../config/gateway.ts";
import type { Clock } from "../core/clock.ts";
import { BATCH_LINGER_MAX_MS, BATCH_LINGER_MS, FLASH_WINDOW_MS } from "../core/limits.ts";
import type { LogFields } from "../core/log.ts";

export interface FlashBudgetOptions {
  readonly config: Pick<GatewayConfig, "batch" | "store">;
  readonly clock: Clock;
  setLinger(lingerMs: number): void;
  warn(message: string, fields: LogFields): void;
}

const STEP_MS = 60_000;
const STEP_FACTOR = 1.5;
const DAY_MS = 86_400_000;

export class FlashBudget {
  overBudget = false;
  readonly #options: FlashBudgetOptions;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #lingerMs = BATCH_LINGER_MS;
  /** Written by the core workers before this one, and by this one as it said last. */
  #bytesBefore = 0;
  #workerBytes = 0;

  constructor(options: FlashBudgetOptions) {
    this.#options = options;
  }

  /** The linger in force. */
  get lingerMs(): number {
    return this.#options.config.batch.lingerMs ?? this.#lingerMs;
  }

  /** Told after every commit: bytes written to the device since the core worker started. */
  observe(workerBytes: number): void {
    if (workerBytes < this.#workerBytes) this.#bytesBefore += this.#workerBytes;
    this.#workerBytes = workerBytes;
    const bytes = this.#bytesBefore + workerBytes;
    const nowMs = this.#options.clock.monotonicMs();
    const newest = this.#samples.at(-1);
    if (newest !== undefined && nowMs - newest.atMs < STEP_MS) return;
    this.#samples.push({ atMs: nowMs, bytes });
    const oldest = this.#samples[0];
    if (oldest === undefined || newest === undefined) return;
    if (nowMs - oldest.atMs > FLASH_WINDOW_MS) this.#samples.shift();
    this.#adjust(((bytes - oldest.bytes) / (nowMs - oldest.atMs)) * DAY_MS);
  }

  #adjust(bytesPerDay: number): void {
    const { config, setLinger, warn } = this.#options;
    const budget = config.store.flashBudgetBytesPerDay;
    if (budget === undefined) return;
    const above = bytesPerDay > budget;
    const atMost = config.batch.lingerMs !== undefined || this.#lingerMs >= BATCH_LINGER_MAX_MS;
    if (above && atMost && !this.overBudget) {
      warn("more is written to the card than the flash budget allows", { bytesPerDay, budget });
    }
    this.overBudget = above && atMost;
    if (config.batch.lingerMs !== undefined) return;
    const next = above ? this.#lingerMs * STEP_FACTOR : this.#lingerMs / STEP_FACTOR;
    const lingerMs = Math.round(Math.min(BATCH_LINGER_MAX_MS, Math.max(BATCH_LINGER_MS, next)));
    if (lingerMs === this.#lingerMs) return;
    this.#lingerMs = lingerMs;
    setLinger(lingerMs);
  }
}
