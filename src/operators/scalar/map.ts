// Functions of maps. Entries keep the order that they have in Flink (core/types.ts, MapValue).

import type { MapValue, SqlValue } from "../../core/types.ts";
import { hashMapOrder, javaTextHash } from "../../core/value/java-hash.ts";
import { dataError } from "../data-error.ts";
import { mapKeyOf } from "../map-key.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";

/** The functions of this file. */
export const MAPS: ScalarTable = {
  MAP_KEYS: () => ({ apply: (map: MapValue) => map.keys }),
  MAP_VALUES: () => ({ apply: (map: MapValue) => map.values }),
  MAP_ENTRIES: () => ({
    apply: ({ keys, values }: MapValue) => keys.map((key, index) => [key, values[index] ?? null]),
  }),
  MAP_FROM_ARRAYS: ({ position }) => ({
    apply: (keys: readonly SqlValue[], values: readonly SqlValue[]) =>
      keys.length === values.length
        ? { keys, values }
        : dataError(`MAP_FROM_ARRAYS of ${keys.length} keys and ${values.length} values`, position),
  }),
  MAP_UNION: union,
  STR_TO_MAP: () => ({
    apply: (text: string, between = ",", inside = "=") => mapOfText(text, { between, inside }),
  }),
};

/** Two at a time, from the first to the last: the second as it is, then what the first adds. */
function union({ type }: CallShape): Implementation {
  const keyOf = (type.kind === "MAP" ? mapKeyOf(type.key) : undefined) ?? ((key): unknown => key);
  const unite = (first: MapValue, second: MapValue): MapValue => {
    // An empty map adds nothing, not even order: repeated keys of the first stay.
    if (second.keys.length === 0) return first;
    const [keys, values] = [[...second.keys], [...second.values]];
    const known = new Set(keys.map(keyOf));
    for (const [index, key] of first.keys.entries()) {
      if (known.has(keyOf(key))) continue;
      // As in Flink, which looks for NULL in the second map only.
      if (key !== null) known.add(keyOf(key));
      keys.push(key);
      values.push(first.values[index] ?? null);
    }
    return { keys, values };
  };
  return { apply: (...maps: MapValue[]) => maps.reduce(unite) };
}

/** a=1,b=2: an entry without the inner delimiter has the value NULL; of equal keys the last counts. */
function mapOfText(
  text: string,
  { between, inside }: { readonly between: string; readonly inside: string },
): MapValue {
  const pieces = text.split(between);
  // Java drops the empty pieces at the end.
  while (pieces.at(-1) === "") pieces.pop();
  const members = new Map<string, SqlValue>();
  for (const piece of pieces) {
    const at = piece.indexOf(inside);
    if (at < 0) members.set(piece, null);
    else members.set(piece.slice(0, at), piece.slice(at + inside.length));
  }
  const names = [...members.keys()];
  const order = hashMapOrder(names, (name) => javaTextHash(name as string), pieces.length);
  const keys = order.map((index) => names[index] ?? "");
  return { keys, values: keys.map((key) => members.get(key) ?? null) };
}
