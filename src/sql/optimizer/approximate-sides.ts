// Comparisons of a FLOAT or DOUBLE with constants, as Flink's planner reads them: it knows a constant by its digits and
// its type, FLOAT, DOUBLE or DECIMAL. Where several comparisons are joined, their constants all get one of these types:
// f < 1E-1 OR f = CAST(0.1 AS FLOAT) becomes f <= 1E-1, which says something else of the FLOAT next to 0.1.

import { decimalToNumber } from "../../core/value/decimal.ts";
import type { Expression } from "../plan.ts";
import { isApproximate, isInteger, isNumeric } from "../types.ts";
import type { Call } from "./boolean.ts";
import { isLateCast } from "./float-constants.ts";
import type { Literal } from "./ranges.ts";

/** What a constant is to Flink. Integers fit all of them. */
export type ConstantKind = "FLOAT" | "DOUBLE" | "DECIMAL";

interface Constant {
  /** The digits, as a DOUBLE. */
  readonly literal: Literal;
  /** undefined for an integer. */
  readonly kind: ConstantKind | undefined;
}

/** What a comparison compares, before it is cast to the type of the constant; itself for equality. */
export function subjectOf(call: Call, side: Expression): Expression {
  const isWidened = side.kind === "cast" && side.position === undefined && !side.try;
  const isOrder = call.function.startsWith("<") || call.function.startsWith(">");
  if (!isWidened || !isOrder || call.function === "<>") return side;
  return side.type.kind === "DOUBLE" && side.input.type.kind === "FLOAT" ? side.input : side;
}

/** A number that stands in a comparison, as a number or cast; undefined for anything else. */
export function constantOf(call: Call, side: Expression): Constant | undefined {
  const constant = isLateCast(call, side) ? side.input : side;
  const number = numberOf(constant);
  if (number === undefined) return undefined;
  const digits = digitsOf(number);
  if (!Number.isFinite(digits)) return undefined;
  const isImplicit = constant.kind === "cast" && constant.position === undefined;
  const { kind } = isImplicit && isInteger(number.type) ? number.type : constant.type;
  return {
    literal: { kind: "literal", value: digits, type: { kind: "DOUBLE", nullable: false } },
    kind: kind === "FLOAT" || kind === "DOUBLE" || kind === "DECIMAL" ? kind : undefined,
  };
}

/** The literal that a constant is, or is cast from to FLOAT or DOUBLE. */
function numberOf(constant: Expression): Literal | undefined {
  if (constant.kind === "literal") {
    return isNumeric(constant.type) && constant.value !== null ? constant : undefined;
  }
  const isCast = constant.kind === "cast" && !constant.try && isApproximate(constant.type);
  return isCast ? numberOf(constant.input) : undefined;
}

/** Of a FLOAT the fewest digits that tell it from others: what has been folded has no more. */
function digitsOf({ value, type }: Literal): number {
  if (type.kind === "DECIMAL") return decimalToNumber(value as bigint, type);
  const number = Number(value);
  if (type.kind !== "FLOAT") return number;
  const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const digits = lengths.map((length) => Number(number.toPrecision(length)));
  return digits.find((each) => Math.fround(each) === number) ?? number;
}

/** The type that constants get where they are joined: that of the first, but DOUBLE beside a DECIMAL. */
export function commonKind(kinds: readonly ConstantKind[]): "FLOAT" | "DOUBLE" | undefined {
  return kinds.includes("DECIMAL") ? "DOUBLE" : kinds.find((kind) => kind !== "DECIMAL");
}

/** The sides of a comparison of a subject with constants of one type, by default its own, each known by its digits. */
export function sidesAs(
  kind: "FLOAT" | "DOUBLE" | undefined,
  subject: Expression,
  constants: readonly Literal[],
): Expression[] {
  const isFloat = subject.type.kind === "FLOAT";
  if ((kind ?? subject.type.kind) === "FLOAT") {
    const floats = constants.map(floatOf);
    return [subject, ...(isFloat ? floats : floats.map(toDouble))];
  }
  return [isFloat ? toDouble(subject) : subject, ...constants];
}

/** Digits may be too many for a FLOAT: of an infinite one Flink has no literal. */
function floatOf(constant: Literal): Expression {
  const type = { kind: "FLOAT", nullable: false } as const;
  const value = Math.fround(Number(constant.value));
  return Number.isFinite(value)
    ? { kind: "literal", value, type }
    : { kind: "cast", input: constant, type, try: false };
}

function toDouble(input: Expression): Expression {
  const type = { kind: "DOUBLE", nullable: input.type.nullable } as const;
  return input.kind === "literal"
    ? { kind: "literal", value: input.value, type }
    : { kind: "cast", input, type, try: false };
}
