// `headrace sql RULE.sql --explain`: the plan of every query as an indented tree, or as JSON.

import { estimateState } from "../../operators/state-estimate.ts";
import {
  describeQuery,
  readersOf,
  type ExplainedOperator,
  type ExplainedQuery,
  type ExplainedState,
} from "../../sql/explain/describe.ts";
import type { Plan } from "../../sql/plan.ts";

/** What is known of a file's queries before they run. */
export function explainPlan(plan: Plan): ExplainedQuery[] {
  const readers = readersOf(plan.queries);
  return plan.queries.map((query) => describeQuery(query, { readers, state: estimateState }));
}

/** The tree as text, with a line end. */
export function explainText(queries: readonly ExplainedQuery[]): string {
  return queries.map(queryText).join("\n");
}

function stateText({ perKeyBytes, perPaneBytes, panesPerWindow, growing }: ExplainedState): string {
  const panes = panesPerWindow > 1 ? ` (${panesPerWindow} panes of ${perPaneBytes} B)` : "";
  const more = growing.length === 0 ? "" : `; more with every value in ${growing.join(", ")}`;
  const bytes = perPaneBytes * panesPerWindow;
  return `about ${bytes} B a key and open window${panes}, and ${perKeyBytes} B a key${more}`;
}

function queryText({ line, sink, columns, edgeOnly, plan }: ExplainedQuery): string {
  const target = sink === undefined ? "SELECT" : `INSERT INTO ${sink.table}`;
  const connector = sink?.connector === undefined ? "" : ` (${sink.connector})`;
  return [
    `${target}${connector}, line ${line}`,
    edgeOnly.length === 0 ? "  same rows as Flink" : "  edge-only semantics",
    ...edgeOnly.map(indented(2)),
    `  columns: ${columns.join(", ")}`,
    ...operatorLines(plan, 1),
    "",
  ].join("\n");
}

function operatorLines(explained: ExplainedOperator, depth: number): string[] {
  const { operator, details, state, inputs } = explained;
  const all = state === undefined ? details : { ...details, state: stateText(state) };
  const lines = Object.entries(all).flatMap(([name, value]) => {
    const items = typeof value === "string" ? [value] : value;
    return items.length === 0 ? [] : [`    ${name}: ${items.join(", ")}`];
  });
  return [operator, ...lines, ...inputs.flatMap((input) => operatorLines(input, 1))].map(
    indented(depth),
  );
}

function indented(depth: number): (line: string) => string {
  return (line) => `${"  ".repeat(depth)}${line}`;
}
