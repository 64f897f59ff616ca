// Walks over syntax trees before they are bound: finding aggregate calls, and comparing expressions of
// GROUP BY with those of SELECT as Calcite does it: by structure, with names resolved.

import type { CallExpr, Expr } from "../ast.ts";
import { AGGREGATE_FUNCTIONS } from "../functions/aggregates.ts";
import { resolvePath, type Scope } from "./scope.ts";
import type { SourceText } from "../source.ts";

/** The parts of an expression that are expressions, in text order. */
export function childExpressions(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "unary":
    case "is":
    case "cast":
    case "field":
      return [expr.operand];
    case "binary":
      return [expr.left, expr.right];
    case "logical":
      return expr.operands;
    case "between":
      return [expr.operand, expr.low, expr.high];
    case "in":
      return [expr.operand, ...expr.list];
    case "like":
      return [expr.operand, expr.pattern, ...(expr.escape === undefined ? [] : [expr.escape])];
    case "case":
      return [
        ...(expr.operand === undefined ? [] : [expr.operand]),
        ...expr.branches.flatMap(({ when, then }) => [...when, then]),
        ...(expr.otherwise === undefined ? [] : [expr.otherwise]),
      ];
    case "call":
      return [...expr.arguments, ...(expr.filter === undefined ? [] : [expr.filter])];
    case "item":
      return [expr.operand, expr.index];
    case "constructor":
      return expr.items;
    case "difference":
      return [expr.left, expr.right];
    case "overlaps":
      return expr.ends;
    default:
      return [];
  }
}

/** The operator and the operands of an expression that is nothing else. */
export function operatorForm(
  expr: Expr,
): { readonly id: string; readonly operands: readonly Expr[] } | undefined {
  switch (expr.kind) {
    case "is":
      return { id: expr.test, operands: [expr.operand] };
    case "binary":
      return { id: expr.operator, operands: [expr.left, expr.right] };
    case "logical":
      return { id: expr.operator, operands: expr.operands };
    case "item":
      return { id: "[]", operands: [expr.operand, expr.index] };
    case "constructor":
      return { id: expr.type, operands: expr.items };
    default:
      return undefined;
  }
}

/** Whether a call is one of an aggregate function. */
export function isAggregate(expr: Expr): expr is CallExpr {
  return expr.kind === "call" && AGGREGATE_FUNCTIONS.has(expr.name.name.toUpperCase());
}

/** The outermost aggregate calls inside an expression. */
export function aggregateCalls(expr: Expr): CallExpr[] {
  return isAggregate(expr) ? [expr] : childExpressions(expr).flatMap(aggregateCalls);
}

/**
 * A text that is the same for expressions that mean the same. `outer` takes over for whole nodes (grouped
 * expressions). Throws as `resolveColumn` does.
 */
export function expressionKey(source: SourceText, scope: Scope, expr: Expr): string {
  const resolve = (node: Expr): unknown => {
    if (node.kind === "name") {
      const { column, fields } = resolvePath(source, scope, node.parts);
      return {
        column: scope.table.columns.indexOf(column),
        fields: fields.map((field) => field.name),
      };
    }
    const { start: _start, end: _end, ...rest } = node;
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plain(key, value)]));
  };
  const plain = (key: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((each) => plain(key, each));
    if (typeof value !== "object" || value === null) return value;
    if (key === "name" && "name" in value) return String(value.name).toUpperCase();
    if (key === "field" && "name" in value) return value.name;
    if (key === "type") return value;
    if ("kind" in value) return resolve(value as Expr);
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, plain(name, each)]),
    );
  };
  return JSON.stringify(resolve(expr));
}
