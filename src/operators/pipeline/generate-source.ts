// Generated code for what a source computes of each row: the rowtime, the watermark expression, and the computed
// columns that the identity gate reads.

import type { SourceTable } from "../../sql/plan.ts";
import { CodeWriter, nullable } from "../expression/code.ts";
import type { Term } from "../expression/code.ts";
import { ComputedTerms } from "../expression/computed.ts";
import { generate } from "../expression/generate.ts";
import type { Scope } from "../expression/generate.ts";
import { inputsOf } from "../../sql/plan-expressions.ts";
import { ScanColumns } from "./generate-input.ts";
import type { SourceFunction, SourcePipeline } from "./plan.ts";
import { storeValue } from "./store-value.ts";

/** Compiles a source's per-row work. */
export function generateSource({ table, computed }: SourcePipeline): SourceFunction {
  const code = new CodeWriter();
  const wanted = new Set(computed);
  if (table.watermark !== undefined) wanted.add(table.watermark.column);
  const columns = new ScanColumns(
    code,
    { ...table, watermark: undefined },
    columnsRead(table, [...wanted]),
  );
  code.emit("const skip = batch.skip, rowtime = target.rowtime, raise = target.raise;");
  code.emit("for (let i = from; i < to; i++) {");
  code.emit("if (skip[i] !== 0) continue;");
  code.emit("try {");
  columns.loadAll();
  const terms = new Map<number, Term>();
  const scope: Scope = {
    watermark: "-Infinity",
    computed: new ComputedTerms(),
    input: (index) => terms.get(index) ?? columns.term(index),
  };
  for (const index of [...wanted].sort((a, b) => a - b)) {
    const source = table.columns[index]?.source;
    if (source?.kind === "computed") terms.set(index, generate(code, source.expression, scope));
  }
  for (const index of computed) {
    const term = scope.input(index);
    code.emit(`${code.use(storeValue)}(batch.columns[${index}], i, ${nullable(term)});`);
  }
  if (table.watermark !== undefined) {
    const time = scope.input(table.watermark.column);
    const raise = generate(code, table.watermark.expression, scope);
    code.emit(`raise[i] = ${raise.isNull} ? -Infinity : ${raise.value};`);
    code.emit(`rowtime[i] = ${time.isNull} ? NaN : ${time.value};`);
  }
  code.emit("} catch (e) { target.failed(e, i); }");
  code.emit("}");
  return code.compile("batch, from, to, target") as SourceFunction;
}

/** The stored columns that the expressions read, through computed ones. */
function columnsRead(table: SourceTable, wanted: readonly number[]): number[] {
  const read = new Set<number>();
  const visit = (index: number): void => {
    const source = table.columns[index]?.source;
    if (source?.kind !== "computed") read.add(index);
    else for (const input of inputsOf([source.expression])) visit(input);
  };
  for (const index of wanted) visit(index);
  if (table.watermark !== undefined)
    for (const index of inputsOf([table.watermark.expression])) visit(index);
  return [...read];
}
