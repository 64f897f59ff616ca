// CASE and CAST: expressions with a syntax of their own.

import type { Expr } from "../ast.ts";
import type { ExpressionParser } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { parseIntervalType } from "./literals.ts";
import { parseType } from "./types.ts";

/** CAST(value AS type) and TRY_CAST. */
export function parseCast(cursor: Cursor, parse: ExpressionParser): Expr {
  const start = cursor.advance();
  cursor.expect("(");
  const operand = parse.expression(cursor);
  cursor.expect("AS");
  const target = cursor.at("INTERVAL") ? parseIntervalType(cursor) : { type: parseType(cursor) };
  cursor.expect(")");
  const isTry = start.upper === "TRY_CAST";
  return { kind: "cast", try: isTry, operand, ...target, ...cursor.since(start) };
}

/** CASE with conditions, or with values to compare with. */
export function parseCase(cursor: Cursor, parse: ExpressionParser): Expr {
  const start = cursor.expect("CASE");
  const operand = cursor.at("WHEN") ? undefined : parse.expression(cursor);
  const branches: { when: Expr[]; then: Expr }[] = [];
  while (cursor.accept("WHEN")) {
    const when =
      operand === undefined
        ? [parse.expression(cursor)]
        : cursor.list(() => parse.expression(cursor));
    cursor.expect("THEN");
    branches.push({ when, then: parse.expression(cursor) });
  }
  if (branches.length === 0) throw cursor.unexpected("WHEN");
  const otherwise = cursor.accept("ELSE") ? parse.expression(cursor) : undefined;
  cursor.expect("END");
  return { kind: "case", operand, branches, otherwise, ...cursor.since(start) };
}
