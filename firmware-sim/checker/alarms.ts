// Alarm events by brute force: the series' rows sorted by event time, walked once with the two limits and the two
// delays. An event that waits for a delay happens at onset + delay, before any row at or after that time, and shows
// the newest value before it.

import type { AlarmRule, Cell, ExpectedRow } from "./scenario.ts";
import type { ArrivedRow } from "./windows.ts";

/** An input row of an alarm, in its own event time. */
export interface AlarmInput {
  readonly series: string;
  readonly timeMs: number;
  readonly value: Cell;
  readonly payload: Readonly<Record<string, Cell>>;
}

/** Alarm input straight from the table: rows at or below the watermark when they arrive are late, and dropped. */
export function alarmInputOfRows(rule: AlarmRule, arrived: readonly ArrivedRow[]): AlarmInput[] {
  return arrived
    .filter(({ row, watermarkMs }) => row.timeMs > watermarkMs)
    .map(({ row }) => ({
      series: String(row.cell(rule.series)),
      timeMs: row.timeMs,
      value: row.cell(rule.value),
      payload: Object.fromEntries(rule.payload.map((column) => [column, row.cell(column)])),
    }));
}

/** Alarm input from a window rule's rows: event time is window_time, one millisecond before the end. */
export function alarmInputOfWindows(rule: AlarmRule, rows: readonly ExpectedRow[]): AlarmInput[] {
  return rows.map(({ fields }) => ({
    series: String(fields[rule.series]),
    timeMs: Number(fields["window_end"]) - 1,
    value: fields[rule.value] ?? null,
    payload: Object.fromEntries(rule.payload.map((column) => [column, fields[column] ?? null])),
  }));
}

/** The events that `rule` must have emitted once the watermark has reached `finalWatermarkMs`. */
export function expectedAlarms(
  rule: AlarmRule,
  inputs: readonly AlarmInput[],
  finalWatermarkMs: number,
): ExpectedRow[] {
  const events: ExpectedRow[] = [];
  for (const [series, rows] of Map.groupBy(inputs, (input) => input.series)) {
    const taken = rows
      .filter(({ timeMs }) => timeMs <= finalWatermarkMs)
      .sort((a, b) => a.timeMs - b.timeMs);
    events.push(...walk(rule, series, { rows: taken, finalWatermarkMs }));
  }
  return events;
}

function walk(
  rule: AlarmRule,
  series: string,
  on: { readonly rows: readonly AlarmInput[]; readonly finalWatermarkMs: number },
): ExpectedRow[] {
  const events: ExpectedRow[] = [];
  let raised = false;
  let occurrence = 0;
  /** Since when the condition has been the opposite of `raised`. */
  let pending: { sinceMs: number } | undefined;
  let condition = false;
  let newest: AlarmInput | undefined;
  const settle = (beforeMs: number): void => {
    if (pending === undefined) return;
    const atMs = pending.sinceMs + (raised ? rule.offDelayMs : rule.onDelayMs);
    if (atMs > beforeMs || newest === undefined) return;
    pending = undefined;
    raised = !raised;
    if (raised) occurrence++;
    events.push(alarmEvent(rule, series, { raised, occurrence, atMs, row: newest }));
  };
  for (const row of on.rows) {
    settle(row.timeMs);
    if (row.value === null) continue;
    condition = holds(rule, Number(row.value), condition);
    if (condition === raised) pending = undefined;
    else pending ??= { sinceMs: row.timeMs };
    newest = row;
    settle(row.timeMs);
  }
  settle(on.finalWatermarkMs);
  return events;
}

/** The condition after a value: between the limits it stays what it was. `clear` above `set` makes a low alarm. */
function holds(rule: AlarmRule, value: number, before: boolean): boolean {
  if (rule.clear > rule.set) return before ? value <= rule.clear : value <= rule.set;
  return before ? value >= rule.clear : value >= rule.set;
}

function alarmEvent(
  rule: AlarmRule,
  series: string,
  event: { raised: boolean; occurrence: number; atMs: number; row: AlarmInput },
): ExpectedRow {
  const { occurrence } = event;
  const alarmId = `${rule.rule}/${series}/${occurrence}`;
  const state = event.raised ? "raised" : "returned";
  const previous = event.raised ? (occurrence === 1 ? "normal" : "returned") : "raised";
  return {
    topic: rule.topic,
    rule: rule.rule,
    key: alarmId,
    identifiedBy: ["alarm_id", "state"],
    id: JSON.stringify([alarmId, state]),
    fields: {
      alarm_id: alarmId,
      rule: rule.rule,
      series,
      state,
      previous,
      severity: rule.severity,
      value: event.row.value,
      event_time: event.atMs,
      occurrence,
      message: rule.message,
      ...event.row.payload,
    },
    sequence: JSON.stringify([rule.rule, series]),
    position: 2 * occurrence + (event.raised ? 0 : 1),
  };
}
