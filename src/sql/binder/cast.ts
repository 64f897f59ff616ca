// CAST and TRY_CAST: what Flink has no cast for is refused, and so is what headrace cannot do.

import type { Expr } from "../ast.ts";
import { castGap, castRefusal } from "../casts.ts";
import { unitLength } from "../intervals.ts";
import type { Expression } from "../plan.ts";
import type { SourceText } from "../source.ts";
import { formatType, isExact, isInterval, isNumeric, sameType, withNullable } from "../types.ts";

type CastExpr = Expr & { kind: "cast" };

const INT_MAX = 2_147_483_647;

/** The cast of the bound operand. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function bindCast(source: SourceText, expr: CastExpr, input: Expression): Expression {
  const interval = intervalOfLiteral(source, expr, input);
  if (interval !== undefined) return interval;
  const isSeveral = isInterval(expr.type) && expr.unit === undefined && isNumeric(input.type);
  const refusal = isSeveral
    ? "a number becomes an interval of one unit only"
    : (castRefusal(input.type, expr.type) ?? zeroRefusal(expr, input));
  if (refusal !== undefined) {
    const from = formatType(withNullable(input.type, true));
    throw source.invalid(expr, `CAST from ${from} to ${formatType(expr.type)}: ${refusal}`);
  }
  const gap = castGap(input.type, expr.type);
  if (gap !== undefined) throw source.unsupported(expr, `this CAST is refused: ${gap}`);
  const type = withNullable(expr.type, expr.try || input.type.nullable);
  if (input.kind === "literal" && input.value === null) return { ...input, type };
  // Also keeps CAST(d AS DOUBLE) = d the comparison of a value with itself.
  if (sameType(input.type, expr.type)) return { ...input, type };
  return { kind: "cast", input, try: expr.try, type, position: source.position(expr) };
}

/** Flink makes it a comparison with 0, of which its planner says that DECIMAL(3, 3) cannot hold it. */
function zeroRefusal(cast: CastExpr, input: Expression): string | undefined {
  const { type } = input;
  if (cast.try || cast.type.kind !== "BOOLEAN" || type.kind !== "DECIMAL") return undefined;
  if (type.scale < type.precision || isOfLiteral(input)) return undefined;
  return "Flink finds no 0 of this type to compare with; write `<> 0`, or TRY_CAST";
}

function isOfLiteral(expression: Expression): boolean {
  return expression.kind === "cast" ? isOfLiteral(expression.input) : expression.kind === "literal";
}

/** To Flink a literal number counts units, and every other one months or milliseconds. */
function intervalOfLiteral(
  source: SourceText,
  { type, unit, ...cast }: CastExpr,
  input: Expression,
): Expression | undefined {
  if (!isInterval(type) || unit === undefined || cast.try) return undefined;
  if (input.kind !== "literal" || input.value === null || !isExact(input.type)) return undefined;
  const scale = input.type.kind === "DECIMAL" ? input.type.scale : 0;
  const digits = BigInt(input.value as number | bigint) * BigInt(unitLength(unit));
  const value = Number(digits / 10n ** BigInt(scale));
  const isMonths = type.kind === "INTERVAL_YEAR_MONTH";
  if (Math.abs(value) > (isMonths ? INT_MAX : Number.MAX_SAFE_INTEGER)) {
    throw source.invalid(cast, "this interval is out of range");
  }
  return { kind: "literal", value, type: withNullable(type, false) };
}
