// What the operators need of their surroundings, and what they give. The composition root connects these to the
// dead letter, the late table, the outbox and the alarms.

import type { SourcePosition } from "../core/errors.ts";
import type { SqlValue } from "../core/types.ts";

/** No watermark yet: nothing is late, CURRENT_WATERMARK is NULL. */
export const NO_WATERMARK: number = Number.NEGATIVE_INFINITY;
/** After the end of a bounded input: every window fires. */
export const MAX_WATERMARK: number = Number.POSITIVE_INFINITY;

/** A row that was dropped because its last window had fired. */
export interface LateRow {
  readonly rule: string;
  readonly table: string | undefined;
  /** Message index in the batch being pushed; undefined for a window's result that comes late to another window. */
  readonly message: number | undefined;
  readonly eventTimeMs: number;
  readonly watermarkMs: number;
  /** End of the window that the row missed; undefined where rows are sorted and later ones had left. */
  readonly windowEndMs: number | undefined;
}

/** A row that Flink would have died on: dropped for this rule (undefined: for all, at the source). */
export interface RowError {
  readonly rule: string | undefined;
  readonly table: string | undefined;
  /** Message index in the batch being pushed; undefined when the row is a window's result. */
  readonly message: number | undefined;
  readonly eventTimeMs: number | undefined;
  /** Half-open bounds, when the row is a window's result. */
  readonly window: { readonly startMs: number; readonly endMs: number } | undefined;
  readonly reason: string;
  /** The expression in the SQL text, if it is known. */
  readonly position: SourcePosition | undefined;
  /** The row is as good as any, but a bound on state is reached. Flink has no such bound. */
  readonly isFull: boolean;
}

/** Called synchronously from `push`, `endOfInput` and `advance`; must not call back into the operators. */
export interface OperatorHost {
  late(row: LateRow): void;
  dataError(error: RowError): void;
}

/** Where a rule's rows go. */
export interface RuleSink {
  /**
   * One result row in the order of the query's columns. The array is the sink's to keep. `timeMs`: the event time of
   * the row it was made from, the last millisecond of the window it is the result of; NaN without event time.
   */
  row(values: readonly SqlValue[], timeMs: number): void;
  /**
   * The output watermark, after all rows that it released; once per push, and exactly between rows when it
   * reaches `wakeAt()`. Never goes back.
   */
  watermark(watermarkMs: number): void;
  /** The lowest watermark the sink wants to be told of between rows (timers); absent or Infinity: none. */
  wakeAt?(): number;
  /** The lowest watermark that lets go of something that the sink holds; absent or Infinity: it holds nothing. */
  dueAt?(): number;
}

/** Counters of a rule, for metrics. */
export interface RuleStats {
  rowsIn: number;
  rowsOut: number;
  late: number;
  errors: number;
}

/** Counters of a source. `rows` were pushed; `duplicates` skipped by the gate; `errors` had no usable event time. */
export interface SourceStats {
  rows: number;
  duplicates: number;
  errors: number;
}

/** The state of an operator: structured-cloneable, with its own version inside. */
export type Snapshot = unknown;
