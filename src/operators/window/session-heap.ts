// Sessions by the end they had when they were put in: a binary heap. Sessions only grow, so that this end is never too
// late; who takes one out looks at its true end and puts it back if that is later.

/** A session of one key: [startMs, endMs), its accumulators in `slot`. */
export interface Session {
  readonly id: number;
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

  /** The least end; Infinity if there is none. */
  get firstEndMs(): number {
    return this.#entries[0]?.endMs ?? Number.POSITIVE_INFINITY;
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

  /** Takes out the session with the least end. */
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
