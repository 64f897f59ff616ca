// How much state a grouping will hold, said before it runs: what an accumulator column takes, and what goes with it.

import type { WindowAggregateRelation } from "../sql/plan.ts";
import { aggregateOf } from "./aggregate/index.ts";
import type { ColumnKind } from "./aggregate/columns.ts";
import { slicesOf } from "./window/slices.ts";

/** Bytes, rough: arrays grow by doubling, so half of the last growth is taken to be in use. */
export interface StateEstimate {
  /** Of a key, besides its values' own: once for all its windows. */
  readonly perKeyBytes: number;
  /** Of a key in one pane; a window of HOP consists of several. */
  readonly perPaneBytes: number;
  readonly panesPerWindow: number;
  /** Aggregates whose state grows with what comes in: their positions. */
  readonly growing: readonly number[];
}

const KEY_BYTES = 100;
const SESSION_BYTES = 100;
/** Key id and two slots of the pane's hash table. */
const SLOT_BYTES = 12;
/** Capacity over use, on average. */
const SLACK = 1.5;
const COLUMN_BYTES: Readonly<Record<ColumnKind, number>> = {
  f64: 8,
  long: 8,
  f32: 4,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  value: 32,
  set: 64,
  list: 32,
  count: 64,
};

/** The state of a grouping. */
export function estimateState(relation: WindowAggregateRelation): StateEstimate {
  const { aggregates, windowing } = relation;
  const running = aggregates.map(aggregateOf);
  const columns = running.flatMap((aggregate) => aggregate.columns);
  const bytes = columns.reduce((sum, { kind }) => sum + COLUMN_BYTES[kind], SLOT_BYTES);
  const growing = running.flatMap(({ held, grows }, index) =>
    held !== undefined || grows === true ? [index] : [],
  );
  const isSession = windowing.kind === "assign" && windowing.window.kind === "session";
  return {
    perKeyBytes: KEY_BYTES,
    perPaneBytes: Math.round(bytes * SLACK) + (isSession ? SESSION_BYTES : 0),
    panesPerWindow: panesOf(windowing),
    growing,
  };
}

function panesOf(windowing: WindowAggregateRelation["windowing"]): number {
  if (windowing.kind === "attached" || windowing.window.kind !== "hop") return 1;
  const slices = slicesOf(windowing.window);
  return windowing.window.sizeMs / slices.sliceMs;
}
