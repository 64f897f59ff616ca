// The gateway's card for a long time: the store's own files as they are, with the figures of the store that is open on
// them. A kill leaves a copy of them.

import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { StoreOptions } from "../../../src/store/open.ts";
import { openStore } from "../../../src/store/open.ts";
import type { StoreStats } from "../../../src/store/stats.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Card } from "../core-thread.ts";

const FILES = ["headrace.db", "headrace.db-wal", "attempts"];

export class LongCard implements Card {
  readonly #root: string;
  #folders = 0;
  #store: Store | undefined;
  #isDead = false;

  /** `root`: an empty folder. */
  constructor(root: string) {
    this.#root = root;
    mkdirSync(this.folder);
  }

  get folder(): string {
    return join(this.#root, `data-${this.#folders}`);
  }

  /** Of the store that is open. */
  get stats(): StoreStats | undefined {
    return this.#store?.stats;
  }

  readonly open = (options: StoreOptions): Store => {
    const store = openStore({ ...options, ballastBytes: 0, reserveBytes: 0 });
    this.#store = store;
    this.#isDead = false;
    const close = store.close.bind(store);
    // Who dies closes nothing: closing would write.
    store.close = () => {
      if (!this.#isDead) close();
    };
    return store;
  };

  workerEnded(): void {
    this.#store = undefined;
  }

  /** The process has been killed. */
  crash(): void {
    const before = this.folder;
    this.#folders++;
    mkdirSync(this.folder);
    for (const file of FILES) {
      const path = join(before, file);
      if (existsSync(path)) copyFileSync(path, join(this.folder, file));
    }
    this.#store?.close();
    this.#isDead = true;
    this.#store = undefined;
    rmSync(before, { recursive: true });
  }
}
