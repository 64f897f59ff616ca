// Pipelines as closures, row by row: the oracle of the generated code. Operators and accumulators are the same; all
// that lies between them is interpreted.

import { NULL as NULL_STATE, WIDE } from "../../core/row-batch.ts";
import type { Column, RowBatch } from "../../core/row-batch.ts";
import type { SqlValue } from "../../core/types.ts";
import type { SourceTable } from "../../sql/plan.ts";
import type { AccumulatorColumn } from "../aggregate/columns.ts";
import { NO_WATERMARK } from "../contract.ts";
import { interpret } from "../expression/interpret.ts";
import type { Evaluate } from "../expression/interpret.ts";
import { sliceEnd, slicesOf, windowEndsOf } from "../window/slices.ts";
import { storeValue } from "./store-value.ts";
import type {
  AggregateInput,
  AggregateTerminal,
  GroupingTerminal,
  LateReport,
  PipelineCompiler,
  RowFunction,
  RowPipeline,
  RowReports,
  ScanFunction,
  ScanPipeline,
  SessionTerminal,
  SourceFunction,
  SourcePipeline,
  Stage,
  Terminal,
} from "./plan.ts";

/** Makes pipelines run as closures. */
export const interpretedPipelines: PipelineCompiler = {
  source: interpretSource,
  scan: interpretScan,
  row: interpretRow,
};

/** Where a row came from, for reports. */
type Origin = Pick<LateReport, "batch" | "row">;
type Step = (row: readonly SqlValue[], watermark: number, origin: Origin) => void;

function interpretSource({ table, computed }: SourcePipeline): SourceFunction {
  const expressions = table.columns.map(({ source }) =>
    source.kind === "computed" ? interpret(source.expression) : undefined,
  );
  const stored = table.columns.flatMap(({ source }, index) =>
    source.kind === "computed" ? [] : [index],
  );
  const watermark = table.watermark && interpret(table.watermark.expression);
  return (batch, from, to, target) => {
    for (let row = from; row < to; row++) {
      if (batch.skip[row] !== 0) continue;
      try {
        const values = readRow(batch, row, stored);
        fillNulls(values, table);
        const wanted = new Set([...computed, table.watermark?.column]);
        for (const [index, evaluate] of expressions.entries()) {
          if (evaluate !== undefined && wanted.has(index))
            values[index] = evaluate(values, NO_WATERMARK);
        }
        for (const index of computed) storeValue(batch.columns[index], row, values[index] ?? null);
        if (table.watermark === undefined || watermark === undefined) continue;
        target.rowtime[row] = (values[table.watermark.column] ?? Number.NaN) as number;
        target.raise[row] = (watermark(values, NO_WATERMARK) ?? NO_WATERMARK) as number;
      } catch (error) {
        target.failed(error, row);
      }
    }
  };
}

function interpretScan(pipeline: ScanPipeline): ScanFunction {
  const { upstream, reports, table } = pipeline;
  const step = stepsOf(pipeline, reports);
  return (batch, from, to, vectors) => {
    for (let row = from; row < to; row++) {
      if (batch.skip[row] !== 0) continue;
      const watermark = vectors.before[row] ?? 0;
      if (watermark >= upstream.fireAt) upstream.advance(watermark);
      try {
        const values = readRow(batch, row, pipeline.required);
        const rowtime = table.watermark?.column;
        if (rowtime !== undefined) values[rowtime] = vectors.rowtime[row] ?? null;
        fillNulls(values, table);
        step(values, watermark, { batch, row });
      } catch (error) {
        reports.scan(error, batch, row);
      }
    }
  };
}

function interpretRow(pipeline: RowPipeline): RowFunction {
  const step = stepsOf(pipeline, pipeline.reports);
  const origin: Origin = { batch: undefined, row: -1 };
  return (row, watermark) => {
    try {
      step(row, watermark, origin);
    } catch (error) {
      pipeline.reports.result(error);
    }
  };
}

function stepsOf(
  pipeline: { readonly stages: readonly Stage[]; readonly terminal: Terminal },
  reports: RowReports,
): Step {
  let step = terminalStep(pipeline.terminal, reports);
  for (const stage of pipeline.stages.toReversed()) step = stageStep(stage, step);
  return step;
}

