// Writing a computed value back into a batch column.

import { NULL, VALUE, WIDE } from "../../core/row-batch.ts";
import type { Column } from "../../core/row-batch.ts";
import type { SqlValue } from "../../core/types.ts";

/** Stores `value` at `row`; a column that the batch lacks is left out. */
export function storeValue(column: Column | undefined, row: number, value: SqlValue): void {
  if (column === undefined) return;
  if (column.layout === "value") {
    column.values[row] = value;
  } else if (value === null) {
    column.state[row] = NULL;
  } else if (typeof value === "bigint") {
    column.state[row] = WIDE;
    column.wide.set(row, value);
  } else {
    column.state[row] = VALUE;
    column.values[row] = Number(value);
  }
}
