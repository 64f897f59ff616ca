import assert from "node:assert/strict";
import { test } from "node:test";

import { parseDuration } from "../../src/core/duration.ts";
import { alarmEventJson } from "../../src/alarms/event.ts";
import { validateAlarmSink } from "../../src/alarms/sink.ts";
import { GatewayError } from "../../src/core/errors.ts";
import { alarmSink, runAlarm } from "./kit.ts";

const COLUMNS = ["series", "event_time", "value"];

test("a definition is read with its defaults", () => {
  const sink = alarmSink(["note", "series", "event_time", "value"], { set: "80" });
  assert.deepEqual(validateAlarmSink(sink), {
    series: 1,
    eventTime: 2,
    condition: { kind: "limit", column: 3, set: 80, clear: 80 },
    payload: [0],
    severity: "high",
    onDelayMs: 0,
    offDelayMs: 0,
    message: null,
    lane: "alarm",
  });
});

const refused: readonly (readonly [string, ReturnType<typeof alarmSink>, RegExp])[] = [
  [
    "an option that does not exist",
    alarmSink(COLUMNS, { set: "1", "on-dely": "1 s" }),
    /no option 'on-dely'.*Did you mean 'on-delay'\?/,
  ],
  ["a severity that does not exist", alarmSink(COLUMNS, { set: "1", severity: "hgih" }), /'high'/],
  ["a limit that is no number", alarmSink(COLUMNS, { set: "8O" }), /'set'.*no number: '8O'/],
  ["an empty limit", alarmSink(COLUMNS, { set: "" }), /no number/],
  ["a value without a limit", alarmSink(COLUMNS, {}), /no limit.*'set'/],
  ["a delay that is no duration", alarmSink(COLUMNS, { set: "1", "on-delay": "10 sek" }), /10 sek/],
  ["a lane that does not exist", alarmSink(COLUMNS, { set: "1", lane: "alarms" }), /'alarm'\?/],
  ["a missing series", alarmSink(["event_time", "value"], { set: "1" }), /no column series STRING/],
  [
    "a misspelt series",
    alarmSink(["serie", "event_time", "value"], { set: "1" }),
    /no column series STRING.*Rename the column/,
  ],
  ["a missing event_time", alarmSink(["series", "value"], { set: "1" }), /no column event_time/],
  ["neither active nor value", alarmSink(["series", "event_time"], {}), /neither/],
  ["both active and value", alarmSink([...COLUMNS, "active"], { set: "1" }), /both/],
  [
    "limits of a boolean",
    alarmSink(["series", "event_time", "active"], { clear: "1" }),
    /'clear'.*needs a column value DOUBLE/,
  ],
  [
    "a payload column named like an event field",
    alarmSink([...COLUMNS, "state"], { set: "1" }),
    /column state.*field of every alarm event/,
  ],
  [
    "a column of another type",
    {
      ...alarmSink(COLUMNS, { set: "1" }),
      columns: [
        { name: "series", type: { kind: "BIGINT", nullable: true } as const },
        ...alarmSink(["event_time", "value"], {}).columns,
      ],
    },
    /column series .* is BIGINT, not STRING/,
  ],
];

for (const [what, sink, expected] of refused) {
  test(`${what} is refused with its place`, () => {
    assert.throws(
      () => validateAlarmSink(sink),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(error.code, "CONFIG_INVALID");
        assert.equal(error.blame, "config");
        assert.deepEqual(error.position, sink.position);
        assert.match(`${error.message} ${error.hint}`, expected);
        return true;
      },
    );
  });
}

test("durations are read as Flink reads them", () => {
  const texts = ["10 s", "1min", " 2 H ", "500", "500 ms", "1 d", "3 minutes", "0 s"];
  const values = [10_000, 60_000, 7_200_000, 500, 500, 86_400_000, 180_000, 0];
  assert.deepEqual(texts.map(parseDuration), values);
  for (const text of ["", "s", "1.5 s", "-1 s", "1 week", "1 s 5", "999999999999999 d"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test("an event is written with the fields of its payload", () => {
  const sink = alarmSink([...COLUMNS, "note"], { set: "80", message: "too hot" });
  const [event] = runAlarm(sink, [
    { row: ["a", 1_704_067_210_500, 81.5, 'say "x"'] },
    { watermark: 2e12 },
  ]);
  assert.ok(event);
  const payload = sink.columns.slice(3);
  assert.equal(
    alarmEventJson(payload, "flink")(event),
    '{"alarm_id":"hot/a/1","rule":"hot","series":"a","state":"raised","previous":"normal",' +
      '"severity":"high","value":81.5,"event_time":"2024-01-01 00:00:10.5Z","occurrence":1,' +
      '"message":"too hot","note":"say \\"x\\""}',
  );
  assert.match(alarmEventJson(payload, "print")(event), /"event_time":"2024-01-01T00:00:10.500Z"/);
});
