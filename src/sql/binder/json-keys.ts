// A table whose rows are JSON has maps with text keys only: Flink's json format takes no other MAP and MULTISET, not
// even in a column that nobody reads.

import { hasOtherKeys } from "../../core/format/json-keys.ts";
import type { Field } from "../../core/types.ts";
import { findPart } from "../collection-types.ts";
import type { TableOptions } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { formatType, withNullable } from "../types.ts";

export interface FormattedColumns {
  readonly name: string;
  readonly columns: readonly Field[];
  readonly options: TableOptions;
}

/** Throws SQL_INVALID for a column that holds a map with other keys, unless the table has another format than JSON. */
export function requireTextKeys(
  source: SourceText,
  span: Span,
  { name: table, columns, options }: FormattedColumns,
): void {
  if ((options["format"] ?? options["value.format"] ?? "json") !== "json") return;
  for (const { name, type } of columns) {
    const map = findPart(type, hasOtherKeys);
    if (map === undefined) continue;
    const text = formatType(withNullable(map, true));
    const message = `column ${name} of table ${table} holds a ${text}: keys in JSON are text`;
    throw source.invalid(span, message, "Declare the keys as STRING.");
  }
}
