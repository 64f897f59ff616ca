// STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP of any numeric type, computed in DOUBLE and cast to the result type, as
// Flink does. The form is Calcite's rewrite, (SUM(x*x) - SUM(x)*SUM(x)/n) / n, or / (n - 1), and its root: where it
// cancels, it cancels in Flink, too.

import { assert } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { castFunction } from "../scalar/cast.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import { bump, numberAt, whenPresent } from "./count-sum.ts";

export interface VarianceKind {
  /** Divides by n - 1, and is NULL for one value. */
  readonly isSample: boolean;
  readonly isRoot: boolean;
}

const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };

/** One of the four. */
export function variance({ argument, result }: AggregateShape, kind: VarianceKind): Aggregate {
  assert(argument !== undefined, "a variance has one argument");
  const options = { try: false, position: undefined };
  const enter = castFunction(argument, DOUBLE, options).apply as (value: SqlValue) => number;
  const leave = castFunction(DOUBLE, result, options).apply as (value: number) => SqlValue;
  return {
    columns: [
      { kind: "f64", initial: 0 },
      { kind: "f64", initial: 0 },
      { kind: "f64", initial: 0 },
    ],
    add: ([squares, sums, counts], slot, value) => {
      if (value === null) return;
      const x = enter(value);
      bump(squares, slot, x * x);
      bump(sums, slot, x);
      bump(counts, slot, 1);
    },
    addCode: (code, { arrays, slot }, { isNull, value }) => {
      const [squares, sums, counts] = arrays;
      const x = code.fresh("x");
      const statement =
        `const ${x} = ${code.use(enter)}(${value}); ${squares}[${slot}] += ${x} * ${x}; ` +
        `${sums}[${slot}] += ${x}; ${counts}[${slot}] += 1;`;
      whenPresent(code, { isNull, value }, statement);
    },
    merge: (into, slot, from, fromSlot) => {
      for (const [index, column] of into.entries()) {
        bump(column, slot, numberAt(from[index], fromSlot));
      }
    },
    result: ([squares, sums, counts], slot) => {
      const n = numberAt(counts, slot);
      const divisor = kind.isSample ? n - 1 : n;
      if (divisor <= 0) return null;
      const total = numberAt(sums, slot);
      const spread = (numberAt(squares, slot) - (total * total) / n) / divisor;
      const value = kind.isRoot ? Math.sqrt(spread) : spread;
      // NaN, the root of a cancelled difference, has no DECIMAL.
      return result.kind === "DECIMAL" && !Number.isFinite(value) ? null : leave(value);
    },
  };
}
