// Functions of arrays. Elements are equal as = says: -0.0 equals 0.0, NaN and arrays with NULL elements equal nothing.
// ARRAY_INTERSECT and ARRAY_EXCEPT look elements up by their hash, which tells -0.0 from 0.0, as in Flink.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { mapKeyOf } from "../map-key.ts";
import { sortArray } from "./array-sort.ts";
import { comparer } from "./comparison.ts";
import { argumentType } from "./implementation.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { boundLength, wellFormed } from "./text-rules.ts";

type Items = readonly SqlValue[];
type Equal = (a: SqlValue, b: SqlValue) => boolean;

/** The functions of this file. */
export const ARRAYS: ScalarTable = {
  ARRAY_APPEND: withElement(() => (array, element) => [...array, element]),
  ARRAY_PREPEND: withElement(() => (array, element) => [element, ...array]),
  ARRAY_CONTAINS: withElement(
    (equal) => (array, element) => array.some((item) => equal(item, element)),
  ),
  ARRAY_REMOVE: withElement(
    (equal) => (array, element) => array.filter((item) => !equal(item, element)),
  ),
  ARRAY_POSITION: (shape) => {
    const equal = equality(elementOf(shape, 0));
    return {
      apply: (array: Items, element: SqlValue) =>
        array.findIndex((item) => equal(item, element)) + 1,
    };
  },
  ARRAY_CONCAT: () => ({ apply: (...arrays: Items[]) => arrays.flat(1) }),
  ARRAY_DISTINCT: (shape) => {
    const distinct = distinctBy(elementOf(shape, 0));
    return { apply: (array: Items) => distinct(array) };
  },
  ARRAY_UNION: (shape) => {
    const distinct = distinctBy(elementOf(shape, 0));
    return { apply: (a: Items, b: Items) => distinct([...a, ...b]) };
  },
  ARRAY_INTERSECT: (shape) => filtering(shape, true),
  ARRAY_EXCEPT: (shape) => filtering(shape, false),
  ARRAY_REVERSE: () => ({ apply: (array: Items) => array.toReversed() }),
  ARRAY_MAX: (shape) => extreme(shape, 1),
  ARRAY_MIN: (shape) => extreme(shape, -1),
  ARRAY_SORT: (shape) => {
    const type = elementOf(shape, 0);
    return {
      apply: (array: Items, ascending = true, nullsFirst = ascending) =>
        sortArray(array, type, { ascending, nullsFirst }),
    };
  },
  ARRAY_SLICE: () => ({ apply: slice }),
  ARRAY_JOIN: () => ({ apply: join }),
  SPLIT: () => ({ apply: split }),
};

function elementOf(shape: CallShape, index: number): SqlType {
  const type = argumentType(shape, index);
  return type.kind === "ARRAY" ? type.element : type;
}

/** NULL equals NULL here: it can be looked for and removed. */
function equality(type: SqlType): Equal {
  const compare = comparer(type, type) as (a: SqlValue, b: SqlValue) => number;
  return (a, b) => (a === null || b === null ? a === b : compare(a, b) === 0);
}

/** Functions of an array and an element that may be NULL. */
function withElement(
  make: (equal: Equal) => (array: Items, element: SqlValue) => SqlValue,
): (shape: CallShape) => Implementation {
  return (shape) => {
    const apply = make(equality(elementOf(shape, 0)));
    return {
      acceptsNull: true,
      nullable: true,
      apply: (array: Items | null, element: SqlValue) =>
        array === null ? null : apply(array, element),
    };
  };
}

/** What does not equal itself is never found. */
function selfEqual(type: SqlType): (value: SqlValue) => boolean {
  const equal = equality(type);
  return (value) => equal(value, value);
}

/** Each element once; -0.0 is 0.0. */
function distinctBy(type: SqlType): (items: Items) => SqlValue[] {
  const keyOf = mapKeyOf(type) ?? ((value: SqlValue): unknown => value);
  const isNumber = type.kind === "DOUBLE" || type.kind === "FLOAT";
  const isFound = selfEqual(type);
  return (items) => {
    const seen = new Set<unknown>();
    return items.filter((item) => {
      if (!isFound(item)) return true;
      const key = isNumber ? item : keyOf(item);
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
  };
}

/** Elements of the first array that are (or are not) in the second, each once; looked up by hash. */
function filtering(shape: CallShape, wanted: boolean): Implementation {
  const type = elementOf(shape, 0);
  const keyOf = mapKeyOf(type) ?? ((value: SqlValue): unknown => value);
  const isFound = selfEqual(type);
  return {
    apply: (a: Items, b: Items) => {
      const others = new Set(b.filter(isFound).map(keyOf));
      const seen = new Set<unknown>();
      return a.filter((item) => {
        if (!isFound(item)) return !wanted;
        const key = keyOf(item);
        if (others.has(key) !== wanted || seen.has(key)) return false;
        seen.add(key);
        return true;
      });
    },
  };
}

/** A NaN that comes first stays, as no other element is greater or smaller. */
function extreme(shape: CallShape, sign: 1 | -1): Implementation {
  const type = elementOf(shape, 0);
  const compare = comparer(type, type) as (a: SqlValue, b: SqlValue) => number;
  return {
    nullable: true,
    apply: (array: Items) => {
      let best: SqlValue = null;
      for (const item of array) {
        if (item !== null && (best === null || compare(item, best) * sign > 0)) best = item;
      }
      return best;
    },
  };
}

/** Positions are counted from 1, or from the end; both are included, and an end of 0 is 1. */
function slice(array: Items, start: number, end = array.length): Items {
  const place = (position: number): number =>
    position < 0 ? position + array.length + 1 : position;
  return array.slice(Math.max(1, place(start)) - 1, Math.max(0, place(end) || 1));
}

function join(array: Items, separator: string, forNull?: string): string {
  const texts = array.flatMap((item) => (item === null ? (forNull ?? []) : (item as string)));
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
  boundLength(length);
  return texts.join(separator);
}

/** An empty delimiter splits into UTF-16 units, as Java does: half a character becomes `?`. */
function split(text: string, delimiter: string): string[] {
  if (text === "") return [];
  return text.split(delimiter).map(wellFormed);
}
