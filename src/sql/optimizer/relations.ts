// Rebuilding relations: with other inputs, or with other expressions.

import type { AggregateCall, Expression, Relation } from "../plan.ts";

/** What a relation reads: none of a scan, several of a union. */
export function inputRelations(relation: Relation): readonly Relation[] {
  if (relation.kind === "scan") return [];
  return relation.kind === "union" ? relation.inputs : [relation.input];
}

/** The same relation over other inputs. */
export function withInputs(relation: Relation, change: (input: Relation) => Relation): Relation {
  switch (relation.kind) {
    case "scan":
      return relation;
    case "union":
      return { ...relation, inputs: relation.inputs.map(change) };
    default:
      return { ...relation, input: change(relation.input) };
  }
}

/** What becomes of expressions: `condition` of those of which only TRUE counts. */
export interface ExpressionChange {
  value(expression: Expression): Expression;
  condition(expression: Expression): Expression;
}

/** The same relation with its own expressions changed; its inputs stay. */
export function withExpressions(relation: Relation, change: ExpressionChange): Relation {
  const value = (expression: Expression): Expression => change.value(expression);
  switch (relation.kind) {
    case "filter":
      return { ...relation, condition: change.condition(relation.condition) };
    case "project":
      return { ...relation, expressions: relation.expressions.map(value) };
    case "sort":
      return {
        ...relation,
        keys: relation.keys.map((key) => ({ ...key, expression: value(key.expression) })),
      };
    case "window-aggregate":
      return {
        ...relation,
        keys: relation.keys.map(value),
        ...(relation.setConditions && {
          setConditions: relation.setConditions.map((test) => change.condition(test)),
        }),
        aggregates: relation.aggregates.map((call): AggregateCall => ({
          ...call,
          arguments: call.arguments.map(value),
          filter: call.filter && change.condition(call.filter),
        })),
      };
    default:
      return relation;
  }
}

/** What its aggregate calls read. */
export function callExpressions(calls: readonly AggregateCall[]): Expression[] {
  return calls.flatMap(({ arguments: args, filter }) =>
    filter === undefined ? args : [...args, filter],
  );
}
