// The one queue of virtual time: a binary heap over (time, order of insertion). Equal times leave in the order they
// came, so a run never depends on how the heap happens to be shaped. Three parallel arrays instead of one of objects:
// with ten thousand devices the heap's walk is most of a step's cost, and plain numbers lie side by side in memory.

/** A priority queue of events in virtual time. Bounded by the caller: a fleet holds a few events per device. */
export class EventQueue<T> {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #events: T[] = [];
  #order = 0;

  get size(): number {
    return this.#times.length;
  }

  /** Time of the next event; Infinity when empty. */
  get nextTimeMs(): number {
    return this.#times.length === 0 ? Infinity : (this.#times[0] as number);
  }

  push(timeMs: number, event: T): void {
    const times = this.#times;
    const order = this.#order++;
    let at = times.length;
    times.push(timeMs);
    this.#orders.push(order);
    this.#events.push(event);
    // The newest order is the highest: on the way up only an earlier time overtakes.
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((times[parent] as number) <= timeMs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, { timeMs, order, event });
  }

  /** Takes the earliest event; undefined when empty. */
  pop(): T | undefined {
    const times = this.#times;
    const orders = this.#orders;
    const top = this.#events[0];
    const timeMs = times.pop();
    const order = orders.pop();
    const event = this.#events.pop();
    const size = times.length;
    if (timeMs === undefined || order === undefined || size === 0) return top;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#before(child + 1, child)) child++;
      const childMs = times[child] as number;
      if (childMs > timeMs || (childMs === timeMs && (orders[child] as number) > order)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, { timeMs, order, event: event as T });
    return top;
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#times[a] as number, this.#times[b] as number];
    return (
      left < right || (left === right && (this.#orders[a] as number) < (this.#orders[b] as number))
    );
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#events[to] = this.#events[from] as T;
  }

  #put(at: number, entry: { timeMs: number; order: number; event: T }): void {
    this.#times[at] = entry.timeMs;
    this.#orders[at] = entry.order;
    this.#events[at] = entry.event;
  }
}
