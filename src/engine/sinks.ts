// Where a rule's rows go, by connector. A sink is called by the rule's last operator, row by row, and told its
// output watermark; an alarm sink is a state machine with durable state, the others keep nothing.

import { adoptAlarm } from "../alarms/adopt.ts";
import type { KnownAlarm } from "../alarms/adopt.ts";
import { buildAlarm } from "../alarms/alarm.ts";
import type { Alarm } from "../alarms/alarm.ts";
import { alarmEventJson } from "../alarms/event.ts";
import type { AlarmEvent } from "../alarms/event.ts";
import type { AlarmDefinition } from "../alarms/sink.ts";
import type { AlarmSnapshot, WaitingRow } from "../alarms/state.ts";
import { faultPoint } from "../core/fault-points.ts";
import type { Field, SqlValue } from "../core/types.ts";
import { timestampMillis, timestampOf } from "../core/value/timestamp.ts";
import type { TimestampValue } from "../core/value/timestamp.ts";
import { rowJsonWriter } from "../core/value/row-json.ts";
import { KafkaSink } from "./kafka-sink.ts";
import type { StoppedValue } from "./command.ts";
import type { Frontier } from "./frontiers.ts";
import type { Outputs } from "./outputs.ts";
import type { RulePlan } from "./rule-set.ts";

export interface Sink {
  /** `timeMs`: event time, NaN for none. */
  row(values: readonly SqlValue[], timeMs: number): void;
  watermark(watermarkMs: number): void;
  /** The lowest watermark to be told of between rows. */
  wakeAt?(): number;
  /** The lowest watermark at which something happens; Infinity: nothing waits. */
  dueAt?(): number;
  /** The disk is a restored image: goes on from what Kafka has seen. */
  adopt?(known: KnownAlarm): void;
  snapshot(): AlarmSnapshot | undefined;
  /** Rows handed over, and alarm events by state. */
  readonly stats: SinkStats;
}

export interface SinkStats {
  emitted: number;
  /** Rows that the sink did not take. */
  late: number;
  refused: number;
  raised: number;
  returned: number;
  /** Rows of alarm series beyond the bound. */
  seriesDropped: number;
}

/** Takes what a rule lets out: JSON of a row or of an alarm event, and its event time (NaN for none). */
export type Caught = (rule: RulePlan, json: string, timeMs: number) => void;

/** Whether a row of this event time (NaN for none) comes of less than it should, and is not let out. */
export type IsLeftOut = (timeMs: number) => boolean;

export interface SinkContext {
  readonly outputs: Outputs;
  /** In place of lanes and stdout. */
  readonly caught: Caught | undefined;
  readonly isLeftOut: IsLeftOut | undefined;
  readonly alarmTopic: string;
  /** What the rule had put out before the disk image was restored. */
  readonly frontier: Frontier;
  /** A row at or before the frontier. */
  withheld(row: WithheldRow): void;
  /** A row that a sink could not take: `late`, or another reason. */
  refused(reason: string, eventTimeMs: number | undefined): void;
}

type WithheldRow = Omit<StoppedValue, "rule">;

export function buildSink(
  rule: RulePlan,
  context: SinkContext,
  resume: AlarmSnapshot | undefined,
): Sink {
  const sink = sinkOf(rule, context, resume);
  const { isLeftOut } = context;
  if (isLeftOut === undefined) return sink;
  return {
    ...sink,
    row(values, timeMs) {
      if (!isLeftOut(timeMs)) sink.row(values, timeMs);
    },
  };
}

function sinkOf(rule: RulePlan, context: SinkContext, resume: AlarmSnapshot | undefined): Sink {
  const { caught } = context;
  const connector = rule.sink.options["connector"];
  if (caught !== undefined && connector !== "alarm") {
    const json = rowJsonWriter(rule.sink.columns, "print");
    return rowSink(rule, context, (values, timeMs) => {
      caught(rule, json(values), timeMs);
      return "";
    });
  }
  switch (connector) {
    case "alarm":
      return alarmSink(rule, context, resume);
    case "kafka":
      return rowSink(rule, context, kafkaRow(rule, context));
    case "print":
      return rowSink(rule, context, printRow(rule, context));
    default:
      return rowSink(rule, context, () => "");
  }
}

/** Gives why the sink cannot take a row, or "". */
type TakeRow = (values: readonly SqlValue[], timeMs: number) => string;

function rowSink(rule: RulePlan, context: SinkContext, take: TakeRow): Sink {
  const stats = newStats();
  const { outputs, frontier } = context;
  const print = rowJsonWriter(rule.sink.columns, "print");
  const name = JSON.stringify(rule.name);
  const device = outputs.tellsRows(rule.name)
    ? rule.sink.columns.findIndex((column) => column.name === "device")
    : -1;
  const notNull = rule.sink.columns.flatMap(({ type }, index) => (type.nullable ? [] : [index]));
  return {
    stats,
    row(values, timeMs) {
      faultPoint("rule-throws", rule.name);
      const nulled = notNull.find((index) => (values[index] ?? null) === null);
      const reason =
        nulled === undefined
          ? take(values, timeMs)
          : `column ${rule.sink.columns[nulled]?.name ?? ""} is NOT NULL`;
      if (reason !== "") {
        stats.refused++;
        context.refused(reason, undefined);
        return;
      }
      stats.emitted++;
      const kept = values.slice();
      const line = (): string => `{"rule":${name},"row":${print(kept)}}`;
      const of = device < 0 ? null : kept[device];
      // A row that is withheld may come of less than it should.
      if (typeof of === "string" && !(timeMs <= frontier.ms)) {
        outputs.tellRow(rule.name, of, () => print(kept));
      }
      outputs.remember(outputs.recentRows, line);
      if (outputs.tap) outputs.show(line());
    },
    watermark() {},
    snapshot: () => undefined,
  };
}

