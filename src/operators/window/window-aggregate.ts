// GROUP BY over windows: keys, panes and firing. Rows come in through generated or interpreted code, which finds the
// pane and the slot and adds to its columns; the watermark comes in through `advance`.
//
// Invariants
// - Panes are named by the clock of the windows' zone, watermarks are instants.
// - A window fires once, when the watermark reaches its end - 1 ms, in order of window ends; keys in order of their
//   first arrival (in the panes' order where they are merged). Both survive snapshot and resume.
// - A row is late when the last window of its slice has fired; otherwise it counts in those that have not.
// - `fireAt` is the lowest watermark at which a window fires here or something happens downstream.
// - A key is held while a pane holds it (key-table.ts); a pane is dropped with its last window.

import { assert } from "../../core/errors.ts";
import { GROUPS_PER_OPERATOR, PANES_PER_OPERATOR } from "../../core/limits.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import type { WindowProperty } from "../../sql/plan.ts";
import type { Aggregate } from "../aggregate/aggregate.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { Snapshot } from "../contract.ts";
import { fullError } from "../data-error.ts";
import type { ResultNode, ResultOutput, Upstream } from "../node.ts";
import { takeUp } from "../../core/saved-state.ts";
import type { GateOptions } from "./gate.ts";
import { KeyTable } from "./key-table.ts";
import { Pane } from "./pane.ts";
import type { PaneSnapshot } from "./pane.ts";
import { boundOf, instantsOf, overAt } from "./slices.ts";
import type { Slices } from "./slices.ts";

export interface WindowAggregateOptions extends Pick<
  GateOptions,
  "downstream" | "needsEveryWatermark"
> {
  readonly slices: Slices;
  readonly keyTypes: readonly SqlType[];
  readonly aggregates: readonly Aggregate[];
  readonly properties: readonly WindowProperty[];
}

const STATE = { owner: "window-aggregate", version: 1 } as const;

type WindowAggregateSnapshot = typeof STATE & {
  readonly watermark: number;
  /** Keys in use, renumbered from 0. */
  readonly keys: readonly (readonly SqlValue[])[];
  /** By end, ascending. */
  readonly panes: readonly PaneSnapshot[];
};

export class WindowAggregate implements Upstream, ResultNode {
  readonly limit: number = Number.POSITIVE_INFINITY;
  readonly slices: Slices;
  readonly keys: KeyTable;
  readonly keyCount: number;
  readonly aggregates: readonly Aggregate[];
  /** The lowest watermark at which `advance` has something to do. */
  fireAt: number = Number.POSITIVE_INFINITY;
  /** The lowest watermark at which a window fires here. */
  #ownDueAt: number = Number.POSITIVE_INFINITY;
  firing: { readonly startMs: number; readonly endMs: number } | undefined;
  #output: ResultOutput | undefined;
  #watermark = NO_WATERMARK;
  /** All windows that end at or before this + 1 have fired; runs ahead of `#watermark` between two `advance`s. */
  #fired = NO_WATERMARK;
  readonly #options: WindowAggregateOptions;
  /** In all panes. */
  #groups = 0;
  readonly #panes: Map<number, Pane> = new Map();
  /** Ends of all panes, ascending. */
  readonly #ends: number[] = [];
  readonly #merged: Pane;

  constructor(options: WindowAggregateOptions, resume: Snapshot) {
    this.#options = options;
    this.slices = options.slices;
    this.aggregates = options.aggregates;
    this.keys = new KeyTable(options.keyTypes);
    this.keyCount = options.keyTypes.length;
    this.#merged = this.#newPane(NO_WATERMARK);
    const state = takeUp<WindowAggregateSnapshot>(resume, STATE);
    if (state !== undefined) this.#restore(state);
    this.#plan();
  }

