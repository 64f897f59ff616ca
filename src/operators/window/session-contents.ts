// What SESSION windows gather: aggregates of their rows, or the rows themselves.

import { HELD_ROWS_PER_OPERATOR } from "../../core/limits.ts";
import type { SqlValue } from "../../core/types.ts";
import type { WindowProperty } from "../../sql/plan.ts";
import { fullError } from "../data-error.ts";
import { Accumulators } from "./accumulators.ts";
import type { FiredSession, SessionContents } from "./session-windows.ts";
import type { ZoneRules } from "../../core/value/zone.ts";
import { boundOf, windowTime } from "./slices.ts";

/** GROUP BY: one row with key, aggregates and the window columns asked for. */
export class AggregatedSessions implements SessionContents {
  readonly state = { owner: "session-aggregate", version: 2 } as const;
  readonly accumulators: Accumulators;
  readonly #properties: readonly WindowProperty[];

  readonly #zone: ZoneRules;

  constructor(
    accumulators: Accumulators,
    {
      properties,
      zone,
    }: { readonly properties: readonly WindowProperty[]; readonly zone: ZoneRules },
  ) {
    this.accumulators = accumulators;
    this.#zone = zone;
    this.#properties = properties;
  }

  take(): number {
    return this.accumulators.take();
  }

  leave(slot: number): void {
    this.accumulators.leave(slot);
  }

  merge(into: number, from: number): void {
    this.accumulators.merge(into, from);
  }

  results(slot: number, session: FiredSession): readonly SqlValue[][] {
    const bounds = this.#properties.map((each) => boundOf(each, session, this.#zone));
    return [[...session.key, ...this.accumulators.results(slot), ...bounds]];
  }

  snapshot(): ReturnType<Accumulators["snapshot"]> {
    return this.accumulators.snapshot();
  }

  restore(state: ReturnType<Accumulators["snapshot"]>, used: ReadonlySet<number>): void {
    this.accumulators.restore(state, used);
  }

  bytes(): number {
    return this.accumulators.bytes();
  }
}

/** No GROUP BY: every row, with the columns of its window. */
export class RowsOfSessions implements SessionContents {
  readonly state = { owner: "session-rows", version: 1 } as const;
  readonly #zone: ZoneRules;
  readonly #lists: (readonly SqlValue[])[][] = [];
  readonly #free: number[] = [];
  #rows = 0;

  constructor(zone: ZoneRules) {
    this.#zone = zone;
  }

  /** Data error at the bound. */
  requireRoom(): void {
    if (this.#rows < HELD_ROWS_PER_OPERATOR) return;
    fullError(`the operator holds ${HELD_ROWS_PER_OPERATOR} rows already`);
  }

  add(slot: number, row: readonly SqlValue[]): void {
    this.#rows++;
    this.#lists[slot]?.push(row);
  }

  take(): number {
    return this.#free.pop() ?? this.#lists.push([]) - 1;
  }

  leave(slot: number): void {
    this.#rows -= this.#lists[slot]?.length ?? 0;
    this.#lists[slot] = [];
    this.#free.push(slot);
  }

  merge(into: number, from: number): void {
    const rows = this.#lists[from] ?? [];
    // They are counted still, and leave with `from`.
    this.#rows += rows.length;
    for (const row of rows) this.#lists[into]?.push(row);
  }

  results(slot: number, { startMs, endMs }: FiredSession): readonly SqlValue[][] {
    const time = windowTime(endMs, this.#zone);
    return (this.#lists[slot] ?? []).map((row) => [...row, startMs, endMs, time]);
  }

  snapshot(): readonly (readonly SqlValue[])[][] {
    return this.#lists.map((rows) => [...rows]);
  }

  restore(state: ReturnType<RowsOfSessions["snapshot"]>, used: ReadonlySet<number>): void {
    for (const [slot, rows] of state.entries()) {
      this.#lists.push([...rows]);
      this.#rows += rows.length;
      if (!used.has(slot)) this.#free.push(slot);
    }
  }

  /** Rows are about as large as the figure says; only their count is known. */
  bytes(): number {
    return this.#rows * 100;
  }
}
