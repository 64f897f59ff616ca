// DISTINCT: an aggregate that sees each value once per slot. Merging adds the values that are new.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { mapKeyOf } from "../window/key-table.ts";
import type { Aggregate } from "./aggregate.ts";
import type { AccumulatorColumn, SetColumn } from "./columns.ts";

/** Puts a set of values in front of `inner`; NULL counts for nothing. */
export function distinct(inner: Aggregate, type: SqlType): Aggregate {
  const keyOf = mapKeyOf(type) ?? ((value: SqlValue): unknown => value);
  const offer = (columns: readonly AccumulatorColumn[], slot: number, value: SqlValue): void => {
    const [set, ...rest] = columns;
    if (value === null) return;
    if ((set as SetColumn).add(slot, keyOf(value), value)) inner.add(rest, slot, value);
  };
  return {
    columns: [{ kind: "set", initial: 0 }, ...inner.columns],
    add: offer,
    merge: (into, slot, [set], fromSlot) => {
      for (const value of (set as SetColumn).values[fromSlot]?.values() ?? []) {
        offer(into, slot, value);
      }
    },
    result: ([, ...rest], slot) => inner.result(rest, slot),
    setKey: keyOf,
  };
}
