// Accumulators of a pane, structure of arrays: one column per part of an aggregate (a sum, a count, a "seen" flag),
// indexed by the pane's slot. Generated code writes `column.values[slot]` directly.

import type { SqlValue } from "../../core/types.ts";
import { addLong } from "../../core/value/integer.ts";
import type { Long } from "../../core/value/integer.ts";
import { CountColumn, ListColumn, SetColumn } from "./columns-of-many.ts";
import type { KeyOf } from "./columns-of-many.ts";
import { HeldValues } from "./held-values.ts";

/**
 * How a column stores its values:
 *   f64 f32 i32 i16 i8 u8  typed array; stores wrap and round as Java does in that type
 *   long                   64-bit integers: Float64Array, NaN where the value stands in `wide`
 *   value                  any SqlValue; NULL as null
 *   set list count         distinct values, values in order, values and how often each came (columns-of-many.ts)
 */
export type ColumnKind = NumericKind | "long" | "value" | "set" | "list" | "count";

type NumericKind = "f64" | "f32" | "i32" | "i16" | "i8" | "u8";

/** A column's declaration: its kind and what a new slot holds (numbers only; value is null, the others are empty). */
export interface ColumnShape {
  readonly kind: ColumnKind;
  readonly initial: number;
  /** Of many values: where they are counted. */
  readonly held?: HeldValues;
}

type NumericArray = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

const ARRAYS = {
  f64: Float64Array,
  long: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  i16: Int16Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

/** A column of numbers. */
export class NumericColumn {
  readonly kind: NumericKind;
  readonly #initial: number;
  values: NumericArray;

  constructor(kind: NumericColumn["kind"], initial: number, capacity: number) {
    this.kind = kind;
    this.#initial = initial;
    this.values = new ARRAYS[kind](capacity);
    if (initial !== 0 || Object.is(initial, -0)) this.values.fill(initial);
  }

  grow(capacity: number): void {
    const old = this.values;
    this.values = new ARRAYS[this.kind](capacity);
    this.values.set(old);
    if (this.#initial !== 0 || Object.is(this.#initial, -0)) {
      this.values.fill(this.#initial, old.length);
    }
  }

  clear(count: number): void {
    this.values.fill(this.#initial, 0, count);
  }

  /** Gives the slot its initial value back. */
  reset(slot: number): void {
    this.values[slot] = this.#initial;
  }

  snapshot(count: number): unknown {
    return this.values.slice(0, count);
  }

  restore(state: unknown): void {
    this.values.set(state as NumericArray);
  }

  bytes(): number {
    return this.values.byteLength;
  }
}

/** A column of 64-bit integers; see core/types.ts on BIGINT. */
export class LongColumn {
  readonly kind = "long";
  values: Float64Array;
  readonly wide: Map<number, bigint> = new Map();

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  get(slot: number): Long {
    const value = this.values[slot] ?? 0;
    return Number.isNaN(value) ? (this.wide.get(slot) ?? 0n) : value;
  }

  set(slot: number, value: Long): void {
    if (typeof value === "number") {
      if (Number.isNaN(this.values[slot])) this.wide.delete(slot);
      this.values[slot] = value;
    } else {
      this.values[slot] = Number.NaN;
      this.wide.set(slot, value);
    }
  }

  /** Wraps to 64 bits. */
  add(slot: number, value: Long): void {
    this.set(slot, addLong(this.get(slot), value));
  }

  grow(capacity: number): void {
    const old = this.values;
    this.values = new Float64Array(capacity);
    this.values.set(old);
  }

  clear(count: number): void {
    this.values.fill(0, 0, count);
    this.wide.clear();
  }

  reset(slot: number): void {
    this.set(slot, 0);
  }

  snapshot(count: number): unknown {
    return { values: this.values.slice(0, count), wide: new Map(this.wide) };
  }

  restore(state: unknown): void {
    const { values, wide } = state as { values: Float64Array; wide: Map<number, bigint> };
    this.values.set(values);
    for (const [slot, value] of wide) this.wide.set(slot, value);
  }

  bytes(): number {
    return this.values.byteLength + this.wide.size * 64;
  }
}

/** A column of any values. */
export class ValueColumn {
  readonly kind = "value";
  readonly values: SqlValue[] = [];

  constructor(capacity: number) {
    this.grow(capacity);
  }

  grow(capacity: number): void {
    for (let slot = this.values.length; slot < capacity; slot++) this.values.push(null);
  }

  clear(count: number): void {
    this.values.fill(null, 0, count);
  }

  reset(slot: number): void {
    this.values[slot] = null;
  }

  snapshot(count: number): unknown {
    return this.values.slice(0, count);
  }

  restore(state: unknown): void {
    const values = state as readonly SqlValue[];
    for (let slot = 0; slot < values.length; slot++) this.values[slot] = values[slot] ?? null;
  }

  bytes(): number {
    return this.values.length * 32;
  }
}

export type AccumulatorColumn =
  | NumericColumn
  | LongColumn
  | ValueColumn
  | SetColumn
  | ListColumn
  | CountColumn;

/** A column of `shape` for `capacity` slots. */
export function newAccumulatorColumn(shape: ColumnShape, capacity: number): AccumulatorColumn {
  switch (shape.kind) {
    case "long":
      return new LongColumn(capacity);
    case "value":
      return new ValueColumn(capacity);
    case "set":
      return new SetColumn(shape.held ?? new HeldValues(), capacity);
    case "list":
      return new ListColumn(shape.held ?? new HeldValues(), capacity);
    case "count":
      return new CountColumn(shape.held ?? new HeldValues(), capacity);
    default:
      return new NumericColumn(shape.kind, shape.initial, capacity);
  }
}

/** Takes the snapshot of a column back. `keyOf`: how the aggregate makes keys of values. */
export function restoreColumn(
  column: AccumulatorColumn,
  state: unknown,
  { keyOf }: { readonly keyOf?: KeyOf },
): void {
  column.restore(state, keyOf ?? ((value) => value));
}
