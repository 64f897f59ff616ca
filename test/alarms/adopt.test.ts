import assert from "node:assert/strict";
import { test } from "node:test";

import { adoptAlarm } from "../../src/alarms/adopt.ts";
import type { KnownAlarm } from "../../src/alarms/adopt.ts";
import { type Alarm, buildAlarm } from "../../src/alarms/alarm.ts";
import { alarmEventJson, renumberEvent } from "../../src/alarms/event.ts";
import { successorState } from "../../src/alarms/state.ts";
import { alarmSink, brief } from "./kit.ts";

const sink = alarmSink(["series", "event_time", "active"], { "on-delay": "5 ms" });

/** An alarm after these rows, its watermark at the last of them. */
function after(...rows: readonly (readonly [string, number, boolean])[]): Alarm {
  const alarm = buildAlarm({ rule: "hot", sink });
  for (const [series, time, active] of rows) {
    alarm.row([series, time, active]);
    alarm.watermark(time);
  }
  alarm.drain();
  return alarm;
}

function adopted(alarm: Alarm, known: Partial<KnownAlarm>): Alarm {
  const nothing = { frontierMs: 0, occurrence: 0, raised: new Map(), last: new Map() };
  const { state } = adoptAlarm(alarm.snapshot(), { ...nothing, ...known });
  return buildAlarm({ rule: "hot", sink }, structuredClone(state));
}

function eventsOf(
  alarm: Alarm,
  ...rows: readonly (readonly [string, number, boolean])[]
): string[] {
  for (const [series, time, active] of rows) {
    alarm.row([series, time, active]);
    alarm.watermark(time);
  }
  return brief(alarm.drain());
}

test("what Kafka has as raised returns under its number; what Kafka has as returned was never raised", () => {
  const alarm = after(["a", 10, true], ["a", 20, true], ["b", 21, true], ["b", 30, true]);
  const raised = new Map([["a", 7]]);
  const one = adopted(alarm, { frontierMs: 100, occurrence: 9, raised });
  assert.equal(one.stats.active, 1);
  assert.deepEqual(eventsOf(one, ["a", 110, false], ["b", 111, false]), ["returned@110 a#7"]);
  assert.deepEqual(eventsOf(one, ["b", 120, true], ["b", 130, true], ["a", 140, true]), [
    "raised@125 b#10",
  ]);
  assert.deepEqual(eventsOf(one, ["a", 150, true]), ["raised@145 a#10"]);
});

test("an alarm that the image has never seen returns, and numbers go on from the last", () => {
  const raised = new Map([["new", 3]]);
  const alarm = adopted(after(), {
    frontierMs: 50,
    occurrence: 4,
    raised,
    last: new Map([["x", 6]]),
  });
  assert.deepEqual(eventsOf(alarm, ["new", 60, false], ["x", 61, true], ["x", 70, true]), [
    "returned@60 new#3",
    "raised@66 x#7",
  ]);
});

test("nothing at or before the frontier is judged again", () => {
  const alarm = buildAlarm({ rule: "hot", sink });
  alarm.row(["a", 10, true]);
  alarm.watermark(11); // a delay runs until 15
  alarm.row(["b", 12, true]);
  alarm.row(["b", 40, true]);
  const { state, dropped } = adoptAlarm(alarm.snapshot(), {
    frontierMs: 20,
    occurrence: 2,
    raised: new Map(),
    last: new Map(),
  });
  assert.deepEqual(
    dropped.map(({ series, timeMs }) => [series, timeMs]),
    [["b", 12]],
  );
  const later = buildAlarm({ rule: "hot", sink }, state);
  assert.equal(later.row(["a", 20, true]), "late");
  later.watermark(45);
  assert.deepEqual(brief(later.drain()), ["raised@45 b#3"]);
  assert.deepEqual(eventsOf(later, ["a", 50, true], ["a", 60, true]), ["raised@55 a#3"]);
});

test("a delay that ends beyond the frontier goes on", () => {
  const alarm = adopted(after(["a", 10, true]), { frontierMs: 12, occurrence: 1 });
  assert.deepEqual(eventsOf(alarm, ["z", 20, false]), ["raised@15 a#2"]);
});

test("the alarm of a changed rule begins anew but for the numbers", () => {
  const alarm = after(["a", 10, true], ["a", 20, false], ["a", 30, true], ["a", 40, true]);
  const changed = buildAlarm({ rule: "hot", sink }, successorState(alarm.snapshot()));
  assert.equal(changed.stats.active, 0);
  assert.deepEqual(eventsOf(changed, ["b", 50, true], ["b", 60, true]), ["raised@55 b#3"]);
  assert.equal(successorState(undefined), undefined);
});

test("an event gets another number and nothing else changes, whatever its texts hold", () => {
  const json = alarmEventJson(
    [{ name: "note", type: { kind: "VARCHAR", length: 99, nullable: true } }],
    "flink",
  );
  const event = (occurrence: number): string =>
    json({
      alarm_id: `hot/we"ird,"occurrence":5,"message":$&/${occurrence}`,
      rule: "hot",
      series: 'we"ird,"occurrence":5,"message":$&',
      state: "raised",
      previous: "normal",
      severity: "high",
      value: 1e21,
      event_time: 5,
      occurrence,
      message: '"occurrence":5',
      payload: [',"occurrence":5,"message":'],
    });
  const id = 'hot/we"ird,"occurrence":5,"message":$&/12';
  assert.equal(renumberEvent(event(3), id, 12), event(12));
});
