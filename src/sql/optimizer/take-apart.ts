// Groupings that Flink builds anew. It takes sums, averages and variances apart into sums that begin at 0 and counts, and
// finds on that way that the MAX, say, of a key is the key. Which of the two plans it runs (apart-or-whole.ts) shows in sums
// and averages that overflow, and where nothing reads the rows' window any more: window and grouping are one operator then
// (merge-windows.ts).

import type { SqlType } from "../../core/types.ts";
import { throwRefusal } from "../binder/aggregate-call.ts";
import { inputRef } from "../binder/scope.ts";
import { cast } from "../functions/spec.ts";
import {
  WINDOW_PROPERTIES,
  type AggregateCall,
  type CallRefusal,
  type Expression,
  type Relation,
  type WindowAggregateRelation,
  type WindowProperty,
} from "../plan.ts";
import { isTakenApart } from "./apart-or-whole.ts";
import { withInputs } from "./relations.ts";

/**
 * The relation with all its calls settled. Throws SQL_INVALID for what Flink cannot compute as it is then, SQL_UNSUPPORTED
 * where its choice cannot be told.
 */
export function takeApart(relation: Relation): Relation {
  const above = withInputs(relation, takeApart);
  if (above.kind !== "window-aggregate") return above;
  if (relation.kind === "window-aggregate" && isTakenApart(relation)) return apart(above);
  return { ...above, aggregates: above.aggregates.map((call) => settled(above, call, false)) };
}

/** Calls of keys go; a projection above gives what they were. */
function apart(relation: WindowAggregateRelation): Relation {
  const { keys, fields, aggregates, properties: read } = relation;
  const first = fields.length - aggregates.length - read.length;
  const ofKeys = new Set(aggregates.flatMap(({ unsettled }) => unsettled?.key ?? []));
  const isAdded = (name: WindowProperty): boolean =>
    read.includes(name) || (ofKeys.has(name) && !isLastKey(relation, name));
  const properties = WINDOW_PROPERTIES.filter(isAdded);
  const kept = aggregates.filter(({ unsettled }) => unsettled?.key === undefined);
  const typeOf = (name: WindowProperty): SqlType => {
    const known = fields[first + aggregates.length + read.indexOf(name)];
    const call = aggregates.find(({ unsettled }) => unsettled?.key === name);
    const type = read.includes(name) ? known?.type : call?.type;
    if (type === undefined) throw new RangeError("a window column is read or taken");
    return type;
  };
  const changed: WindowAggregateRelation = {
    ...relation,
    aggregates: kept.map((call) => settled(relation, call, true)),
    properties,
    fields: [
      ...fields.slice(0, first),
      ...kept.map(({ type }, index) => ({ name: `a${index}`, type })),
      ...properties.map((name) => ({ name, type: typeOf(name) })),
    ],
  };
  if (kept.length === aggregates.length) return changed;
  const propertyRef = (name: WindowProperty): Expression =>
    isLastKey(relation, name)
      ? inputRef(changed, keys.length - 1)
      : inputRef(changed, first + kept.length + properties.indexOf(name));
  const callRef = (call: AggregateCall): Expression => {
    const key = call.unsettled?.key;
    if (key === undefined) return inputRef(changed, first + kept.indexOf(call));
    return typeof key === "string" ? propertyRef(key) : cast(inputRef(changed, key), call.type);
  };
  const expressions = [
    ...fields.slice(0, first).map((_, index) => inputRef(changed, index)),
    ...aggregates.map(callRef),
    ...read.map(propertyRef),
  ];
  return { kind: "project", input: changed, expressions, fields };
}

/** The start of a session that rows carry is the last key. */
function isLastKey({ windowing }: WindowAggregateRelation, name: WindowProperty): boolean {
  return (
    name === "window_start" && windowing.kind === "attached" && windowing.window.kind === "session"
  );
}

/** The call as it runs. */
function settled(
  relation: WindowAggregateRelation,
  call: AggregateCall,
  isApart: boolean,
): AggregateCall {
  const { unsettled, ...whole } = call;
  if (relation.windowing.kind === "assign") throwRefusal(whole.refused?.assign);
  return isApart ? inParts(whole, { startsAtZero: sharesSum(relation), ...unsettled }) : whole;
}

/** A SUM begins at 0, and an AVG is a sum / COUNT, in the type of SUM. What begins at 0 may be DISTINCT in HOP, too. */
function inParts(
  call: AggregateCall,
  { startsAtZero, refused: assign }: { startsAtZero: boolean; refused?: CallRefusal },
): AggregateCall {
  const { refused: _, ...rest } = call;
  if (call.function === "SUM") return { ...rest, function: "SUM0" };
  if (call.function !== "AVG") return call;
  if (startsAtZero) return { ...rest, function: "SUM0/COUNT" };
  const taken = { ...rest, function: "SUM/COUNT" };
  return assign === undefined ? taken : { ...taken, refused: { assign, attached: undefined } };
}

/** Where a SUM stands beside the AVG of the same, taking the sums of all AVG apart once more saves a call. */
function sharesSum({ aggregates }: WindowAggregateRelation): boolean {
  const sumsOf = (name: string): string[] =>
    aggregates.flatMap((call) => (call.function === name ? (call.unsettled?.parts[0] ?? []) : []));
  const sums = new Set(sumsOf("SUM"));
  return sumsOf("AVG").some((sum) => sums.has(sum));
}
