// What Flink computes of the rows for the aggregates of a grouping, and what that counts for when it compares plans: columns
// are handed on, literals and casts cost nothing, all else is work.

import type { AggregateCall, Expression } from "../plan.ts";
import { sameType } from "../types.ts";
import { besideNeutral } from "./neutral.ts";

export type Weight = "column" | "free" | "work";

/** One value that a call reads of the rows, or its filter. */
export interface CallValue {
  readonly value: Expression;
  readonly isFilter: boolean;
}

/** The values as Flink has them: apart, without what only headrace passes on as an argument. */
export function valuesOf(call: AggregateCall): CallValue[] {
  const { function: id, arguments: args, filter } = call;
  const [first, ...others] = args;
  const isPair = first?.kind === "call" && first.function === "ROW" && PAIRING.has(id);
  const values = isPair ? first.arguments : args.slice(0, 1);
  const read = [...values, ...(FLAGGED.has(id) ? [] : others.map((value) => single(call, value)))];
  return [
    ...read.map((value) => ({ value, isFilter: false })),
    ...(filter === undefined ? [] : [{ value: filter, isFilter: true }]),
  ];
}

/** The one share of a PERCENTILE, which headrace has as a list. */
function single({ type }: AggregateCall, value: Expression): Expression {
  if (value.kind !== "literal" || !Array.isArray(value.value) || type.kind === "ARRAY")
    return value;
  return { kind: "literal", value: value.value[0] ?? null, type };
}

/** Two arguments in one. */
const PAIRING: ReadonlySet<string> = new Set(["JSON_OBJECTAGG", "PERCENTILE"]);
/** Behind their values stands what they do with NULL. */
const FLAGGED: ReadonlySet<string> = new Set(["ARRAY_AGG", "JSON_ARRAYAGG", "JSON_OBJECTAGG"]);

/** What a value counts for. A filter that may be NULL is asked IS TRUE. */
export function weightOf({ value, isFilter }: CallValue): Weight {
  if (value.kind === "literal") return Array.isArray(value.value) ? "work" : "free";
  if (isFilter && value.type.nullable) return "work";
  if (value.kind === "input") return "column";
  if (value.kind === "cast") return value.try ? "work" : "free";
  // Flink takes the operand instead.
  const [operand] = value.kind === "call" ? besideNeutral(value, isNumber) : [];
  if (operand === undefined) return "work";
  const weight = weightOf({ value: operand, isFilter: false });
  return weight === "column" && !sameType(operand.type, value.type) ? "free" : weight;
}

function isNumber(expression: Expression, wanted: number): boolean {
  if (expression.kind === "cast") return isNumber(expression.input, wanted);
  if (expression.kind !== "literal") return false;
  const { value, type } = expression;
  if (typeof value === "bigint") {
    const scale = type.kind === "DECIMAL" ? type.scale : 0;
    return value === BigInt(wanted) * 10n ** BigInt(scale);
  }
  return value === wanted;
}
