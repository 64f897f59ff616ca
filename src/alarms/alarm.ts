// An alarm: one state machine per series, over rows in event time.
//
//            condition holds for on-delay             condition is gone for off-delay
//   normal ───────────────────────────────▶ raised ◀──────────────────────────────▶ returned
//
// The condition of a series is `active`, or the limits with hysteresis: it becomes true at `set`, false beyond
// `clear`, and keeps its value in between. NULL (and NaN) changes nothing. A change starts the delay; a change
// back before it is over cancels it.
//
// Rows wait until the watermark reaches their event time and are then taken in order of event time, ties in
// order of arrival; deadlines come before rows of the same instant. So the events, and their order, depend only
// on which rows were in time, not on how often the watermark was raised. A row at or below the watermark is late.
//
// A series that never was active has no state. See ALARM_SERIES and ALARM_WAITING_ROWS for the bounds.

import { assert } from "../core/errors.ts";
import { ALARM_SERIES, ALARM_WAITING_ROWS } from "../core/limits.ts";
import { takeUp } from "../core/saved-state.ts";
import type { SqlValue } from "../core/types.ts";
import { timestampMillis, type TimestampValue } from "../core/value/timestamp.ts";
import type { AlarmEvent } from "./event.ts";
import { type AlarmDefinition, type AlarmSink, validateAlarmSink } from "./sink.ts";
import {
  ALARM_STATE,
  type AlarmSnapshot,
  type Deadline,
  newSeries,
  NO_PAYLOAD,
  type Series,
  type WaitingRow,
} from "./state.ts";
import { Timeline } from "./timeline.ts";

export interface AlarmStats {
  rows: number;
  late: number;
  /** Rows with a NULL series or event_time, or beyond ALARM_WAITING_ROWS. */
  refused: number;
  /** Rows of series beyond ALARM_SERIES. */
  seriesDropped: number;
  raised: number;
  returned: number;
  /** Series raised now. */
  active: number;
  waiting: number;
}

/** Why a row was not accepted; a `late` one belongs to the late rows, the others to the dead letter. */
export type Refusal =
  | "late"
  | "series is NULL"
  | "event_time is NULL"
  | "too many rows wait for the watermark";

export interface AlarmOptions {
  /** Name of the rule, first part of the alarm id. */
  readonly rule: string;
  readonly sink: AlarmSink;
}

/** Builds an alarm, new or from a snapshot of the same definition. Throws CONFIG_INVALID for a bad sink. */
export function buildAlarm(options: AlarmOptions, resume?: AlarmSnapshot): Alarm {
  return new Alarm(options.rule, validateAlarmSink(options.sink), resume);
}

/** Made by `buildAlarm`. */
export class Alarm {
  readonly definition: AlarmDefinition;
  readonly stats: AlarmStats;
  readonly #rule: string;
  readonly #rows: Timeline<WaitingRow>;
  #deadlines: Timeline<Deadline>;
  #cancelled = 0;
  readonly #series: Map<string, Series>;
  #events: AlarmEvent[] = [];
  #watermarkMs: number;
  #order: number;
  readonly #floor: number;

