// GROUP BY over windows: keys, panes and firing. Rows come in through generated or interpreted code, which finds the
// pane and the slot and adds to its columns; the watermark comes in through `advance`.
//
// Invariants
// - A window fires once, when the watermark reaches its end - 1 ms, in order of window ends; keys in order of their
//   first arrival (newest pane first where panes are merged). Both survive snapshot and resume.
// - A row is late when the last window of its slice has fired; otherwise it counts in those that have not.
// - `fireAt` is the lowest watermark at which a window fires here or something happens downstream.
// - A key is held while a pane holds it (key-table.ts); a pane is dropped with its last window.

import { assert } from "../../core/errors.ts";
import { PANES_PER_OPERATOR } from "../../core/limits.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import type { WindowProperty } from "../../sql/plan.ts";
import type { Aggregate } from "../aggregate/aggregate.ts";
import type { AccumulatorColumn, SetColumn } from "../aggregate/columns.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { Snapshot } from "../contract.ts";
import { dataError } from "../data-error.ts";
import type { ResultNode, Upstream } from "../node.ts";
import type { RowFunction } from "../pipeline/plan.ts";
import { KeyTable } from "./key-table.ts";
import { Pane } from "./pane.ts";
import { boundOf } from "./slices.ts";
import type { Slices } from "./slices.ts";

export interface WindowAggregateOptions {
  readonly slices: Slices;
  readonly keyTypes: readonly SqlType[];
  readonly aggregates: readonly Aggregate[];
  readonly properties: readonly WindowProperty[];
  readonly downstream: Upstream;
  /** True if something above reads CURRENT_WATERMARK: then no watermark may be left out. */
  readonly needsEveryWatermark: boolean;
}

interface PaneSnapshot {
  readonly end: number;
  readonly ids: Int32Array;
  readonly columns: readonly unknown[];
}

interface WindowAggregateSnapshot {
  readonly version: 1;
  readonly watermark: number;
  /** Keys in use, renumbered from 0. */
  readonly keys: readonly (readonly SqlValue[])[];
  /** By end, ascending. */
  readonly panes: readonly PaneSnapshot[];
}

export class WindowAggregate implements Upstream, ResultNode {
  readonly limit: number = Number.POSITIVE_INFINITY;
  readonly slices: Slices;
  readonly keys: KeyTable;
  readonly aggregates: readonly Aggregate[];
  /** The lowest watermark at which `advance` has something to do. */
  fireAt: number = Number.POSITIVE_INFINITY;
  firing: { readonly startMs: number; readonly endMs: number } | undefined;
  #output: RowFunction | undefined;
  #watermark = NO_WATERMARK;
  /** All windows that end at or before this + 1 have fired; runs ahead of `#watermark` between two `advance`s. */
  #fired = NO_WATERMARK;
  readonly #options: WindowAggregateOptions;
  readonly #columnEnds: readonly number[];
  readonly #panes: Map<number, Pane> = new Map();
  /** Ends of all panes, ascending. */
  readonly #ends: number[] = [];
  readonly #merged: Pane;

  constructor(options: WindowAggregateOptions, resume: Snapshot) {
    this.#options = options;
    this.slices = options.slices;
    this.aggregates = options.aggregates;
    this.keys = new KeyTable(options.keyTypes);
    let end = 0;
    this.#columnEnds = options.aggregates.map((aggregate) => (end += aggregate.columns.length));
    this.#merged = this.#newPane(NO_WATERMARK);
    if (resume !== undefined) this.#restore(resume as WindowAggregateSnapshot);
    this.#plan();
  }

  /** Number of key columns. */
  get keyCount(): number {
    return this.#options.keyTypes.length;
  }

  /** Where results go: keys, aggregates, then window properties. Set once, before any row. */
  connect(output: RowFunction): void {
    this.#output = output;
  }

