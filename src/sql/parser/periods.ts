// What follows a parenthesis about points in time: (a - b) DAY TO SECOND, and (a, b) OVERLAPS (c, d).

import type { Expr } from "../ast.ts";
import type { Token } from "../lexer.ts";
import type { ExpressionParser } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { atIntervalUnit, parseDifferenceUnit } from "./literals.ts";

/** (a - b) as the interval that the unit behind it asks for; undefined when no unit follows. */
export function parseDifference(cursor: Cursor, start: Token, inner: Expr): Expr | undefined {
  if (inner.kind !== "binary" || inner.operator !== "-" || !atIntervalUnit(cursor))
    return undefined;
  const unit = parseDifferenceUnit(cursor);
  const { left, right } = inner;
  return { kind: "difference", unit, left, right, ...cursor.since(start) };
}

/** A period's comparison, from behind its first parenthesis; undefined when that is something else. */
export function parseOverlaps(
  cursor: Cursor,
  begin: { readonly start: Token; readonly ends: readonly Expr[] },
  parse: ExpressionParser,
): Expr | undefined {
  if (begin.ends.length !== 2 || !cursor.accept("OVERLAPS")) return undefined;
  const ends = [...begin.ends, ...cursor.parenthesized(() => parse.expression(cursor))];
  return { kind: "overlaps", ends, ...cursor.since(begin.start) };
}
