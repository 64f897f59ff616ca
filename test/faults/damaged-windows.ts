// What windows may make of a database that was damaged. A window that only facts sent after the damage was found belong to
// must be there as if nothing had been; so must all when nothing was destroyed. Any other may be missing, and may have
// lost facts: it comes once at most, and with no more facts than it has.

import { type ActualRow, checkRows, parseFields } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";
import { nameOf, repeated, RowNames, touchedRows } from "./row-names.ts";

export interface DamagedWindows {
  /** Of topics of windows alone. */
  readonly rows: readonly ActualRow[];
  readonly expected: readonly ExpectedRow[];
  /** What would be expected without the facts that the damage may have hit. */
  readonly withoutShaken: readonly ExpectedRow[];
}

export interface DamagedVerdict {
  readonly lost: number;
  readonly duplicated: number;
  readonly wrong: number;
  /** Windows that were compared field by field. */
  readonly compared: number;
  readonly examples: readonly string[];
}

export async function judgeDamagedWindows(of: DamagedWindows): Promise<DamagedVerdict> {
  const { rows, expected, withoutShaken } = of;
  const names = new RowNames(expected);
  const touched = new Map(touchedRows(expected, withoutShaken).map((row) => [nameOf(row), row]));
  const sound = expected.filter((row) => !touched.has(nameOf(row)));
  const shaken = rows.filter((row) => touched.has(names.of(row)));
  const { counts, examples } = await checkRows(
    sound,
    rows.filter((row) => !touched.has(names.of(row))),
  );
  const twice = repeated(shaken.map((row) => names.of(row)));
  const grown = shaken.filter((row) => {
    return countIn(parseFields(row.value)) > countIn(touched.get(names.of(row))?.fields);
  });
  return {
    lost: counts.lost,
    duplicated: counts.duplicated + twice.length,
    wrong: counts.wrong + counts.unexpected + counts.reordered + counts.late + grown.length,
    compared: sound.length,
    examples: [
      ...examples,
      ...twice.slice(0, 3).map((name) => `twice: ${name}`),
      ...grown
        .slice(0, 3)
        .map(({ topic, value }) => `more facts than there are: ${topic} ${value}`),
    ],
  };
}

/** Facts of a window: each rule counts them as `n`. */
function countIn(fields: ExpectedRow["fields"] | undefined): number {
  return Number(fields?.["n"] ?? NaN);
}
