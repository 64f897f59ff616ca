// Columns whose slots hold many values each: sets, lists and counted values. Iteration order is that of first arrival.

import type { SqlValue } from "../../core/types.ts";
import type { HeldValues } from "./held-values.ts";

/** How values become keys; a column is restored with the aggregate's own. */
export type KeyOf = (value: SqlValue) => unknown;

/** Estimated bytes of a value in a Map, and in a list. */
const MAP_ENTRY_BYTES = 64;
const LIST_ENTRY_BYTES = 16;

/** What every slot of many values does alike; `Held` is a Map or an array. */
export abstract class ManyColumn<
  Held extends { readonly size?: number; readonly length?: number },
> {
  readonly values: (Held | undefined)[] = [];
  /** Counts the values of all columns of the aggregate. */
  protected readonly held: HeldValues;

  constructor(held: HeldValues, capacity: number) {
    this.held = held;
    this.grow(capacity);
  }

  grow(capacity: number): void {
    for (let slot = this.values.length; slot < capacity; slot++) this.values.push(undefined);
  }

  clear(count: number): void {
    for (let slot = 0; slot < count; slot++) this.reset(slot);
  }

  reset(slot: number): void {
    this.held.count -= this.entries(slot);
    this.values[slot] = undefined;
  }

  bytes(): number {
    let bytes = this.values.length * 8;
    for (const slot of this.values.keys()) bytes += this.entries(slot) * this.entryBytes();
    return bytes;
  }

  /** Number of values in a slot. */
  entries(slot: number): number {
    const held = this.values[slot];
    return held?.size ?? held?.length ?? 0;
  }

  protected abstract entryBytes(): number;
}

/** A column of value sets, in the form of Map keys. */
export class SetColumn extends ManyColumn<Map<unknown, SqlValue>> {
  readonly kind = "set";

  /** Adds a value by its key; false if it was there. */
  add(slot: number, key: unknown, value: SqlValue): boolean {
    let set = this.values[slot];
    if (set === undefined) {
      set = new Map();
      this.values[slot] = set;
    }
    if (set.has(key)) return false;
    set.set(key, value);
    this.held.count++;
    return true;
  }

  /** The values alone: their keys are made again on restore. */
  snapshot(count: number): unknown {
    return this.values
      .slice(0, count)
      .map((set) => (set === undefined ? undefined : [...set.values()]));
  }

  restore(state: unknown, keyOf: KeyOf): void {
    const sets = state as readonly (readonly SqlValue[] | undefined)[];
    for (const [slot, values] of sets.entries()) {
      for (const value of values ?? []) this.add(slot, keyOf(value), value);
    }
  }

  protected entryBytes(): number {
    return MAP_ENTRY_BYTES;
  }
}

/** A column of lists. */
export class ListColumn extends ManyColumn<SqlValue[]> {
  readonly kind = "list";

  push(slot: number, value: SqlValue): void {
    this.held.count++;
    const list = this.values[slot];
    if (list === undefined) this.values[slot] = [value];
    else list.push(value);
  }

  snapshot(count: number): unknown {
    return this.values.slice(0, count).map((list) => list && [...list]);
  }

  restore(state: unknown): void {
    const lists = state as readonly (readonly SqlValue[] | undefined)[];
    for (const [slot, list] of lists.entries()) {
      for (const value of list ?? []) this.push(slot, value);
    }
  }

  protected entryBytes(): number {
    return LIST_ENTRY_BYTES;
  }
}

interface Counted {
  readonly value: SqlValue;
  count: number;
}

/** A column of values and how often each came. */
export class CountColumn extends ManyColumn<Map<unknown, Counted>> {
  readonly kind = "count";

  add(slot: number, key: unknown, { value, count }: Readonly<Counted>): void {
    let counts = this.values[slot];
    if (counts === undefined) {
      counts = new Map();
      this.values[slot] = counts;
    }
    const known = counts.get(key);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    counts.set(key, { value, count });
    this.held.count++;
  }

  snapshot(count: number): unknown {
    return this.values
      .slice(0, count)
      .map((counts) => counts && Array.from(counts.values(), (counted) => ({ ...counted })));
  }

  restore(state: unknown, keyOf: KeyOf): void {
    const slots = state as readonly (readonly Counted[] | undefined)[];
    for (const [slot, counts] of slots.entries()) {
      for (const counted of counts ?? []) this.add(slot, keyOf(counted.value), counted);
    }
  }

  protected entryBytes(): number {
    return MAP_ENTRY_BYTES;
  }
}
