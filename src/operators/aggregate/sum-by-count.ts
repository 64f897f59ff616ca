// AVG that Flink has taken apart, as beside a variance: a sum by a count. The sum wraps or rounds in the type of SUM.

import { assert } from "../../core/errors.ts";
import type { SqlValue } from "../../core/types.ts";
import { divideDecimal, type DecimalShape } from "../../core/value/decimal.ts";
import { divideLong } from "../../core/value/integer.ts";
import type { Long } from "../../core/value/integer.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import { NumericColumn } from "./columns.ts";
import type { AccumulatorColumn } from "./columns.ts";
import { numberAt, whenPresent } from "./count-sum.ts";

/** Columns: those of the sum, then the count. */
export function sumByCount(shape: AggregateShape, total: Aggregate): Aggregate {
  const countAt = total.columns.length;
  const divide = divider(shape);
  return {
    columns: [...total.columns, { kind: "f64", initial: 0 }],
    add: (columns, slot, value) => {
      if (value === null) return;
      total.add(columns, slot, value);
      addTo(columns[countAt], slot, 1);
    },
    ...(total.addCode && {
      addCode: (code, target, argument) => {
        total.addCode?.(code, target, argument);
        whenPresent(code, argument, `${target.arrays[countAt]}[${target.slot}] += 1;`);
      },
    }),
    merge: (into, slot, from, fromSlot) => {
      total.merge(into, slot, from, fromSlot);
      addTo(into[countAt], slot, numberAt(from[countAt], fromSlot));
    },
    result: (columns, slot) => {
      const value = total.result(columns, slot);
      return value === null ? null : divide(value, numberAt(columns[countAt], slot));
    },
  };
}

function addTo(column: AccumulatorColumn | undefined, slot: number, by: number): void {
  if (column instanceof NumericColumn) column.values[slot] = numberAt(column, slot) + by;
}

function divider({ argument, result }: AggregateShape): (sum: SqlValue, n: number) => SqlValue {
  assert(argument !== undefined, "AVG has one argument");
  switch (argument.kind) {
    case "FLOAT":
      return (value, n) => Math.fround((value as number) / n);
    case "DOUBLE":
      return (value, n) => (value as number) / n;
    case "DECIMAL":
      return (value, n) =>
        divideDecimal(value as bigint, argument.scale, BigInt(n), 0, result as DecimalShape);
    default:
      return (value, n) => divideLong(value as Long, n);
  }
}