  constructor(rule: string, definition: AlarmDefinition, snapshot: AlarmSnapshot | undefined) {
    const resume = takeUp<AlarmSnapshot>(snapshot, ALARM_STATE);
    this.#rule = rule;
    this.definition = definition;
    this.#rows = new Timeline(resume?.rows);
    this.#deadlines = new Timeline(resume?.deadlines);
    this.#series = new Map(resume?.series.map(([name, series]) => [name, { ...series }]));
    this.#watermarkMs = resume?.watermarkMs ?? Number.NEGATIVE_INFINITY;
    this.#order = resume?.order ?? 0;
    this.#floor = resume?.floor ?? 0;
    this.stats = {
      rows: 0,
      late: 0,
      refused: 0,
      seriesDropped: 0,
      raised: 0,
      returned: 0,
      active: [...this.#series.values()].filter(({ state }) => state === "raised").length,
      waiting: this.#rows.size,
    };
  }

  /** Takes a row, values in the sink's column order; the array may be reused. Undefined = accepted. */
  row(values: readonly SqlValue[]): Refusal | undefined {
    const { definition, stats } = this;
    stats.rows++;
    const series = values[definition.series] ?? null;
    const time = values[definition.eventTime] ?? null;
    if (series === null || time === null || this.#rows.size >= ALARM_WAITING_ROWS) {
      stats.refused++;
      if (series === null) return "series is NULL";
      return time === null ? "event_time is NULL" : "too many rows wait for the watermark";
    }
    const timeMs = timestampMillis(time as TimestampValue);
    if (timeMs <= this.#watermarkMs) {
      stats.late++;
      return "late";
    }
    this.#rows.push({
      timeMs,
      order: this.#order++,
      series: series as string,
      input: values[definition.condition.column] ?? null,
      payload: definition.payload.map((column) => values[column] ?? null),
    });
    stats.waiting = this.#rows.size;
    return undefined;
  }

  /** Raises the watermark (epoch ms); what became due is taken. A lower one than before changes nothing. */
  watermark(watermarkMs: number): void {
    if (watermarkMs <= this.#watermarkMs) return;
    this.#watermarkMs = watermarkMs;
    for (;;) {
      const row = this.#rows.peek();
      const deadline = this.#deadlines.peek();
      const rowMs = row?.timeMs ?? Number.POSITIVE_INFINITY;
      if (deadline !== undefined && deadline.timeMs <= Math.min(rowMs, watermarkMs)) {
        this.#deadlines.pop();
        this.#reach(deadline);
      } else if (row !== undefined && rowMs <= watermarkMs) {
        this.#rows.pop();
        this.#take(row);
      } else {
        break;
      }
    }
    this.stats.waiting = this.#rows.size;
  }

  /** The lowest watermark at which a row is taken or a delay is over; Infinity: nothing waits. */
  dueAt(): number {
    for (let first = this.#deadlines.peek(); first !== undefined; first = this.#deadlines.peek()) {
      if (this.#series.get(first.series)?.deadline === first.order) break;
      this.#deadlines.pop();
      this.#cancelled--;
    }
    const { POSITIVE_INFINITY: never } = Number;
    return Math.min(this.#rows.peek()?.timeMs ?? never, this.#deadlines.peek()?.timeMs ?? never);
  }

  /** The events since the last call, in the order of their event times. */
  drain(): readonly AlarmEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  /** The whole state; to be taken after `drain`. It shares nothing that this alarm changes later. */
  snapshot(): AlarmSnapshot {
    assert(this.#events.length === 0, "alarm events must be drained before a snapshot");
    return {
      ...ALARM_STATE,
      watermarkMs: this.#watermarkMs,
      order: this.#order,
      floor: this.#floor,
      rows: [...this.#rows.items()],
      deadlines: this.#running(),
      series: Array.from(this.#series, ([name, series]) => [name, { ...series }] as const),
    };
  }

  #take(row: WaitingRow): void {
    let series = this.#series.get(row.series);
    const condition = this.#conditionOf(row.input, series?.condition ?? false);
    if (condition === undefined) return;
    if (series === undefined) {
      if (!condition) return;
      if (this.#series.size >= ALARM_SERIES) {
        this.stats.seriesDropped++;
        return;
      }
      series = newSeries();
      this.#series.set(row.series, series);
    }
    const value = this.definition.condition.kind === "limit" ? (row.input as number) : null;
    if (condition === series.condition) {
      if (series.deadline !== undefined) Object.assign(series, { value, payload: row.payload });
      return;
    }
    series.condition = condition;
    if (series.deadline !== undefined) this.#cancel(series);
    if (condition === (series.state === "raised")) return;
    const delayMs = condition ? this.definition.onDelayMs : this.definition.offDelayMs;
    Object.assign(series, { value, payload: row.payload });
    if (delayMs === 0) {
      this.#change(row.series, series, row.timeMs);
      return;
    }
    series.deadline = this.#order++;
    this.#deadlines.push({
      timeMs: row.timeMs + delayMs,
      order: series.deadline,
      series: row.series,
    });
  }

  #reach(deadline: Deadline): void {
    const series = this.#series.get(deadline.series);
    if (series?.deadline !== deadline.order) {
      this.#cancelled--;
      return;
    }
    series.deadline = undefined;
    this.#change(deadline.series, series, deadline.timeMs);
  }

  /** The deadline stays in the timeline until its time comes, or until most of them are such. */
  #cancel(series: Series): void {
    series.deadline = undefined;
    series.value = null;
    series.payload = NO_PAYLOAD;
    if (++this.#cancelled < 1024 || this.#cancelled * 2 < this.#deadlines.size) return;
    this.#deadlines = new Timeline(this.#running());
    this.#cancelled = 0;
  }

  #running(): readonly Deadline[] {
    const all = this.#deadlines.items();
    return all.filter(({ series, order }) => this.#series.get(series)?.deadline === order);
  }

  /** The condition after `input`, given the one before; undefined when the row changes nothing. */
  #conditionOf(input: SqlValue, before: boolean): boolean | undefined {
    const { condition } = this.definition;
    if (input === null) return undefined;
    if (condition.kind === "active") return input === true;
    const value = input as number;
    if (Number.isNaN(value)) return undefined;
    const { set, clear } = condition;
    if (clear > set) return value <= set || (value <= clear && before);
    return value >= set || (value >= clear && before);
  }

  #change(name: string, series: Series, timeMs: number): void {
    const { stats, definition } = this;
    const previous = series.state;
    if (series.condition) {
      series.state = "raised";
      series.occurrence = Math.max(series.occurrence, this.#floor) + 1;
      stats.raised++;
      stats.active++;
    } else {
      series.state = "returned";
      stats.returned++;
      stats.active--;
    }
    this.#events.push({
      alarm_id: `${this.#rule}/${name}/${series.occurrence}`,
      rule: this.#rule,
      series: name,
      state: series.state,
      previous,
      severity: definition.severity,
      value: series.value,
      event_time: timeMs,
      occurrence: series.occurrence,
      message: definition.message,
      payload: series.payload,
    });
    series.value = null;
    series.payload = NO_PAYLOAD;
  }
}
