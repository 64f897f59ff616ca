// The watermark options of a CREATE TABLE, headrace's own: they are checked where they stand.
//
//   'watermark.per'           a column: each of its values has a watermark of its own
//   'watermark.idle-timeout'  a duration: who is silent for so long holds nothing back
//   'watermark.max-future'    a duration: rows further ahead of their receive time are refused

import { parseDuration } from "../../core/duration.ts";
import type { CreateTable, TableOption } from "../ast.ts";
import type { TableColumn } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { formatType, withNullable } from "../types.ts";

const PREFIX = "watermark.";
const PER = "watermark.per";
const DURATIONS: readonly string[] = ["watermark.idle-timeout", "watermark.max-future"];

/** All of them, as a query that depends on them reports it. */
export const WATERMARK_OPTIONS: readonly string[] = [PER, ...DURATIONS];

/** Refuses unknown ones, those of a table without a watermark, and values that are none. */
export function checkWatermarkOptions(
  source: SourceText,
  { options, watermark, name: table }: CreateTable,
  columns: readonly TableColumn[],
): void {
  for (const [name, option] of options) {
    if (!name.startsWith(PREFIX)) continue;
    if (!WATERMARK_OPTIONS.includes(name)) {
      const known = WATERMARK_OPTIONS.map((each) => `'${each}'`).join(", ");
      throw source.invalid(option.name, `'${name}' is no option`, `There are ${known}.`);
    }
    if (watermark === undefined) {
      throw source.invalid(
        option.name,
        `'${name}' has no effect: table ${table.name} has no watermark`,
        "Declare one: WATERMARK FOR ts AS ts - INTERVAL '10' SECOND.",
      );
    }
    if (name === PER) checkDeviceColumn(source, option, columns);
    else checkDuration(source, name, option);
  }
}

function checkDeviceColumn(
  source: SourceText,
  option: TableOption,
  columns: readonly TableColumn[],
): void {
  const column = columns.find(({ name }) => name === option.value);
  if (column === undefined) {
    const names = columns.map(({ name }) => name);
    const hint = didYouMean(option.value, names) ?? `Columns are ${names.join(", ")}.`;
    throw source.invalid(option, `'${PER}' names no column: ${option.value}`, hint);
  }
  if (!NO_NAMES.has(column.type.kind)) return;
  throw source.invalid(
    option,
    `'${PER}' wants a column that names a device, not ${formatType(withNullable(column.type, true))}`,
    "Take one of a text or number type.",
  );
}

/** Types whose values cannot tell devices apart by looking at them. */
const NO_NAMES: ReadonlySet<string> = new Set([
  "BINARY",
  "VARBINARY",
  "ARRAY",
  "MULTISET",
  "MAP",
  "ROW",
]);

function checkDuration(source: SourceText, name: string, option: TableOption): void {
  const ms = parseDuration(option.value);
  if (ms !== undefined && ms > 0) return;
  throw source.invalid(
    option,
    `'${name}' is no duration above 0: ${option.value}`,
    "Write a number and a unit: '30 s', '1 min', '2 h'.",
  );
}
