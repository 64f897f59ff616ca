// Points in time, the first one at hand: a binary heap of numbers.

export class TimeHeap {
  readonly #times: number[] = [];

  /** The least time; Infinity if there is none. */
  get first(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(timeMs: number): void {
    const times = this.#times;
    let index = times.length;
    times.push(timeMs);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = times[parent] as number;
      if (above <= timeMs) break;
      times[index] = above;
      index = parent;
    }
    times[index] = timeMs;
  }

  /** Takes the first one out; there must be one. */
  pop(): number {
    const times = this.#times;
    const first = times[0] as number;
    const last = times.pop() as number;
    if (times.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number))
        child++;
      if ((times[child] as number) >= last) break;
      times[index] = times[child] as number;
      index = child;
    }
    times[index] = last;
    return first;
  }
}
