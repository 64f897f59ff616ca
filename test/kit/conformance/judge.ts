// Whether headrace does with a case what the list says: Flink's outcome with Flink's rows, or a refusal by name.

import { isDeepStrictEqual } from "node:util";
import type { GatewayError } from "../../../src/core/errors.ts";
import type { Plan } from "../../../src/sql/plan.ts";
import { formatType } from "../../../src/sql/types.ts";
import { CaseRunner, waysOf } from "../../operators/run-case.ts";
import { compareRows, parseRows, showRow } from "../compare-rows.ts";
import { goldenRows, type CaseStatus, type ConformanceCase } from "./cases.ts";
import { planOrRefusal, runAsCommand } from "./run.ts";
import { spelledHere } from "./type-text.ts";

/** passed: Flink's outcome; refused: by name, as listed; failed: neither, and why. */
export type Verdict =
  | { readonly verdict: "passed" | "refused" }
  | { readonly verdict: "failed"; readonly why: string };

const PASSED: Verdict = { verdict: "passed" };
const ROWS_SHOWN = 5;

/** Plans the case, runs it as `headrace sql` does, and compares with what Flink gave. */
export function judge(conformanceCase: ConformanceCase, status: CaseStatus): Verdict {
  const plan = planOrRefusal(conformanceCase.sql, conformanceCase.config);
  if (plan instanceof Error) return judgeRefusal(conformanceCase, status, plan);
  if (status === "refuse") return failed("it is accepted now: list it as pass");
  const { outcome, lines } = conformanceCase;
  if (outcome === "rejected") return failed("it is accepted, and Flink refuses it");
  const run = runAsCommand(plan, lines);
  if (outcome === "fails") {
    return run.outcome === "fails" ? PASSED : failed("Flink's job dies on this input");
  }
  return run.outcome === "fails"
    ? failed(`it fails on the data: ${run.reason}`)
    : (judgeTypes(conformanceCase, plan) ?? judgeRows(conformanceCase, run.lines));
}

/** The same for the operators alone, in every way to run them; only for a case that headrace accepts. */
export function judgeOperators(conformanceCase: ConformanceCase): Verdict {
  const plan = planOrRefusal(conformanceCase.sql, conformanceCase.config);
  if (plan instanceof Error) return failed(`it is refused: ${plan.message}`);
  const runner = new CaseRunner(conformanceCase.lines, plan);
  if (runner.unreadable !== undefined) {
    return conformanceCase.outcome === "fails" ? PASSED : failed(runner.unreadable);
  }
  const [first, ...others] = waysOf(runner.events.length);
  const reference = runner.run(first.run);
  const odd = others.find(({ run }) => !isDeepStrictEqual(runner.run(run), reference));
  if (odd !== undefined) return failed(`${odd.way}: not as ${first.way}`);
  const [error] = reference.errors;
  if (conformanceCase.outcome === "fails") {
    return error === undefined ? failed("Flink's job dies on this input") : PASSED;
  }
  return error === undefined
    ? judgeRows(conformanceCase, reference.lines)
    : failed(`it fails on the data: ${error.reason}`);
}

function judgeRefusal(
  { outcome }: ConformanceCase,
  status: CaseStatus,
  refusal: GatewayError,
): Verdict {
  if (status === "pass") {
    return outcome === "rejected" ? PASSED : failed(`it is refused: ${refusal.message}`);
  }
  if (!refusal.code.startsWith("SQL_")) return failed(`the refusal is a ${refusal.code}`);
  const { position } = refusal;
  if (position === undefined || position.line < 1) return failed("the refusal has no place");
  return { verdict: "refused" };
}

/** undefined when all columns have the types that Flink derived. */
function judgeTypes(conformanceCase: ConformanceCase, plan: Plan): Verdict | undefined {
  const columns = plan.queries[0]?.columns ?? [];
  const wrong = (goldenRows(conformanceCase)?.columns ?? []).flatMap(({ name, type }, index) => {
    const [ours, theirs] = [columns[index]?.type, spelledHere(type)];
    const text = ours === undefined ? "not there" : formatType(ours);
    return text === theirs ? [] : [`column ${name} is ${theirs} in Flink and ${text} here`];
  });
  return wrong.length === 0 ? undefined : failed(wrong.join("; "));
}

function judgeRows(conformanceCase: ConformanceCase, lines: readonly string[]): Verdict {
  const golden = goldenRows(conformanceCase);
  if (golden === undefined) return failed("it has no golden rows: run it with --flink");
  const { missing, unexpected } = compareRows(
    golden.rows,
    parseRows(lines.join("\n")),
    golden.columns,
  );
  if (missing.length === 0 && unexpected.length === 0) return PASSED;
  const show = (rows: typeof missing): string =>
    rows
      .slice(0, ROWS_SHOWN)
      .map((row) => `\n    ${showRow(row)}`)
      .join("");
  return failed(
    `${missing.length} rows are missing${show(missing)}\n  ${unexpected.length} rows are unexpected${show(unexpected)}`,
  );
}

function failed(why: string): Verdict {
  return { verdict: "failed", why };
}
