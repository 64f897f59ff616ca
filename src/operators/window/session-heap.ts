// Open sessions by their ends: a binary heap. A session is put in with the end it has and only grows: when it comes to
// the front with an older end, it is put back with the true one.

/** A session of one key: [startMs, endMs), its contents in `slot`. */
export interface Session {
  readonly id: number;
  /** Of the key. */
  readonly device: number;
  startMs: number;
  endMs: number;
  readonly slot: number;
  /** Sessions that end together fire in the order in which they began to exist. */
  readonly order: number;
  /** False once it has fired or another session has taken it in. */
  isOpen: boolean;
}

interface Entry {
  readonly endMs: number;
  readonly session: Session;
}

export class SessionHeap {
  readonly #entries: Entry[] = [];

  /** The session that ends first. */
  first(): Session | undefined {
    for (;;) {
      const entry = this.#entries[0];
      if (entry === undefined) return undefined;
      const { session, endMs } = entry;
      if (session.isOpen && session.endMs === endMs) return session;
      this.pop();
      if (session.isOpen) this.push(session);
    }
  }

  /** True when nothing is in it any more. */
  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  push(session: Session): void {
    const entries = this.#entries;
    const entry = { endMs: session.endMs, session };
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes out the entry at the front. */
  pop(): Session | undefined {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first?.session;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [entries[left], entries[left + 1]];
      if (a === undefined) break;
      const child = b !== undefined && isBefore(b, a) ? left + 1 : left;
      const below = entries[child];
      if (below === undefined || !isBefore(below, last)) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
    return first.session;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.endMs === b.endMs ? a.session.order < b.session.order : a.endMs < b.endMs;
}
