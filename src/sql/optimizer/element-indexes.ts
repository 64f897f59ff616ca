// Indexes of array elements that are constants below 1: Flink refuses those that are computed, too, but only where it has
// to generate code for them. What it leaves out may hold any.

import type { Expression, Relation } from "../plan.ts";
import { children } from "../plan-expressions.ts";
import { refusal } from "./constants.ts";
import { withExpressions, withInputs } from "./relations.ts";

/** The relation itself. Throws SQL_INVALID for such an index. */
export function checkElementIndexes(relation: Relation): Relation {
  const seen = new Set<Expression>();
  const check = (expression: Expression): Expression => {
    if (seen.has(expression)) return expression;
    seen.add(expression);
    checkIndex(expression);
    children(expression).forEach(check);
    return expression;
  };
  const visit = (from: Relation): Relation =>
    withExpressions(withInputs(from, visit), { value: check, condition: check });
  visit(relation);
  return relation;
}

function checkIndex(expression: Expression): void {
  if (expression.kind !== "call" || expression.function !== "[]") return;
  const [array, index] = expression.arguments;
  if (array?.type.kind !== "ARRAY" || index?.kind !== "literal") return;
  const { value } = index;
  if (typeof value !== "number" || value >= 1) return;
  const message = `elements count from 1, and this index is ${value}`;
  throw refusal(expression, message, "Write an index of 1 or more.");
}
