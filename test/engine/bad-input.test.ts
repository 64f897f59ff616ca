// What is no row, or no row for one rule: a dead letter with its reason, a counter, and nothing else.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { PANES_PER_OPERATOR } from "../../src/core/limits.ts";
import { engineStatus } from "../../src/engine/status.ts";
import type { TestMessage } from "../decode/batch.ts";
import {
  ALARM_RULE,
  engineConfig,
  FILTER_RULE,
  gatewayAlarms,
  kafkaSink,
  reading,
  READINGS,
  TUMBLE_RULE,
  valuesOf,
  Workbench,
} from "./kit.ts";
import type { Life, Rules } from "./kit.ts";

const TOPICS = {
  topics: { alarm: "alarms", deadLetter: "dead", late: "late", rollback: undefined },
};
const T0 = 1_767_225_600_000;

function started(context: TestContext, rules: Rules): Life {
  const bench = new Workbench(context);
  return bench.start(engineConfig(bench.folder(), rules, TOPICS));
}

function message(payload: string, topic = "readings/a"): TestMessage {
  return { topic, payload };
}

/** Dead letters as they wait for their Kafka topic. */
function letters(life: Life): Record<string, unknown>[] {
  return valuesOf(life.engine, "headrace_dead_letter");
}

function counted(life: Life): Record<string, number> {
  return Object.fromEntries(life.engine.state.pipeline.counts.deadLetters);
}

function payloadText({ payload }: Record<string, unknown>): string {
  return Buffer.from(String(payload), "base64").toString();
}

describe("a message that is no row", () => {
  it("is a dead letter with its payload, and the others count", (context) => {
    const life = started(context, { filter: FILTER_RULE });
    const good = (seq: number): TestMessage => reading("a", { seq, atMs: seq, v: 60 });
    life.run([
      good(1),
      message("{"),
      message(`{"device":"a","seq":2,"ts":${T0},"v":"abc"}`),
      message("{}", "nobody/asked"),
      message(`{"device":"a","seq":3,"v":61}`),
      good(4),
    ]);
    assert.equal(valuesOf(life.engine, "filter").length, 2);
    const [broken, wrongType, noTable, noTime] = letters(life);
    assert.equal(letters(life).length, 4);
    assert.equal(broken?.["topic"], "readings/a");
    assert.equal(broken?.["table"], "readings");
    assert.equal(payloadText(broken ?? {}), "{");
    assert.match(String(wrongType?.["reason"]), /field v: /);
    assert.equal(noTable?.["table"], null);
    assert.equal(noTable?.["reason"], "no table matches the topic");
    assert.equal(noTime?.["reason"], "the event time is NULL");
    assert.equal(payloadText(noTime ?? {}), `{"device":"a","seq":3,"v":61}`);
    assert.deepEqual(counted(life), { undecodable: 2, no_table: 1, event_time: 1 });
  });

  it("is one for a missing NOT NULL field only; other missing fields are NULL", (context) => {
    const life = started(context, {
      all:
        READINGS.replace("v DOUBLE", "v DOUBLE, w DOUBLE NOT NULL") +
        kafkaSink("all_rows", "device STRING, v DOUBLE") +
        "INSERT INTO all_rows SELECT device, v FROM readings;",
    });
    life.run([
      message(`{"device":"a","seq":1,"ts":${T0},"w":1}`),
      message(`{"device":"a","seq":2,"ts":${T0},"v":2}`),
    ]);
    assert.deepEqual(valuesOf(life.engine, "all"), [{ device: "a", v: null }]);
    assert.deepEqual(counted(life), { not_null: 1 });
  });

  it("is let go where json.ignore-parse-errors says so", (context) => {
    const ignoring = FILTER_RULE.replace(
      "'format' = 'json',",
      "'format' = 'json', 'json.ignore-parse-errors' = 'true',",
    );
    assert.notEqual(ignoring, FILTER_RULE);
    const life = started(context, { filter: ignoring });
    life.run([message("{"), reading("a", { seq: 1, atMs: 0, v: 60 })]);
    assert.equal(valuesOf(life.engine, "filter").length, 1);
    assert.deepEqual(letters(life), []);
  });

  it("keeps what there is of a payload above limits.packetBytes, and its length", (context) => {
    const life = started(context, { filter: FILTER_RULE });
    const kept = "x".repeat(4096);
    life.run([{ topic: "readings/a", payload: kept, truncatedFrom: 2_000_000 }]);
    const [letter] = letters(life);
    assert.match(String(letter?.["reason"]), /limits\.packetBytes: 2000000 bytes/);
    assert.equal(payloadText(letter ?? {}), kept);
    assert.deepEqual(counted(life), { truncated: 1 });
  });
});

