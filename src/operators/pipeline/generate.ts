// Pipelines as generated JavaScript: scan, filters, projections and the terminal fused into one loop over a batch.
// What a row costs is a few array loads: columns are hoisted out of the loop, columns that a stage needs are loaded
// just before it, and the aggregate keeps the pane of the last row in local variables (rows mostly come in order).

import { assert } from "../../core/errors.ts";
import type { Expression } from "../../sql/plan.ts";
import { CodeWriter, NULL_TERM, isTrue, nullable } from "../expression/code.ts";
import type { Term } from "../expression/code.ts";
import { generate } from "../expression/generate.ts";
import { inputsOf } from "../expression/shape.ts";
import { windowEndsOf, slicesOf } from "../window/slices.ts";
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
  const { table, upstream, reports, terminal } = pipeline;
  const code = new CodeWriter();
  const up = code.use(upstream);
  const aggregate = terminal.kind === "sink" ? undefined : aggregateHeader(code, terminal);
  const columns = new ScanColumns(code, table, pipeline.required);
  code.emit("const skip = batch.skip;");
  code.emit("for (let i = from; i < to; i++) {");
  code.emit("if (skip[i] !== 0) continue;");
  code.emit("const w = before[i];");
  code.emit(`if (w >= ${up}.fireAt) { ${up}.advance(w); ${aggregate?.forget ?? ""} }`);
  code.emit("try {");
  const place = {
    source: "batch, row: i",
    leave: "continue",
    closing: "",
    watermark: "w",
  } as const;
  writeRow({ code, reports, ...place }, pipeline, { columns, aggregate });
  code.emit(`} catch (e) { ${code.use(reports)}.scan(e, batch, i); }`);
  code.emit("}");
  const run = code.compile("batch, from, to, before, rowtime") as (
    ...parameters: readonly unknown[]
  ) => void;
  return (batch, from, to, vectors) => run(batch, from, to, vectors.before, vectors.rowtime);
}

function generateRow(pipeline: RowPipeline): RowFunction {
  const { terminal, reports } = pipeline;
  const code = new CodeWriter();
  // Every call begins without a pane: calls are a window's results, few beside the rows of a scan.
  const aggregate = terminal.kind === "sink" ? undefined : aggregateHeader(code, terminal);
  code.emit("try {");
  const source = "batch: undefined, row: -1";
  const place = { source, leave: "return", closing: "", watermark: "w" } as const;
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
  /** How code ends a row early, and what closes the loops it has opened; both change at a loop over windows. */
  leave: "continue" | "return";
  closing: string;
  /** The watermark that the row is judged by; changes at a union. */
  watermark: string;
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
    } else if (stage.kind === "union") {
      const limit = `Math.min(${context.watermark}, ${code.use(stage.input)}.others)`;
      context.watermark = code.define("w", limit);
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
  const bounds = [start, end, `(${end} - 1)`].map((value): Term => ({ isNull: "false", value }));
  return termColumns([...columns.all(), ...bounds]);
}

function finish(context: Context, terminal: Terminal, { columns, aggregate }: Start): void {
  const { code } = context;
  if (terminal.kind === "sink") {
    columns.loadAll();
    code.emit(`${code.use(terminal.sink)}.emit([${columns.all().map(nullable).join(", ")}]);`);
    return;
  }
  const { input } = terminal;
  const calls = input.calls.flatMap((call) => [call.argument, call.filter]);
  const read = inputsOf([...input.keys, ...calls.filter((call) => call !== undefined)]);
  columns.load([input.timeColumn, ...read]);
  const time = columns.term(input.timeColumn);
  assert(aggregate !== undefined, "an aggregate without its header");
  if (time.isNull !== "false") code.emit(`if (${time.isNull}) ${context.leave};`);
  aggregateRow(code, terminal, {
    names: aggregate,
    scope: scopeOf(context, columns),
    time: time.value,
    watermark: context.watermark,
    leaveLate: (late) =>
      `${code.use(context.reports)}.late({ ${context.source}, ${late} }); ${context.leave};`,
  });
}

function scopeOf(
  { watermark }: Context,
  columns: Columns,
): { input(index: number): Term; watermark: string } {
  return { input: (index) => columns.term(index), watermark };
}

function termColumns(terms: readonly Term[]): Columns {
  return {
    load: () => undefined,
    loadAll: () => undefined,
    term: (index) => terms[index] ?? NULL_TERM,
    all: () => terms,
  };
}
