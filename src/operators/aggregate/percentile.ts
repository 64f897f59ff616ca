// PERCENTILE: exact, interpolated linearly between neighbours. Holds each value of a group with its frequency.

import { assert } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { castFunction } from "../scalar/cast.ts";
import { mapKeyOf } from "../map-key.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import type { CountColumn } from "./columns-of-many.ts";
import { HeldValues } from "./held-values.ts";

const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };

interface Counted {
  readonly value: number;
  readonly count: number;
}

/** One share, or several for an array of results; NULL while no value came. */
export function percentile({ argument, constants, result }: AggregateShape): Aggregate {
  const shares = constants[1] as readonly number[] | undefined;
  assert(argument !== undefined && shares !== undefined, "PERCENTILE has a value and shares");
  const [first] = shares;
  const read = reader(argument);
  const keyOf = mapKeyOf(DOUBLE) ?? ((value: SqlValue): unknown => value);
  const held = new HeldValues();
  return {
    columns: [{ kind: "count", initial: 0, held }],
    held,
    keyOf,
    add: ([counts], slot, row) => {
      const counted = read(row);
      if (counted !== undefined) (counts as CountColumn).add(slot, keyOf(counted.value), counted);
    },
    merge: ([into], slot, [from], fromSlot) => {
      for (const [key, counted] of (from as CountColumn).values[fromSlot] ?? []) {
        (into as CountColumn).add(slot, key, counted);
      }
    },
    result: ([counts], slot) => {
      const known = [...((counts as CountColumn).values[slot]?.values() ?? [])] as Counted[];
      if (known.length === 0) return null;
      const sorted = known.sort((a, b) => doubleOrder(a.value, b.value));
      return result.kind === "ARRAY"
        ? shares.map((share) => valueAt(sorted, share))
        : valueAt(sorted, first ?? 0);
    },
  };
}

/** The value as a double and how often it counts: once, or as the row's second value says. */
function reader(argument: SqlType): (row: SqlValue) => Counted | undefined {
  const pair = argument.kind === "ROW" ? argument.fields.map((field) => field.type) : [argument];
  const options = { try: false, position: undefined };
  const enter = castFunction(pair[0] ?? DOUBLE, DOUBLE, options).apply as (v: SqlValue) => number;
  if (argument.kind !== "ROW") {
    return (value) => (value === null ? undefined : { value: enter(value), count: 1 });
  }
  return (row) => {
    const [value = null, count = null] = row as readonly SqlValue[];
    if (value === null || count === null || Number(count) <= 0) return undefined;
    return { value: enter(value), count: Number(count) };
  };
}

/** Java's Double.compare: NaN is greatest, -0.0 comes before 0.0. */
function doubleOrder(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The value at a share of the way from the first to the last. */
function valueAt(sorted: readonly Counted[], share: number): number {
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const position = share * (total - 1) + 1;
  const [lower, higher] = [Math.floor(position), Math.ceil(position)];
  let index = 0;
  let before = sorted[0]?.count ?? 0;
  while (before < lower) before += sorted[++index]?.count ?? lower;
  const value = sorted[index]?.value ?? 0;
  if (before >= higher) return value;
  return (higher - position) * value + (position - lower) * (sorted[index + 1]?.value ?? value);
}
