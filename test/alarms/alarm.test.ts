import assert from "node:assert/strict";
import { test } from "node:test";

import { buildAlarm } from "../../src/alarms/alarm.ts";
import { ALARM_SERIES, ALARM_WAITING_ROWS } from "../../src/core/limits.ts";
import { alarmSink, brief, runAlarm, type Step } from "./kit.ts";

const at = (series: string, timeMs: number, input: number | boolean | null): Step => ({
  row: [series, timeMs, input],
});
const upTo = (watermark: number): Step => ({ watermark });

test("an alarm is raised at set, holds between the limits, and returns below clear", () => {
  const sink = alarmSink(["series", "event_time", "value"], { set: "80", clear: "75" });
  const rows = [79.9, 80, 76, 75, 74.9, 79, 81].map((value, index) => at("a", index + 1, value));
  const events = runAlarm(sink, [...rows, upTo(10)]);
  assert.deepEqual(brief(events), ["raised@2 a#1", "returned@5 a#1", "raised@7 a#2"]);
  assert.deepEqual(
    events.map(({ previous, value }) => [previous, value]),
    [
      ["normal", 80],
      ["raised", 74.9],
      ["returned", 81],
    ],
  );
});

test("without clear an alarm returns below set", () => {
  const sink = alarmSink(["series", "event_time", "value"], { set: "80" });
  const events = runAlarm(sink, [at("a", 1, 80), at("a", 2, 79.99), upTo(2)]);
  assert.deepEqual(brief(events), ["raised@1 a#1", "returned@2 a#1"]);
});

test("clear above set makes a low alarm", () => {
  const sink = alarmSink(["series", "event_time", "value"], { set: "10", clear: "12" });
  const rows = [10.1, 10, 12, 12.1, 9].map((value, index) => at("a", index + 1, value));
  const events = runAlarm(sink, [...rows, upTo(9)]);
  assert.deepEqual(brief(events), ["raised@2 a#1", "returned@4 a#1", "raised@5 a#2"]);
});

test("NULL and NaN change nothing, not even a running delay", () => {
  const sink = alarmSink(["series", "event_time", "value"], { set: "80", "on-delay": "10 ms" });
  const rows = [at("a", 1, 90), at("a", 5, null), at("a", 6, Number.NaN), upTo(11)];
  const events = runAlarm(sink, rows);
  assert.deepEqual(brief(events), ["raised@11 a#1"]);
  assert.equal(events[0]?.value, 90);
});

test("a delayed alarm is emitted when the watermark reaches onset plus delay, with the newest row", () => {
  const sink = alarmSink(["series", "event_time", "value", "note"], {
    set: "80",
    "on-delay": "10 s",
  });
  const rows: Step[] = [
    { row: ["a", 1000, 90, "first"] },
    { row: ["a", 9000, 95, "second"] },
    { row: ["a", 11_000, 99, "at the deadline"] },
  ];
  assert.deepEqual(brief(runAlarm(sink, [...rows, upTo(10_999)])), []);
  const events = runAlarm(sink, [...rows, upTo(11_000)]);
  assert.deepEqual(brief(events), ["raised@11000 a#1"]);
  assert.deepEqual([events[0]?.value, events[0]?.payload], [95, ["second"]]);
});

test("a condition that ends before its delay raises nothing and starts afresh", () => {
  const sink = alarmSink(["series", "event_time", "active"], { "on-delay": "10 ms" });
  const steps = [at("a", 0, true), at("a", 9, false), at("a", 15, true), upTo(24)];
  assert.deepEqual(brief(runAlarm(sink, steps)), []);
  assert.deepEqual(brief(runAlarm(sink, [...steps, upTo(25)])), ["raised@25 a#1"]);
});

test("a condition that ends exactly at its deadline has held long enough", () => {
  const sink = alarmSink(["series", "event_time", "active"], { "on-delay": "10 ms" });
  const events = runAlarm(sink, [at("a", 0, true), at("a", 10, false), upTo(10)]);
  assert.deepEqual(brief(events), ["raised@10 a#1", "returned@10 a#1"]);
});

