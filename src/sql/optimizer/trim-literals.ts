// Text literals that lose the spaces at their end. Where an AND or OR comes down to one comparison of a column, Flink's
// planner has made a set of values of it, and writes that as a comparison again: with the literal of a CHAR as SQL has
// it, for which trailing spaces do not count. So v >= 'a ' AND TRUE is v >= 'a', and v BETWEEN 'a ' AND 'a ' is v = 'a'.

import type { Expression } from "../plan.ts";
import type { Call } from "./boolean.ts";
import { isText } from "../types.ts";

const ORDERED = new Set(["<", "<=", ">", ">="]);

/** `left` is what is left of the comparisons `parts` under an AND or OR; `parts` are more than one. */
export function withTrimmedLiteral(left: Expression, parts: readonly Expression[]): Expression {
  if (left.kind !== "call" || left.function === "IN" || !parts.every(isOfChar)) return left;
  const args = left.arguments.map((operand) =>
    operand.kind === "literal" && typeof operand.value === "string"
      ? { ...operand, value: operand.value.replace(/ +$/, "") }
      : operand,
  );
  return { ...left, arguments: args };
}

/** Whether an operand of a connective is a constant, or compares a column with a literal that stays a CHAR. */
function isOfChar(part: Expression): boolean {
  if (part.kind === "literal") return true;
  if (part.kind !== "call" || part.arguments.length !== 2) return false;
  const [first, second] = part.arguments;
  if (first === undefined || second === undefined) return false;
  const [subject, literal] = first.kind === "literal" ? [second, first] : [first, second];
  if (literal.kind !== "literal" || literal.type.kind !== "CHAR" || !isColumn(subject))
    return false;
  return ORDERED.has(part.function) || isEqualChar(part, literal.type.length);
}

/** For `=` Flink casts the literal, unless the column has its very type. */
function isEqualChar({ function: name, arguments: args }: Call, length: number): boolean {
  const isSame = args.every(({ type }) => type.kind === "CHAR" && type.length === length);
  return isSame && (name === "=" || name === "<>");
}

function isColumn(subject: Expression): boolean {
  if (!isText(subject.type)) return false;
  if (subject.kind === "cast") return subject.input.kind === "input" && !subject.try;
  return subject.kind === "input";
}
