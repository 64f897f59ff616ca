// Rows by the names that the checker gives them: the fields that make them one row.

import { type ActualRow, parseFields } from "../../firmware-sim/checker/check.ts";
import type { ExpectedRow } from "../../firmware-sim/checker/scenario.ts";

export class RowNames {
  readonly #fields: ReadonlyMap<string, readonly string[]>;

  /** `expected`: at least a row of each topic. */
  constructor(expected: readonly ExpectedRow[]) {
    this.#fields = new Map(expected.map(({ topic, identifiedBy }) => [topic, identifiedBy]));
  }

  /** Of a row that was read. */
  of({ topic, value }: Pick<ActualRow, "topic" | "value">): string {
    const fields = parseFields(value);
    return `${topic} ${JSON.stringify(this.#fields.get(topic)?.map((name) => fields?.[name]))}`;
  }
}

/** Of a row that is expected. */
export function nameOf({ topic, id }: ExpectedRow): string {
  return `${topic} ${id}`;
}

/** The rows of `expected` that are other ones, or not there, in `changed`. */
export function touchedRows(
  expected: readonly ExpectedRow[],
  changed: readonly ExpectedRow[],
): ExpectedRow[] {
  const contents = new Map(changed.map((row) => [nameOf(row), JSON.stringify(row.fields)]));
  return expected.filter((row) => contents.get(nameOf(row)) !== JSON.stringify(row.fields));
}

/** Each name that is there again. */
export function repeated(names: readonly string[]): string[] {
  const met = new Set<string>();
  return names.filter((name) => met.size === met.add(name).size);
}
