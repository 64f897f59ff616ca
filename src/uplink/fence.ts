// Whether another live copy of this gateway forwards. Copies (a cloned card) fence each other with every
// InitProducerId, and error codes do not tell that from a transaction that took too long; the progress topic does: a
// record by another boot, newer than our own first opening.

import type { Progress, ProgressRecord } from "./progress.ts";

export class Fence {
  readonly #bootId: string;
  /** Offset of the newest progress record when this process first opened, and when it took over last. */
  #begunAt: number | undefined;
  #takenOverAt: number | undefined;
  #by: ProgressRecord | undefined;

  constructor(bootId: string) {
    this.#bootId = bootId;
  }

  /** The other copy's newest record; undefined: we forward. */
  get by(): ProgressRecord | undefined {
    return this.#by;
  }

  /** Looks at the progress of a session just opened: the first one takes over. Gives `by`. */
  check({ newest }: Progress): ProgressRecord | undefined {
    this.#takenOverAt ??= newest?.offset ?? -1;
    this.#begunAt ??= this.#takenOverAt;
    if (newest !== undefined && this.#isForeignSince(newest, this.#takenOverAt)) this.#by = newest;
    return this.#by;
  }

  /** While fenced, with the newest record there is. True: the other one has fallen silent, and we take over. */
  isSilent(newest: ProgressRecord | undefined): boolean {
    if (newest !== undefined && newest.offset > (this.#by?.offset ?? -1)) {
      this.#by = newest;
      return false;
    }
    this.takeOver();
    return true;
  }

  /** The next session takes over. */
  takeOver(): void {
    this.#by = undefined;
    this.#takenOverAt = undefined;
  }

  /** Whether a record was written by another copy since this process began. */
  isRival(record: ProgressRecord): boolean {
    return this.#begunAt !== undefined && this.#isForeignSince(record, this.#begunAt);
  }

  #isForeignSince({ offset, owner }: ProgressRecord, since: number): boolean {
    return offset > since && owner.bootId !== this.#bootId;
  }
}
