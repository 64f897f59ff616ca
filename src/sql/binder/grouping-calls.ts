// GROUPING(a, b), GROUPING_ID(a, b) and GROUP_ID() in SELECT and HAVING: a number for each grouping set.

import type { CallExpr, Expr } from "../ast.ts";
import { GROUPING_FUNCTIONS } from "../functions/grouping.ts";
import type { Expression } from "../plan.ts";
import type { SourceText } from "../source.ts";
import { BIGINT, BOOLEAN, INTEGER, withNullable } from "../types.ts";

const NAMES = new Set(GROUPING_FUNCTIONS.map(({ id }) => id));
/** Keys of one call: their bits stay a safe integer. */
const MOST_KEYS = 32;

/** Whether an expression is one of the three. */
export function isGroupingCall(expr: Expr): expr is CallExpr {
  return expr.kind === "call" && NAMES.has(expr.name.name.toUpperCase());
}

export interface GroupingCallOptions {
  readonly source: SourceText;
  readonly groupingSets: readonly (readonly number[])[];
  /** The grouped key that an argument is. */
  readonly keyOf: (expr: Expr) => number | undefined;
  /** The number of a row's grouping set; undefined while there is one set only. */
  readonly set: Expression | undefined;
}

/** The call in other terms. Throws SQL_INVALID for what is no key. */
export function bindGroupingCall(call: CallExpr, options: GroupingCallOptions): Expression {
  const { source, groupingSets, keyOf, set } = options;
  const plain = !call.star && !call.distinct && call.filter === undefined;
  const type = withNullable(BIGINT, false);
  if (call.name.name.toUpperCase() === "GROUP_ID") {
    if (!plain || call.arguments.length > 0) throw source.invalid(call, "GROUP_ID takes nothing");
    // It numbers equal grouping sets, and those are refused.
    return { kind: "literal", value: 0, type };
  }
  if (!plain || call.arguments.length === 0 || call.arguments.length > MOST_KEYS) {
    throw source.invalid(call, `${call.name.name} takes 1 to ${MOST_KEYS} keys of GROUP BY`);
  }
  const keys = call.arguments.map((argument) => {
    const key = keyOf(argument);
    if (key !== undefined) return key;
    throw source.invalid(argument, `${source.slice(argument)} is no key of GROUP BY`);
  });
  const values = groupingSets.map((included): Expression => {
    const value = keys.reduce((bits, key) => bits * 2 + (included.includes(key) ? 0 : 1), 0);
    return { kind: "literal", value, type };
  });
  const [first] = values;
  if (first === undefined) throw new RangeError("there is at least one grouping set");
  if (set === undefined) return first;
  const branches = values.map((then, number) => ({ when: isSet(set, number), then }));
  return { kind: "case", branches, otherwise: first, type };
}

function isSet(set: Expression, number: number): Expression {
  const value: Expression = { kind: "literal", value: number, type: withNullable(INTEGER, false) };
  const type = withNullable(BOOLEAN, false);
  return { kind: "call", function: "=", arguments: [set, value], type };
}
