// Where a rule's rows go, by connector. A sink is called by the rule's last operator, row by row, and told its
// output watermark; an alarm sink is a state machine with durable state, the others keep nothing.

import { buildAlarm } from "../alarms/alarm.ts";
import type { Alarm } from "../alarms/alarm.ts";
import { alarmEventJson } from "../alarms/event.ts";
import type { AlarmSnapshot } from "../alarms/state.ts";
import { faultPoint } from "../core/fault-points.ts";
import type { Field, SqlValue } from "../core/types.ts";
import { timestampMillis } from "../core/value/timestamp.ts";
import type { TimestampValue } from "../core/value/timestamp.ts";
import { rowJsonWriter } from "../core/value/row-json.ts";
import type { Outputs } from "./outputs.ts";
import { keyFieldsOf } from "./rule-set.ts";
import type { RulePlan } from "./rule-set.ts";

export interface Sink {
  row(values: readonly SqlValue[]): void;
  watermark(watermarkMs: number): void;
  /** The lowest watermark to be told of between rows. */
  wakeAt?(): number;
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
}

export interface SinkContext {
  readonly outputs: Outputs;
  readonly alarmTopic: string;
  /** A row that a sink could not take: `late`, or another reason. */
  refused(reason: string, eventTimeMs: number | undefined): void;
}

export function buildSink(rule: RulePlan, context: SinkContext, resume: unknown): Sink {
  switch (rule.sink.options["connector"]) {
    case "alarm":
      return alarmSink(rule, context, resume as AlarmSnapshot | undefined);
    case "kafka":
      return rowSink(rule, context, kafkaRow(rule, context));
    case "print":
      return rowSink(rule, context, printRow(rule, context));
    default:
      return rowSink(rule, context, () => {});
  }
}

type TakeRow = (values: readonly SqlValue[]) => void;

function rowSink(rule: RulePlan, context: SinkContext, take: TakeRow): Sink {
  const stats = newStats();
  const { outputs } = context;
  const print = rowJsonWriter(rule.sink.columns, "print");
  const name = JSON.stringify(rule.name);
  const notNull = rule.sink.columns.flatMap(({ type }, index) => (type.nullable ? [] : [index]));
  return {
    stats,
    row(values) {
      faultPoint("rule-throws", rule.name);
      const nulled = notNull.find((index) => (values[index] ?? null) === null);
      if (nulled !== undefined) {
        stats.refused++;
        context.refused(`column ${rule.sink.columns[nulled]?.name ?? ""} is NOT NULL`, undefined);
        return;
      }
      stats.emitted++;
      take(values);
      const kept = values.slice();
      const line = (): string => `{"rule":${name},"row":${print(kept)}}`;
      outputs.remember(outputs.recentRows, line);
      if (outputs.tap) outputs.show(line());
    },
    watermark() {},
    snapshot: () => undefined,
  };
}

function kafkaRow(rule: RulePlan, { outputs }: SinkContext): TakeRow {
  const { columns, options } = rule.sink;
  const writer = outputs.writer(rule.lane);
  const sink = writer.sink(rule.name, options["topic"] as string);
  const keys = keyFieldsOf(rule.sink).map((name) => columns.findIndex((c) => c.name === name));
  const key = keyWriter(options["key.format"], keys, columns);
  const inValue = columns.flatMap((_, index) =>
    options["value.fields-include"] === "EXCEPT_KEY" && keys.includes(index) ? [] : [index],
  );
  const value = rowJsonWriter(
    inValue.map((index) => columns[index] as Field),
    "flink",
  );
  if (inValue.length === columns.length) {
    return (values) => writer.add(sink, key(values), value(values));
  }
  return (values) => {
    writer.add(sink, key(values), value(inValue.map((index) => values[index] ?? null)));
  };
}

function keyWriter(
  format: string | undefined,
  keys: readonly number[],
  columns: readonly Field[],
): (values: readonly SqlValue[]) => string | null {
  if (format === undefined) return () => null;
  if (format === "raw") {
    const [index = 0] = keys;
    const write = rowJsonWriter([{ name: "k", type: (columns[index] as Field).type }], "flink");
    return (values) => {
      const key = values[index] ?? null;
      if (key === null) return null;
      if (typeof key === "string") return key;
      // Any other type: the text that its JSON form holds.
      const text = write([key]).slice('{"k":'.length, -1);
      return text.startsWith('"') ? text.slice(1, -1) : text;
    };
  }
  const write = rowJsonWriter(
    keys.map((index) => columns[index] as Field),
    "flink",
  );
  return (values) => write(keys.map((index) => values[index] ?? null));
}

function printRow(rule: RulePlan, { outputs }: SinkContext): TakeRow {
  const write = rowJsonWriter(rule.sink.columns, "print");
  const into = JSON.stringify(rule.sink.name);
  return (values) => outputs.print(`{"into":${into},"row":${write(values)}}`);
}

function alarmSink(rule: RulePlan, context: SinkContext, resume: AlarmSnapshot | undefined): Sink {
  const alarm: Alarm = buildAlarm({ rule: rule.name, sink: rule.sink }, resume);
  const { outputs } = context;
  const stats = newStats();
  const payload = alarm.definition.payload.map((index) => rule.sink.columns[index] as Field);
  const flink = alarmEventJson(payload, "flink");
  const print = alarmEventJson(payload, "print");
  const writer = outputs.writer(rule.lane);
  const sink = writer.sink(rule.name, context.alarmTopic);
  return {
    stats,
    row(values) {
      faultPoint("rule-throws", rule.name);
      const refusal = alarm.row(values);
      if (refusal === undefined) return;
      if (refusal === "late") stats.late++;
      else stats.refused++;
      const time = values[alarm.definition.eventTime] ?? null;
      const timeMs = time === null ? undefined : timestampMillis(time as TimestampValue);
      context.refused(refusal, timeMs);
    },
    watermark(watermarkMs) {
      alarm.watermark(watermarkMs);
      for (const event of alarm.drain()) {
        stats.emitted++;
        if (event.state === "raised") stats.raised++;
        else stats.returned++;
        writer.add(sink, event.alarm_id, flink(event));
        const line = (): string => `{"alarm":${print(event)}}`;
        outputs.remember(outputs.recentAlarms, line);
        if (outputs.tap) outputs.show(line());
      }
    },
    // Lateness is judged by the watermark before each row, as in Flink: every rise between rows counts.
    wakeAt: () => Number.NEGATIVE_INFINITY,
    snapshot: () => alarm.snapshot(),
  };
}

function newStats(): SinkStats {
  return { emitted: 0, late: 0, refused: 0, raised: 0, returned: 0 };
}