function kafkaRow(rule: RulePlan, { outputs, frontier, withheld }: SinkContext): TakeRow {
  const kafka = new KafkaSink(rule.sink);
  const { topic, schemas } = kafka;
  const writer = outputs.writer(rule.lane);
  const sink = writer.sink(rule.name, topic, schemas);
  return (values, timeMs) => {
    const key = kafka.key(values);
    const value = key === undefined ? undefined : kafka.value(values);
    if (key === undefined || value === undefined) return kafka.reason;
    if (timeMs <= frontier.ms) withheld({ topic, timeMs, value: value ?? "" });
    else writer.add(sink, { key, value, timeMs });
    return "";
  };
}

function printRow(rule: RulePlan, { outputs }: SinkContext): TakeRow {
  const write = rowJsonWriter(rule.sink.columns, "print");
  const into = JSON.stringify(rule.sink.name);
  return (values) => {
    outputs.print(`{"into":${into},"row":${write(values)}}`);
    return "";
  };
}

function alarmSink(rule: RulePlan, context: SinkContext, resume: AlarmSnapshot | undefined): Sink {
  const options = { rule: rule.name, sink: rule.sink };
  let alarm: Alarm = buildAlarm(options, resume);
  const { frontier, alarmTopic: topic } = context;
  const stats = newStats();
  const payload = alarm.definition.payload.map((index) => rule.sink.columns[index] as Field);
  const letOut = alarmEvents(rule, context, payload);
  const input = rowJsonWriter(rule.sink.columns, "flink");
  return {
    stats,
    row(values) {
      faultPoint("rule-throws", rule.name);
      const time = values[alarm.definition.eventTime] ?? null;
      const timeMs = time === null ? undefined : timestampMillis(time as TimestampValue);
      if (timeMs !== undefined && timeMs <= frontier.ms) {
        context.withheld({ topic, timeMs, value: input(values) });
        return;
      }
      const refusal = alarm.row(values);
      if (refusal === undefined) return;
      if (refusal === "late") stats.late++;
      else stats.refused++;
      context.refused(refusal, timeMs);
    },
    watermark(watermarkMs) {
      alarm.watermark(watermarkMs);
      stats.seriesDropped = alarm.stats.seriesDropped;
      for (const event of alarm.drain()) {
        stats.emitted++;
        if (event.state === "raised") stats.raised++;
        else stats.returned++;
        letOut(event);
      }
    },
    // Lateness is judged by the watermark before each row, as in Flink: every rise between rows counts.
    wakeAt: () => Number.NEGATIVE_INFINITY,
    dueAt: () => alarm.dueAt(),
    adopt(known) {
      const { state, dropped } = adoptAlarm(alarm.snapshot(), known);
      alarm = buildAlarm(options, state);
      for (const row of dropped) {
        const value = input(sinkRow(alarm.definition, rule.sink.columns, row));
        context.withheld({ topic, timeMs: row.timeMs, value });
      }
    },
    snapshot: () => alarm.snapshot(),
  };
}

function alarmEvents(
  rule: RulePlan,
  { outputs, caught, alarmTopic }: SinkContext,
  payload: readonly Field[],
): (event: AlarmEvent) => void {
  const print = alarmEventJson(payload, "print");
  if (caught !== undefined) return (event) => caught(rule, print(event), event.event_time);
  const flink = alarmEventJson(payload, "flink");
  const writer = outputs.writer(rule.lane);
  const sink = writer.sink(rule.name, alarmTopic);
  return (event) => {
    writer.add(sink, {
      key: event.alarm_id,
      value: flink(event),
      timeMs: event.event_time,
      mark: event.state === "raised" ? "raised" : "returned",
    });
    outputs.tell({ rule: rule.name, series: event.series, isRaised: event.state === "raised" });
    const line = (): string => `{"alarm":${print(event)}}`;
    outputs.remember(outputs.recentAlarms, line);
    if (outputs.tap) outputs.show(line());
  };
}

/** A row that waits in an alarm, in the sink's columns again. */
function sinkRow(of: AlarmDefinition, columns: readonly Field[], row: WaitingRow): SqlValue[] {
  const values = columns.map((): SqlValue => null);
  const { type } = columns[of.eventTime] as Field;
  const precision = "precision" in type ? type.precision : 3;
  values[of.series] = row.series;
  values[of.eventTime] = timestampOf(row.timeMs, 0, precision);
  values[of.condition.column] = row.input;
  for (const [index, column] of of.payload.entries()) values[column] = row.payload[index] ?? null;
  return values;
}

function newStats(): SinkStats {
  return { emitted: 0, late: 0, refused: 0, raised: 0, returned: 0, seriesDropped: 0 };
}
