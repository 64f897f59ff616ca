// Aggregates that follow the order of arrival: FIRST_VALUE, LAST_VALUE and LISTAGG. NULLs are passed over. Merged
// panes follow the order in which their windows merge them (slices.ts): in HOP, the newest rows come first.

import { assert } from "../../core/errors.ts";
import { TEXT_RESULT_CHARS } from "../../core/limits.ts";
import type { SqlValue } from "../../core/types.ts";
import { dataError } from "../data-error.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import type { ValueColumn } from "./columns.ts";

const COLUMNS = [{ kind: "value", initial: 0 }] as const;

/** FIRST_VALUE; NULL while no value came. */
export function firstValue(): Aggregate {
  return folded((kept, value) => kept ?? value);
}

/** LAST_VALUE; NULL while no value came. */
export function lastValue(): Aggregate {
  return folded((_, value) => value);
}

/** LISTAGG; NULL while no text came. A text beyond the bound grows no more, and fails as a result. */
export function listAggregate({ constants }: AggregateShape): Aggregate {
  const separator = constants[1] ?? ",";
  assert(typeof separator === "string", "the binder lets only texts separate");
  const joined = folded((kept, value) => {
    if (kept === null) return value;
    const text = kept as string;
    return text.length > TEXT_RESULT_CHARS ? text : text + separator + (value as string);
  });
  return {
    ...joined,
    grows: true,
    result: (columns, slot) => {
      const text = joined.result(columns, slot);
      if (text !== null && (text as string).length > TEXT_RESULT_CHARS) {
        dataError(`LISTAGG gives more than ${TEXT_RESULT_CHARS} characters`);
      }
      return text;
    },
  };
}

/** What a slot holds, and a value that is not NULL, become what it holds then. */
type Fold = (kept: SqlValue, value: SqlValue) => SqlValue;

function folded(fold: Fold): Aggregate {
  const offer = (column: ValueColumn, slot: number, value: SqlValue): void => {
    if (value !== null) column.values[slot] = fold(column.values[slot] ?? null, value);
  };
  return {
    columns: COLUMNS,
    add: ([kept], slot, value) => offer(kept as ValueColumn, slot, value),
    merge: ([into], slot, [from], fromSlot) =>
      offer(into as ValueColumn, slot, (from as ValueColumn).values[fromSlot] ?? null),
    result: ([kept], slot) => (kept as ValueColumn).values[slot] ?? null,
  };
}
