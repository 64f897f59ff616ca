// Window rows by brute force: every row is put into every window that contains it and has not fired, and each window
// is aggregated from its list of rows. Nothing incremental, nothing shared, nothing fast.

import type { AggregateColumn, Cell, CheckedRow, ExpectedRow, WindowRule } from "./scenario.ts";

/** A row as it arrived: the watermark that stood before it (−Infinity = none yet). */
export interface ArrivedRow {
  readonly row: CheckedRow;
  readonly watermarkMs: number;
}

/** The rows that `rule` must have emitted once the watermark has reached `finalWatermarkMs`. */
export function expectedWindows(
  rule: WindowRule,
  arrived: readonly ArrivedRow[],
  finalWatermarkMs: number,
): ExpectedRow[] {
  const windows = new Map<string, { startMs: number; keys: Cell[]; all: ArrivedRow[] }>();
  for (const item of arrived) {
    if (rule.where !== undefined && !rule.where(item.row)) continue;
    const keys = rule.keys.map((key) => item.row.cell(key));
    for (const startMs of windowStarts(rule, item.row.timeMs)) {
      const id = JSON.stringify([...keys, startMs]);
      const window = windows.get(id);
      if (window === undefined) windows.set(id, { startMs, keys, all: [item] });
      else window.all.push(item);
    }
  }
  const expected: ExpectedRow[] = [];
  for (const [id, { startMs, keys, all }] of windows) {
    const endMs = startMs + rule.sizeMs;
    if (endMs - 1 > finalWatermarkMs) continue;
    const counted = all.filter(({ watermarkMs }) => watermarkMs < endMs - 1);
    if (counted.length === 0) continue;
    const row = (rows: readonly ArrivedRow[]): Record<string, Cell> => ({
      ...Object.fromEntries(rule.keys.map((key, i) => [key, keys[i] ?? null])),
      window_start: startMs,
      window_end: endMs,
      ...Object.fromEntries(
        rule.aggregates.map((column) => [column.name, aggregate(column, rows)]),
      ),
    });
    const fields = row(counted);
    expected.push({
      topic: rule.topic,
      rule: rule.rule,
      key: String(fields[rule.kafkaKey]),
      identifiedBy: [...rule.keys, "window_start"],
      id,
      fields,
      sequence: JSON.stringify(keys),
      position: endMs,
      ...(counted.length === all.length ? {} : { ifLateCounted: row(all) }),
    });
  }
  return expected;
}

/** Starts of the windows that contain `timeMs`: start = ts − floorMod(ts − offset, slide), and those before it. */
function windowStarts(rule: WindowRule, timeMs: number): number[] {
  const sinceMs = timeMs - rule.offsetMs;
  const last = timeMs - (((sinceMs % rule.slideMs) + rule.slideMs) % rule.slideMs);
  const starts: number[] = [];
  for (let start = last; start > timeMs - rule.sizeMs; start -= rule.slideMs) starts.push(start);
  return starts;
}

function aggregate(column: AggregateColumn, rows: readonly ArrivedRow[]): Cell {
  const { of } = column;
  if (of === undefined) return rows.length;
  const cells = rows.map(({ row }) => row.cell(of)).filter((cell) => cell !== null);
  if (column.function === "COUNT") return cells.length;
  if (column.function === "COUNT_DISTINCT") return new Set(cells).size;
  if (cells.length === 0) return null;
  const numbers = cells.map(Number);
  const sum = numbers.reduce((total, value) => total + value, 0);
  switch (column.function) {
    case "SUM":
      return sum;
    case "AVG":
      return sum / numbers.length;
    case "MIN":
      return numbers.reduce((a, b) => Math.min(a, b));
    case "MAX":
      return numbers.reduce((a, b) => Math.max(a, b));
    case "STDDEV_POP": {
      const mean = sum / numbers.length;
      const squares = numbers.reduce((total, value) => total + (value - mean) ** 2, 0);
      return Math.sqrt(squares / numbers.length);
    }
  }
}