  get dueAt(): number {
    return Math.min(this.#ownDueAt, this.#options.downstream.dueAt);
  }

  get timeMs(): number {
    return (this.firing?.endMs ?? Number.NaN) - 1;
  }

  /** Where results go: keys, aggregates, then window properties. Set once, before any row. */
  connect(output: ResultOutput): void {
    this.#output = output;
  }

  /**
   * The pane of a slice, opened if need be. `watermark` is the one its row is judged by: lower than `fireAt`, and
   * the row is not late. Data error beyond the bound.
   */
  pane(end: number, watermark: number): Pane {
    // A row between two advances: windows up to its watermark are over though none was there to fire.
    this.#fired = Math.max(this.#fired, this.slices.zone.over(watermark));
    const { accumulates, sliceMs } = this.slices;
    const isFired = accumulates && end - 1 <= this.#fired;
    const target = isFired ? this.slices.windowStart(end) + sliceMs : end;
    return this.#panes.get(target) ?? this.#open(target);
  }

  /** Data error where so many new groups might not fit: a row counts in all of its grouping sets or in none. */
  requireRoom(groups: number): void {
    if (this.#groups + groups > GROUPS_PER_OPERATOR) this.#refuse();
    this.keys.requireRoom(groups);
  }

  /** The key's slot in the pane, made if new. Data error beyond the bound. */
  slot(pane: Pane, id: number): number {
    const slot = pane.find(id);
    if (slot >= 0) return slot;
    if (this.#groups >= GROUPS_PER_OPERATOR) {
      this.keys.forget(id);
      this.#refuse();
    }
    this.#groups++;
    this.keys.retain(id);
    return pane.insert(id);
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    const over = this.slices.zone.over(watermark);
    while (this.#ends.length > 0) {
      const windowEnd = this.#nextWindowEnd(this.#ends[0] ?? 0);
      if (windowEnd - 1 > over) break;
      this.#fire(windowEnd);
      this.#fired = windowEnd - 1;
      this.#dropPanes(windowEnd);
    }
    this.#watermark = watermark;
    this.#fired = over;
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
    const panes = this.#ends.flatMap((end) => this.#panes.get(end)?.snapshot(numberOf) ?? []);
    return { ...STATE, watermark: this.#watermark, keys, panes };
  }

  stateBytes(): number {
    let bytes = this.keys.size * 100;
    for (const pane of this.#panes.values()) bytes += pane.bytes();
    return bytes;
  }

  #refuse(): never {
    fullError(`the operator holds ${GROUPS_PER_OPERATOR} groups of its windows already`);
  }

  #open(end: number): Pane {
    if (this.#ends.length >= PANES_PER_OPERATOR) {
      fullError(`the operator has ${PANES_PER_OPERATOR} open panes already`);
    }
    const pane = this.#newPane(end);
    this.#panes.set(end, pane);
    let index = this.#ends.length;
    while (index > 0 && (this.#ends[index - 1] ?? 0) > end) index--;
    this.#ends.splice(index, 0, end);
    this.#ownDueAt = Math.min(this.#ownDueAt, this.#dueAtOf(end));
    this.fireAt = Math.min(this.fireAt, this.#ownDueAt);
    return pane;
  }

  #newPane(end: number): Pane {
    return new Pane(end, this.aggregates);
  }

  /** The first window of a slice that has not fired. */
  #nextWindowEnd(end: number): number {
    const { sliceMs } = this.slices;
    if (end - 1 > this.#fired) return end;
    return end + (Math.floor((this.#fired + 1 - end) / sliceMs) + 1) * sliceMs;
  }

  /** The watermark at which the first window of a slice fires that has not. */
  #dueAtOf(end: number): number {
    return overAt(this.#nextWindowEnd(end), this.slices.zone) - 1;
  }

  #plan(): void {
    const first = this.#ends[0];
    this.#ownDueAt = first === undefined ? Number.POSITIVE_INFINITY : this.#dueAtOf(first);
    this.fireAt = this.#options.needsEveryWatermark
      ? NO_WATERMARK
      : Math.min(this.#ownDueAt, this.#options.downstream.fireAt);
  }

  /** Emits the window that ends at `windowEnd`. */
  #fire(windowEnd: number): void {
    const startMs = this.slices.windowStart(windowEnd);
    const pane = this.#windowPane(startMs, windowEnd);
    assert(pane !== undefined && this.#output !== undefined, "a window fires without a pane");
    const before = this.#watermark;
    const { row: output, failed } = this.#output;
    const bounds = { startMs, endMs: windowEnd };
    this.firing = instantsOf(bounds, this.slices.zone);
    const { keyCount } = this;
    const columns = this.aggregates.map((_, index) => pane.of(index));
    for (let slot = 0; slot < pane.size; slot++) {
      const row: SqlValue[] = [];
      this.keys.read(pane.ids[slot] ?? 0, row);
      try {
        for (let index = 0; index < columns.length; index++) {
          const aggregate = this.aggregates[index];
          row[keyCount + index] = aggregate?.result(columns[index] ?? [], slot) ?? null;
        }
      } catch (error) {
        failed(error);
        continue;
      }
      for (const property of this.#options.properties)
        row.push(boundOf(property, bounds, this.slices.zone));
      output(row, before);
    }
    this.firing = undefined;
  }

  /** All that belongs to a window, in one pane. */
  #windowPane(startMs: number, windowEnd: number): Pane | undefined {
    if (this.slices.isSingle) return this.#panes.get(windowEnd);
    if (this.slices.accumulates) return this.#accumulate(startMs + this.slices.sliceMs, windowEnd);
    const merged = this.#merged;
    merged.clear(windowEnd);
    const ends = this.slices.oldestFirst ? this.#ends : this.#ends.toReversed();
    for (const end of ends) {
      const pane = end > startMs && end <= windowEnd ? this.#panes.get(end) : undefined;
      if (pane !== undefined) merged.merge(pane, (id) => merged.insert(id));
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
    // Where the first is new, its groups are those of the pane that goes.
    this.#groups -= pane.size;
    first.merge(pane, (id) => this.slot(first, id));
    this.#release(pane);
    return first;
  }

  /** Drops the panes whose last window is `windowEnd`. */
  #dropPanes(windowEnd: number): void {
    let count = 0;
    for (const end of this.#ends) {
      if (this.slices.lastWindowEnd(end) > windowEnd) break;
      const pane = this.#panes.get(end);
      if (pane !== undefined) {
        this.#groups -= pane.size;
        this.#release(pane);
      }
      this.#panes.delete(end);
      count++;
    }
    this.#ends.splice(0, count);
  }

  /** Lets go of the keys and values of a pane that goes. */
  #release(pane: Pane): void {
    this.keys.release(pane.ids, pane.size);
    pane.drop();
  }

  #restore(state: WindowAggregateSnapshot): void {
    this.#watermark = state.watermark;
    this.#fired = this.slices.zone.over(state.watermark);
    const ids = state.keys.map((key) => this.keys.intern(key));
    for (const saved of state.panes) {
      const pane = this.pane(saved.end, NO_WATERMARK);
      for (const number of saved.ids) this.slot(pane, ids[number] ?? 0);
      pane.restore(saved);
    }
  }
}
