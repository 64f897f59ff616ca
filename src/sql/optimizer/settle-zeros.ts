// Where x = 0 has been tested, x is the literal 0 to Flink's planner: above such a filter a DOUBLE -0.0 is 0.0, as a
// result, as a key of a group, in what is computed of it. For every other constant the two are the same.

import type { Expression, Relation } from "../plan.ts";
import { Rewriter } from "../plan-expressions.ts";
import { isApproximate, withNullable } from "../types.ts";
import { operandsOf } from "./boolean.ts";
import { withExpressions, withInputs } from "./relations.ts";

/** The relation with 0.0 in the place of columns that are known to be zero. Fields stay as they are. */
export function settleZeros(root: Relation): Relation {
  const { relation, zeros } = settle(root);
  if (zeros.size === 0) return relation;
  const { fields } = relation;
  const columns = fields.map(({ type }, index): Expression => ({ kind: "input", index, type }));
  const settled = replacing(zeros);
  const expressions = columns.map((column) => settled.of(column));
  return { kind: "project", input: relation, expressions, fields };
}

interface Settled {
  readonly relation: Relation;
  /** Fields that are 0.0 or -0.0 in all its rows. */
  readonly zeros: ReadonlySet<number>;
}

const NONE: ReadonlySet<number> = new Set();

function settle(relation: Relation): Settled {
  if (relation.kind === "scan") return { relation, zeros: NONE };
  if (relation.kind === "union") {
    return { relation: withInputs(relation, settleZeros), zeros: NONE };
  }
  const input = settle(relation.input);
  const moved = { ...relation, input: input.relation };
  if (relation.kind === "filter") {
    const tested = operandsOf("AND", relation.condition).flatMap(zeroOf);
    return { relation: moved, zeros: new Set([...input.zeros, ...tested]) };
  }
  // These hand their input's columns on.
  if (relation.kind === "window" || relation.kind === "limit") {
    return { relation: moved, zeros: input.zeros };
  }
  if (input.zeros.size === 0) return { relation: moved, zeros: NONE };
  const settled = replacing(input.zeros);
  const change = (expression: Expression): Expression => settled.of(expression);
  const changed = withExpressions(moved, { value: change, condition: change });
  return { relation: changed, zeros: relation.kind === "sort" ? input.zeros : NONE };
}

/** The column that a condition says is zero. */
function zeroOf(condition: Expression): number[] {
  if (condition.kind !== "call") return [];
  if (condition.function !== "=" && condition.function !== "IS NOT DISTINCT FROM") return [];
  const [left, right] = condition.arguments;
  const [column, literal] = left?.kind === "literal" ? [right, left] : [left, right];
  const isZero = literal?.kind === "literal" && literal.value === 0;
  return column?.kind === "input" && isApproximate(column.type) && isZero ? [column.index] : [];
}

function replacing(zeros: ReadonlySet<number>): Rewriter {
  return new Rewriter((part) =>
    part.kind === "input" && zeros.has(part.index)
      ? { kind: "literal", value: 0, type: withNullable(part.type, false) }
      : part,
  );
}
