// FLOAT literals as Flink's planner keeps them: decimal numbers. What it casts from one is cast from its digits:
// CAST(CAST(0.1 AS FLOAT) AS DOUBLE) is 0.1, not 0.10000000149011612. But d > CAST(0.1 AS FLOAT), d + … and functions of
// numbers take it while the job runs, as the FLOAT that it is.

import type { SqlValue } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { children, withChildren } from "../plan-expressions.ts";
import { isApproximate, isNumeric, isText } from "../types.ts";

type Cast = Extract<Expression, { kind: "cast" }>;

/** The constant expression with casts from digits in the place of casts from FLOAT. */
export function castFromDigits(expression: Expression): Expression {
  const parts = children(expression).map((part) =>
    isLateCast(expression, part)
      ? { ...part, input: castFromDigits(part.input) }
      : castFromDigits(part),
  );
  const rewritten = withChildren(expression, parts);
  if (!isFromFloat(rewritten)) return rewritten;
  const digits = digitsOf(rewritten.input);
  return digits === undefined ? rewritten : { ...rewritten, input: digits };
}

/** Calls whose arguments the planner casts. All others meet while the job runs. */
const EARLY = new Set(
  (
    "= <> IN COALESCE IFNULL ARRAY MAP ARRAY_APPEND ARRAY_PREPEND ARRAY_CONTAINS ARRAY_POSITION " +
    "ARRAY_REMOVE"
  ).split(" "),
);

/** Whether a part of an expression is a cast from FLOAT that happens while the job runs. */
export function isLateCast(expression: Expression, part: Expression): part is Cast {
  if (expression.kind !== "call" || EARLY.has(expression.function)) return false;
  // A cast that is written has a position.
  return isFromFloat(part) && part.position === undefined;
}

function isFromFloat(expression: Expression): expression is Cast {
  if (expression.kind !== "cast" || expression.try) return false;
  const { type, input } = expression;
  return input.type.kind === "FLOAT" && isNumeric(type) && type.kind !== "FLOAT";
}

/** Digits that a FLOAT keeps which is computed, of a text also. */
const COMPUTED_DIGITS = 7;

/** A FLOAT constant that is no number as it is written, as the planner keeps it. */
export function computedFloat(value: SqlValue): SqlValue {
  if (typeof value !== "number") return value;
  return Math.fround(Number(value.toPrecision(COMPUTED_DIGITS)));
}

/** Whether a FLOAT constant is cast from digits: those may be too many for it, CAST(1E40 AS FLOAT) is infinite. */
export function isCastOfDigits(constant: Expression): boolean {
  if (constant.kind !== "cast") return false;
  const { input } = constant;
  return input.kind === "literal" ? isNumeric(input.type) : digitsOf(input) !== undefined;
}

/** A literal with the digits that are written; undefined where the constant is computed. */
function digitsOf(constant: Expression): Expression | undefined {
  if (constant.kind !== "cast" || constant.try || !isApproximate(constant.type)) return undefined;
  const { input } = constant;
  if (input.kind !== "literal") return digitsOf(input);
  if (isNumeric(input.type)) return input;
  const value = isText(input.type) ? Number(input.value) : Number.NaN;
  if (!Number.isFinite(value)) return undefined;
  const digits = Number(value.toPrecision(COMPUTED_DIGITS));
  return { kind: "literal", value: digits, type: { kind: "DOUBLE", nullable: false } };
}
