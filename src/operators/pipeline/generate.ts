// Pipelines as generated JavaScript: scan, filters, projections and the terminal fused into one loop over a batch.
// What a row costs is a few array loads: columns are hoisted out of the loop, columns that a stage needs are loaded
// just before it, and the aggregate keeps the pane of the last row in local variables (rows mostly come in order).

import { assert } from "../../core/errors.ts";
import type { Expression } from "../../sql/plan.ts";
import { CodeWriter, NULL_TERM, isTrue, nullable } from "../expression/code.ts";
import type { Term } from "../expression/code.ts";
import { ComputedTerms } from "../expression/computed.ts";
import { generate } from "../expression/generate.ts";
import type { Scope } from "../expression/generate.ts";
import { inputsOf } from "../../sql/plan-expressions.ts";
import { windowEndsOf, slicesOf, windowTime } from "../window/slices.ts";
import { aggregateHeader, aggregateRow } from "./generate-aggregate.ts";
import type { AggregateNames } from "./generate-aggregate.ts";
import { ScanColumns, rowColumns } from "./generate-input.ts";
import { generateSource } from "./generate-source.ts";
import type { Columns } from "./generate-input.ts";
import type {
  PipelineCompiler,
  RowFunction,
  RowPipeline,
  RowReports,
  ScanFunction,
  ScanPipeline,
  Stage,
  Terminal,
} from "./plan.ts";

/** Makes pipelines run as generated code. */
export const generatedPipelines: PipelineCompiler = {
  source: generateSource,
  scan: generateScan,
  row: generateRow,
};

function generateScan(pipeline: ScanPipeline): ScanFunction {
  const { table, upstream, devices, reports } = pipeline;
  const time = table.watermark === undefined ? "NaN" : "rowtime[i]";
  const code = new CodeWriter();
  const up = code.use(upstream);
  const aggregate = headerOf(code, pipeline.terminal);
  const columns = new ScanColumns(code, table, pipeline.required);
  const ofDevice = devices && code.use(devices);
  code.emit("const { before, rowtime, device, own, reached } = vectors;");
  code.emit("const skip = batch.skip; let last = -1;");
  code.emit("for (let i = from; i < to; i++) {");
  code.emit("if (skip[i] !== 0) continue;");
  if (ofDevice !== undefined) code.emit(`${deviceAdvance(ofDevice)} last = i;`);
  code.emit("const w = before[i];");
  code.emit(`if (w >= ${up}.fireAt) { ${up}.advance(w); ${aggregate?.forget ?? ""} }`);
  if (ofDevice !== undefined) code.emit(`${ofDevice}.device = device[i];`);
  code.emit("try {");
  const place = {
    source: "batch, row: i",
    time,
    leave: "continue",
    closing: "",
    watermark: ofDevice === undefined ? "w" : "own[i]",
    computed: new ComputedTerms(),
  } as const;
  writeRow({ code, reports, ...place }, pipeline, { columns, aggregate });
  code.emit(`} catch (e) { ${code.use(reports)}.scan(e, batch, i); }`);
  code.emit("}");
  if (ofDevice !== undefined) code.emit(deviceAdvance(ofDevice));
  return code.compile("batch, from, to, vectors") as ScanFunction;
}

/** What the row before has made due for its device comes before the next row. */
function deviceAdvance(devices: string): string {
  const isDue = `reached[last] >= ${devices}.deviceFireAt(device[last])`;
  const advance = `${devices}.advanceDevice(device[last], reached[last], before[last]);`;
  return `if (last >= 0 && ${isDue}) ${advance}`;
}

function headerOf(code: CodeWriter, terminal: Terminal): AggregateNames | undefined {
  return terminal.kind === "aggregate" || terminal.kind === "group"
    ? aggregateHeader(code, terminal)
    : undefined;
}

function generateRow(pipeline: RowPipeline): RowFunction {
  const { terminal, reports } = pipeline;
  const code = new CodeWriter();
  // Every call begins without a pane: calls are a window's results, few beside the rows of a scan.
  const aggregate = headerOf(code, terminal);
  code.emit("try {");
  const source = "batch: undefined, row: -1";
  const computed = new ComputedTerms();
  const time = `${code.use(pipeline.results)}.timeMs`;
  const place = { source, time, leave: "return", closing: "", watermark: "w", computed } as const;
  writeRow({ code, reports, ...place }, pipeline, {
    columns: rowColumns(code, pipeline.fields),
    aggregate,
  });
  code.emit(`} catch (e) { ${code.use(reports)}.result(e); }`);
  return code.compile("row, w") as RowFunction;
}

interface Context {
  readonly code: CodeWriter;
  readonly reports: RowReports;
  /** The part of a late report that says which row it was. */
  readonly source: string;
  /** The row's event time in epoch milliseconds, NaN for none. */
  readonly time: string;
  /** How code ends a row early, and what closes the loops it has opened; both change at a loop over windows. */
  leave: "continue" | "return";
  closing: string;
  /** The watermark that the row is judged by; changes at a union. */
  watermark: string;
  /** Begun anew where columns or watermark are others. */
  computed: ComputedTerms;
}

interface Start {
  readonly columns: Columns;
  readonly aggregate: AggregateNames | undefined;
}

