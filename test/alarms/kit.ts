// What alarm tests share: sink tables by a few words, and a run of one alarm over steps.

import { type Alarm, buildAlarm } from "../../src/alarms/alarm.ts";
import type { AlarmEvent } from "../../src/alarms/event.ts";
import type { AlarmSink } from "../../src/alarms/sink.ts";
import type { Field, SqlValue } from "../../src/core/types.ts";

const TYPES: Readonly<Record<string, Field["type"]>> = {
  series: { kind: "VARCHAR", length: 2_147_483_647, nullable: true },
  event_time: { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true },
  active: { kind: "BOOLEAN", nullable: true },
  value: { kind: "DOUBLE", nullable: true },
  note: { kind: "VARCHAR", length: 2_147_483_647, nullable: true },
};

/** A sink table with columns named as in TYPES, in that order. */
export function alarmSink(
  columns: readonly string[],
  options: Readonly<Record<string, string>>,
): AlarmSink {
  return {
    name: "hot",
    columns: columns.map((name) => ({ name, type: TYPES[name] ?? TYPES["note"]! })),
    options: { connector: "alarm", severity: "high", ...options },
    position: { file: "hot.sql", line: 3, column: 14 },
  };
}

export type Step = { readonly row: readonly SqlValue[] } | { readonly watermark: number };

/** Runs steps; `restart` = take a snapshot and build the alarm anew from it after every step. */
export function runAlarm(sink: AlarmSink, steps: readonly Step[], restart = false): AlarmEvent[] {
  let alarm: Alarm = buildAlarm({ rule: "hot", sink });
  const events: AlarmEvent[] = [];
  for (const step of steps) {
    if ("row" in step) alarm.row(step.row);
    else alarm.watermark(step.watermark);
    events.push(...alarm.drain());
    if (restart) alarm = buildAlarm({ rule: "hot", sink }, structuredClone(alarm.snapshot()));
  }
  return events;
}

/** `state@time series#occurrence`, short enough to compare whole runs by eye. */
export function brief(events: readonly AlarmEvent[]): string[] {
  return events.map(
    ({ state, event_time, series, occurrence }) => `${state}@${event_time} ${series}#${occurrence}`,
  );
}
