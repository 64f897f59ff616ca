// COLLECT and ARRAY_AGG: the values themselves as a result.

import type { MapValue, SqlType, SqlValue } from "../../core/types.ts";
import { hashCodeOf, hashMapOrder } from "../../core/value/java-hash.ts";
import { mapKeyOf } from "../map-key.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import type { CountColumn, ListColumn } from "./columns-of-many.ts";
import { HeldValues } from "./held-values.ts";

/** COLLECT: a MULTISET of the values that are not NULL, in the order of Flink's HashMap where it is known. */
export function collect({ argument }: AggregateShape): Aggregate {
  const type: SqlType = argument ?? { kind: "NULL", nullable: true };
  const keyOf = mapKeyOf(type) ?? ((value: SqlValue): unknown => value);
  const hashCode = hashCodeOf(type);
  const held = new HeldValues();
  return {
    columns: [{ kind: "count", initial: 0, held }],
    held,
    keyOf,
    add: ([counts], slot, value) => {
      if (value !== null) (counts as CountColumn).add(slot, keyOf(value), { value, count: 1 });
    },
    merge: ([into], slot, [from], fromSlot) => {
      for (const [key, counted] of (from as CountColumn).values[fromSlot] ?? []) {
        (into as CountColumn).add(slot, key, counted);
      }
    },
    result: ([counts], slot): MapValue => {
      const entries = [...((counts as CountColumn).values[slot]?.values() ?? [])];
      const order =
        hashCode &&
        hashMapOrder(
          entries.map(({ value }) => value),
          hashCode,
        );
      const sorted = order === undefined ? entries : order.flatMap((index) => entries[index] ?? []);
      return {
        keys: sorted.map(({ value }) => value),
        values: sorted.map(({ count }) => count),
      };
    },
  };
}

/** ARRAY_AGG: the values in order of arrival; NULL while none came. */
export function arrayAggregate({ constants }: AggregateShape): Aggregate {
  const ignoresNull = constants[1] === true;
  const held = new HeldValues();
  return {
    columns: [{ kind: "list", initial: 0, held }],
    held,
    countsNull: !ignoresNull,
    add: ([list], slot, value) => {
      if (value !== null || !ignoresNull) (list as ListColumn).push(slot, value);
    },
    merge: ([into], slot, [from], fromSlot) => {
      for (const value of (from as ListColumn).values[fromSlot] ?? []) {
        (into as ListColumn).push(slot, value);
      }
    },
    // A copy: the slot may be used again, or grow on.
    result: ([list], slot) => (list as ListColumn).values[slot]?.slice() ?? null,
  };
}
