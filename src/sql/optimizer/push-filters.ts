// Filters as far down as they go: below projections (what they compute is then not computed for rows that go), into every
// input of a union, below windows, and below an aggregation where they read its window and keys of all its grouping sets only (groups that
// nobody wants then hold no state). A filter comes after those that stood below it: each may rely on what they let through.

import { SQL_EXPRESSION_NODES } from "../../core/limits.ts";
import type { Expression, Relation, WindowAggregateRelation } from "../plan.ts";
import { inputsOf, Rewriter } from "../plan-expressions.ts";
import { ExpressionSizes, inputRef } from "../binder/scope.ts";
import { connect, isTruth, operandsOf } from "./boolean.ts";
import { withInputs } from "./relations.ts";

/** The relation with its filters pushed down. Fields stay as they are. */
export function pushFilters(relation: Relation): Relation {
  return push(relation, []);
}

/** `conditions` over the relation's fields, in the order in which they are tested. */
function push(relation: Relation, conditions: readonly Expression[]): Relation {
  switch (relation.kind) {
    case "filter":
      return push(relation.input, [...operandsOf("AND", relation.condition), ...conditions]);
    case "project": {
      const { expressions } = relation;
      const [below, above] = split(conditions, (each) => replaced(each, expressions));
      return filtered({ ...relation, input: push(relation.input, below) }, above);
    }
    case "window": {
      const width = relation.window.kind === "session" ? 0 : relation.input.fields.length;
      const [below, above] = split(conditions, (each) => readsBelow(each, width));
      return filtered({ ...relation, input: push(relation.input, below) }, above);
    }
    case "window-aggregate": {
      const sources = groupedColumns(relation);
      const [below, above] = split(conditions, (each) => {
        const isGrouped = inputsOf([each]).every((index) => sources[index] !== undefined);
        return isGrouped ? replaced(each, sources) : undefined;
      });
      const windowing = markFiltered(relation.windowing, [...filtersOf(relation.input), ...below]);
      return filtered({ ...relation, windowing, input: push(relation.input, below) }, above);
    }
    case "union":
      return withInputs(relation, (input) => push(input, conditions));
    default:
      return filtered(
        withInputs(relation, (input) => push(input, [])),
        conditions,
      );
  }
}

/** What the filters at the top of a relation test, but for what is always TRUE. */
function filtersOf(relation: Relation): readonly Expression[] {
  if (relation.kind !== "filter") return [];
  const tests = operandsOf("AND", relation.condition).filter((each) => !isTruth(each, true));
  return [...filtersOf(relation.input), ...tests];
}

/** Where a filter goes below the windowing table function, it has still stood above it. */
function markFiltered(
  windowing: WindowAggregateRelation["windowing"],
  conditions: readonly Expression[],
): WindowAggregateRelation["windowing"] {
  if (windowing.kind === "assign" || windowing.unsettled === undefined) return windowing;
  if (conditions.length === 0) return windowing;
  const { unsettled } = windowing;
  const isLoose = conditions.every((each) => each.kind === "call" && LOOSE.has(each.function));
  const isKnown = unsettled.filtered === "fixing";
  const how = isLoose && !isKnown ? "loosely" : "fixing";
  return { ...windowing, unsettled: { ...unsettled, filtered: how } };
}

/** Conditions that leave more than one value of a column; that of others may be a constant to Flink. */
const LOOSE: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "<>"]);

/** The relation with a filter above it, if there is anything to test. */
export function filtered(input: Relation, conditions: readonly Expression[]): Relation {
  const condition = connect("AND", conditions);
  return isTruth(condition, true)
    ? input
    : { kind: "filter", input, condition, fields: input.fields };
}

/** Conditions in the form that they have further down, and those that stay: none of these may be overtaken by a failing one. */
export function split<Low>(
  conditions: readonly Expression[],
  lowered: (condition: Expression) => Low | undefined,
): [below: Low[], above: Expression[]] {
  const below: Low[] = [];
  const above: Expression[] = [];
  for (const condition of conditions) {
    const low = lowered(condition);
    if (low === undefined) above.push(condition);
    else below.push(low);
  }
  return [below, above];
}

/** By field of a grouping what it is in the input: columns of the window are, and keys that no grouping set leaves out. */
export function groupedColumns(
  relation: WindowAggregateRelation,
): readonly (Expression | undefined)[] {
  const { input, keys, groupingSets, windowing, properties, fields } = relation;
  const columns = windowing.kind === "attached" ? windowing.unsettled?.columns : undefined;
  const sources = keys.map((key, index): Expression | undefined =>
    groupingSets.every((set) => set.includes(index)) ? key : undefined,
  );
  properties.forEach((property, index) => {
    const column = columns?.[property];
    if (column === undefined) return;
    sources[fields.length - properties.length + index] = inputRef(input, column);
  });
  return sources;
}

function readsBelow(condition: Expression, width: number): Expression | undefined {
  return inputsOf([condition]).every((index) => index < width) ? condition : undefined;
}

/** The condition over what `expressions` are computed from; undefined where that would be too large. */
export function replaced(
  condition: Expression,
  expressions: readonly (Expression | undefined)[],
): Expression | undefined {
  const rewriter = new Rewriter((part) =>
    part.kind === "input" ? (expressions[part.index] ?? part) : part,
  );
  const result = rewriter.of(condition);
  return new ExpressionSizes().of(result) > SQL_EXPRESSION_NODES ? undefined : result;
}
