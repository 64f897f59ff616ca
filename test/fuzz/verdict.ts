// What the two sides make of one case.

import { isDeepStrictEqual } from "node:util";
import { GatewayError } from "../../src/core/errors.ts";
import type { Plan } from "../../src/sql/plan.ts";
import { formatType } from "../../src/sql/types.ts";
import { compareRows, parseRows, showRow, type GoldenColumn } from "../kit/compare-rows.ts";
import { planOrRefusal, runAsCommand, type RunOutcome } from "../kit/conformance/run.ts";
import { bareType, spelledHere } from "../kit/conformance/type-text.ts";
import type { OracleAnswer } from "../kit/flink/oracle.ts";
import { CaseRunner, waysOf } from "../operators/run-case.ts";
import { deviationOfError } from "./deviations.ts";

/** How the sides differ. */
export type Difference =
  | "other rows"
  | "other types"
  | "accepted, refused by Flink"
  | "fails on the data, not in Flink"
  | "runs, fails in Flink"
  | "other rows in another way to run"
  | "crashes";

export type Verdict =
  | { readonly kind: "equal" | "both refuse" | "both fail" }
  /** headrace refuses by name what Flink takes. */
  | { readonly kind: "gap"; readonly reason: string }
  /** Flink's job died of a defect that headrace does not have. */
  | { readonly kind: "deviation"; readonly what: string }
  /** Flink gave no answer in time. */
  | { readonly kind: "no answer"; readonly outcome: string }
  | { readonly kind: "difference"; readonly difference: Difference; readonly detail: string };

/** headrace's side of a case, run before Flink is asked. */
export type OwnSide =
  | { readonly side: "refused"; readonly error: GatewayError }
  | { readonly side: "crashed"; readonly error: unknown }
  | {
      readonly side: "ran";
      readonly plan: Plan;
      readonly outcome: RunOutcome;
      /** A way to run that gives something else. */
      readonly odd: string | undefined;
    };

/** Plans and runs a case in every way. */
export function ownSide(sql: string, lines: readonly string[]): OwnSide {
  try {
    const plan = planOrRefusal(sql);
    if (plan instanceof GatewayError) return { side: "refused", error: plan };
    const outcome = runAsCommand(plan, lines);
    return { side: "ran", plan, outcome, odd: oddWay(plan, lines, outcome) };
  } catch (error) {
    return { side: "crashed", error };
  }
}

function oddWay(plan: Plan, lines: readonly string[], command: RunOutcome): string | undefined {
  // Where the data ends the run, the operators alone may not even read it.
  if (command.outcome === "fails") return undefined;
  const runner = new CaseRunner(lines, plan);
  const [first, ...others] = waysOf(runner.events.length);
  const reference = runner.run(first.run);
  if (reference.lines.toSorted().join() !== command.lines.toSorted().join()) return first.way;
  return others.find(({ run }) => !isDeepStrictEqual(runner.run(run), reference))?.way;
}

/** Compares headrace's side with Flink's answer. */
export function verdictOf(sql: string, own: OwnSide, answer: OracleAnswer): Verdict {
  if (answer.outcome === "timeout" || answer.outcome === "crash") {
    return { kind: "no answer", outcome: answer.outcome };
  }
  if (own.side === "crashed") return difference("crashes", String((own.error as Error).stack));
  if (own.side === "refused") {
    return answer.outcome === "rejected"
      ? { kind: "both refuse" }
      : { kind: "gap", reason: `${own.error.code}: ${own.error.message}` };
  }
  const deviation = "error" in answer ? deviationOfError(sql, answer.error) : undefined;
  if (deviation !== undefined) return { kind: "deviation", what: deviation.what };
  if (answer.outcome === "rejected") return difference("accepted, refused by Flink", answer.error);
  if (own.odd !== undefined) return difference("other rows in another way to run", own.odd);
  if (answer.outcome === "fails") {
    return own.outcome.outcome === "fails"
      ? { kind: "both fail" }
      : difference("runs, fails in Flink", answer.error);
  }
  if (own.outcome.outcome === "fails") {
    return difference("fails on the data, not in Flink", own.outcome.reason);
  }
  const verdict = rowsVerdict(own.plan, own.outcome.lines, answer);
  if (verdict.kind !== "difference" || !LAST_DIGIT.test(sql)) return verdict;
  const rows = answer.rows.map(rounded);
  return rowsVerdict(own.plan, own.outcome.lines.map(rounded), { ...answer, rows });
}

/** Functions whose last digit is that of the machine now and then: it may stand in texts and in keys. */
export const LAST_DIGIT: RegExp = /\b(?:SIN|COS|TAN|COT|EXP|POWER|STDDEV\w*|VAR\w*)\(/;

function rounded(row: string): string {
  return row.replaceAll(/-?\d+\.\d{12,}(?:E-?\d+)?/g, (number) => Number(number).toPrecision(11));
}

function rowsVerdict(
  plan: Plan,
  lines: readonly string[],
  answer: { readonly rows: readonly string[]; readonly columns: readonly GoldenColumn[] },
): Verdict {
  const expected = parseRows(answer.rows.join("\n"));
  const actual = parseRows(lines.join("\n"));
  const { missing, unexpected } = compareRows(expected, actual, answer.columns);
  if (missing.length > 0 || unexpected.length > 0) {
    const show = (rows: typeof missing): string => rows.slice(0, 3).map(showRow).join(" ");
    return difference("other rows", `Flink ${show(missing)}\nheadrace ${show(unexpected)}`);
  }
  const columns = plan.queries[0]?.columns ?? [];
  const types = columns.flatMap(({ name, type }, index) => {
    const theirs = bareType(spelledHere(answer.columns[index]?.type ?? ""));
    const ours = bareType(formatType(type));
    return ours === theirs ? [] : [`${name}: Flink ${theirs}, headrace ${ours}`];
  });
  return types.length === 0 ? { kind: "equal" } : difference("other types", types.join("; "));
}

function difference(kind: Difference, detail: string): Verdict {
  return { kind: "difference", difference: kind, detail };
}
