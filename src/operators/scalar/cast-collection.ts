// CAST between collections of one kind: part by part. A map is put into a HashMap on the way, so that keys that become
// equal fall together (the last value stays) and the entries come out in its order, as in Flink.

import type { MapValue, SqlType, SqlValue } from "../../core/types.ts";
import { hashCodeOf, hashMapOrder } from "../../core/value/java-hash.ts";
import { mapKeyOf } from "../map-key.ts";
import type { Implementation } from "./implementation.ts";

/** Casts a value that may be NULL. */
type Convert = (value: SqlValue) => SqlValue;

/** The cast of one collection type to another; `part` makes those of their parts. */
export function collectionCast(
  from: SqlType,
  to: SqlType,
  part: (from: SqlType, to: SqlType) => Implementation,
): Implementation {
  const convert = (a: SqlType, b: SqlType): Convert => {
    const apply = part(a, b).apply as (value: SqlValue) => SqlValue;
    return (value) => (value === null ? null : apply(value));
  };
  if (isSameForm(from, to)) return { apply: (value: SqlValue) => value };
  if (from.kind === "ARRAY" && to.kind === "ARRAY") {
    const item = convert(from.element, to.element);
    return { apply: (items: readonly SqlValue[]) => items.map(item) };
  }
  if (from.kind === "ROW" && to.kind === "ROW") {
    const fields = from.fields.map(({ type }, index) =>
      convert(type, to.fields[index]?.type ?? type),
    );
    return {
      apply: (row: readonly SqlValue[]) => fields.map((field, index) => field(row[index] ?? null)),
    };
  }
  if (from.kind === "MAP" && to.kind === "MAP") {
    return mapCast(convert(from.key, to.key), convert(from.value, to.value), to.key);
  }
  if (from.kind === "MULTISET" && to.kind === "MULTISET") {
    return mapCast(convert(from.element, to.element), (count) => count, to.element);
  }
  throw new RangeError(`no cast from ${from.kind} to ${to.kind}`);
}

function mapCast(key: Convert, value: Convert, keyType: SqlType): Implementation {
  const hashCode = hashCodeOf(keyType);
  if (hashCode === undefined) throw new RangeError("the binder refuses keys without a hash");
  const keyOf = mapKeyOf(keyType) ?? ((each: SqlValue): unknown => each);
  return {
    apply: ({ keys, values }: MapValue) => {
      const entries = new Map<unknown, readonly [SqlValue, SqlValue]>();
      for (const [index, each] of keys.entries()) {
        const name = key(each);
        entries.set(keyOf(name), [name, value(values[index] ?? null)]);
      }
      const list = [...entries.values()];
      const order = hashMapOrder(
        list.map(([name]) => name),
        hashCode,
      );
      return {
        keys: order.map((index) => list[index]?.[0] ?? null),
        values: order.map((index) => list[index]?.[1] ?? null),
      };
    },
  };
}

/** Types whose values are the same at run time: names of fields and NOT NULL make no difference. */
function isSameForm(a: SqlType, b: SqlType): boolean {
  const form = (type: SqlType): string =>
    JSON.stringify(type, (key, value: unknown) =>
      key === "nullable" || key === "name" ? undefined : value,
    );
  return form(a) === form(b);
}
