// GROUP BY over a window: window function and grouping become one operator. What a SELECT list or HAVING
// says about groups is bound above it: grouped expressions, aggregate calls and window columns turn into
// references to its output (keys, aggregates, window properties, in this order).

import type { CallExpr, Expr, GroupItem } from "../ast.ts";
import {
  WINDOW_PROPERTIES,
  type Expression,
  type WindowAggregateRelation,
  type WindowProperty,
} from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { bindCall } from "./aggregate-call.ts";
import { aggregateRelation } from "./aggregate-relation.ts";
import { ExpressionBinder } from "./expressions.ts";
import { bindGroupingCall, isGroupingCall } from "./grouping-calls.ts";
import { bindGrouping, type Grouping } from "./grouping.ts";
import { unsettledCalls } from "./unsettled-calls.ts";
import { inputRef, type ColumnRole, type Scope } from "./scope.ts";
import { aggregateCalls, childExpressions, expressionKey, isAggregate } from "./walk.ts";

export interface AggregateOptions {
  readonly source: SourceText;
  readonly scope: Scope;
  readonly groupBy: readonly GroupItem[];
  /** SELECT items and HAVING: everything that is bound above the aggregation. */
  readonly outputs: readonly Expr[];
  /** Where an error about the whole clause points. */
  readonly span: Span;
}

/** The aggregation, and the binder for expressions over its groups. */
export interface BoundAggregate {
  readonly relation: WindowAggregateRelation;
  readonly binder: ExpressionBinder;
  /** What an output expression is besides its value. */
  readonly roleOf: (expr: Expr) => ColumnRole | undefined;
}

/** Binds GROUP BY and everything computed per group. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function bindAggregate(options: AggregateOptions): BoundAggregate {
  const { source, scope, span } = options;
  const grouping = bindGrouping(options);
  const unique = uniqueCalls(options);
  const bound = [...unique.values()].map((call) => bindCall(source, scope, call));
  const calls = unsettledCalls(grouping, bound, options);
  const properties = usedProperties(options, grouping);
  const relation = aggregateRelation({ source, scope, span, grouping, calls, properties });
  const callIndexes = new Map([...unique.keys()].map((key, index) => [key, index]));
  const { groupingSets } = grouping;
  const keyCount = relation.keys.length;
  const set = groupingSets.length > 1 ? inputRef(relation, keyCount) : undefined;
  const first = set === undefined ? keyCount : keyCount + 1;
  const keyOf = (expr: Expr): number | undefined => keyIndex(options, grouping, expr);
  const intercept = (expr: Expr): Expression | undefined => {
    if (isAggregate(expr)) {
      const index = callIndexes.get(expressionKey(source, scope, expr)) ?? 0;
      return inputRef(relation, first + index);
    }
    if (isGroupingCall(expr)) {
      return bindGroupingCall(expr, { source, groupingSets, keyOf, set });
    }
    const property = grouping.propertyOf(expr);
    if (property !== undefined && grouping.properties.has(property)) {
      const index = relation.properties.indexOf(property);
      // The start of an attached session is its last key.
      if (index < 0) return inputRef(relation, keyCount - 1);
      return inputRef(relation, first + relation.aggregates.length + index);
    }
    const key = keyOf(expr);
    if (key !== undefined) return inputRef(relation, key);
    if (expr.kind === "name") throw notGrouped(source, expr);
    return undefined;
  };
  const binder = new ExpressionBinder({ source, scope, clause: "SELECT", intercept });
  return { relation, binder, roleOf: (expr) => roleOf(grouping, expr) };
}

/** Results of GROUP BY TUMBLE(…) have a rowtime, and no window that could be grouped again. */
function roleOf(grouping: Grouping, expr: Expr): ColumnRole | undefined {
  const property = grouping.propertyOf(expr);
  if (grouping.call === undefined) return property;
  return property === "window_time" ? "rowtime" : undefined;
}

function keyIndex(options: AggregateOptions, grouping: Grouping, expr: Expr): number | undefined {
  // Literals are the same everywhere and never keys; aggregates cannot be part of one.
  if (grouping.keys.length === 0 || expr.kind === "star") return undefined;
  if (childExpressions(expr).length === 0 && expr.kind !== "name") return undefined;
  if (aggregateCalls(expr).length > 0) return undefined;
  return grouping.indexes.get(expressionKey(options.source, options.scope, expr));
}

function notGrouped(source: SourceText, expr: Expr): Error {
  const text = source.slice(expr);
  return source.invalid(
    expr,
    `${text} is neither grouped nor aggregated`,
    `Add ${text} to GROUP BY, or write MAX(${text}).`,
  );
}

/** Equal calls are computed once. */
function uniqueCalls({ source, scope, outputs }: AggregateOptions): Map<string, CallExpr> {
  const calls = new Map<string, CallExpr>();
  for (const call of outputs.flatMap(aggregateCalls)) {
    const key = expressionKey(source, scope, call);
    if (!calls.has(key)) calls.set(key, call);
  }
  return calls;
}

function usedProperties(options: AggregateOptions, grouping: Grouping): WindowProperty[] {
  const used = new Set<WindowProperty>();
  const visit = (expr: Expr): void => {
    if (isAggregate(expr)) return;
    const property = grouping.propertyOf(expr);
    if (property !== undefined) used.add(property);
    childExpressions(expr).forEach(visit);
  };
  options.outputs.forEach(visit);
  return WINDOW_PROPERTIES.filter((property) => used.has(property));
}
