// `headrace sql RULE.sql --input events.jsonl`: the rule over a file, its rows as JSON lines on stdout. Deterministic:
// a watermark after every event, and the end of the input flushes every window, so the rows are those of Flink.
//
// With `--config gateway.yaml` its device profiles are tables: their events are rows, by column name, as JSON lines.
//
// `headrace sql RULE.sql --explain`: the plan instead, as a tree or as JSON.
//
// Stops at the first row that Flink's job would die on (exit 1); rows printed before it stay printed.

import { loadPlanning } from "../config/load.ts";
import { profileTables } from "../config/profile-tables.ts";
import { formatError, GatewayError } from "../core/errors.ts";
import { planText } from "../engine/plan-text.ts";
import type { Plan } from "../sql/plan.ts";
import { LineWriter } from "./line-writer.ts";
import { Progress } from "./progress.ts";
import { holdsNoQuery, readRuleFile } from "./rule-file.ts";
import { explainPlan, explainText } from "./sql/explain.ts";
import { Input, parseInput } from "./sql/input.ts";
import { SqlRun } from "./sql/sql-run.ts";

export interface SqlOptions {
  readonly config?: string;
  readonly input?: readonly string[];
  readonly explain?: boolean;
  readonly json?: boolean;
}

/** Runs the rule, or explains it; resolves with the exit code. */
export async function sql(
  file: string,
  { config, input, explain, json }: SqlOptions,
): Promise<number> {
  if (json === true && explain !== true) throw misused("--json goes with --explain");
  const plan = planFile(file, config);
  if (explain === true) {
    const queries = explainPlan(plan);
    process.stdout.write(json ? `${JSON.stringify({ queries })}\n` : explainText(queries));
    return 0;
  }
  if (input === undefined)
    throw misused("--input is missing: the file of events to run the rule on");
  return await run(plan, input);
}

async function run(plan: Plan, inputs: readonly string[]): Promise<number> {
  const progress = new Progress({ stream: process.stderr, nowMs: () => performance.now() });
  const output = new LineWriter(progress);
  for (const reason of new Set(plan.queries.flatMap(({ edgeOnly }) => edgeOnly))) {
    process.stderr.write(`edge-only semantics: ${reason}\n`);
  }
  const queries = new SqlRun(plan, (line) => output.write(line));
  const read = queries.tables.map(({ name }) => name);
  // Those of profiles are declared elsewhere.
  const tables = { read, declared: [...new Set([...plan.declared, ...read])] };
  let failure: GatewayError | undefined;
  try {
    const files = inputs.map((text) => parseInput(text, tables));
    const input = new Input(files, tables);
    for (const batch of input.batches()) {
      failure = queries.push(batch);
      if (failure !== undefined) break;
      if (!(await output.drained())) return 0;
      progress.update(queries.eventCount, input.progress);
    }
    failure ??= queries.end();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    failure = error;
  }
  await output.drained();
  progress.clear();
  if (queries.lateCount > 0 && !queries.showsLate)
    process.stderr.write(`${queries.lateCount} late rows were dropped\n`);
  if (failure === undefined) return 0;
  process.stderr.write(`${formatError(failure)}\n`);
  return failure.blame === "config" ? 2 : 1;
}

function misused(message: string): GatewayError {
  return new GatewayError(message, {
    code: "USAGE",
    blame: "config",
    hint: "headrace sql RULE.sql --input EVENTS.jsonl, or headrace sql RULE.sql --explain [--json]",
  });
}

function planFile(file: string, config: string | undefined): Plan {
  const planning = config === undefined ? undefined : loadPlanning(config);
  const tables = planning?.profiles.flatMap(profileTables) ?? [];
  const zone = planning && { zone: planning.localTimeZone };
  const plan = planText(readRuleFile(file), { file, tables, ...zone });
  if (plan.queries.length > 0) return plan;
  throw holdsNoQuery(file);
}
