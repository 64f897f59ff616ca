// Arithmetic with 0 or 1 that changes nothing.

import type { Expression } from "../plan.ts";

type Call = Extract<Expression, { kind: "call" }>;

/** The number that changes nothing as the second operand, or as either. */
const NEUTRAL: Readonly<Record<string, readonly [value: number, eitherSide: boolean]>> = {
  "+": [0, true],
  "-": [0, false],
  "*": [1, true],
  "/": [1, false],
};

/** What the call may be the same as: x of x + 0, x - 0, x * 1 and x / 1, where `is` finds the number in an operand. */
export function besideNeutral(
  call: Call,
  is: (operand: Expression, value: number) => boolean,
): readonly Expression[] {
  const neutral = NEUTRAL[call.function];
  const [left, right] = call.arguments;
  if (neutral === undefined || left === undefined || right === undefined) return [];
  const [value, eitherSide] = neutral;
  return [...(is(right, value) ? [left] : []), ...(eitherSide && is(left, value) ? [right] : [])];
}
