// What the checker is told about the rules under test: plain data, written down apart from the SQL. The checker
// imports nothing of the gateway; these few shapes are all that both sides have in common.

import type { TruthRecord } from "../truth.ts";

export const AGGREGATES = [
  "COUNT",
  "SUM",
  "AVG",
  "MIN",
  "MAX",
  "STDDEV_POP",
  "COUNT_DISTINCT",
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export type Cell = number | string | boolean | null;

/** An output column of a window rule. `of` names a column of the truth; COUNT without it counts rows. */
export interface AggregateColumn {
  readonly name: string;
  readonly function: Aggregate;
  readonly of?: string;
}

/** A keyed window aggregation. TUMBLE is a slide equal to the size. */
export interface WindowRule {
  readonly kind: "window";
  readonly rule: string;
  readonly topic: string;
  readonly sizeMs: number;
  readonly slideMs: number;
  readonly offsetMs: number;
  /** Columns of the truth, under the same names in the output. */
  readonly keys: readonly string[];
  /** The output column that is the Kafka key. */
  readonly kafkaKey: string;
  readonly aggregates: readonly AggregateColumn[];
  readonly where?: (row: CheckedRow) => boolean;
}

/** Every fact as a row of its own, late ones too, in the order of its first arrival. */
export interface RowRule {
  readonly kind: "rows";
  readonly rule: string;
  readonly topic: string;
  /** The output column that is the Kafka key: rows of one key keep their order. */
  readonly kafkaKey: string;
  /** Output columns that name a fact. */
  readonly id: readonly string[];
  /** `of` names a column of the truth. */
  readonly columns: readonly { readonly name: string; readonly of: string }[];
}

/** An alarm on a value, on every row or on the result of a window rule (its event time is window_end − 1 ms). */
export interface AlarmRule {
  readonly kind: "alarm";
  readonly rule: string;
  readonly topic: string;
  readonly input: "rows" | WindowRule;
  /** A column of the input: text that names the series. */
  readonly series: string;
  readonly value: string;
  readonly severity: string;
  readonly set: number;
  readonly clear: number;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  readonly message: string | null;
  /** Columns of the input that the event carries from the row that decided it. */
  readonly payload: readonly string[];
}

export type Rule = WindowRule | AlarmRule | RowRule;

/** A source table: what its devices sent, and the rules that read it. */
export interface CheckedTable {
  readonly name: string;
  /** The watermark is the highest event time minus this. */
  readonly delayMs: number;
  /** How far the order of arrival may differ from the order of sending, between devices (virtual milliseconds). */
  readonly skewMs: number;
  readonly truth: readonly TruthRecord[];
  readonly rules: readonly Rule[];
}

/** A row of a source table as the rules see it. */
export interface CheckedRow {
  readonly timeMs: number;
  readonly late: boolean;
  cell(column: string): Cell;
}

/** A row or alarm event that must be in Kafka. Times are epoch milliseconds. */
export interface ExpectedRow {
  readonly topic: string;
  readonly rule: string;
  readonly key: string;
  /** The fields that make it one row: key and window, or alarm and state; and their values as JSON. */
  readonly identifiedBy: readonly string[];
  readonly id: string;
  readonly fields: Readonly<Record<string, Cell>>;
  /** Rows of one `sequence` must leave in the order of `position`. */
  readonly sequence: string;
  readonly position: number;
  /** What the row would be if late facts had been counted, where that differs. */
  readonly ifLateCounted?: Readonly<Record<string, Cell>>;
}

/** The row of a truth record. `late` is its label: what the checker believes about it is computed, not read. */
export function checkedRow(record: TruthRecord): CheckedRow {
  return {
    timeMs: record.eventTimeMs,
    late: record.labels.includes("late"),
    cell: (column) =>
      column === "device"
        ? record.device
        : column === "sequence"
          ? record.sequence
          : (record.values[column] ?? null),
  };
}
