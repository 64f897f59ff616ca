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
import { overAt, sliceEnd, slicesOf, windowEndsOf, windowTime } from "../window/slices.ts";
import { storeValue } from "./store-value.ts";
import type {
  AggregateInput,
  AggregateTerminal,
  GroupingTerminal,
  GroupTerminal,
  LateReport,
  PipelineCompiler,
  RowFunction,
  RowPipeline,
  RowReports,
  ScanFunction,
  ScanPipeline,
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

/** Where a row came from, for reports, and its event time in epoch milliseconds, NaN for none. */
type Origin = Pick<LateReport, "batch" | "row"> & { readonly timeMs: number };
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
  const { upstream, devices, reports, table } = pipeline;
  const step = stepsOf(pipeline, reports);
  return (batch, from, to, vectors) => {
    for (let row = from; row < to; row++) {
      if (batch.skip[row] !== 0) continue;
      const before = vectors.before[row] ?? NO_WATERMARK;
      if (before >= upstream.fireAt) upstream.advance(before);
      const device = vectors.device[row] ?? 0;
      if (devices !== undefined) devices.device = device;
      const watermark = devices === undefined ? before : (vectors.own[row] ?? NO_WATERMARK);
      try {
        const values = readRow(batch, row, pipeline.required);
        const rowtime = table.watermark?.column;
        if (rowtime !== undefined) values[rowtime] = vectors.rowtime[row] ?? null;
        fillNulls(values, table);
        const timeMs = rowtime === undefined ? Number.NaN : (vectors.rowtime[row] ?? Number.NaN);
        step(values, watermark, { batch, row, timeMs });
      } catch (error) {
        reports.scan(error, batch, row);
      }
      const reached = vectors.reached[row] ?? NO_WATERMARK;
      if (devices !== undefined && reached >= devices.deviceFireAt(device)) {
        devices.advanceDevice(device, reached, before);
      }
    }
  };
}

function interpretRow(pipeline: RowPipeline): RowFunction {
  const step = stepsOf(pipeline, pipeline.reports);
  const { results } = pipeline;
  return (row, watermark) => {
    try {
      step(row, watermark, { batch: undefined, row: -1, timeMs: results.timeMs });
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
    case "limit":
      return (row, watermark, origin) => {
        if (stage.rows.take()) next(row, watermark, origin);
      };
    case "union":
      return (row, watermark, origin) => next(row, Math.min(watermark, stage.input.others), origin);
    case "window": {
      const slices = slicesOf(stage.window);
      return (row, watermark, origin) => {
        const time = row[stage.timeColumn] ?? null;
        if (time === null) return;
        for (const end of windowEndsOf(slices, time as number)) {
          const last = windowTime(end, slices.zone);
          next([...row, slices.windowStart(end), end, last], watermark, origin);
        }
      };
    }
  }
}

function terminalStep(terminal: Terminal, reports: RowReports): Step {
  switch (terminal.kind) {
    case "sink":
      return (row, _, { timeMs }) => terminal.sink.emit([...row], timeMs);
    case "rows":
      return holdingStep(terminal, reports);
    default:
      return groupingStep(terminal, reports);
  }
}

function holdingStep(
  { operator, timeColumn, keys }: Extract<Terminal, { kind: "rows" }>,
  reports: RowReports,
): Step {
  const evaluated = keys.map(interpret);
  return (row, watermark, { batch, row: at }) => {
    const time = row[timeColumn] ?? null;
    if (typeof time !== "number") return;
    const key = evaluated.map((evaluate) => evaluate(row, watermark));
    if (operator.hold([...row], key, time, watermark)) return;
    const windowEndMs = operator.missedEnd(time);
    reports.late({ batch, row: at, eventTimeMs: time, watermarkMs: watermark, windowEndMs });
  };
}

/** A row on its way into a grouping operator. */
interface GroupedRow {
  readonly time: number;
  readonly key: readonly SqlValue[];
  /** In which grouping sets it counts; undefined: in all. */
  readonly inSets: readonly boolean[] | undefined;
  readonly watermark: number;
}

/**
 * Adds to the slots of a row's groups by `add`, unless `check` throws; for a late row, gives the end of the window that
 * it has missed.
 */
type Grouper = (row: GroupedRow, check: () => void, add: Add) => number | undefined;
type Add = (slot: number, columnsOf: (index: number) => readonly AccumulatorColumn[]) => void;

function groupingStep(terminal: GroupingTerminal, reports: RowReports): Step {
  const { input, aggregates } = terminal;
  const group = terminal.kind === "group" ? slotGrouper(terminal) : windowGrouper(terminal);
  const keys = input.keys.map(interpret);
  const conditions = input.setConditions?.map(interpret);
  const one: Evaluate = () => true;
  const calls = input.calls.map((call) => ({
    argument: call.argument === undefined ? one : interpret(call.argument),
    filter: call.filter === undefined ? one : interpret(call.filter),
  }));
  return (row, watermark, { batch, row: at }) => {
    const value = row[input.timeColumn] ?? null;
    if (typeof value !== "number") return;
    const time = input.isEnd ? value - 1 : value;
    const key = keys.map((evaluate) => evaluate(row, watermark));
    const parts = calls.map((call) => ({
      value: call.argument(row, watermark),
      counts: call.filter(row, watermark) === true,
    }));
    const inSets = conditions?.map((evaluate) => evaluate(row, watermark) === true);
    if (inSets?.includes(true) === false) return;
    const check = (): void => {
      for (const [index, { value: argument, counts }] of parts.entries()) {
        aggregates[index]?.held?.check();
        if (counts) aggregates[index]?.refuse?.(argument);
      }
    };
    const missed = group({ time, key, inSets, watermark }, check, (slot, columnsOf) => {
      for (const [index, part] of parts.entries()) {
        if (part.counts) aggregates[index]?.add(columnsOf(index), slot, part.value);
      }
    });
    if (missed === undefined) return;
    const eventTimeMs = input.isEnd ? input.zone.passed(time) : time;
    const late = { eventTimeMs, watermarkMs: watermark, windowEndMs: missed };
    reports.late({ batch, row: at, ...late });
  };
}

function windowGrouper({ operator, input }: AggregateTerminal): Grouper {
  return ({ time, key, inSets, watermark }, check, add) => {
    const { slices } = operator;
    const end = sliceEnd(slices, slices.placeOf(time));
    const lastEnd = slices.lastWindowEnd(end);
    if (lastEnd - 1 <= slices.zone.over(watermark)) return overAt(lastEnd, slices.zone);
    const pane = operator.pane(end, watermark);
    check();
    if (input.groupingSets !== undefined) operator.requireRoom(input.groupingSets.length);
    for (const [number, group] of groupsOf(key, input.groupingSets).entries()) {
      if (inSets?.[number] === false) continue;
      const slot = operator.slot(pane, operator.keys.intern(group));
      add(slot, (index) => pane.of(index));
    }
    return undefined;
  };
}

function slotGrouper({ operator, accumulators }: GroupTerminal): Grouper {
  return ({ time, key, watermark }, check, add) => {
    check();
    const slot = operator.slot(key, time, watermark);
    if (slot < 0) return operator.missedEnd(time);
    add(slot, (index) => accumulators.of(index));
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
