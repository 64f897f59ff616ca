// Gives session changes to the store: one request at a time, and in it the newest state of every session that has
// changed since the last. What happens in one turn of the event loop goes together, so a storm of reconnects costs a
// few transactions, not thousands.

import type { SessionChange } from "../core/protocol.ts";

/** Where sessions are durable. */
export interface SessionStore {
  /** Makes all changes durable in one step, then calls `done`. The newest call wins per session. */
  save(changes: readonly SessionChange[], done: () => void): void;
}

interface Request {
  /** By session. */
  readonly changes: Map<string, SessionChange>;
  readonly whenDone: (() => void)[];
}

/** See the header. */
export class SessionWriter {
  readonly #store: SessionStore;
  #next: Request = { changes: new Map(), whenDone: [] };
  #saving: Request | undefined;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** Takes a change of the session `key`; `whenDone` runs once it is durable. */
  write(key: string, change: SessionChange, whenDone?: () => void): void {
    const { changes } = this.#next;
    if (changes.size === 0) queueMicrotask(() => this.#send());
    changes.set(key, change);
    if (whenDone !== undefined) this.#next.whenDone.push(whenDone);
  }

  /** The store has lost what it was given and has not confirmed: gives it again, with what has come since. */
  retry(): void {
    const lost = this.#saving;
    if (lost === undefined) return;
    this.#saving = undefined;
    this.#next = {
      changes: new Map([...lost.changes, ...this.#next.changes]),
      whenDone: [...lost.whenDone, ...this.#next.whenDone],
    };
    this.#send();
  }

  #send(): void {
    if (this.#saving !== undefined || this.#next.changes.size === 0) return;
    const saving = this.#next;
    this.#saving = saving;
    this.#next = { changes: new Map(), whenDone: [] };
    this.#store.save([...saving.changes.values()], () => {
      // Otherwise a retry has taken it over.
      if (this.#saving !== saving) return;
      this.#saving = undefined;
      for (const run of saving.whenDone) run();
      this.#send();
    });
  }
}