function stageStep(stage: Stage, next: Step): Step {
  switch (stage.kind) {
    case "filter": {
      const condition = interpret(stage.condition);
      return (row, watermark, origin) => {
        if (condition(row, watermark) === true) next(row, watermark, origin);
      };
    }
    case "project": {
      const expressions = stage.expressions.map(interpret);
      return (row, watermark, origin) => {
        const values = expressions.map((evaluate) => evaluate(row, watermark));
        next(values, watermark, origin);
      };
    }
    case "union":
      return (row, watermark, origin) => next(row, Math.min(watermark, stage.input.others), origin);
    case "window": {
      const slices = slicesOf(stage.window);
      return (row, watermark, origin) => {
        const time = row[stage.timeColumn] ?? null;
        if (time === null) return;
        for (const end of windowEndsOf(slices, time as number)) {
          next([...row, slices.windowStart(end), end, end - 1], watermark, origin);
        }
      };
    }
  }
}

function terminalStep(terminal: Terminal, reports: RowReports): Step {
  if (terminal.kind === "sink") return (row) => terminal.sink.emit([...row]);
  return groupingStep(terminal, reports);
}

/** A row on its way into a grouping operator. */
interface GroupedRow {
  readonly time: number;
  readonly key: readonly SqlValue[];
  readonly watermark: number;
}

/** Adds to the slots of a row's groups by `add`; for a late row, gives the end of the window that it has missed. */
type Grouper = (row: GroupedRow, add: Add) => number | undefined;
type Add = (slot: number, columnsOf: (index: number) => readonly AccumulatorColumn[]) => void;

function groupingStep(terminal: GroupingTerminal, reports: RowReports): Step {
  const { input, operator } = terminal;
  const group = terminal.kind === "session" ? sessionGrouper(terminal) : windowGrouper(terminal);
  const keys = input.keys.map(interpret);
  const one: Evaluate = () => true;
  const calls = input.calls.map((call) => ({
    argument: call.argument === undefined ? one : interpret(call.argument),
    filter: call.filter === undefined ? one : interpret(call.filter),
  }));
  return (row, watermark, origin) => {
    const time = row[input.timeColumn] ?? null;
    if (typeof time !== "number") return;
    const key = keys.map((evaluate) => evaluate(row, watermark));
    const parts = calls.map((call) => ({
      value: call.argument(row, watermark),
      counts: call.filter(row, watermark) === true,
    }));
    const missed = group({ time, key, watermark }, (slot, columnsOf) => {
      for (const [index, part] of parts.entries()) {
        if (part.counts) operator.aggregates[index]?.add(columnsOf(index), slot, part.value);
      }
    });
    if (missed === undefined) return;
    reports.late({ ...origin, eventTimeMs: time, watermarkMs: watermark, windowEndMs: missed });
  };
}

function windowGrouper({ operator, input }: AggregateTerminal): Grouper {
  return ({ time, key, watermark }, add) => {
    const end = sliceEnd(operator.slices, time);
    const lastEnd = operator.slices.lastWindowEnd(end);
    if (lastEnd - 1 <= watermark) return lastEnd;
    const pane = operator.pane(end, watermark);
    for (const group of groupsOf(key, input.groupingSets)) {
      const slot = operator.slot(pane, operator.keys.intern(group));
      add(slot, (index) => operator.columnsOf(pane, index));
    }
    return undefined;
  };
}

function sessionGrouper({ operator }: SessionTerminal): Grouper {
  return ({ time, key, watermark }, add) => {
    const slot = operator.slot(key, time, watermark);
    if (slot < 0) return time + operator.gapMs;
    add(slot, (index) => operator.accumulators.of(index));
    return undefined;
  };
}

/** The groups that a row belongs to: one, or one of each grouping set. */
function groupsOf(key: readonly SqlValue[], sets: AggregateInput["groupingSets"]): SqlValue[][] {
  if (sets === undefined) return [[...key]];
  return sets.map((includes, number) => [
    ...key.map((value, index) => (includes[index] === true ? value : null)),
    number,
  ]);
}

/** The values of the columns that the batch holds, by column index. */
function readRow(batch: RowBatch, row: number, columns: readonly number[]): SqlValue[] {
  const values: SqlValue[] = [];
  for (const index of columns) {
    const column = batch.columns[index];
    if (column !== undefined) values[index] = readColumn(column, row);
  }
  return values;
}

function readColumn(column: Column, row: number): SqlValue {
  if (column.layout === "value") return column.values[row] ?? null;
  const state = column.state[row];
  if (state === NULL_STATE) return null;
  return state === WIDE ? (column.wide.get(row) ?? null) : (column.values[row] ?? null);
}

/** Columns that are not read are NULL, and BOOLEANs leave their 0 and 1. */
function fillNulls(values: SqlValue[], table: SourceTable): void {
  for (const [index, column] of table.columns.entries()) {
    const value = values[index] ?? null;
    values[index] = column.type.kind === "BOOLEAN" && value !== null ? value === 1 : value;
  }
}
