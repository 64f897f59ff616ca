// `headrace sql RULE.sql --input events.jsonl`: the rule over a file, its rows as JSON lines on stdout. Deterministic:
// a watermark after every event, and the end of the input flushes every window, so the rows are those of Flink.
//
// Stops at the first row that Flink's job would die on (exit 1); rows printed before it stay printed.

import { readFileSync } from "node:fs";

import { formatError, GatewayError } from "../core/errors.ts";
import type { Plan } from "../sql/plan.ts";
import { planSql } from "../sql/plan-sql.ts";
import { inputBatches, inputLines, parseInput } from "./sql/input.ts";
import { SqlRun } from "./sql/sql-run.ts";

export interface SqlOptions {
  readonly input: readonly string[];
}

/** Runs the rule; resolves with the exit code. */
export async function sql(file: string, options: SqlOptions): Promise<number> {
  const plan = planFile(file);
  const output = new LineWriter();
  const run = new SqlRun(plan, (line) => output.write(line));
  const names = run.tables.map(({ name }) => name);
  const inputs = options.input.map((text) => parseInput(text, names));
  let failure: GatewayError | undefined;
  try {
    for (const { batch, lines } of inputBatches(inputLines(inputs, names))) {
      failure = run.push(batch, lines);
      if (failure !== undefined) break;
      await output.drained();
      if (!process.stdout.writable) return 0;
    }
    failure ??= run.end();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    failure = error;
  }
  await output.drained();
  if (run.lateCount > 0 && !run.showsLate)
    process.stderr.write(`${run.lateCount} late rows were dropped\n`);
  if (failure === undefined) return 0;
  process.stderr.write(`${formatError(failure)}\n`);
  return failure.blame === "config" ? 2 : 1;
}

function planFile(file: string): Plan {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError(`cannot read ${file}: ${(cause as Error).message}`, {
      code: "INPUT_UNREADABLE",
      blame: "config",
      cause,
    });
  }
  const plan = planSql(text, { file });
  if (plan.queries.length > 0) return plan;
  throw new GatewayError(`${file} holds no query`, {
    code: "SQL_INVALID",
    blame: "config",
    hint: "Add a SELECT, or an INSERT INTO … SELECT.",
  });
}

/** Buffers lines for stdout and waits for a slow reader. */
class LineWriter {
  #text = "";

  write(line: string): void {
    this.#text += `${line}\n`;
  }

  /** Hands over what is there; resolves when stdout takes more. */
  async drained(): Promise<void> {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    await new Promise<void>((resolve) => void process.stdout.write(text, () => resolve()));
  }
}
