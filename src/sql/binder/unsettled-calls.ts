// What Flink can make of the aggregates of a grouping: of which parts it would compute them, and which of them it would
// find to be a key, as MAX(window_start) beside GROUP BY window_start. Whether it does is settled when all that goes
// has gone: optimizer/take-apart.ts.

import type { SqlType } from "../../core/types.ts";
import type { Expr } from "../ast.ts";
import type { WindowProperty } from "../plan.ts";
import type { SourceText } from "../source.ts";
import type { BoundCall, UnsettledBoundCall } from "./aggregate-call.ts";
import type { Grouping } from "./grouping.ts";
import type { Scope } from "./scope.ts";
import { expressionKey } from "./walk.ts";

/** Of a key, they are the key. */
export const OF_A_KEY: ReadonlySet<string> = new Set([
  "MIN",
  "MAX",
  "AVG",
  "FIRST_VALUE",
  "LAST_VALUE",
]);

/** The calls of a grouping with their parts. */
export function unsettledCalls(
  grouping: Grouping,
  calls: readonly BoundCall[],
  { source, scope }: { readonly source: SourceText; readonly scope: Scope },
): UnsettledBoundCall[] {
  const textOf = (expr: Expr): string => expressionKey(source, scope, expr);
  const names = { fields: keyFields(grouping), texts: keyTexts(grouping), textOf };
  return calls.map((bound): UnsettledBoundCall => {
    const whole = callText(bound, bound.spec.id, textOf);
    const type = typeOfKey(bound);
    const key = type === undefined ? undefined : keyOf(grouping, bound, names);
    if (key === undefined) {
      return { bound, parts: { whole, parts: partsOf(bound, textOf) }, typeOfKey: undefined };
    }
    return { bound, parts: { whole, parts: [], key }, typeOfKey: type };
  });
}

/** Keys of every grouping set that are plain fields: their indexes by field. */
function keyFields({ keys, groupingSets }: Grouping): Map<number, number> {
  const fields = new Map<number, number>();
  keys.forEach(({ expression }, index) => {
    const isInAll = groupingSets.every((set) => set.includes(index));
    if (isInAll && expression.kind === "input") fields.set(expression.index, index);
  });
  return fields;
}

/** Keys of every grouping set: their indexes by text. */
function keyTexts({ indexes, groupingSets }: Grouping): Map<string, number> {
  const inAll = [...indexes].filter(([, index]) =>
    groupingSets.every((set) => set.includes(index)),
  );
  return new Map(inAll);
}

/**
 * A window column and what is computed count under the name, or in the form, that GROUP BY has for it; a plain key under all
 * names that it has above the window.
 */
function keyOf(
  { windowTexts, call: window }: Grouping,
  { arguments: [value], call }: BoundCall,
  names: {
    readonly fields: ReadonlyMap<number, number>;
    readonly texts: ReadonlyMap<string, number>;
    readonly textOf: (expr: Expr) => string;
  },
): WindowProperty | number | undefined {
  const [argument] = call.arguments;
  if (value === undefined || argument === undefined) return undefined;
  const text = names.textOf(argument);
  const column = window === undefined ? windowTexts.get(text) : undefined;
  if (column !== undefined) return column;
  return value.kind === "input" ? names.fields.get(value.index) : names.texts.get(text);
}

/** The type of a call that can be that of a key, as it is in windows that are put together of nothing. */
function typeOfKey({ spec, call, arguments: args, star, filter }: BoundCall): SqlType | undefined {
  if (!OF_A_KEY.has(spec.id) || filter !== undefined) return undefined;
  const type = spec.infer({
    types: args.map((argument) => argument.type),
    literals: args.map(({ kind }) => kind === "literal"),
    star,
    filtered: false,
    distinct: call.distinct,
    hopping: false,
    merging: false,
    unordered: false,
    called: false,
  });
  return typeof type === "string" ? undefined : type;
}

/** The calls that a call is computed of. A SUM that may be NULL takes a count to tell. */
function partsOf(bound: BoundCall, textOf: (expr: Expr) => string): string[] {
  const { spec, arguments: args, filter } = bound;
  const sum = callText(bound, "SUM0", textOf);
  const count = callText(bound, "COUNT", textOf);
  const mayBeNull = args[0]?.type.nullable === true || filter !== undefined;
  if (spec.id === "AVG") return [sum, count];
  if (spec.id === "SUM") return mayBeNull ? [sum, count] : [sum];
  return [callText(bound, spec.id, textOf)];
}

/** Equal texts for equal calls; to count what is never NULL is to count rows. */
function callText(
  { call, star, arguments: args, written }: BoundCall,
  id: string,
  textOf: (expr: Expr) => string,
): string {
  const isRows = star || (id === "COUNT" && !call.distinct && args[0]?.type.nullable === false);
  const distinct = call.distinct ? "DISTINCT " : "";
  const filter = call.filter === undefined ? "" : textOf(call.filter);
  return `${id}(${distinct}${isRows ? "*" : written.join()}) ${filter}`;
}
