// Rates on the page. The server keeps the counts of the last seconds, one sample per look (nobody looks: nothing runs),
// and divides by the time to the oldest one kept.

import { RATE_WINDOW_MS } from "../core/limits.ts";

interface Sample {
  readonly atMs: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Looks that come sooner than this after the one before are not kept: many viewers cost no more than one. */
const MIN_SPACING_MS = 500;

/** Per-second rates of named totals over RATE_WINDOW_MS. */
export class RateWindow {
  readonly #samples: Sample[] = [];

  /**
   * Takes the totals at monotonic time `nowMs` and gives the rate of each, per second; empty until a sample
   * at least MIN_SPACING_MS older is there. A total that fell (a restarted worker) has rate 0.
   */
  observe(nowMs: number, counts: Readonly<Record<string, number>>): Map<string, number> {
    while ((this.#samples[0]?.atMs ?? nowMs) < nowMs - RATE_WINDOW_MS) this.#samples.shift();
    const oldest = this.#samples[0];
    const newest = this.#samples.at(-1);
    if (newest === undefined || nowMs - newest.atMs >= MIN_SPACING_MS) {
      this.#samples.push({ atMs: nowMs, counts });
    }
    const rates = new Map<string, number>();
    if (oldest === undefined || nowMs - oldest.atMs < MIN_SPACING_MS) return rates;
    for (const [name, total] of Object.entries(counts)) {
      const before = oldest.counts[name] ?? total;
      rates.set(name, Math.max(0, ((total - before) * 1000) / (nowMs - oldest.atMs)));
    }
    return rates;
  }
}