test("an off-delay bridges a short return", () => {
  const sink = alarmSink(["series", "event_time", "active"], { "off-delay": "1 min" });
  const steps = [
    at("a", 0, true),
    at("a", 10_000, false),
    at("a", 69_999, true),
    at("a", 80_000, false),
    upTo(200_000),
  ];
  assert.deepEqual(brief(runAlarm(sink, steps)), ["raised@0 a#1", "returned@140000 a#1"]);
});

test("rows are taken in event time, ties in order of arrival, whatever order they came in", () => {
  const sink = alarmSink(["series", "event_time", "active"], {});
  const steps = [at("a", 5, false), at("a", 3, true), at("a", 5, true), upTo(5)];
  assert.deepEqual(brief(runAlarm(sink, steps)), [
    "raised@3 a#1",
    "returned@5 a#1",
    "raised@5 a#2",
  ]);
});

test("a row at or below the watermark is late and counted", () => {
  const alarm = buildAlarm({
    rule: "hot",
    sink: alarmSink(["series", "event_time", "active"], {}),
  });
  alarm.watermark(100);
  assert.equal(alarm.row(["a", 100, true]), "late");
  assert.equal(alarm.row(["a", 101, true]), undefined);
  alarm.watermark(50);
  assert.deepEqual(alarm.drain(), []);
  assert.deepEqual([alarm.stats.late, alarm.stats.rows, alarm.stats.waiting], [1, 2, 1]);
});

test("rows without a series or an event time are refused", () => {
  const alarm = buildAlarm({
    rule: "hot",
    sink: alarmSink(["series", "event_time", "active"], {}),
  });
  assert.equal(alarm.row([null, 1, true]), "series is NULL");
  assert.equal(alarm.row(["a", null, true]), "event_time is NULL");
  assert.equal(alarm.stats.refused, 2);
});

test("series keep apart, and their events come in the order of event time", () => {
  const sink = alarmSink(["series", "event_time", "active"], { "on-delay": "4 ms" });
  const steps = [at("b", 1, true), at("a", 2, true), at("c", 7, true), upTo(20)];
  const events = runAlarm(sink, steps);
  assert.deepEqual(brief(events), ["raised@5 b#1", "raised@6 a#1", "raised@11 c#1"]);
  assert.deepEqual(
    events.map(({ alarm_id }) => alarm_id),
    ["hot/b/1", "hot/a/1", "hot/c/1"],
  );
});

test("further rows than may wait for the watermark are refused and counted", () => {
  const alarm = buildAlarm({
    rule: "hot",
    sink: alarmSink(["series", "event_time", "active"], {}),
  });
  for (let index = 0; index < ALARM_WAITING_ROWS; index++) alarm.row(["a", index + 1, false]);
  assert.equal(alarm.row(["a", 1, true]), "too many rows wait for the watermark");
  alarm.watermark(10);
  assert.equal(alarm.row(["a", 11, true]), undefined);
});

test("further series than are kept are dropped and counted; quiet series take no room", () => {
  const alarm = buildAlarm({
    rule: "hot",
    sink: alarmSink(["series", "event_time", "active"], {}),
  });
  for (let index = 0; index < ALARM_SERIES + 2; index++) {
    alarm.row([`quiet${index}`, 1, false]);
    if (index % 1000 === 0) alarm.watermark(1);
  }
  for (let index = 0; index < ALARM_SERIES + 2; index++) alarm.row([`s${index}`, 2, true]);
  alarm.watermark(2);
  assert.equal(alarm.drain().length, ALARM_SERIES);
  assert.deepEqual([alarm.stats.seriesDropped, alarm.stats.active], [2, ALARM_SERIES]);
});

test("cancelled deadlines do not pile up", () => {
  const sink = alarmSink(["series", "event_time", "active"], { "on-delay": "1 h" });
  const alarm = buildAlarm({ rule: "hot", sink });
  for (let index = 1; index <= 20_000; index++) {
    alarm.row(["a", index, index % 2 === 1]);
    alarm.watermark(index);
  }
  assert.deepEqual(alarm.snapshot().deadlines, []);
  alarm.row(["a", 20_001, true]);
  alarm.watermark(20_001 + 3_600_000);
  assert.deepEqual(brief(alarm.drain()), ["raised@3620001 a#1"]);
});
