// Accumulators of an operator whose groups come and go one by one: columns like a pane's, with slots that are reused.

import type { Aggregate } from "../aggregate/aggregate.ts";
import { newAccumulatorColumn, restoreColumn } from "../aggregate/columns.ts";
import type { AccumulatorColumn } from "../aggregate/columns.ts";

const FIRST_CAPACITY = 16;

export class Accumulators {
  readonly columns: readonly AccumulatorColumn[];
  readonly #aggregates: readonly Aggregate[];
  readonly #byAggregate: readonly (readonly AccumulatorColumn[])[];
  #capacity = FIRST_CAPACITY;
  /** Slots below this have been given out. */
  #next = 0;
  #free: number[] = [];

  constructor(aggregates: readonly Aggregate[]) {
    this.#aggregates = aggregates;
    this.#byAggregate = aggregates.map((aggregate) =>
      aggregate.columns.map((shape) => newAccumulatorColumn(shape, FIRST_CAPACITY)),
    );
    this.columns = this.#byAggregate.flat();
  }

  /** The columns of one aggregate. */
  of(index: number): readonly AccumulatorColumn[] {
    return this.#byAggregate[index] ?? [];
  }

  /** A slot that holds initial values. The columns' arrays may be replaced. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#next === this.#capacity) this.#grow(this.#capacity * 2);
    return this.#next++;
  }

  /** Gives a slot back. */
  leave(slot: number): void {
    for (const column of this.columns) column.reset(slot);
    this.#free.push(slot);
  }

  /** Adds slot `from` to slot `into`. */
  merge(into: number, from: number): void {
    for (const [index, aggregate] of this.#aggregates.entries()) {
      aggregate.merge(this.of(index), into, this.of(index), from);
    }
  }

  /** The aggregates' results. */
  results(slot: number): ReturnType<Aggregate["result"]>[] {
    return this.#aggregates.map((aggregate, index) => aggregate.result(this.of(index), slot));
  }

  /** All slots given out so far, the free ones too. */
  snapshot(): { readonly count: number; readonly columns: readonly unknown[] } {
    const columns = this.columns.map((column) => column.snapshot(this.#next));
    return { count: this.#next, columns };
  }

  /** Takes a snapshot back, of whose slots only those in `used` are taken. */
  restore(state: ReturnType<Accumulators["snapshot"]>, used: ReadonlySet<number>): void {
    let capacity = this.#capacity;
    while (capacity < state.count) capacity *= 2;
    if (capacity > this.#capacity) this.#grow(capacity);
    let first = 0;
    for (const [index, aggregate] of this.#aggregates.entries()) {
      for (const [offset, column] of this.of(index).entries()) {
        restoreColumn(column, state.columns[first + offset], aggregate);
      }
      first += aggregate.columns.length;
    }
    this.#next = state.count;
    for (let slot = state.count - 1; slot >= 0; slot--) if (!used.has(slot)) this.#free.push(slot);
  }

  bytes(): number {
    return this.columns.reduce((bytes, column) => bytes + column.bytes(), 0);
  }

  #grow(capacity: number): void {
    for (const column of this.columns) column.grow(capacity);
    this.#capacity = capacity;
  }
}