describe("a row on whose data Flink would fail", () => {
  const dividing =
    READINGS.replace("v DOUBLE", "v INT") +
    kafkaSink("shares", "device STRING, share INT") +
    "INSERT INTO shares SELECT device, 100 / v FROM readings;";

  it("is a dead letter of that rule alone, without payload", (context) => {
    const plain =
      READINGS.replace("v DOUBLE", "v INT") +
      kafkaSink("plain", "v INT") +
      "INSERT INTO plain SELECT v FROM readings;";
    const life = started(context, { share: dividing, plain });
    life.run([4, 0, 5].map((v, i) => reading("a", { seq: i + 1, atMs: i, v })));
    assert.deepEqual(
      valuesOf(life.engine, "share").map(({ share }) => share),
      [25, 20],
    );
    assert.equal(valuesOf(life.engine, "plain").length, 3);
    const [letter, ...more] = letters(life);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...letter, receive_time: undefined },
      {
        rule: "share",
        table: "readings",
        topic: "readings/a",
        receive_time: undefined,
        event_time: null,
        reason: "division by zero",
        payload: null,
      },
    );
    assert.equal(life.engine.state.inForce.suspended.size, 0);
    assert.deepEqual(counted(life), { rule_error: 1 });
  });

  it("has the window's bounds in its reason when it is a window's result", (context) => {
    const life = started(context, {
      ratio:
        READINGS.replace("v DOUBLE", "v INT") +
        kafkaSink("ratios", "device STRING, ratio BIGINT") +
        `INSERT INTO ratios SELECT device, COUNT(*) / SUM(v)
         FROM TUMBLE(TABLE readings, DESCRIPTOR(event_time), INTERVAL '10' SECOND)
         GROUP BY device, window_start, window_end;`,
    });
    life.run([
      reading("a", { seq: 1, atMs: 1_000, v: 0 }),
      reading("b", { seq: 1, atMs: 2_000, v: 1 }),
      reading("a", { seq: 2, atMs: 30_000, v: 1 }),
    ]);
    assert.deepEqual(valuesOf(life.engine, "ratio"), [{ device: "b", ratio: 1 }]);
    const [letter] = letters(life);
    assert.match(
      String(letter?.["reason"]),
      /^division by zero \(window 2026-01-01 00:00:00Z to 2026-01-01 00:00:10Z\)$/,
    );
    assert.equal(letter?.["payload"], null);
    assert.equal(letter?.["topic"], null);
  });

  it("is a dead letter of the alarm that cannot take it", (context) => {
    const life = started(context, { hot: ALARM_RULE, filter: FILTER_RULE });
    life.run([message(`{"seq":1,"ts":${T0},"v":90}`)]);
    const [letter] = letters(life);
    assert.equal(letter?.["rule"], "hot");
    assert.equal(letter?.["reason"], "series is NULL");
    assert.equal(valuesOf(life.engine, "filter").length, 1);
  });
});

describe("a row for which an operator has no room", () => {
  it("is a dead letter of a kind of its own", (context) => {
    const life = started(context, {
      tumble: TUMBLE_RULE.replace("INTERVAL '5' SECOND", "INTERVAL '90' DAY"),
    });
    for (let first = 0; first <= PANES_PER_OPERATOR; first += 4000) {
      const count = Math.min(4000, PANES_PER_OPERATOR + 1 - first);
      life.run(
        Array.from({ length: count }, (_, i) => {
          return reading("a", { seq: first + i + 1, atMs: (first + i) * 10_000, v: 1 });
        }),
      );
    }
    assert.deepEqual(counted(life), { state_full: 1 });
    assert.match(String(letters(life)[0]?.["reason"]), /100000 open panes/);
    const { metrics } = engineStatus(life.engine, undefined);
    const bytes = metrics.find(({ name }) => name === "headrace_state_bytes");
    assert.ok((bytes?.value ?? 0) > PANES_PER_OPERATOR * 100);
  });
});

