// One aggregate call: its arguments and filter bound below the grouping, and its type, which depends on how the
// operator puts a window's result together.

import { GatewayError } from "../../core/errors.ts";
import type { SqlType } from "../../core/types.ts";
import type { CallExpr, Expr } from "../ast.ts";
import { holdsNull } from "../collection-types.ts";
import {
  AGGREGATE_FUNCTIONS,
  takesDistinct,
  type AggregateCallSite,
  type AggregateFunction,
} from "../functions/aggregates.ts";
import { stored } from "../functions/missing.ts";
import type { AggregateCall, CallRefusal, Expression, UnsettledCall, WindowSpec } from "../plan.ts";
import type { SourceText } from "../source.ts";
import { BOOLEAN, withNullable } from "../types.ts";
import { requireRuns } from "../unsupported.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import type { Scope } from "./scope.ts";
import { aggregateCalls, childExpressions, expressionKey } from "./walk.ts";

/** How an operator puts a window's result together: what its aggregates must be able to do. */
export interface Merges {
  /** HOP: windows are merged anew of their panes, which Flink cannot do with a distinct sum. */
  readonly hopping: boolean;
  /** HOP, CUMULATE and SESSION: a window's result is merged of parts. */
  readonly merging: boolean;
  /** Rows that carry their SESSION: the order in which sessions that merge hand them on is not known. */
  readonly unordered: boolean;
  /** GROUP BY TUMBLE(…) and its like. */
  readonly called: boolean;
}

/** `form`: a windowing table function, GROUP BY HOP(…), or rows that carry their window already. */
export function mergesOf(window: WindowSpec, form: "function" | "call" | "attached"): Merges {
  const { kind } = window;
  const called = form === "call";
  if (form === "attached") {
    const isSession = kind === "session";
    return { hopping: false, merging: isSession, unordered: isSession, called };
  }
  // GROUP BY HOP(…) keeps distinct values so that they can be merged.
  const hopping = kind === "hop" && !called;
  return { hopping, merging: kind !== "tumble", unordered: false, called };
}

/** How the operator puts results together when it assigns rows to windows, and, if these may carry theirs, when they do. */
interface Forms {
  readonly assign: Merges;
  readonly attached?: Merges;
}

/** A call whose arguments are bound. */
export interface BoundCall {
  readonly call: CallExpr;
  readonly spec: AggregateFunction;
  readonly arguments: readonly Expression[];
  readonly star: boolean;
  readonly filter: Expression | undefined;
  /** The arguments as they are written, equal texts for equal ones. */
  readonly written: readonly string[];
}

/** Binds arguments and filter. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function bindCall(source: SourceText, scope: Scope, call: CallExpr): BoundCall {
  const spec = AGGREGATE_FUNCTIONS.get(call.name.name.toUpperCase());
  if (spec === undefined) throw new RangeError("checked by isAggregate");
  requireRuns(source, call.name, spec.id);
  for (const part of childExpressions(call)) {
    const [nested] = aggregateCalls(part);
    if (nested !== undefined) throw source.invalid(nested, "aggregates cannot be nested");
  }
  const binder = new ExpressionBinder({ source, scope, clause: "an aggregate" });
  const args = call.arguments.map((argument) => {
    const bound = binder.bind(argument);
    refuseBareNull(source, argument, bound);
    return bound;
  });
  const filter =
    call.filter === undefined ? undefined : binder.bindCondition(call.filter, "FILTER (WHERE …)");
  const written = call.arguments.map((argument) => expressionKey(source, scope, argument));
  const bound = { call, spec, arguments: args, star: call.star, filter, written };
  const [value] = args;
  const isPlain = spec.id === "COUNT" && !call.distinct && args.length === 1;
  // Flink counts rows where a value cannot be NULL, and does not compute it.
  const countsRows = isPlain && value?.type.nullable === false;
  return countsRows ? { ...bound, arguments: [], star: true } : bound;
}

/** A call with what Flink can make of it: unsettled-calls.ts. */
export interface UnsettledBoundCall {
  readonly bound: BoundCall;
  readonly parts: Omit<UnsettledCall, "refused">;
  /** Of a call that may turn out to be a key: its type, though the window cannot compute it. */
  readonly typeOfKey: SqlType | undefined;
}

const DISTINCT_APART =
  "AVG(DISTINCT …) does not work in HOP windows where it is taken apart, as beside STDDEV or VAR";

