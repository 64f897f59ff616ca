// The physical plan: what lower.ts makes of a relation tree. A pipeline is a chain of row-at-a-time stages between
// two places where rows rest: it begins at a scan or at an operator's output and ends in an operator or the sink.
// generate/ and interpret/ turn pipelines into functions; operators (nodes) hold the state between them.

import type { SqlType, SqlValue } from "../../core/types.ts";
import type { RowBatch } from "../../core/row-batch.ts";
import type { ZoneRules } from "../../core/value/zone.ts";
import type { Expression, SourceTable, WindowSpec } from "../../sql/plan.ts";
import type { Aggregate } from "../aggregate/aggregate.ts";
import type { Accumulators } from "../window/accumulators.ts";
import type { WindowAggregate } from "../window/window-aggregate.ts";
import type { FirstRows } from "../first-rows.ts";
import type { DeviceUpstream, ResultNode, SinkNode, UnionInput, Upstream } from "../node.ts";

export type Stage =
  | { readonly kind: "filter"; readonly condition: Expression }
  | { readonly kind: "project"; readonly expressions: readonly Expression[] }
  | {
      /** Appends window_start, window_end and window_time: one row per window. */
      readonly kind: "window";
      readonly window: WindowSpec;
      readonly timeColumn: number;
    }
  | {
      /** From here on, the row is judged by the lowest watermark of a union's inputs. */
      readonly kind: "union";
      readonly input: UnionInput;
    }
  | { readonly kind: "limit"; readonly rows: FirstRows };

/** Grouped rows go into `operator`; keys and arguments are evaluated on the pipeline's last row. */
export interface AggregateTerminal {
  readonly kind: "aggregate";
  readonly operator: WindowAggregate;
  readonly aggregates: readonly Aggregate[];
  readonly input: AggregateInput;
}

/** The same where groups come and go one by one: sessions, and windows of devices. */
export interface GroupTerminal {
  readonly kind: "group";
  readonly operator: GroupOperator;
  readonly aggregates: readonly Aggregate[];
  readonly accumulators: Accumulators;
  readonly input: AggregateInput;
}

/** An operator whose groups have slots in common accumulators. */
export interface GroupOperator {
  /** The slot of a row's group; -1 if it is late. Data error beyond the bound. */
  slot(key: readonly SqlValue[], timeMs: number, watermark: number): number;
  /** The end of the last window that a late row has missed. */
  missedEnd(timeMs: number): number;
}

/** Rows are held whole by `operator`, with keys evaluated on them. */
export interface RowsTerminal {
  readonly kind: "rows";
  readonly operator: RowHolder;
  readonly timeColumn: number;
  readonly keys: readonly Expression[];
}

export interface RowHolder {
  /** Takes a row; false if it is late. Data error beyond the bound. */
  hold(
    row: readonly SqlValue[],
    key: readonly SqlValue[],
    timeMs: number,
    watermark: number,
  ): boolean;
  /** The end of the window that a late row has missed, if it is one. */
  missedEnd(timeMs: number): number | undefined;
}

export interface AggregateInput {
  /** The event time that assigns the row to its window, or the end of the window that it carries. */
  readonly timeColumn: number;
  /** The row carries its window. */
  readonly isEnd: boolean;
  /** Whose clock the windows go by. */
  readonly zone: ZoneRules;
  readonly keys: readonly Expression[];
  /**
   * With several grouping sets, which keys each has. A row counts once in every set, under the set's keys (NULL for
   * the others) and its number, which is the operator's last key.
   */
  readonly groupingSets: readonly (readonly boolean[])[] | undefined;
  /** Per grouping set, the condition on which a row counts there; undefined where it counts in all. */
  readonly setConditions: readonly Expression[] | undefined;
  /** Per aggregate, its argument and FILTER condition. */
  readonly calls: readonly {
    readonly argument: Expression | undefined;
    readonly filter: Expression | undefined;
  }[];
}

export type GroupingTerminal = AggregateTerminal | GroupTerminal;
export type Terminal =
  | GroupingTerminal
  | RowsTerminal
  | { readonly kind: "sink"; readonly sink: SinkNode };

/** From a table's rows. */
export interface ScanPipeline {
  readonly table: SourceTable;
  /** Column indexes that the batch holds for this scan. */
  readonly required: readonly number[];
  readonly stages: readonly Stage[];
  readonly terminal: Terminal;
  /** The way of the watermark: the terminal's operator, or a union's input before it. */
  readonly upstream: Upstream;
  /** The same, if its groups go by devices: then each row is judged by its device's watermark. */
  readonly devices: DeviceUpstream | undefined;
  readonly reports: RowReports;
}

/** From an operator's result rows. */
export interface RowPipeline {
  readonly results: ResultNode;
  readonly fields: readonly { readonly type: SqlType }[];
  readonly stages: readonly Stage[];
  readonly terminal: Terminal;
  readonly reports: RowReports;
}

/** How per-row code reports a dropped row. */
export interface RowReports {
  /** `thrown` while row `row` of the batch was evaluated. Rethrows what is no DataError. */
  scan(thrown: unknown, batch: RowBatch, row: number): void;
  /** `thrown` while a window's result was evaluated. Rethrows what is no DataError. */
  result(thrown: unknown): void;
  /** The last window of the row, which ends at `windowEnd`, has fired. No batch: a window's result. */
  late(late: LateReport): void;
}

export interface LateReport {
  readonly batch: RowBatch | undefined;
  readonly row: number;
  readonly eventTimeMs: number;
  readonly watermarkMs: number;
  readonly windowEndMs: number | undefined;
}

/** What the source has computed for the rows being pushed, by row index. */
export interface SourceVectors {
  /** The watermark before each row, -Infinity for none. */
  before: Float64Array;
  /** Epoch milliseconds of the rowtime; meaningless if the table has none. */
  rowtime: Float64Array;
  /** With `watermark.per`, the number of each row's device, and its own watermark before and after the row. */
  device: Int32Array;
  own: Float64Array;
  reached: Float64Array;
}

/** Runs rows [from, to) of the batch through a scan pipeline; rows with `skip` set are passed over. */
export type ScanFunction = (
  batch: RowBatch,
  from: number,
  to: number,
  vectors: SourceVectors,
) => void;

/** Runs one row; `watermark` is the one before it. */
export type RowFunction = (row: readonly SqlValue[], watermark: number) => void;

/** What a source computes of each row before any rule sees it. */
export interface SourcePipeline {
  readonly table: SourceTable;
  /** Computed columns to write into the batch, for the identity gate. */
  readonly computed: readonly number[];
}

/** Where a source's values go, by row index. */
export interface SourceTarget {
  /** Epoch milliseconds, NaN for NULL. */
  readonly rowtime: Float64Array;
  /** The watermark expression, -Infinity for NULL. */
  readonly raise: Float64Array;
  /** Called for a row whose expressions threw; its rowtime is NaN. Rethrows what is no DataError. */
  failed(thrown: unknown, row: number): void;
}

/** Evaluates rows [from, to) that are not skipped. */
export type SourceFunction = (
  batch: RowBatch,
  from: number,
  to: number,
  target: SourceTarget,
) => void;

/** The two ways to make pipelines run. */
export interface PipelineCompiler {
  source(pipeline: SourcePipeline): SourceFunction;
  scan(pipeline: ScanPipeline): ScanFunction;
  row(pipeline: RowPipeline): RowFunction;
}
