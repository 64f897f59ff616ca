// Runs a query over rows of one table: straight through, or rebuilt from its snapshot between pushes.

import { deserialize, serialize } from "node:v8";

import type { SqlValue } from "../../src/core/types.ts";
import type { LateRow, RowError } from "../../src/operators/contract.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import { generatedPipelines } from "../../src/operators/pipeline/generate.ts";
import { interpretedPipelines } from "../../src/operators/pipeline/interpret.ts";
import type { PipelineCompiler } from "../../src/operators/pipeline/plan.ts";
import type { Relation, SourceTable } from "../../src/sql/plan.ts";
import { batchOf, query } from "./plans.ts";

/** The two ways to run, by name. */
export const COMPILERS: Readonly<Record<string, PipelineCompiler>> = {
  generated: generatedPipelines,
  interpreted: interpretedPipelines,
};

export interface Outcome {
  readonly rows: SqlValue[][];
  readonly watermarks: number[];
  readonly late: LateRow[];
  readonly errors: RowError[];
}

export interface RunOptions {
  readonly compiler?: PipelineCompiler | undefined;
  /** Rows per push; everything is rebuilt from its snapshot after each. 0: one push of all. */
  readonly restartEvery?: number;
  /** Ends the input: all windows fire. */
  readonly flush?: boolean;
}

/** Feeds the rows and gives all that came out. */
export function runPlan(
  source: SourceTable,
  root: Relation,
  rows: readonly (readonly SqlValue[])[],
  options: RunOptions = {},
): Outcome {
  const outcome: Outcome = { rows: [], watermarks: [], late: [], errors: [] };
  const host = {
    late: (row: LateRow) => void outcome.late.push(row),
    dataError: (error: RowError) => void outcome.errors.push(error),
  };
  const compiler = options.compiler ?? generatedPipelines;
  const build = (states: readonly [unknown, unknown] | undefined) => {
    const running = buildSource(source, { host, compiler }, states?.[0]);
    const sink = {
      row: (values: readonly SqlValue[]) => void outcome.rows.push([...values]),
      watermark: (ms: number) => void outcome.watermarks.push(ms),
    };
    const settings = { name: "rule", sources: () => running, sink, host, compiler };
    return { running, rule: buildRule(query(root), settings, states?.[1]) };
  };
  let { running, rule } = build(undefined);
  const step = options.restartEvery ?? 0;
  for (let first = 0; first < rows.length; first += step || rows.length) {
    const part = step === 0 ? rows : rows.slice(first, first + step);
    const batch = batchOf(source, part);
    // Message indexes count through, so that reports of split runs compare equal.
    batch.origin = Uint32Array.from(part, (_, index) => first + index);
    running.push(batch, 0, batch.count);
    if (step === 0) break;
    const states = deserialize(serialize([running.snapshot(), rule.snapshot()])) as [
      unknown,
      unknown,
    ];
    ({ running, rule } = build(states));
  }
  if (options.flush !== false) running.endOfInput();
  return outcome;
}
