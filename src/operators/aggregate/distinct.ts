// DISTINCT: an aggregate that sees each value once per slot. Merging adds the values that are new, in the order in which
// Flink keeps them: that of a HashMap, NULL last.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { flinkRowHash, hashCodeOf, hashMapOrder } from "../../core/value/java-hash.ts";
import { mapKeyOf } from "../map-key.ts";
import type { Aggregate } from "./aggregate.ts";
import type { AccumulatorColumn } from "./columns.ts";
import type { SetColumn } from "./columns-of-many.ts";
import { HeldValues } from "./held-values.ts";

/**
 * Puts a set of values in front of `inner`; NULL counts for nothing unless `inner` wants it. With a `separator`, Flink's
 * keys are rows of value and separator, of which NULL makes one, too.
 */
export function distinct(inner: Aggregate, type: SqlType, separator?: string): Aggregate {
  const keyOf = mapKeyOf(type) ?? ((value: SqlValue): unknown => value);
  const inOrder = separator === undefined ? hashOrder(type) : rowOrder(separator);
  const takesNull = inner.countsNull === true || separator !== undefined;
  const held = inner.held ?? new HeldValues();
  const offer = (columns: readonly AccumulatorColumn[], slot: number, value: SqlValue): void => {
    const [set, ...rest] = columns;
    if ((set as SetColumn).add(slot, keyOf(value), value)) inner.add(rest, slot, value);
  };
  return {
    columns: [{ kind: "set", initial: 0, held }, ...inner.columns],
    held,
    add: (columns, slot, value) => {
      if (value !== null || takesNull) offer(columns, slot, value);
    },
    merge: (into, slot, [set], fromSlot) => {
      const values = (set as SetColumn).values[fromSlot]?.values() ?? [];
      for (const value of inOrder([...values])) offer(into, slot, value);
    },
    result: ([, ...rest], slot) => inner.result(rest, slot),
    keyOf,
  };
}

/** Sorts distinct values as Flink's map gives them; types without a known hash keep the order of arrival. */
function hashOrder(type: SqlType): (values: readonly SqlValue[]) => readonly SqlValue[] {
  const hashCode = hashCodeOf(type);
  if (hashCode === undefined) return (values) => values;
  return (values) => {
    const present = values.filter((value) => value !== null);
    const sorted = hashMapOrder(present, hashCode).map((index) => present[index] ?? null);
    return present.length < values.length ? [...sorted, null] : sorted;
  };
}

function rowOrder(separator: string): (values: readonly SqlValue[]) => readonly SqlValue[] {
  return (values) => {
    const rows = values.map((_, index) => index);
    const hashCode = (index: SqlValue): number =>
      flinkRowHash([(values[index as number] ?? null) as string | null, separator]);
    return hashMapOrder(rows, hashCode).map((index) => values[index] ?? null);
  };
}
