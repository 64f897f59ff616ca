// MIN and MAX. A later value replaces the kept one only if it is strictly smaller or greater, so a first NaN stays
// and later ones are passed over: Flink's comparison does that.

import type { SqlValue } from "../../core/types.ts";
import { comparer } from "../scalar/comparison.ts";
import { isPlainNumber } from "../scalar/implementation.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import type { ValueColumn } from "./columns.ts";
import { NumericColumn } from "./columns.ts";
import { numberAt, whenPresent } from "./count-sum.ts";

/** MIN (sign -1) or MAX (sign 1); NULL while no value came. */
export function extreme({ argument }: AggregateShape, sign: 1 | -1): Aggregate {
  return argument !== undefined && isPlainNumber(argument)
    ? numericExtreme(sign)
    : valueExtreme(argument ?? { kind: "NULL", nullable: true }, sign);
}

function numericExtreme(sign: 1 | -1): Aggregate {
  const operator = sign === 1 ? ">" : "<";
  const offer = (best: NumericColumn, seen: NumericColumn, slot: number, value: number): void => {
    const kept = best.values[slot] ?? 0;
    if (seen.values[slot] === 0 || (sign === 1 ? value > kept : value < kept)) {
      best.values[slot] = value;
      seen.values[slot] = 1;
    }
  };
  return {
    columns: [
      { kind: "f64", initial: 0 },
      { kind: "u8", initial: 0 },
    ],
    add: ([best, seen], slot, value) => {
      if (value !== null)
        offer(best as NumericColumn, seen as NumericColumn, slot, value as number);
    },
    addCode: (code, { arrays, slot }, argument) => {
      const [best, seen] = arrays;
      const replaces = `${seen}[${slot}] === 0 || ${argument.value} ${operator} ${best}[${slot}]`;
      const statement = `if (${replaces}) { ${best}[${slot}] = ${argument.value}; ${seen}[${slot}] = 1; }`;
      whenPresent(code, argument, statement);
    },
    merge: ([into, seen], slot, [from, fromSeen], fromSlot) => {
      if (numberAt(fromSeen, fromSlot) === 0) return;
      offer(into as NumericColumn, seen as NumericColumn, slot, numberAt(from, fromSlot));
    },
    result: ([best, seen], slot) => (numberAt(seen, slot) === 0 ? null : numberAt(best, slot)),
  };
}

function valueExtreme(type: NonNullable<AggregateShape["argument"]>, sign: 1 | -1): Aggregate {
  const compare = comparer(type, type) as (a: SqlValue, b: SqlValue) => number;
  const offer = (column: ValueColumn, slot: number, value: SqlValue): void => {
    const kept = column.values[slot] ?? null;
    if (value !== null && (kept === null || compare(value, kept) * sign > 0)) {
      column.values[slot] = value;
    }
  };
  return {
    columns: [{ kind: "value", initial: 0 }],
    add: ([best], slot, value) => offer(best as ValueColumn, slot, value),
    merge: ([into], slot, [from], fromSlot) =>
      offer(into as ValueColumn, slot, (from as ValueColumn).values[fromSlot] ?? null),
    result: ([best], slot) => (best as ValueColumn).values[slot] ?? null,
  };
}