/** Writes the stages and the terminal for one row. */
function writeRow(
  context: Context,
  pipeline: { readonly stages: readonly Stage[]; readonly terminal: Terminal },
  start: Start,
): void {
  const { code } = context;
  let { columns } = start;
  for (const stage of pipeline.stages) {
    if (stage.kind === "filter") {
      columns.load(inputsOf([stage.condition]));
      const term = generate(code, stage.condition, scopeOf(context, columns));
      code.emit(`if (!${isTrue(term)}) ${context.leave};`);
    } else if (stage.kind === "project") {
      columns = project(context, stage.expressions, columns);
      context.computed = new ComputedTerms();
    } else if (stage.kind === "limit") {
      code.emit(`if (!${code.use(stage.rows)}.take()) ${context.leave};`);
    } else if (stage.kind === "union") {
      const limit = `Math.min(${context.watermark}, ${code.use(stage.input)}.others)`;
      context.watermark = code.define("w", limit);
      context.computed = new ComputedTerms();
    } else {
      columns = expandWindows(context, stage, columns);
    }
  }
  finish(context, pipeline.terminal, { columns, aggregate: start.aggregate });
  code.emit(context.closing);
}

function project(context: Context, expressions: readonly Expression[], columns: Columns): Columns {
  const { code } = context;
  columns.load(inputsOf(expressions));
  const scope = scopeOf(context, columns);
  const terms = expressions.map((expression) => generate(code, expression, scope));
  return termColumns(terms);
}

/** A window function that nothing aggregates: a loop over the row's windows. A NULL time belongs to none. */
function expandWindows(
  context: Context,
  stage: Extract<Stage, { kind: "window" }>,
  columns: Columns,
): Columns {
  const { code } = context;
  const slices = slicesOf(stage.window);
  columns.loadAll();
  const time = columns.term(stage.timeColumn);
  if (time.isNull !== "false") code.emit(`if (${time.isNull}) ${context.leave};`);
  const end = code.fresh("e");
  const ends = `${code.use(windowEndsOf)}(${code.use(slices)}, ${time.value})`;
  code.emit(`for (const ${end} of ${ends}) {`);
  context.leave = "continue";
  context.closing += "}";
  const start = code.define("s", `${code.use(slices)}.windowStart(${end})`);
  const last = `${code.use(windowTime)}(${end}, ${code.use(slices.zone)})`;
  const bounds = [start, end, code.define("t", last)].map((value): Term => ({
    isNull: "false",
    value,
  }));
  return termColumns([...columns.all(), ...bounds]);
}

function finish(context: Context, terminal: Terminal, { columns, aggregate }: Start): void {
  const { code } = context;
  if (terminal.kind === "sink") {
    columns.loadAll();
    const values = columns.all().map(nullable).join(", ");
    code.emit(`${code.use(terminal.sink)}.emit([${values}], ${context.time});`);
    return;
  }
  if (terminal.kind === "rows") {
    holdRow(context, terminal, columns);
    return;
  }
  const { input } = terminal;
  const calls = input.calls.flatMap((call) => [call.argument, call.filter]);
  const read = inputsOf([...input.keys, ...calls.filter((call) => call !== undefined)]);
  columns.load([input.timeColumn, ...read]);
  assert(aggregate !== undefined, "an aggregate without its header");
  const time = timeOf(context, columns, input.timeColumn);
  aggregateRow(code, terminal, {
    names: aggregate,
    scope: scopeOf(context, columns),
    time: input.isEnd ? code.define("t", `${time} - 1`) : time,
    watermark: context.watermark,
    leaveLate: (late) => leaveLate(context, late),
  });
}

/** Hands the whole row over. */
function holdRow(
  context: Context,
  { operator, timeColumn, keys }: Extract<Terminal, { kind: "rows" }>,
  columns: Columns,
): void {
  const { code, watermark } = context;
  columns.loadAll();
  const time = timeOf(context, columns, timeColumn);
  const scope = scopeOf(context, columns);
  const key = keys.map((each) => nullable(generate(code, each, scope))).join(", ");
  const row = columns.all().map(nullable).join(", ");
  const held = `${code.use(operator)}.hold([${row}], [${key}], ${time}, ${watermark})`;
  const end = `${code.use(operator)}.missedEnd(${time})`;
  const late = `eventTimeMs: ${time}, watermarkMs: ${watermark}, windowEndMs: ${end}`;
  code.emit(`if (!${held}) { ${leaveLate(context, late)} }`);
}

/** The event time of a row; one without it is left out. */
function timeOf({ code, leave }: Context, columns: Columns, index: number): string {
  const time = columns.term(index);
  if (time.isNull !== "false") code.emit(`if (${time.isNull}) ${leave};`);
  return time.value;
}

function leaveLate({ code, reports, source, leave }: Context, late: string): string {
  return `${code.use(reports)}.late({ ${source}, ${late} }); ${leave};`;
}

function scopeOf({ watermark, computed }: Context, columns: Columns): Scope {
  return { input: (index) => columns.term(index), watermark, computed };
}

function termColumns(terms: readonly Term[]): Columns {
  return {
    load: () => undefined,
    loadAll: () => undefined,
    term: (index) => terms[index] ?? NULL_TERM,
    all: () => terms,
  };
}
