// A MAP as Flink keeps what its formats read: in a HashMap, whose order MAP_KEYS and CAST AS STRING show.

import type { MapValue, SqlType, SqlValue } from "../core/types.ts";
import { hashCodeOf, hashMapOrder } from "../core/value/java-hash.ts";

/** Makes the values of a MAP or MULTISET of their members, which come in the order of insertion. */
export function mapMaker(key: SqlType): (members: ReadonlyMap<SqlValue, SqlValue>) => MapValue {
  const hashCode = hashCodeOf(key);
  return (members) => {
    const keys = [...members.keys()];
    const sorted =
      hashCode === undefined
        ? keys
        : hashMapOrder(keys, hashCode).map((index) => keys[index] ?? null);
    return { keys: sorted, values: sorted.map((each) => members.get(each) ?? null) };
  };
}
