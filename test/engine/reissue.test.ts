import assert from "node:assert/strict";
import { test } from "node:test";

import { alarmEventJson } from "../../src/alarms/event.ts";
import type { RowMark } from "../../src/core/outbox-rows.ts";
import { reissue } from "../../src/engine/reissue.ts";
import type { PendingEvent } from "../../src/engine/reissue.ts";

const json = alarmEventJson([], "flink");

function event(
  rule: string,
  series: string,
  mark: RowMark,
  [occurrence, timeMs]: number[],
): PendingEvent {
  const alarmId = `${rule}/${series}/${occurrence}`;
  const value = json({
    alarm_id: alarmId,
    rule,
    series,
    state: mark === "raised" ? "raised" : "returned",
    previous: "normal",
    severity: "high",
    value: null,
    event_time: timeMs!,
    occurrence: occurrence!,
    message: null,
    payload: [],
  });
  return {
    lane: "alarm",
    sequence: 1,
    rule,
    topic: "alarms",
    timeMs: timeMs!,
    value: Buffer.from(value),
    alarmId,
    mark,
    isPassed: false,
  };
}

const brief = (events: readonly PendingEvent[]): string[] =>
  events.map(({ alarmId, mark, timeMs }) => `${alarmId} ${mark}@${timeMs}`);

test("events of a restored image go out as what they are to a reader of Kafka", () => {
  const { events, withheld, takenUp } = reissue(
    [
      event("hot", "a", "returned", [3, 50]), // of the occurrence before that in Kafka: told
      event("hot", "d", "raised", [3, 90]), // before the frontier: told, and returned
      event("hot", "a", "raised", [4, 110]), // Kafka has it as raised
      event("hot", "a", "returned", [4, 120]), // … and it returns under Kafka's number
      event("hot", "a", "raised", [5, 130]),
      event("hot", "b", "returned", [1, 140]), // Kafka has it as returned
      event("hot", "b", "raised", [2, 150]),
      event("hot", "b", "returned", [2, 160]),
      event("hot", "b", "raised", [3, 170]),
      event("hot", "e", "returned", [7, 85]), // before the frontier, but Kafka has seen no end of it
    ],
    {
      frontiers: { hot: 100 },
      alarms: {
        hot: {
          occurrence: 8,
          raised: [
            ["a", 6, 60],
            ["c", 8, 95],
            ["e", 7, 80],
          ],
        },
      },
    },
    "headrace",
  );
  assert.deepEqual(brief(events), [
    "hot/a/6 returned@120",
    "hot/a/9 raised@130",
    "hot/b/9 raised@150",
    "hot/b/9 returned@160",
    "hot/b/10 raised@170",
    "hot/e/7 returned@85",
  ]);
  assert.deepEqual(brief(withheld), [
    "hot/a/3 returned@50",
    "hot/d/3 raised@90",
    "hot/a/4 raised@110",
    "hot/b/1 returned@140",
  ]);
  const first = JSON.parse(Buffer.from(events[0]!.value).toString()) as Record<string, unknown>;
  assert.deepEqual([first["alarm_id"], first["occurrence"]], ["hot/a/6", 6]);
  assert.deepEqual(takenUp.get("hot"), {
    occurrence: 8,
    raised: [
      ["c", 8],
      ["a", 9],
      ["b", 10],
    ],
    last: [
      ["a", 9],
      ["b", 10],
    ],
  });
});

test("alarms about the gateway are no result of data: their time says nothing", () => {
  const known = { frontiers: { headrace: 1000 }, alarms: {} };
  const { events, takenUp } = reissue(
    [event("headrace", "uplink_unreachable", "raised", [77, 500])],
    known,
    "headrace",
  );
  assert.deepEqual(brief(events), ["headrace/uplink_unreachable/1 raised@500"]);
  assert.deepEqual(takenUp.get("headrace")?.last, [["uplink_unreachable", 1]]);
});
