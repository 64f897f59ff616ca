// Devices in the order in which they were heard of, the longest ago first: a doubly linked list over their numbers.

const NONE = -1;

export class RecencyList {
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  #first = NONE;
  #last = NONE;
  size = 0;

  /** The one heard of longest ago; -1 for none. */
  get first(): number {
    return this.#first;
  }

  /** The one heard of last; -1 for none. */
  get last(): number {
    return this.#last;
  }

  /** The next one after `device`; -1 for none. */
  after(device: number): number {
    return this.#after[device] ?? NONE;
  }

  /** The one before `device`; -1 for none. */
  before(device: number): number {
    return this.#before[device] ?? NONE;
  }

  has(device: number): boolean {
    return this.#first === device || this.before(device) !== NONE;
  }

  /** Puts a device that is not in the list at its end. */
  push(device: number): void {
    while (this.#after.length <= device) {
      this.#after.push(NONE);
      this.#before.push(NONE);
    }
    this.#before[device] = this.#last;
    this.#after[device] = NONE;
    if (this.#last === NONE) this.#first = device;
    else this.#after[this.#last] = device;
    this.#last = device;
    this.size++;
  }

  /** Takes a device out that is in the list. */
  remove(device: number): void {
    const before = this.#before[device] ?? NONE;
    const after = this.#after[device] ?? NONE;
    if (before === NONE) this.#first = after;
    else this.#after[before] = after;
    if (after === NONE) this.#last = before;
    else this.#before[after] = before;
    this.#before[device] = NONE;
    this.size--;
  }

  /** All of them, in order. */
  *[Symbol.iterator](): Generator<number, void, void> {
    for (let device = this.#first; device !== NONE; device = this.after(device)) yield device;
  }
}
