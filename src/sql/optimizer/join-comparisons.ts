// Comparisons of one expression with literals under an AND or OR, joined to the simplest that says the same: a list for
// single values, nothing at all where every value or none passes. What is joined stands where the first of them stood.

import type { Expression } from "../plan.ts";
import type { ExpressionNumbers } from "../plan-expressions.ts";
import { BOOLEAN, isApproximate, isText, withNullable } from "../types.ts";
import {
  commonKind,
  constantOf,
  sidesAs,
  subjectOf,
  type ConstantKind,
} from "./approximate-sides.ts";
import { connect, nullTest, truth, type Call } from "./boolean.ts";
import {
  complement,
  intersection,
  pointsOf,
  rangesOf,
  union,
  type Literal,
  type RangeSet,
} from "./ranges.ts";

/** What an operand says of `subject`: that its value lies in `set`, and is not NULL. */
interface Comparison {
  readonly subject: Expression;
  readonly set: RangeSet;
  /** Comparisons it takes to say so. */
  readonly cost: number;
  /** What the literals are that a FLOAT or DOUBLE is compared with. */
  readonly kinds: readonly ConstantKind[];
}

/** Comparisons of one expression, and where the first of them stands. */
interface Group {
  readonly first: number;
  readonly list: Comparison[];
}

/** The operands of an AND or OR with comparisons of the same expression joined. */
export function joinComparisons(
  connective: "AND" | "OR",
  operands: readonly Expression[],
  numbers: ExpressionNumbers,
): Expression[] {
  const bySubject = new Map<number, Group>();
  for (const [index, operand] of operands.entries()) {
    const comparison = comparisonOf(operand, numbers);
    if (comparison === undefined) continue;
    const subject = numbers.of(comparison.subject);
    const known = bySubject.get(subject);
    if (known === undefined) bySubject.set(subject, { first: index, list: [comparison] });
    else known.list.push(comparison);
  }
  const groups = [...bySubject.values()];
  const count = groups.reduce((sum, { list }) => sum - list.length + 1, operands.length);
  const isRewritten =
    count === 1 ||
    groups.some(({ list }) => isManifold(connective, combined(connective, list).set));
  const joined = new Map<number, Expression>();
  const simplified = new Set<number>();
  for (const [subject, { first, list }] of bySubject) {
    const simple = simplestOf(connective, list, isRewritten);
    if (simple === undefined) continue;
    joined.set(first, simple);
    simplified.add(subject);
  }
  return operands.flatMap((operand, index) => {
    const simple = joined.get(index);
    if (simple !== undefined) return [simple];
    const comparison = comparisonOf(operand, numbers);
    const isJoined = comparison !== undefined && simplified.has(numbers.of(comparison.subject));
    return isJoined ? [] : [operand];
  });
}

/** What comparisons of one subject say together. */
function combined(connective: "AND" | "OR", comparisons: readonly Comparison[]): Comparison {
  const sets = comparisons.map(({ set }) => set);
  return {
    subject: comparisons[0]?.subject ?? truth(null),
    set: connective === "AND" ? intersection(sets) : union(sets),
    cost: comparisons.reduce((sum, { cost }) => sum + cost, 0),
    kinds: comparisons.flatMap(({ kinds }) => kinds),
  };
}

/** Whether more than one range is let in by OR, or kept out by AND: then Flink rewrites all, as where one term is left. */
function isManifold(connective: "AND" | "OR", set: RangeSet): boolean {
  const ranges = connective === "AND" ? complement(set) : set;
  return ranges.length > 1 && pointsOf(complement(ranges))?.length !== 1;
}

/** undefined where joining saves nothing, or where Flink does not. */
function simplestOf(
  connective: "AND" | "OR",
  comparisons: readonly Comparison[],
  isRewritten: boolean,
): Expression | undefined {
  if (comparisons.length < 2) return undefined;
  const joined = combined(connective, comparisons);
  const [kind, ...others] = new Set(joined.kinds);
  const simple = within(joined);
  // Literals of several types get one, which may say something else.
  if (others.length > 0) return isRewritten ? simple.expression : undefined;
  // A DOUBLE beside a DECIMAL has an order of its own.
  return kind !== "DECIMAL" && simple.cost < joined.cost ? simple.expression : undefined;
}

