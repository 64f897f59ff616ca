// Aggregate functions by registry name, and an aggregate call bound to its columns.

import { assert } from "../../core/errors.ts";
import type { AggregateCall } from "../../sql/plan.ts";
import type { Aggregate, AggregateFunction } from "./aggregate.ts";
import { firstValue, lastValue, listAggregate } from "./arrival.ts";
import { average, count, sum } from "./count-sum.ts";
import { distinct } from "./distinct.ts";
import { extreme } from "./extremes.ts";
import { variance } from "./variance.ts";

/** Implementations by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateFunction> = new Map<
  string,
  AggregateFunction
>([
  ["COUNT", count],
  ["SUM", sum],
  ["AVG", average],
  ["MIN", (shape) => extreme(shape, -1)],
  ["MAX", (shape) => extreme(shape, 1)],
  ["FIRST_VALUE", firstValue],
  ["LAST_VALUE", lastValue],
  ["LISTAGG", listAggregate],
  ["STDDEV_POP", (shape) => variance(shape, { isSample: false, isRoot: true })],
  ["STDDEV_SAMP", (shape) => variance(shape, { isSample: true, isRoot: true })],
  ["VAR_POP", (shape) => variance(shape, { isSample: false, isRoot: false })],
  ["VAR_SAMP", (shape) => variance(shape, { isSample: true, isRoot: false })],
]);

/** Their result is that of all values, however often each came. */
const SAME_WHEN_DISTINCT = new Set(["MIN", "MAX", "FIRST_VALUE"]);

/** The run-time aggregate of a call. */
export function aggregateOf(call: AggregateCall): Aggregate {
  const pick = AGGREGATES.get(call.function);
  assert(pick !== undefined, `no implementation of the aggregate ${call.function}`);
  const argument = call.arguments[0]?.type;
  const constants = call.arguments.map((each) =>
    each.kind === "literal" ? each.value : undefined,
  );
  const aggregate = pick({ argument, constants, result: call.type });
  const isPlain = !call.distinct || SAME_WHEN_DISTINCT.has(call.function);
  return isPlain || argument === undefined ? aggregate : distinct(aggregate, argument);
}