/** The call as the plan has it. Throws SQL_INVALID for what the window cannot do in any way. */
export function typeCall(
  source: SourceText,
  { bound, parts, typeOfKey }: UnsettledBoundCall,
  forms: Forms,
): AggregateCall {
  const { call, spec } = bound;
  const isRefused = spec.id === "AVG" && call.distinct && forms.assign.hopping;
  const position = source.position(call);
  const refused = { code: "SQL_INVALID", message: DISTINCT_APART, position } as const;
  const unsettled = isRefused ? { ...parts, refused } : parts;
  return { ...typeWhole(source, bound, { forms, typeOfKey }), unsettled };
}

function typeWhole(
  source: SourceText,
  bound: BoundCall,
  { forms, typeOfKey }: { readonly forms: Forms; readonly typeOfKey: SqlType | undefined },
): AggregateCall {
  const { call, spec, arguments: args, filter } = bound;
  const assigned = judge(source, bound, forms.assign);
  const attached = forms.attached && judge(source, bound, forms.attached);
  const type = attached?.type ?? assigned.type ?? typeOfKey;
  const isFinal = attached === undefined && typeOfKey === undefined;
  if (isFinal || type === undefined) throwRefusal(assigned.refusal);
  if (type === undefined) throw new RangeError("a call that is not refused has a type");
  if (call.distinct && !args.every((argument) => takesDistinct(argument.type))) {
    throw source.invalid(call, "DISTINCT takes no BYTES, MAP, MULTISET and ROW");
  }
  // To count what is never NULL is to count rows: the values are not computed, and cannot fail.
  const isCount = spec.id === "COUNT" && !call.distinct;
  const isRowCount = isCount && !args.some((argument) => holdsNull(argument.type));
  const prepared = isRowCount ? [] : (spec.prepare?.(callSite(source, bound)) ?? args).map(stored);
  const ignored = call.ignoreNulls === true ? [...prepared, IGNORE_NULLS] : prepared;
  // The extremes of distinct values are those of all values.
  const distinct = call.distinct && spec.id !== "MIN" && spec.id !== "MAX";
  const result = { function: spec.id, arguments: ignored, distinct, filter, type };
  const refused = { assign: assigned.refusal, attached: attached?.refusal };
  const isRefused = refused.assign !== undefined || refused.attached !== undefined;
  return isRefused ? { ...result, refused } : result;
}

/** The type of a call in one of the forms that its operator can have, and why it cannot have it. */
function judge(source: SourceText, bound: BoundCall, merges: Merges): Judged {
  const { call, spec, arguments: args, star, filter } = bound;
  const site = {
    types: args.map((argument) => argument.type),
    literals: args.map(({ kind }) => kind === "literal"),
    star,
    filtered: filter !== undefined,
    distinct: call.distinct,
    ...merges,
  };
  const position = source.position(call);
  const type = spec.infer(site);
  if (typeof type === "string") {
    return { type: undefined, refusal: { code: "SQL_INVALID", message: type, position } };
  }
  const gap = spec.gap?.(site);
  if (gap === undefined) return { type, refusal: undefined };
  return { type, refusal: { code: "SQL_UNSUPPORTED", message: gap, position } };
}

interface Judged {
  readonly type: SqlType | undefined;
  readonly refusal: CallRefusal | undefined;
}

/** Throws the refusal, if there is one. */
export function throwRefusal(refusal: CallRefusal | undefined): void {
  if (refusal === undefined) return;
  const { message, ...rest } = refusal;
  throw new GatewayError(message, { ...rest, blame: "config" });
}

/** Behind the value of ARRAY_AGG(value IGNORE NULLS). */
const IGNORE_NULLS: Expression = {
  kind: "literal",
  value: true,
  type: withNullable(BOOLEAN, false),
};

/** A call as functions see it that prepare their arguments. */
function callSite(
  source: SourceText,
  { call, arguments: args, written }: BoundCall,
): AggregateCallSite {
  const placeOf = (index: number | undefined): Expr =>
    (index === undefined ? undefined : call.arguments[index]) ?? call;
  return {
    name: call.name.name.toUpperCase(),
    arguments: args,
    written,
    grouped: false,
    fail: (index, message, hint) => source.invalid(placeOf(index), message, hint),
    unsupported: (index, message, hint) => source.unsupported(placeOf(index), message, hint),
    call: (id, parts, type) => ({ kind: "call", function: id, arguments: parts, type }),
  };
}
