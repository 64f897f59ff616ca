// Latencies in fixed bins: 0.1 ms wide below one second, 10 ms wide up to a minute. Recording costs one increment.

const FINE_BINS = 10_000;
const COARSE_BINS = 6_000;

/** Quantiles are exact to the width of their bin. */
export class LatencyHistogram {
  readonly #bins = new Uint32Array(FINE_BINS + COARSE_BINS);
  #maxMs = 0;

  get maxMs(): number {
    return this.#maxMs;
  }

  record(ms: number): void {
    if (ms > this.#maxMs) this.#maxMs = ms;
    const bin =
      ms < 1000
        ? (ms * 10) | 0
        : Math.min(FINE_BINS + COARSE_BINS - 1, FINE_BINS + ((ms / 10) | 0));
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  /** The latency that `share` (0 to 1) of the messages stayed below, in milliseconds; 0 when nothing was recorded. */
  quantileMs(share: number): number {
    let left = this.#bins.reduce((sum, count) => sum + count, 0) * share;
    const bin = this.#bins.findIndex((count) => (left -= count) <= 0);
    return bin < FINE_BINS ? Math.max(0, bin) / 10 : (bin - FINE_BINS) * 10;
  }
}
