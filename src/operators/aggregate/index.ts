// Aggregate functions by registry name, and an aggregate call bound to its columns.

import { assert } from "../../core/errors.ts";
import type { AggregateCall } from "../../sql/plan.ts";
import type { Aggregate, AggregateFunction } from "./aggregate.ts";
import { firstValue, lastValue, listAggregate } from "./arrival.ts";
import { arrayAggregate, collect } from "./collect.ts";
import { average, count, sum, sumFromZero } from "./count-sum.ts";
import { distinct } from "./distinct.ts";
import { extreme } from "./extremes.ts";
import { jsonArray, jsonObject } from "./json.ts";
import { percentile } from "./percentile.ts";
import { sumByCount } from "./sum-by-count.ts";
import { variance } from "./variance.ts";

/** Implementations by name. */
export const AGGREGATES: ReadonlyMap<string, AggregateFunction> = new Map<
  string,
  AggregateFunction
>([
  ["COUNT", count],
  ["SUM", sum],
  ["SUM0", sumFromZero],
  ["AVG", average],
  ["SUM/COUNT", (shape) => sumByCount(shape, sum(shape))],
  ["SUM0/COUNT", (shape) => sumByCount(shape, sumFromZero(shape))],
  ["MIN", (shape) => extreme(shape, -1)],
  ["MAX", (shape) => extreme(shape, 1)],
  ["FIRST_VALUE", firstValue],
  ["LAST_VALUE", lastValue],
  ["LISTAGG", listAggregate],
  ["COLLECT", collect],
  ["ARRAY_AGG", arrayAggregate],
  ["JSON_OBJECTAGG", jsonObject],
  ["JSON_ARRAYAGG", jsonArray],
  ["PERCENTILE", percentile],
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
  if (isPlain || argument === undefined) return aggregate;
  const separator = call.function === "LISTAGG" ? (constants[1] as string | undefined) : undefined;
  return distinct(aggregate, argument, separator);
}
