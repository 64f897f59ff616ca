// The keys of one device with their slices, found by key and by the end of a slice: a window that fires looks at the keys
// that it has, however many the device has.

/** The slice of a key that ends at `end`, with its accumulators. */
export interface Slice {
  readonly end: number;
  readonly slot: number;
}

export interface KeySlices {
  readonly id: number;
  /** Its place in the order in which keys came. */
  readonly arrival: number;
  /** By end, ascending. */
  readonly slices: Slice[];
}

export class DeviceKeys {
  readonly #keys = new Map<number, KeySlices>();
  /** By the end of a slice the keys that have one. */
  readonly #byEnd = new Map<number, Set<KeySlices>>();
  /** Ascending. */
  readonly #ends: number[] = [];
  #arrivals = 0;

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** In order of arrival. */
  get all(): IterableIterator<KeySlices> {
    return this.#keys.values();
  }

  /** The end of the first slice; Infinity: there is none. */
  get firstEnd(): number {
    return this.#ends[0] ?? Number.POSITIVE_INFINITY;
  }

  has(id: number): boolean {
    return this.#keys.has(id);
  }

  /** Where the key's slice that ends at `end` accumulates; undefined: it has none. */
  slotOf(id: number, end: number): number | undefined {
    const slices = this.#keys.get(id)?.slices ?? [];
    for (let index = slices.length - 1; index >= 0; index--) {
      const slice = slices[index];
      if (slice?.end === end) return slice.slot;
    }
    return undefined;
  }

  /** The keys with slices that end after `startMs`, until `endMs`, in order of arrival. */
  within(startMs: number, endMs: number): KeySlices[] {
    const found = new Set<KeySlices>();
    for (const end of this.#ends) {
      if (end > endMs) break;
      if (end > startMs) for (const of of this.#byEnd.get(end) ?? []) found.add(of);
    }
    return [...found].sort((left, right) => left.arrival - right.arrival);
  }

  /** Adds a slice to a key, which may be a new one. */
  add(id: number, slice: Slice): void {
    let of = this.#keys.get(id);
    if (of === undefined) {
      this.#keys.set(id, (of = { id, arrival: this.#arrivals++, slices: [] }));
    }
    insert(of.slices, slice, ({ end }) => end);
    let keys = this.#byEnd.get(slice.end);
    if (keys === undefined) {
      this.#byEnd.set(slice.end, (keys = new Set()));
      insert(this.#ends, slice.end, (end) => end);
    }
    keys.add(of);
  }

  /** Takes a slice from its key. */
  remove(of: KeySlices, slice: Slice): void {
    of.slices.splice(of.slices.indexOf(slice), 1);
    const keys = this.#byEnd.get(slice.end);
    keys?.delete(of);
    if (keys?.size !== 0) return;
    this.#byEnd.delete(slice.end);
    this.#ends.splice(this.#ends.indexOf(slice.end), 1);
  }

  /** Drops a key without slices. */
  drop({ id }: KeySlices): void {
    this.#keys.delete(id);
  }
}

/** Adds an item where its order says; it mostly is the last one. */
function insert<Item>(items: Item[], item: Item, orderOf: (item: Item) => number): void {
  const order = orderOf(item);
  let index = items.length;
  for (; index > 0; index--) {
    const before = items[index - 1];
    if (before !== undefined && orderOf(before) <= order) break;
  }
  items.splice(index, 0, item);
}
