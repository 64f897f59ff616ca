// Constructors of collections, and what stands behind an expression to reach into one.

import type { Expr } from "../ast.ts";
import type { ExpressionParser } from "./calls.ts";
import type { Cursor } from "./cursor.ts";

/** operand[index] */
export function parseItem(cursor: Cursor, operand: Expr, parse: ExpressionParser): Expr {
  cursor.expect("[");
  const index = parse.expression(cursor);
  cursor.expect("]");
  return { kind: "item", operand, index, ...cursor.since(operand) };
}

/** A field of what is no plain name: list[1].field, ROW(1, 2).EXPR$0. */
export function parseField(cursor: Cursor, operand: Expr): Expr {
  cursor.expect(".");
  const field = cursor.identifier("a field name");
  return { kind: "field", operand, field, ...cursor.since(operand) };
}

/** ARRAY[…], MAP[…], ROW(…). ARRAY[ ] has no type, neither in Flink. */
export function parseConstructor(cursor: Cursor, parse: ExpressionParser): Expr {
  const start = cursor.advance();
  const { upper } = start;
  const isRow = upper === "ROW";
  if (upper === "MULTISET" || cursor.at("(", "SELECT") || cursor.at("(", "WITH")) {
    throw cursor.source.unsupported(
      start,
      `${upper} as a constructor is not supported, neither by Flink`,
      upper === "MULTISET" ? "Use COLLECT(value) in a window." : "List the items.",
    );
  }
  cursor.expect(isRow ? "(" : "[");
  const items = cursor.list(() => parse.expression(cursor));
  cursor.expect(isRow ? ")" : "]");
  const type = isRow ? "ROW" : upper === "MAP" ? "MAP" : "ARRAY";
  return { kind: "constructor", type, items, ...cursor.since(start) };
}
