// Alarm events: what leaves for the alarm lane, and its JSON.
//
// Key = `alarm_id` = rule/series/occurrence: one id for everything that happens to one occurrence, so a reader
// that keeps the newest record per key sees each alarm once.

import type { Field, SqlValue } from "../core/types.ts";
import { type JsonStyle, rowJsonWriter } from "../core/value/row-json.ts";
import type { Severity } from "../core/severity.ts";

export const ALARM_STATES = ["normal", "raised", "returned"] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** Field names are those of the JSON. */
export interface AlarmEvent {
  readonly alarm_id: string;
  readonly rule: string;
  readonly series: string;
  readonly state: AlarmState;
  /** State of the series before. */
  readonly previous: AlarmState;
  readonly severity: Severity;
  /** Of the row that decided; null for alarms on `active`. */
  readonly value: number | null;
  /** Epoch milliseconds. */
  readonly event_time: number;
  /** Counts from 1 per series. */
  readonly occurrence: number;
  readonly message: string | null;
  /** Of the same row, in the order of the definition's `payload`. */
  readonly payload: readonly SqlValue[];
}

const STRING = { kind: "VARCHAR", length: 2_147_483_647, nullable: true } as const;
const EVENT_FIELDS: readonly Field[] = [
  { name: "alarm_id", type: STRING },
  { name: "rule", type: STRING },
  { name: "series", type: STRING },
  { name: "state", type: STRING },
  { name: "previous", type: STRING },
  { name: "severity", type: STRING },
  { name: "value", type: { kind: "DOUBLE", nullable: true } },
  { name: "event_time", type: { kind: "TIMESTAMP_LTZ", precision: 3, nullable: false } },
  { name: "occurrence", type: { kind: "BIGINT", nullable: false } },
  { name: "message", type: STRING },
];

/** The JSON of an event with another number for the same series. */
export function renumberEvent(json: string, alarmId: string, occurrence: number): string {
  // Quotes inside texts are escaped, so the first match is the field.
  return json
    .replace(/^\{"alarm_id":"(?:[^"\\]|\\.)*"/, () => `{"alarm_id":${JSON.stringify(alarmId)}`)
    .replace(/,"occurrence":\d+,"message":/, () => `,"occurrence":${occurrence},"message":`);
}

/**
 * Builds the serialiser for events whose payload has these columns. Style `flink` is what Kafka gets
 * (`2024-01-01 00:00:10Z`), `print` what stdout shows.
 */
export function alarmEventJson(
  payload: readonly Field[],
  style: JsonStyle,
): (event: AlarmEvent) => string {
  const write = rowJsonWriter([...EVENT_FIELDS, ...payload], style);
  return (event) =>
    write([
      event.alarm_id,
      event.rule,
      event.series,
      event.state,
      event.previous,
      event.severity,
      event.value,
      event.event_time,
      event.occurrence,
      event.message,
      ...event.payload,
    ]);
}
