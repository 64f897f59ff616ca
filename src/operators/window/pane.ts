// A pane: the accumulators of one slice (or of one merged window), for the keys that have rows in it. Slots are dense
// and in order of first arrival, which is the order results come out in. Keys find their slot through a small
// open-addressing table of our own: it holds only the keys present, so a thousand open panes stay small.

import type { Aggregate } from "../aggregate/aggregate.ts";
import { ManyColumn } from "../aggregate/columns-of-many.ts";
import type { AccumulatorColumn } from "../aggregate/columns.ts";
import { newAccumulatorColumn, restoreColumn } from "../aggregate/columns.ts";

const FIRST_CAPACITY = 16;
const EMPTY = -1;

export interface PaneSnapshot {
  readonly end: number;
  /** By slot. */
  readonly ids: Int32Array;
  readonly columns: readonly unknown[];
}

export class Pane {
  /** End of the slice. */
  end: number;
  /** Key id by slot. */
  ids: Int32Array = new Int32Array(FIRST_CAPACITY);
  size = 0;
  /** Of all aggregates, one after the other. */
  readonly columns: readonly AccumulatorColumn[];
  readonly #aggregates: readonly Aggregate[];
  readonly #byAggregate: readonly (readonly AccumulatorColumn[])[];
  #table: Int32Array = new Int32Array(FIRST_CAPACITY * 2).fill(EMPTY);
  #shift = 32 - 5;

  constructor(end: number, aggregates: readonly Aggregate[]) {
    this.end = end;
    this.#aggregates = aggregates;
    this.#byAggregate = aggregates.map(({ columns }) =>
      columns.map((shape) => newAccumulatorColumn(shape, FIRST_CAPACITY)),
    );
    this.columns = this.#byAggregate.flat();
  }

  /** The columns of one aggregate. */
  of(index: number): readonly AccumulatorColumn[] {
    return this.#byAggregate[index] ?? [];
  }

  /** The slot of a key, or -1. */
  find(id: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let index = Math.imul(id, 0x9e3779b1) >>> this.#shift;
    for (;;) {
      const slot = table[index] ?? EMPTY;
      if (slot === EMPTY || this.ids[slot] === id) return slot;
      index = (index + 1) & mask;
    }
  }

  /** Adds a key that is not there; gives its slot, holding initial values. The columns' arrays may be replaced. */
  insert(id: number): number {
    if (this.size === this.ids.length) this.#grow();
    const slot = this.size++;
    this.ids[slot] = id;
    this.#place(id, slot);
    return slot;
  }

  /** Adds another pane's groups to its own; `insert` makes the slot of a key that is not there. */
  merge(pane: Pane, insert: (id: number) => number): void {
    const slots = new Int32Array(pane.size);
    for (let fromSlot = 0; fromSlot < pane.size; fromSlot++) {
      const id = pane.ids[fromSlot] ?? 0;
      const known = this.find(id);
      slots[fromSlot] = known >= 0 ? known : insert(id);
    }
    // One aggregate after the other: each loop meets one kind of columns only.
    for (const [index, aggregate] of this.#aggregates.entries()) {
      const into = this.of(index);
      const from = pane.of(index);
      for (let slot = 0; slot < slots.length; slot++) {
        aggregate.merge(into, slots[slot] ?? 0, from, slot);
      }
    }
  }

  snapshot(numberOf: (id: number) => number): PaneSnapshot {
    const ids = this.ids.slice(0, this.size).map(numberOf);
    return { end: this.end, ids, columns: this.columns.map((each) => each.snapshot(this.size)) };
  }

  /** Takes a snapshot's columns back, once its keys have their slots again. */
  restore({ columns }: PaneSnapshot): void {
    let next = 0;
    for (const [index, aggregate] of this.#aggregates.entries()) {
      for (const column of this.of(index)) restoreColumn(column, columns[next++], aggregate);
    }
  }

  /** Forgets all keys. */
  clear(end: number): void {
    for (const column of this.columns) column.clear(this.size);
    this.#table.fill(EMPTY);
    this.size = 0;
    this.end = end;
  }

  /** The pane is of no further use. */
  drop(): void {
    for (const column of this.columns) if (column instanceof ManyColumn) column.clear(this.size);
  }

  bytes(): number {
    let bytes = this.ids.byteLength + this.#table.byteLength;
    for (const column of this.columns) bytes += column.bytes();
    return bytes;
  }

  #place(id: number, slot: number): void {
    const mask = this.#table.length - 1;
    let index = Math.imul(id, 0x9e3779b1) >>> this.#shift;
    while (this.#table[index] !== EMPTY) index = (index + 1) & mask;
    this.#table[index] = slot;
  }

  #grow(): void {
    const capacity = this.ids.length * 2;
    const ids = new Int32Array(capacity);
    ids.set(this.ids);
    this.ids = ids;
    for (const column of this.columns) column.grow(capacity);
    this.#table = new Int32Array(capacity * 2).fill(EMPTY);
    this.#shift--;
    for (let slot = 0; slot < this.size; slot++) this.#place(ids[slot] ?? 0, slot);
  }
}