  /**
   * The pane of a slice, opened if need be. `watermark` is the one its row is judged by: lower than `fireAt`, and
   * the row is not late. Data error beyond the bound.
   */
  pane(end: number, watermark: number): Pane {
    // A row between two advances: windows up to its watermark are over though none was there to fire.
    if (watermark > this.#fired) this.#fired = watermark;
    const { accumulates, sliceMs } = this.slices;
    const isFired = accumulates && end - 1 <= this.#fired;
    const target = isFired ? this.slices.windowStart(end) + sliceMs : end;
    return this.#panes.get(target) ?? this.#open(target);
  }

  /** The key's slot in the pane, made if new. */
  slot(pane: Pane, id: number): number {
    const slot = pane.find(id);
    if (slot >= 0) return slot;
    this.keys.retain(id);
    return pane.insert(id);
  }

  /** The columns of one aggregate. */
  columnsOf(pane: Pane, index: number): readonly AccumulatorColumn[] {
    const end = this.#columnEnds[index] ?? 0;
    return pane.columns.slice(end - (this.aggregates[index]?.columns.length ?? 0), end);
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    while (this.#ends.length > 0) {
      const windowEnd = this.#nextWindowEnd(this.#ends[0] ?? 0);
      if (windowEnd - 1 > watermark) break;
      this.#fire(windowEnd);
      this.#fired = windowEnd - 1;
      this.#dropPanes(windowEnd);
    }
    this.#watermark = watermark;
    this.#fired = watermark;
    this.#options.downstream.advance(watermark);
    this.#plan();
  }

  snapshot(): WindowAggregateSnapshot {
    const numbers = new Map<number, number>();
    const keys: SqlValue[][] = [];
    const numberOf = (id: number): number => {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      numbers.set(id, keys.length);
      const key = this.#options.keyTypes.map((): SqlValue => null);
      this.keys.read(id, key);
      keys.push(key);
      return keys.length - 1;
    };
    const panes = this.#ends.flatMap((end): PaneSnapshot[] => {
      const pane = this.#panes.get(end);
      if (pane === undefined) return [];
      const ids = pane.ids.slice(0, pane.size).map(numberOf);
      return [{ end, ids, columns: pane.columns.map((column) => column.snapshot(pane.size)) }];
    });
    return { version: 1, watermark: this.#watermark, keys, panes };
  }

