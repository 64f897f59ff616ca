// The expected rows of a table, and the proof that they do not depend on how the devices' messages interleave: they
// are computed under several orders of arrival that the scenario allows, and must be the same each time.

import { arrivalOrder } from "./arrivals.ts";
import { alarmInputOfRows, alarmInputOfWindows, expectedAlarms } from "./alarms.ts";
import { expectedFacts } from "./facts.ts";
import { type CheckedTable, checkedRow, type ExpectedRow } from "./scenario.ts";
import type { TruthRecord } from "../truth.ts";
import { type ArrivedRow, expectedWindows } from "./windows.ts";

export interface Expectation {
  readonly rows: readonly ExpectedRow[];
  /** Rows that arrived at or below the watermark, by device and sequence: what a rule without windows calls late. */
  readonly lateFacts: ReadonlySet<string>;
}

/** Orders of arrival under which the expectation is recomputed. */
const ORDERS = 3;

/** Names a fact in `lateFacts`. */
function factId(device: string, sequence: number): string {
  return `${device}#${sequence}`;
}

/** The table's expected rows. Throws if they depend on the order of arrival, or if a label contradicts them. */
export function expectTable(table: CheckedTable): Expectation {
  const orders = Array.from({ length: ORDERS }, (_, i) =>
    expectOrder(table, arrivalOrder(table.truth, { seed: i + 1, skewMs: table.skewMs })),
  );
  const first = orders[0] as Expectation;
  for (const other of orders.slice(1)) assertSame(table, first, other);
  for (const { device, sequence, labels, sent } of table.truth) {
    const late = first.lateFacts.has(factId(device, sequence));
    if (sent.length > 0 && late !== labels.includes("late"))
      throw new Error(
        `table ${table.name}: ${factId(device, sequence)} is ${late ? "" : "not "}late, its label says otherwise`,
      );
  }
  return first;
}

/** The table's expected rows for one order of arrival; a fact counts at its first arrival. */
export function expectOrder(table: CheckedTable, arrivals: readonly TruthRecord[]): Expectation {
  const seen = new Set<TruthRecord>();
  const arrived: ArrivedRow[] = [];
  const lateFacts = new Set<string>();
  let watermarkMs = -Infinity;
  for (const record of arrivals) {
    if (seen.has(record)) continue;
    seen.add(record);
    const row = checkedRow(record);
    arrived.push({ row, watermarkMs });
    if (row.timeMs <= watermarkMs) lateFacts.add(factId(record.device, record.sequence));
    watermarkMs = Math.max(watermarkMs, row.timeMs - table.delayMs);
  }
  const rows = table.rules.flatMap((rule) => {
    if (rule.kind === "window") return expectedWindows(rule, arrived, watermarkMs);
    if (rule.kind === "rows") return expectedFacts(rule, arrived);
    const inputs =
      rule.input === "rows"
        ? alarmInputOfRows(rule, arrived)
        : alarmInputOfWindows(rule, expectedWindows(rule.input, arrived, watermarkMs));
    return expectedAlarms(rule, inputs, watermarkMs);
  });
  return { rows, lateFacts };
}

function assertSame(table: CheckedTable, a: Expectation, b: Expectation): void {
  const text = ({ rows }: Expectation): Map<string, string> =>
    new Map(rows.map((row) => [`${row.rule} ${row.id}`, JSON.stringify(row.fields)]));
  const [left, right] = [text(a), text(b)];
  for (const id of new Set([...left.keys(), ...right.keys()]))
    if (left.get(id) !== right.get(id))
      throw new Error(
        `table ${table.name}: row ${id} depends on the order of arrival: ${left.get(id)} or ${right.get(id)}`,
      );
}
