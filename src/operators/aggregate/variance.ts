// STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP of any numeric type: Welford's online algorithm in DOUBLE, divided and
// cast to the result type, as Flink 2.3 computes them. The order of arrival decides the last bits.

import { assert } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { castFunction } from "../scalar/cast.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import { NumericColumn } from "./columns.ts";
import type { AccumulatorColumn } from "./columns.ts";
import { numberAt, whenPresent } from "./count-sum.ts";

export interface VarianceKind {
  /** Divides by n - 1, and is NULL for one value. */
  readonly isSample: boolean;
  readonly isRoot: boolean;
}

const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };
const START = { kind: "f64", initial: 0 } as const;

/** One of the four. Columns: sum of squared distances from the mean, mean, count. */
export function variance({ argument, result }: AggregateShape, kind: VarianceKind): Aggregate {
  assert(argument !== undefined, "a variance has one argument");
  const options = { try: false, position: undefined };
  const enter = castFunction(argument, DOUBLE, options).apply as (value: SqlValue) => number;
  const leave = castFunction(DOUBLE, result, options).apply as (value: number) => SqlValue;
  return {
    columns: [START, START, START],
    add: ([squares, means, counts], slot, value) => {
      if (value === null) return;
      const x = enter(value);
      const n = numberAt(counts, slot) + 1;
      const delta = x - numberAt(means, slot);
      const mean = numberAt(means, slot) + delta / n;
      put(squares, slot, numberAt(squares, slot) + delta * (x - mean));
      put(means, slot, mean);
      put(counts, slot, n);
    },
    addCode: (code, { arrays, slot }, term) => {
      const [squares, means, counts] = arrays.map((array) => `${array}[${slot}]`);
      const [x, delta] = [code.fresh("x"), code.fresh("d")];
      whenPresent(
        code,
        term,
        `const ${x} = ${code.use(enter)}(${term.value}), ${delta} = ${x} - ${means}; ` +
          `${counts} += 1; ${means} += ${delta} / ${counts}; ` +
          `${squares} += ${delta} * (${x} - ${means});`,
      );
    },
    merge: (into, slot, from, fromSlot) => {
      const n = numberAt(into[2], slot);
      const other = numberAt(from[2], fromSlot);
      if (other === 0) return;
      const total = n + other;
      const apart = numberAt(from[1], fromSlot) - numberAt(into[1], slot);
      const added = n === 0 ? 0 : ((n * other) / total) * apart * apart;
      put(into[0], slot, numberAt(into[0], slot) + numberAt(from[0], fromSlot) + added);
      const moved = n === 0 ? apart : (other / total) * apart;
      put(into[1], slot, numberAt(into[1], slot) + moved);
      put(into[2], slot, total);
    },
    result: ([squares, , counts], slot) => {
      const n = numberAt(counts, slot);
      const divisor = kind.isSample ? n - 1 : n;
      const spread = numberAt(squares, slot) / divisor;
      if (divisor <= 0 || spread < 0) return null;
      const value = kind.isRoot ? Math.sqrt(spread) : spread;
      // An infinite argument makes it NaN, which no DECIMAL holds.
      return result.kind === "DECIMAL" && !Number.isFinite(value) ? null : leave(value);
    },
  };
}

function put(column: AccumulatorColumn | undefined, slot: number, value: number): void {
  if (column instanceof NumericColumn) column.values[slot] = value;
}