  stateBytes(): number {
    let bytes = this.keys.size * 100;
    for (const pane of this.#panes.values()) bytes += pane.bytes();
    return bytes;
  }

  #open(end: number): Pane {
    if (this.#ends.length >= PANES_PER_OPERATOR) {
      dataError(`the operator has ${PANES_PER_OPERATOR} open panes already`);
    }
    const pane = this.#newPane(end);
    this.#panes.set(end, pane);
    let index = this.#ends.length;
    while (index > 0 && (this.#ends[index - 1] ?? 0) > end) index--;
    this.#ends.splice(index, 0, end);
    this.fireAt = Math.min(this.fireAt, this.#nextWindowEnd(end) - 1);
    return pane;
  }

  #newPane(end: number): Pane {
    return new Pane(
      end,
      this.#options.aggregates.flatMap((aggregate) => aggregate.columns),
    );
  }

  /** The first window of a slice that has not fired. */
  #nextWindowEnd(end: number): number {
    const { sliceMs } = this.slices;
    if (end - 1 > this.#fired) return end;
    return end + (Math.floor((this.#fired + 1 - end) / sliceMs) + 1) * sliceMs;
  }

  #plan(): void {
    const first = this.#ends[0];
    const own = first === undefined ? Number.POSITIVE_INFINITY : this.#nextWindowEnd(first) - 1;
    this.fireAt = this.#options.needsEveryWatermark
      ? NO_WATERMARK
      : Math.min(own, this.#options.downstream.fireAt);
  }

  /** Emits the window that ends at `windowEnd`. */
  #fire(windowEnd: number): void {
    const startMs = this.slices.windowStart(windowEnd);
    const pane = this.#windowPane(startMs, windowEnd);
    assert(pane !== undefined && this.#output !== undefined, "a window fires without a pane");
    const before = this.#watermark;
    this.firing = { startMs, endMs: windowEnd };
    const { keyCount } = this;
    const columns = this.aggregates.map((_, index) => this.columnsOf(pane, index));
    for (let slot = 0; slot < pane.size; slot++) {
      const row: SqlValue[] = [];
      this.keys.read(pane.ids[slot] ?? 0, row);
      for (let index = 0; index < columns.length; index++) {
        row[keyCount + index] = this.aggregates[index]?.result(columns[index] ?? [], slot) ?? null;
      }
      for (const property of this.#options.properties)
        row.push(boundOf(property, startMs, windowEnd));
      this.#output(row, before);
    }
    this.firing = undefined;
  }

  /** All that belongs to a window, in one pane. */
  #windowPane(startMs: number, windowEnd: number): Pane | undefined {
    if (this.slices.isSingle) return this.#panes.get(windowEnd);
    if (this.slices.accumulates) return this.#accumulate(startMs + this.slices.sliceMs, windowEnd);
    const merged = this.#merged;
    merged.clear(windowEnd);
    for (const end of this.#ends.toReversed()) {
      const pane = end > startMs && end <= windowEnd ? this.#panes.get(end) : undefined;
      if (pane !== undefined) this.#mergeInto(merged, pane, (id) => merged.insert(id));
    }
    return merged;
  }

  /** Moves the slice that ends at `windowEnd` into the window's first one. */
  #accumulate(firstEnd: number, windowEnd: number): Pane | undefined {
    const pane = this.#panes.get(windowEnd);
    if (pane === undefined || firstEnd === windowEnd) return this.#panes.get(firstEnd);
    this.#panes.delete(windowEnd);
    this.#ends.splice(this.#ends.indexOf(windowEnd), 1);
    const first = this.#panes.get(firstEnd) ?? this.#open(firstEnd);
    this.#mergeInto(first, pane, (id) => this.slot(first, id));
    this.keys.release(pane.ids, pane.size);
    return first;
  }

  #mergeInto(merged: Pane, pane: Pane, insert: (id: number) => number): void {
    const into = this.aggregates.map((_, index) => this.columnsOf(merged, index));
    const from = this.aggregates.map((_, index) => this.columnsOf(pane, index));
    for (let fromSlot = 0; fromSlot < pane.size; fromSlot++) {
      const id = pane.ids[fromSlot] ?? 0;
      const known = merged.find(id);
      const slot = known >= 0 ? known : insert(id);
      for (let index = 0; index < into.length; index++) {
        this.aggregates[index]?.merge(into[index] ?? [], slot, from[index] ?? [], fromSlot);
      }
    }
  }

  /** Drops the panes whose last window is `windowEnd`. */
  #dropPanes(windowEnd: number): void {
    let count = 0;
    for (const end of this.#ends) {
      if (this.slices.lastWindowEnd(end) > windowEnd) break;
      const pane = this.#panes.get(end);
      if (pane !== undefined) this.keys.release(pane.ids, pane.size);
      this.#panes.delete(end);
      count++;
    }
    this.#ends.splice(0, count);
  }

  #restore(state: WindowAggregateSnapshot): void {
    assert(state.version === 1, `window state of version ${String(state.version)}`);
    this.#watermark = state.watermark;
    this.#fired = state.watermark;
    const ids = state.keys.map((key) => this.keys.intern(key));
    for (const saved of state.panes) {
      const pane = this.pane(saved.end, NO_WATERMARK);
      for (const number of saved.ids) {
        const id = ids[number] ?? 0;
        this.keys.retain(id);
        pane.insert(id);
      }
      for (const [index, aggregate] of this.aggregates.entries()) {
        const first = (this.#columnEnds[index] ?? 0) - aggregate.columns.length;
        for (const [offset, column] of this.columnsOf(pane, index).entries()) {
          const values = saved.columns[first + offset];
          if (column.kind === "set") restoreSet(column, values, aggregate);
          else column.restore(values);
        }
      }
    }
  }
}

function restoreSet(column: SetColumn, values: unknown, aggregate: Aggregate): void {
  column.restore(values, aggregate.setKey ?? ((value) => value));
}
