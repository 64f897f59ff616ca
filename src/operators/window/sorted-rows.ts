// ORDER BY a time attribute: rows wait until the watermark reaches their time and leave in order of time, then of the
// other keys, then of arrival. As in Flink a row is late when rows of its time or a later one have left, not when the
// watermark has passed it; one that the watermark has passed waits for the next watermark.

import { assert } from "../../core/errors.ts";
import { HELD_ROWS_PER_OPERATOR } from "../../core/limits.ts";
import { takeUp } from "../../core/saved-state.ts";
import type { SavedState } from "../../core/saved-state.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { NO_WATERMARK } from "../contract.ts";
import type { Snapshot } from "../contract.ts";
import { fullError } from "../data-error.ts";
import type { ResultNode, ResultOutput } from "../node.ts";
import { comparer } from "../scalar/comparison.ts";
import { Gate } from "./gate.ts";
import type { GateOptions, GateSnapshot, HeldGroups } from "./gate.ts";
import { TimeHeap } from "./time-heap.ts";

/** A key of ORDER BY after the time. */
export interface SortedBy {
  readonly type: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface SortedRowsOptions extends Omit<GateOptions, "byDevice" | "deviceDownstream"> {
  readonly keys: readonly SortedBy[];
}

interface WaitingRow {
  readonly key: readonly SqlValue[];
  readonly row: readonly SqlValue[];
}

const STATE = { owner: "sorted-rows", version: 1 } as const;

interface SortedRowsSnapshot extends SavedState {
  readonly gate: GateSnapshot;
  readonly lastMs: number;
  readonly leastDueMs: number;
  readonly waiting: readonly (readonly [timeMs: number, rows: readonly WaitingRow[]])[];
}

export class SortedRows implements ResultNode, HeldGroups {
  readonly gate: Gate;
  readonly firing: undefined;
  timeMs: number = Number.NaN;
  readonly #compare: (a: WaitingRow, b: WaitingRow) => number;
  readonly #times = new TimeHeap();
  readonly #waiting: Map<number, WaitingRow[]> = new Map();
  #rows = 0;
  /** The newest time that has left. */
  #lastMs = NO_WATERMARK;
  /** The watermark that a row waits for which came behind the last one. */
  #leastDueMs = NO_WATERMARK;
  #output: ResultOutput | undefined;

  constructor(options: SortedRowsOptions, resume: Snapshot) {
    this.#compare = rowComparer(options.keys);
    const state = takeUp<SortedRowsSnapshot>(resume, STATE);
    const table = { ...options, byDevice: false, deviceDownstream: undefined };
    this.gate = new Gate(table, this, state?.gate);
    this.#lastMs = state?.lastMs ?? NO_WATERMARK;
    this.#leastDueMs = state?.leastDueMs ?? NO_WATERMARK;
    for (const [timeMs, rows] of state?.waiting ?? []) {
      for (const { key, row } of rows) this.#add(timeMs, { key, row });
    }
  }

  /** Where rows go. Set once, before any row. */
  connect(output: ResultOutput): void {
    this.#output = output;
  }

  /** Takes a row; false if it is late. Data error beyond the bound. */
  hold(
    row: readonly SqlValue[],
    key: readonly SqlValue[],
    timeMs: number,
    watermark: number,
  ): boolean {
    if (timeMs <= this.#lastMs) return false;
    if (this.#rows >= HELD_ROWS_PER_OPERATOR) {
      fullError(`the operator holds ${HELD_ROWS_PER_OPERATOR} rows already`);
    }
    if (timeMs <= watermark) this.#leastDueMs = watermark + 1;
    this.#add(timeMs, { key, row });
    return true;
  }

  missedEnd(): undefined {
    return undefined;
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  get devices(): Iterable<number> {
    return [0];
  }

  dueAt(): number {
    return Math.max(this.#times.first, this.#leastDueMs);
  }

  release(_device: number, watermark: number, judge: number): void {
    assert(this.#output !== undefined, "sorted rows leave into nothing");
    if (watermark < this.#leastDueMs) return;
    while (this.#times.first <= watermark && this.#rows > 0) {
      const timeMs = this.#times.pop();
      const rows = this.#waiting.get(timeMs) ?? [];
      this.#waiting.delete(timeMs);
      this.#rows -= rows.length;
      this.#lastMs = timeMs;
      this.timeMs = timeMs;
      for (const { row } of rows.sort(this.#compare)) this.#output.row(row, judge);
    }
  }

  forget(): void {}

  snapshot(): SortedRowsSnapshot {
    const waiting = Array.from(this.#waiting, ([timeMs, rows]) => [timeMs, [...rows]] as const);
    const [lastMs, leastDueMs] = [this.#lastMs, this.#leastDueMs];
    return { ...STATE, gate: this.gate.snapshot(), lastMs, leastDueMs, waiting };
  }

  /** Rows are about as large as the figure says; only their count is known. */
  stateBytes(): number {
    return this.#rows * 100;
  }

  #add(timeMs: number, row: WaitingRow): void {
    this.#rows++;
    const rows = this.#waiting.get(timeMs);
    if (rows !== undefined) {
      rows.push(row);
      return;
    }
    this.#waiting.set(timeMs, [row]);
    this.#times.push(timeMs);
    this.gate.opened(Math.max(timeMs, this.#leastDueMs));
  }
}

/** The order of rows of one instant; equal ones stay in order of arrival, as Array.sort keeps them. */
function rowComparer(keys: readonly SortedBy[]): (a: WaitingRow, b: WaitingRow) => number {
  const orders = keys.map(({ type, descending, nullsFirst }) => {
    const compare = comparer(type, type) as (a: SqlValue, b: SqlValue) => number;
    return (a: SqlValue, b: SqlValue): number => {
      if (a === null || b === null) {
        if (a === b) return 0;
        return (a === null) === nullsFirst ? -1 : 1;
      }
      // NaN is no smaller and no greater than anything.
      const order = compare(a, b) || 0;
      return descending ? -order : order;
    };
  });
  return (a, b) => {
    for (const [index, order] of orders.entries()) {
      const result = order(a.key[index] ?? null, b.key[index] ?? null);
      if (result !== 0) return result;
    }
    return 0;
  };
}
