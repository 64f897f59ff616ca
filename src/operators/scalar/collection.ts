// Constructors of collections, and access to their parts.

import type { MapValue, SqlType, SqlValue } from "../../core/types.ts";
import { dataError } from "../data-error.ts";
import { comparer } from "./comparison.ts";
import { argumentType } from "./implementation.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";

/** The functions of this file. */
export const COLLECTIONS: ScalarTable = {
  ARRAY: listing,
  ROW: listing,
  MAP: () => ({ acceptsNull: true, apply: (...items: SqlValue[]) => mapOf(items) }),
  ".": ({ type, constants }) => {
    const index = Number(constants[1]);
    return {
      nullable: type.nullable,
      apply: (row: readonly SqlValue[]) => row[index] ?? null,
      // The constant's value, not user text.
      inline: ([row]) => `${row}[${index}]`,
    };
  },
  "[]": (shape) =>
    argumentType(shape, 0).kind === "MAP"
      ? { nullable: true, apply: lookUp(shape) }
      : {
          nullable: true,
          apply: (array: readonly SqlValue[], index: number) => array[index - 1] ?? null,
        },
  CARDINALITY: (shape) => ({
    apply:
      argumentType(shape, 0).kind === "MAP"
        ? (map: MapValue) => map.keys.length
        : (array: readonly SqlValue[]) => array.length,
  }),
  ELEMENT: ({ position }) => ({
    nullable: true,
    apply: (array: readonly SqlValue[]) =>
      array.length > 1
        ? dataError(`ELEMENT of an array of ${array.length} elements`, position)
        : (array[0] ?? null),
  }),
};

/** ARRAY and ROW are their values in order. */
function listing(): Implementation {
  return {
    acceptsNull: true,
    apply: (...items: SqlValue[]) => items,
    inline: (items) => `[${items.join(", ")}]`,
  };
}

function mapOf(items: readonly SqlValue[]): MapValue {
  const keys: SqlValue[] = [];
  const values: SqlValue[] = [];
  for (let index = 0; index < items.length; index += 2) {
    keys.push(items[index] ?? null);
    values.push(items[index + 1] ?? null);
  }
  return { keys, values };
}

/** The value of the first key that equals; a key is never NULL here. */
function lookUp(shape: CallShape): (map: MapValue, key: SqlValue) => SqlValue {
  const map = argumentType(shape, 0);
  const keyType: SqlType = map.kind === "MAP" ? map.key : map;
  const compare = comparer(keyType, argumentType(shape, 1)) as (a: SqlValue, b: SqlValue) => number;
  return ({ keys, values }, key) => {
    const index = keys.findIndex((each) => each !== null && compare(each, key) === 0);
    return values[index] ?? null;
  };
}