/** That the subject lies in the set. */
function within({ subject, set, kinds }: Comparison): {
  readonly expression: Expression;
  readonly cost: number;
} {
  const inverse = complement(set);
  if (set.length === 0) {
    return { expression: connect("AND", [nullTest(subject, true), truth(null)]), cost: 0 };
  }
  if (inverse.length === 0) {
    return { expression: connect("OR", [nullTest(subject, false), truth(null)]), cost: 0 };
  }
  const type = withNullable(BOOLEAN, subject.type.nullable);
  const call = (name: string, ...literals: readonly Literal[]): Expression => {
    const args = isApproximate(subject.type)
      ? sidesAs(commonKind(kinds), subject, literals)
      : [subject, ...literals];
    return { kind: "call", function: name, arguments: args, type };
  };
  const not = (inside: Expression): Expression => {
    return { kind: "call", function: "NOT", arguments: [inside], type };
  };
  const list = (literals: readonly Literal[], isInside: boolean): Expression => {
    if (literals.length === 1) return call(isInside ? "=" : "<>", ...literals);
    const inside = call("IN", ...literals);
    return isInside ? inside : not(inside);
  };
  const points = pointsOf(set);
  if (points !== undefined) return { expression: list(points, true), cost: 1 };
  const gaps = pointsOf(inverse);
  if (gaps !== undefined) return { expression: list(gaps, false), cost: 1 };
  let cost = 0;
  const ranges = set.map(({ low, high }) => {
    const tests: Expression[] = [];
    if (low !== undefined) tests.push(call(low.closed ? ">=" : ">", low.literal));
    if (high !== undefined) tests.push(call(high.closed ? "<=" : "<", high.literal));
    cost += tests.length;
    return connect("AND", tests);
  });
  return { expression: connect("OR", ranges), cost };
}

const FLIPPED: Readonly<Record<string, string>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function comparisonOf(expression: Expression, numbers: ExpressionNumbers): Comparison | undefined {
  if (expression.kind !== "call") return undefined;
  const [first, second, ...rest] = expression.arguments;
  if (first === undefined) return undefined;
  switch (expression.function) {
    case "NOT": {
      const inside = first.kind === "call" && first.function === "IN" ? listOf(first) : undefined;
      return inside && { ...inside, set: complement(inside.set) };
    }
    case "IN":
      return listOf(expression);
    case "AND":
    case "OR":
      return nested(expression.function, expression.arguments, numbers);
    default: {
      if (second === undefined || rest.length > 0) return undefined;
      const operator = FLIPPED[expression.function];
      if (operator === undefined) return undefined;
      return (
        compared(expression, expression.function, first, second) ??
        compared(expression, operator, second, first)
      );
    }
  }
}

/** A comparison of a side with the other one, if that is a literal. */
function compared(
  call: Call,
  operator: string,
  side: Expression,
  other: Expression,
): Comparison | undefined {
  const constant = literalOf(call, side, other);
  if (constant === undefined || literalOf(call, other, side) !== undefined) return undefined;
  const set = rangesOf(operator, constant.literal);
  return set && { subject: subjectOf(call, side), set, cost: 1, kinds: constant.kinds };
}

/** What a side is compared with, where that is a literal of its type, or a number beside a FLOAT or DOUBLE. */
function literalOf(
  call: Call,
  { type }: Expression,
  other: Expression,
): { readonly literal: Expression; readonly kinds: readonly ConstantKind[] } | undefined {
  if (isApproximate(type)) {
    const constant = constantOf(call, other);
    if (constant === undefined) return undefined;
    return { literal: constant.literal, kinds: constant.kind === undefined ? [] : [constant.kind] };
  }
  const isSame = type.kind === other.type.kind || (isText(type) && isText(other.type));
  return other.kind === "literal" && isSame ? { literal: other, kinds: [] } : undefined;
}

function listOf(call: Call): Comparison | undefined {
  const [subject, ...items] = call.arguments;
  if (subject === undefined) return undefined;
  const parts = items.flatMap((item) => compared(call, "=", subject, item) ?? []);
  if (parts.length < items.length) return undefined;
  return { ...combined("OR", parts), cost: 1 };
}

/** A connective all of whose operands are about the same expression. */
function nested(
  connective: "AND" | "OR",
  operands: readonly Expression[],
  numbers: ExpressionNumbers,
): Comparison | undefined {
  const parts = operands.flatMap((operand) => comparisonOf(operand, numbers) ?? []);
  const subjects = new Set(parts.map(({ subject }) => numbers.of(subject)));
  const isOne = parts.length === operands.length && subjects.size === 1;
  return isOne ? combined(connective, parts) : undefined;
}
