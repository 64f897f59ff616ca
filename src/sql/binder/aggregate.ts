// GROUP BY over a window: window function and grouping become one operator. What a SELECT list or HAVING
// says about groups is bound above it: grouped expressions, aggregate calls and window columns turn into
// references to its output (keys, aggregates, window properties, in this order).

import type { Field, SqlType } from "../../core/types.ts";
import type { CallExpr, Expr } from "../ast.ts";
import { AGGREGATE_FUNCTIONS } from "../functions/aggregates.ts";
import {
  WINDOW_PROPERTIES,
  type AggregateCall,
  type Expression,
  type WindowAggregateRelation,
  type WindowProperty,
} from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { INTEGER, withNullable } from "../types.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import { bindGroupingCall, isGroupingCall } from "./grouping-calls.ts";
import { bindGrouping, type Grouping } from "./grouping.ts";
import { inputRef, readsBeyond, resolveColumn, type Scope } from "./scope.ts";
import { requireRuns } from "../unsupported.ts";
import { aggregateCalls, childExpressions, expressionKey, isAggregate } from "./walk.ts";
import type { GroupItem } from "../ast.ts";

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
  /** Which window column an output expression is, if it is one. */
  readonly propertyOf: (expr: Expr) => WindowProperty | undefined;
}

/** Binds GROUP BY and everything computed per group. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function bindAggregate(options: AggregateOptions): BoundAggregate {
  const { source, scope } = options;
  const grouping = bindGrouping(options);
  const calls = uniqueCalls(options);
  const aggregates = [...calls.values()].map((call) => bindCall(options, call, grouping));
  const propertyOf = (expr: Expr): WindowProperty | undefined => {
    if (expr.kind !== "name") return undefined;
    const { role } = resolveColumn(source, scope, expr.parts);
    return WINDOW_PROPERTIES.find((property) => property === role);
  };
  const properties = usedProperties(options, propertyOf);
  const relation = buildRelation(options, { grouping, aggregates, properties });
  const callIndexes = new Map([...calls.keys()].map((key, index) => [key, index]));
  const { groupingSets } = grouping;
  const keyCount = grouping.keys.length;
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
    const property = propertyOf(expr);
    if (property !== undefined && grouping.properties.has(property)) {
      const index = properties.indexOf(property);
      return inputRef(relation, first + aggregates.length + index);
    }
    const key = keyOf(expr);
    if (key !== undefined) return inputRef(relation, key);
    if (expr.kind === "name") throw notGrouped(source, expr);
    return undefined;
  };
  const binder = new ExpressionBinder({ source, scope, clause: "SELECT", intercept });
  return { relation, binder, propertyOf };
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

function usedProperties(
  options: AggregateOptions,
  propertyOf: (expr: Expr) => WindowProperty | undefined,
): WindowProperty[] {
  const used = new Set<WindowProperty>();
  const visit = (expr: Expr): void => {
    if (isAggregate(expr)) return;
    const property = propertyOf(expr);
    if (property !== undefined) used.add(property);
    childExpressions(expr).forEach(visit);
  };
  options.outputs.forEach(visit);
  return WINDOW_PROPERTIES.filter((property) => used.has(property));
}

function bindCall(options: AggregateOptions, call: CallExpr, grouping: Grouping): AggregateCall {
  const { source, scope } = options;
  const spec = AGGREGATE_FUNCTIONS.get(call.name.name.toUpperCase());
  if (spec === undefined) throw new RangeError("checked by isAggregate");
  requireRuns(source, call.name, spec.id);
  for (const part of childExpressions(call)) {
    const [nested] = aggregateCalls(part);
    if (nested !== undefined) throw source.invalid(nested, "aggregates cannot be nested");
  }
  const binder = new ExpressionBinder({ source, scope, clause: "an aggregate" });
  const args = call.arguments.map((argument) => {
    const bound = binder.bind(argument);
    refuseBareNull(source, argument, bound);
    return bound;
  });
  const filter =
    call.filter === undefined ? undefined : binder.bindCondition(call.filter, "FILTER (WHERE …)");
  const types = args.map((argument) => argument.type);
  const { star, distinct: unique } = call;
  const { overlapping, merging } = grouping;
  const filtered = filter !== undefined;
  const literals = args.map(({ kind }) => kind === "literal");
  const site = { types, literals, star, filtered, distinct: unique, overlapping, merging };
  const type = spec.infer(site);
  if (typeof type === "string") throw source.invalid(call, type);
  if (unique) requireRuns(source, call, `${spec.id}-distinct`);
  if (merging && !overlapping) requireRuns(source, call, `${spec.id}-session`);
  // The extremes of distinct values are those of all values.
  const distinct = call.distinct && spec.id !== "MIN" && spec.id !== "MAX";
  return { function: spec.id, arguments: args, distinct, filter, type };
}

const SET_NUMBER = withNullable(INTEGER, false);

interface Parts {
  readonly grouping: Grouping;
  readonly aggregates: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
}

function buildRelation(options: AggregateOptions, parts: Parts): WindowAggregateRelation {
  const { grouping, aggregates, properties } = parts;
  const { groupingSets } = grouping;
  const keys = grouping.keys.map((key) => key.expression);
  const read = [
    ...keys,
    ...aggregates.flatMap(({ arguments: args, filter }) => [
      ...args,
      ...(filter === undefined ? [] : [filter]),
    ]),
  ];
  const { input, windowing } = chooseWindowing(options, grouping, read);
  const fields: Field[] = [
    ...grouping.keys.map(({ name, expression }, index) => ({
      name,
      type: keyType(grouping, index, expression.type),
    })),
    ...(groupingSets.length > 1 ? [{ name: "grouping_set", type: SET_NUMBER }] : []),
    ...aggregates.map(({ type }, index) => ({ name: `a${index}`, type })),
    ...properties.map((name) => ({ name, type: grouping.types[name] })),
  ];
  return {
    kind: "window-aggregate",
    input,
    windowing,
    keys,
    groupingSets,
    aggregates,
    properties,
    fields,
  };
}

/** A key that some grouping set leaves out is NULL there. */
function keyType(grouping: Grouping, index: number, type: SqlType): SqlType {
  const always = grouping.groupingSets.every((set) => set.includes(index));
  return always ? type : withNullable(type, true);
}

/** Window function and grouping fuse unless something below the grouping reads the window's columns. */
function chooseWindowing(
  options: AggregateOptions,
  grouping: Grouping,
  read: readonly Expression[],
): Pick<WindowAggregateRelation, "input" | "windowing"> {
  const { relation } = options.scope.table;
  if (relation.kind === "window" && !readsBeyond(read, relation.input.fields.length)) {
    const { window, timeColumn, input } = relation;
    return { input, windowing: { kind: "assign", window, timeColumn } };
  }
  requireRuns(options.source, options.span, "attached-window");
  const { startColumn, endColumn } = grouping;
  return { input: relation, windowing: { kind: "attached", startColumn, endColumn } };
}
