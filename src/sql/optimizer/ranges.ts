// Sets of values of one type, as ranges: what `x > 1 OR x = 0` says of x. With them, comparisons of the same expression
// with literals are joined as Flink's planner does it: to fewer comparisons, a list, or a decision without any.
// NaN lies in no range; -0.0 and 0.0 are the same point.

import { compareText } from "../../core/value/compare.ts";
import type { Expression } from "../plan.ts";

export type Literal = Extract<Expression, { kind: "literal" }>;
type Key = number | bigint | string;

/** An end of a range: the literal, what it is ordered by, and whether it belongs to the range. */
export interface Bound {
  readonly literal: Literal;
  readonly key: Key;
  readonly closed: boolean;
}

/** No bound: it has no end there. */
export interface Range {
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
}

/** Ascending, neither overlapping nor touching. */
export type RangeSet = readonly Range[];

/** The values for which `x operator literal` holds; undefined where these values have no such order. */
export function rangesOf(operator: string, literal: Expression): RangeSet | undefined {
  const key = keyOf(literal);
  if (key === undefined || literal.kind !== "literal") return undefined;
  const bound = (closed: boolean): Bound => ({ literal, key, closed });
  switch (operator) {
    case "=":
      return [{ low: bound(true), high: bound(true) }];
    case "<>":
      return complement([{ low: bound(true), high: bound(true) }]);
    case "<":
    case "<=":
      return [{ low: undefined, high: bound(operator === "<=") }];
    case ">":
    case ">=":
      return [{ low: bound(operator === ">="), high: undefined }];
    default:
      return undefined;
  }
}

/** DECIMAL literals have scales of their own. */
function keyOf(literal: Expression): Key | undefined {
  if (literal.kind !== "literal") return undefined;
  const { value, type } = literal;
  if (type.kind === "DECIMAL") {
    return typeof value === "bigint" ? value * 10n ** BigInt(38 - type.scale) : undefined;
  }
  if (typeof value === "string" || typeof value === "bigint") return value;
  return typeof value === "number" && !Number.isNaN(value) ? value : undefined;
}

export function union(sets: readonly RangeSet[]): RangeSet {
  const result: Range[] = [];
  for (const range of sets.flat().sort(byLow)) {
    const last = result.at(-1);
    if (last === undefined || !touches(last, range)) result.push(range);
    else result[result.length - 1] = { low: last.low, high: later(last.high, range.high) };
  }
  return result;
}

export function complement(set: RangeSet): RangeSet {
  const result: Range[] = [];
  let low: Bound | undefined;
  for (const range of set) {
    if (range.low !== undefined) result.push({ low, high: outside(range.low) });
    if (range.high === undefined) return result;
    low = outside(range.high);
  }
  return [...result, { low, high: undefined }];
}

export function intersection(sets: readonly RangeSet[]): RangeSet {
  return complement(union(sets.map(complement)));
}

/** Its values, if it has no more than some single ones. */
export function pointsOf(set: RangeSet): Literal[] | undefined {
  const points = set.flatMap(({ low, high }) =>
    low !== undefined && high !== undefined && compare(low.key, high.key) === 0
      ? [low.literal]
      : [],
  );
  return points.length === set.length ? points : undefined;
}

function outside(bound: Bound): Bound {
  return { ...bound, closed: !bound.closed };
}

function byLow(a: Range, b: Range): number {
  if (a.low === undefined || b.low === undefined) {
    return Number(b.low === undefined) - Number(a.low === undefined);
  }
  return compare(a.low.key, b.low.key) || Number(b.low.closed) - Number(a.low.closed);
}

/** Whether no value lies between two ranges, of which the second begins later. */
function touches(first: Range, second: Range): boolean {
  if (first.high === undefined || second.low === undefined) return true;
  const order = compare(second.low.key, first.high.key);
  return order < 0 || (order === 0 && (second.low.closed || first.high.closed));
}

function later(a: Bound | undefined, b: Bound | undefined): Bound | undefined {
  if (a === undefined || b === undefined) return undefined;
  const order = compare(a.key, b.key);
  return order > 0 || (order === 0 && a.closed) ? a : b;
}

function compare(a: Key, b: Key): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}
