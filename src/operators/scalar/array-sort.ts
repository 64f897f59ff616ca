// ARRAY_SORT. Flink's comparison says "less" of two elements neither of which is greater: equal ones, and all pairs
// with a NaN. Where that shows, which is in floating-point arrays with NaN or both zeros, the order depends on the
// algorithm, so that Java's is used: below 32 elements a leading run, then binary insertion. Longer arrays with NaN or
// both zeros are outside the claim (Java may even give up on them): NaN is greatest there, -0.0 before 0.0.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { comparer } from "./comparison.ts";

export interface SortOrder {
  readonly ascending: boolean;
  readonly nullsFirst: boolean;
}

type Compare = (a: SqlValue, b: SqlValue) => number;

/** Java's Arrays.sort merges from here on. */
const MIN_MERGE = 32;

/** The elements of `type` in order. */
export function sortArray(items: readonly SqlValue[], type: SqlType, order: SortOrder): SqlValue[] {
  const natural = comparer(type, type) as Compare;
  const direction = order.ascending ? 1 : -1;
  const present = items.filter((item) => item !== null);
  const nulls = items.filter((item) => item === null);
  const isFloating = type.kind === "DOUBLE" || type.kind === "FLOAT";
  const sorted =
    isFloating && items.length < MIN_MERGE
      ? insertionSort(items, javaOrder(natural, order)).filter((item) => item !== null)
      : present.sort((a, b) => (natural(a, b) || totalOrder(a, b)) * direction);
  return order.nullsFirst ? [...nulls, ...sorted] : [...sorted, ...nulls];
}

/** Comparator.nullsFirst or nullsLast over Flink's comparison. */
function javaOrder(natural: Compare, { ascending, nullsFirst }: SortOrder): Compare {
  return (a, b) => {
    if (a === null) return b === null ? 0 : nullsFirst ? -1 : 1;
    if (b === null) return nullsFirst ? 1 : -1;
    return natural(a, b) > 0 === ascending ? 1 : -1;
  };
}

/** The binary insertion sort that Java runs on short arrays. */
function insertionSort(items: readonly SqlValue[], compare: Compare): SqlValue[] {
  const sorted = [...items];
  for (let at = leadingRun(sorted, compare); at < sorted.length; at++) {
    const pivot = sorted[at] ?? null;
    let low = 0;
    let high = at;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(pivot, sorted[middle] ?? null) < 0) high = middle;
      else low = middle + 1;
    }
    sorted.splice(at, 1);
    sorted.splice(low, 0, pivot);
  }
  return sorted;
}

/** Length of the run at the beginning; a strictly descending one is turned round. */
function leadingRun(items: SqlValue[], compare: Compare): number {
  if (items.length < 2) return items.length;
  const at = (index: number): SqlValue => items[index] ?? null;
  const descends = compare(at(1), at(0)) < 0;
  let end = 2;
  while (end < items.length && compare(at(end), at(end - 1)) < 0 === descends) end++;
  if (descends) items.splice(0, end, ...items.slice(0, end).reverse());
  return end;
}

/** Decides where the natural order does not: NaN is greatest, -0.0 comes before 0.0. */
function totalOrder(a: SqlValue, b: SqlValue): number {
  const rank = (value: SqlValue): number =>
    Number.isNaN(value) ? 2 : Object.is(value, -0) ? 0 : 1;
  return rank(a) - rank(b);
}
