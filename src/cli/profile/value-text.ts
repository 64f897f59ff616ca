// A value of a profile's row as text for a person.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { rowJsonWriter } from "../../core/value/row-json.ts";

/** As `headrace sql` prints it, without quotes: 48.21, 2026-01-01T00:00:00.000Z, NULL. */
export function formatValue(value: SqlValue, type: SqlType): string {
  if (value === null) return "NULL";
  const json = rowJsonWriter([{ name: "v", type }], "print")([value]);
  return json.slice('{"v":'.length, -1).replace(/^"(.*)"$/, "$1");
}