describe("the system tables", () => {
  const SYSTEM_RULES = {
    tumble: TUMBLE_RULE,
    late_rows:
      kafkaSink("late_rows", "rule STRING, `table` STRING, reason STRING, payload BYTES") +
      "INSERT INTO late_rows SELECT rule, `table`, reason, payload FROM headrace_late;",
    dead_rows:
      kafkaSink("dead_rows", "topic STRING, reason STRING, receive_time TIMESTAMP_LTZ(3)") +
      "INSERT INTO dead_rows SELECT topic, reason, receive_time FROM headrace_dead_letter;",
  };

  it("can be read by rules, and are forwarded where a topic is configured", (context) => {
    const life = started(context, SYSTEM_RULES);
    life.run([
      reading("a", { seq: 1, atMs: 60_000, v: 1 }),
      reading("a", { seq: 2, atMs: 1_000, v: 2 }),
      message("{"),
    ]);
    const [late, ...moreLate] = valuesOf(life.engine, "late_rows");
    assert.deepEqual(moreLate, []);
    assert.equal(late?.["rule"], "tumble");
    assert.equal(
      late?.["reason"],
      "the window ending 2026-01-01 00:00:10Z had fired, the watermark was 2026-01-01 00:00:55Z",
    );
    assert.match(payloadText(late ?? {}), /"seq":2/);
    assert.equal(valuesOf(life.engine, "headrace_late").length, 1);
    assert.equal(valuesOf(life.engine, "dead_rows").length, 1);
    assert.equal(letters(life).length, 1);
    const counts = life.engine.state.pipeline.counts.rules;
    assert.equal(counts.find(({ name }) => name === "tumble")?.late, 1);
  });

  it("do not go round: a dead letter of their own reader is not read again", (context) => {
    const life = started(context, {
      filter: FILTER_RULE,
      circle:
        kafkaSink("circle", "x INT") +
        "INSERT INTO circle SELECT 1 / (CHAR_LENGTH(reason) - CHAR_LENGTH(reason)) FROM headrace_dead_letter;",
    });
    life.run([message("{")]);
    const [broken, ...more] = letters(life);
    assert.equal(broken?.["rule"], null);
    assert.deepEqual(
      more.map(({ rule, reason }) => [rule, reason]),
      [["circle", "division by zero"]],
    );
  });

  it("stay on the gateway where no topic is configured", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), SYSTEM_RULES));
    life.run([message("{")]);
    assert.equal(valuesOf(life.engine, "dead_rows").length, 1);
    assert.deepEqual(letters(life), []);
  });
});

describe("rows that Kafka refuses for good", () => {
  it("become dead letters, and recovery gives the same ones", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), { filter: FILTER_RULE }, TOPICS);
    const life = bench.start(config);
    const row = { lane: "result", sequence: 5, rule: "filter", topic: "high", timeMs: 7 } as const;
    const refused = { ...row, reason: "too large", value: Buffer.of(0, 0xff, 0xc3) };
    for (let told = 0; told < 2; told++) {
      life.engine.uplinked((reconciler) => reconciler.stopRows([], [refused]));
    }
    const [letter] = letters(life);
    assert.deepEqual([letter?.["rule"], letter?.["topic"]], ["filter", "high"]);
    assert.equal(letter?.["payload"], refused.value.toString("base64"), "not all values are text");
    const again = bench.restart(life, config);
    assert.equal(again.engine.state.digestMismatches, 0);
    again.engine.uplinked((reconciler) => reconciler.stopRows([], [refused]));
    assert.equal(letters(again).length, 1, "what was told before counts once");
    assert.deepEqual(gatewayAlarms(again.engine), []);
  });
});
