// Which of Flink's two plans for a grouping runs: its calls as they are, or taken apart. That with fewer calls; variances
// run only taken apart. The averages of FLOAT and of integers below BIGINT come out otherwise in each, and beside the COUNT
// of the same both plans cost the same: dividing costs nothing inside of a cast. Then that which Flink finds first runs, the
// calls as they are; unless it finds a cheaper plan for a grouping below later, and the other one on the way up.

import { OF_A_KEY } from "../binder/unsettled-calls.ts";
import type { AggregateCall, Relation, WindowAggregateRelation } from "../plan.ts";
import { isInteger } from "../types.ts";
import { refuseConstruct } from "../unsupported.ts";
import { callExpressions, inputRelations } from "./relations.ts";

const VARIANCES: ReadonlySet<string> = new Set([
  "STDDEV_POP",
  "STDDEV_SAMP",
  "VAR_POP",
  "VAR_SAMP",
]);

/** Whether the calls run taken apart. Throws SQL_UNSUPPORTED where that cannot be told, and shows. */
export function isTakenApart(relation: WindowAggregateRelation): boolean {
  const { aggregates, windowing } = relation;
  if (aggregates.some(isVariance)) return true;
  // GROUP BY TUMBLE(…) runs the plan that it has.
  if (windowing.kind === "assign") return false;
  const saved = savedCalls(aggregates);
  const isOpen = saved === 0 && aggregates.some(shows) && isSettledLate(relation.input);
  if (isOpen) refuse(relation, "undecided-average");
  return saved > 0;
}

/**
 * Refuses groupings with sums in which a call has turned out to be of a key, which it was not as it is written, as AVG(b)
 * beside GROUP BY b + 0. Before columns of a view that hold the same are found to be one: to Flink they are several.
 */
export function refuseHiddenKeys(relation: Relation): void {
  inputRelations(relation).forEach(refuseHiddenKeys);
  if (relation.kind !== "window-aggregate") return;
  const { keys, aggregates } = relation;
  // Where Flink computes something of the rows first, it does not see that two columns are one.
  const isPlain = [...keys, ...callExpressions(aggregates)].every(({ kind }) => kind === "input");
  const isMade = aggregates.some((call) => isSum(call) || isVariance(call));
  if (isPlain && isMade && aggregates.some((call) => isHiddenKey(relation, call))) {
    refuse(relation, "hidden-key");
  }
}

function refuse({ windowing }: WindowAggregateRelation, construct: string): void {
  const position = windowing.kind === "attached" ? windowing.unsettled?.position : undefined;
  if (position !== undefined) refuseConstruct(construct, position);
}

function isHiddenKey(
  { keys, groupingSets }: WindowAggregateRelation,
  { function: name, arguments: [value], filter, unsettled }: AggregateCall,
): boolean {
  if (!OF_A_KEY.has(name) || filter !== undefined || unsettled?.key !== undefined) return false;
  return keys.some(
    (key, index) =>
      key.kind === "input" &&
      value?.kind === "input" &&
      key.index === value.index &&
      groupingSets.every((set) => set.includes(index)),
  );
}

function isVariance(call: AggregateCall): boolean {
  return VARIANCES.has(call.function);
}

function isSum(call: AggregateCall): boolean {
  return call.function === "SUM" || call.function === "AVG";
}

/** By how many calls there are fewer once all are taken apart; less than 0 where nothing can be. */
function savedCalls(aggregates: readonly AggregateCall[]): number {
  const wholes = new Set(aggregates.map(({ unsettled }) => unsettled?.whole));
  const parts = new Set(aggregates.flatMap(({ unsettled }) => unsettled?.parts ?? []));
  return aggregates.some(isSum) ? wholes.size - parts.size : -1;
}

/** An average whose sum is kept in a narrower type when it is taken apart. */
function shows({ function: name, arguments: [value] }: AggregateCall): boolean {
  if (name !== "AVG" || value === undefined) return false;
  const { kind } = value.type;
  return kind === "FLOAT" || (kind !== "BIGINT" && isInteger(value.type));
}

/** Whether Flink finds the cheapest plan of a grouping in there by steps that come late. */
function isSettledLate(relation: Relation): boolean {
  if (relation.kind === "window-aggregate") {
    const { aggregates, groupingSets, windowing } = relation;
    const isLighter =
      windowing.kind === "attached" && windowing.unsettled?.unread?.computed === true;
    const isApart = aggregates.some(isVariance) || savedCalls(aggregates) > 0;
    if (groupingSets.length > 1 || isLighter || isApart) return true;
  }
  return inputRelations(relation).some(isSettledLate);
}
