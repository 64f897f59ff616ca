// A text that is ordered beside a number: Flink casts it, while it refuses to test the two for equality.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { formatType, isInteger, isNumeric, isText, sameType, withNullable } from "../types.ts";
import { cast } from "./spec.ts";

/** Digits before the point of a BIGINT. */
const WHOLE_DIGITS = 19;
const MAX_DIGITS = 38;

/** For < and its like: a text beside a number as a number. */
export function textsAsNumbers(left: Expression, right: Expression): [Expression, Expression] {
  const [ofLeft, ofRight] = [typeBeside(left.type), typeBeside(right.type)];
  if (isText(left.type) && ofRight !== undefined) return [asNumber(left, ofRight), right];
  if (isText(right.type) && ofLeft !== undefined) return [left, asNumber(right, ofLeft)];
  return [left, right];
}

/** For BETWEEN: a text among numbers is one for both comparisons. `refuse` makes the error for numbers of two kinds. */
export function rangeAsNumbers(
  operands: readonly Expression[],
  refuse: (message: string) => Error,
): readonly Expression[] {
  const others = operands.filter(({ type }) => !isText(type));
  const [first, ...rest] = others.flatMap(({ type }) => typeBeside(type) ?? []);
  if (first === undefined || others.length === operands.length) return operands;
  const odd = rest.find((type) => !sameType(first, type));
  if (odd !== undefined) {
    throw refuse(`BETWEEN takes no text beside ${formatType(first)} and ${formatType(odd)}`);
  }
  return operands.map((each) => (isText(each.type) ? asNumber(each, first) : each));
}

function asNumber(text: Expression, type: SqlType): Expression {
  return cast(text, withNullable(type, text.type.nullable));
}

/** What a text becomes beside a value of this type, without its nullability; undefined if it stays a text. */
function typeBeside(type: SqlType): SqlType | undefined {
  if (isInteger(type)) return { kind: "BIGINT", nullable: true };
  if (type.kind === "DECIMAL") {
    const whole = Math.max(type.precision - type.scale, WHOLE_DIGITS);
    const precision = Math.min(whole + type.scale, MAX_DIGITS);
    return { kind: "DECIMAL", precision, scale: type.scale, nullable: true };
  }
  return isNumeric(type) ? withNullable(type, true) : undefined;
}
