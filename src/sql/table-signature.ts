// The canonical text of a table definition: two files that declare the same source share one scan, one
// identity state and one watermark.

import type { SourceTable } from "./plan.ts";

/** Equal for tables that define the same source: name, columns, watermark and options; places do not count. */
export function tableSignature(table: SourceTable): string {
  const { name, columns, watermark, options, system } = table;
  const sorted = Object.entries(options).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify({ name, columns, watermark, options: sorted, system }, canonical);
}

function canonical(key: string, value: unknown): unknown {
  if (key === "position") return undefined;
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
