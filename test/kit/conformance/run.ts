// headrace over a SQL text and events, as `headrace sql` runs it.

import { InputBatch } from "../../../src/cli/sql/input-batch.ts";
import { LineTable } from "../../../src/cli/sql/line-table.ts";
import { SqlRun } from "../../../src/cli/sql/sql-run.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import { planText } from "../../../src/engine/plan-text.ts";
import type { Plan } from "../../../src/sql/plan.ts";

/** What became of a run: its rows as JSON lines, or why the data ended it. */
export type RunOutcome =
  | { readonly outcome: "rows"; readonly lines: readonly string[] }
  | { readonly outcome: "fails"; readonly reason: string };

/** A case's query with its settings in front. */
export function withSettings(sql: string, config: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries(config).map(([key, value]) => `SET '${key}' = '${value}';`);
  return [...settings, sql].join(" ");
}

/** The plan, or the refusal; `config` are settings that Flink has, of which a file says SET. */
export function planOrRefusal(
  sql: string,
  config: Readonly<Record<string, string>> = {},
): Plan | GatewayError {
  try {
    return planText(withSettings(sql, config), { file: "query.sql" });
  } catch (error) {
    if (error instanceof GatewayError && error.blame === "config") return error;
    throw error;
  }
}

/** Decoder and operators; stops at the first row that Flink's job would die on. */
export function runAsCommand(plan: Plan, lines: readonly string[]): RunOutcome {
  const rows: string[] = [];
  const run = new SqlRun(plan, (line) => rows.push(line));
  const read = run.tables.map(({ name }) => name);
  const lineTable = new LineTable({ read, declared: plan.declared });
  const batch = new InputBatch(read, ["input.jsonl"]);
  let failure: GatewayError | undefined;
  for (const [index, line] of lines.entries()) {
    const bytes = Buffer.from(line);
    const table = read.indexOf(lineTable.of({ bytes, start: 0, end: bytes.length }) ?? "");
    if (table < 0 || failure !== undefined) continue;
    batch.add({ bytes, start: 0, end: bytes.length, table, file: 0, line: index + 1 });
    if (!batch.isFull) continue;
    failure = run.push(batch);
    batch.clear();
  }
  if (!batch.isEmpty) failure ??= run.push(batch);
  failure ??= run.end();
  return failure === undefined
    ? { outcome: "rows", lines: rows }
    : { outcome: "fails", reason: failure.message };
}
