// Group keys interned to dense integers, one table per operator. A key lives while some pane holds it; ids are
// reused, so they never show in results. A key is looked up through nested Maps, one level per key column.
//
// A key whose last pane has gone is kept until the next release round: keys that report in every window would
// otherwise be deleted and inserted again at each window's end.

import { KEYS_PER_OPERATOR } from "../../core/limits.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { fullError } from "../data-error.ts";
import { mapKeyOf } from "../map-key.ts";
import type { MapKey } from "../map-key.ts";

export type KeyMap = Map<MapKey, KeyMap | number>;

export class KeyTable {
  /** First level of lookup: a Map of ids for one key column, of Maps for more. */
  readonly root: KeyMap = new Map();
  readonly #maximum: number;
  readonly #mapKeys: readonly ((value: SqlValue) => MapKey)[];
  /** By key column, then id. */
  readonly #values: SqlValue[][];
  #references: Int32Array = new Int32Array(64);
  #free: number[] = [];
  #idle: number[] = [];
  #next = 0;
  #live = 0;

  constructor(types: readonly SqlType[], maximum: number = KEYS_PER_OPERATOR) {
    this.#maximum = maximum;
    this.#mapKeys = types.map((type) => mapKeyOf(type) ?? ((value): MapKey => value));
    this.#values = types.map(() => []);
  }

  /** Number of keys held. */
  get size(): number {
    return this.#live;
  }

  /** The id of a key, made if new. Data error beyond the bound. */
  intern(key: readonly SqlValue[]): number {
    let level = this.root;
    const last = this.#mapKeys.length - 1;
    for (let column = 0; column < last; column++) {
      const mapKey = this.#mapKey(column, key);
      let next = level.get(mapKey) as KeyMap | undefined;
      if (next === undefined) {
        this.requireRoom(1);
        next = new Map();
        level.set(mapKey, next);
      }
      level = next;
    }
    const mapKey = last < 0 ? null : this.#mapKey(last, key);
    const known = level.get(mapKey) as number | undefined;
    if (known !== undefined) return known;
    this.requireRoom(1);
    const id = this.#make(key);
    level.set(mapKey, id);
    return id;
  }

  /** Copies the key's values into the start of `row`. */
  read(id: number, row: SqlValue[]): void {
    for (let column = 0; column < this.#values.length; column++) {
      row[column] = this.#values[column]?.[id] ?? null;
    }
  }

  /** A pane has begun to hold the key. */
  retain(id: number): void {
    this.#references[id] = (this.#references[id] ?? 0) + 1;
  }

  /** A pane that held these keys is gone. */
  release(ids: Int32Array, count: number): void {
    this.#evictIdle();
    for (let index = 0; index < count; index++) {
      const id = ids[index] ?? 0;
      const left = (this.#references[id] ?? 0) - 1;
      this.#references[id] = left;
      if (left === 0) this.#idle.push(id);
    }
  }

  /** A key that has been looked up got no place in a pane: it goes, unless another pane holds it. */
  forget(id: number): void {
    this.retain(id);
    this.release(Int32Array.of(id), 1);
  }

  /** Data error where so many new keys might not fit. */
  requireRoom(keys: number): void {
    if (this.#live + keys <= this.#maximum) return;
    fullError(`the operator holds ${this.#maximum} keys already`);
  }

  #make(key: readonly SqlValue[]): number {
    this.#live++;
    const id = this.#free.pop() ?? this.#next++;
    if (id >= this.#references.length) {
      const grown = new Int32Array(this.#references.length * 2);
      grown.set(this.#references);
      this.#references = grown;
    }
    for (let column = 0; column < this.#values.length; column++) {
      const values = this.#values[column];
      if (values !== undefined) values[id] = key[column] ?? null;
    }
    return id;
  }

  #evictIdle(): void {
    for (const id of this.#idle) {
      // Not 0: a newer pane holds the key again.
      if (this.#references[id] === 0) this.#evict(id);
    }
    this.#idle = [];
  }

  #evict(id: number): void {
    const key = this.#values.map((values) => values[id] ?? null);
    this.#remove(this.root, key, 0);
    for (const values of this.#values) values[id] = null;
    this.#references[id] = 0;
    this.#free.push(id);
    this.#live--;
  }

  /** True if the level is empty afterwards. */
  #remove(level: KeyMap, key: readonly SqlValue[], column: number): boolean {
    const mapKey = this.#mapKeys.length === 0 ? null : this.#mapKey(column, key);
    const isLast = column >= this.#mapKeys.length - 1;
    if (isLast || this.#remove(level.get(mapKey) as KeyMap, key, column + 1)) level.delete(mapKey);
    return level.size === 0;
  }

  #mapKey(column: number, key: readonly SqlValue[]): MapKey {
    const value = key[column] ?? null;
    return this.#mapKeys[column]?.(value) ?? null;
  }
}
