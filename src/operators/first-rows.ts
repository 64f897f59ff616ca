// LIMIT: counts the rows that come and lets a stretch of them through.

import { takeUp } from "../core/saved-state.ts";
import type { SavedState } from "../core/saved-state.ts";
import type { Snapshot } from "./contract.ts";
import type { StatefulNode } from "./node.ts";

const STATE = { owner: "first-rows", version: 1 } as const;

interface FirstRowsSnapshot extends SavedState {
  readonly seen: number;
}

export class FirstRows implements StatefulNode {
  readonly #offset: number;
  readonly #end: number;
  #seen: number;

  constructor(
    { offset, count }: { readonly offset: number; readonly count: number },
    resume: Snapshot,
  ) {
    this.#offset = offset;
    this.#end = offset + count;
    this.#seen = takeUp<FirstRowsSnapshot>(resume, STATE)?.seen ?? 0;
  }

  /** Counts a row; whether it goes on. */
  take(): boolean {
    if (this.#seen >= this.#end) return false;
    return this.#seen++ >= this.#offset;
  }

  snapshot(): FirstRowsSnapshot {
    return { ...STATE, seen: this.#seen };
  }

  stateBytes(): number {
    return 8;
  }
}
