// Rows as they wait for Kafka, and as they are shown.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { ALARM_RULE, engineConfig, outboxOf, reading, READINGS, Workbench } from "./kit.ts";
import type { OutboxRow } from "./kit.ts";

const COLUMNS = "device STRING, seq BIGINT, v DOUBLE, at_time TIMESTAMP_LTZ(3)";

function rowsWith(context: TestContext, options: string): OutboxRow[] {
  const bench = new Workbench(context);
  const rule = `${READINGS}CREATE TABLE sink (${COLUMNS})
    WITH ('connector' = 'kafka', 'topic' = 'rows', 'format' = 'json'${options});
    INSERT INTO sink SELECT device, seq, v, event_time FROM readings;`;
  const life = bench.start(engineConfig(bench.folder(), { rule }));
  life.run([reading("a", { seq: 1, atMs: 1_500, v: 2.5 })]);
  return outboxOf(life.engine);
}

describe("a kafka sink", () => {
  const value = '{"device":"a","seq":1,"v":2.5,"at_time":"2026-01-01 00:00:01.5Z"}';

  it("writes JSON as Flink does, and no key unless one is declared", (context) => {
    assert.deepEqual(rowsWith(context, ""), [
      { lane: "result", rule: "rule", topic: "rows", key: undefined, value },
    ]);
  });

  it("has one column as a raw key, numbers in their bytes", (context) => {
    const raw = (field: string): string | undefined =>
      rowsWith(context, `, 'key.format' = 'raw', 'key.fields' = '${field}'`)[0]?.key;
    assert.deepEqual(["device", "seq"].map(raw), ["a", `${"\0".repeat(7)}\u0001`]);
  });

  it("has JSON keys of several columns, and can leave them out of the value", (context) => {
    const keyed = ", 'key.format' = 'json', 'key.fields' = 'seq;device'";
    const [row] = rowsWith(context, keyed);
    assert.equal(row?.key, '{"seq":1,"device":"a"}');
    assert.equal(row?.value, value);
    const [without] = rowsWith(context, `${keyed}, 'value.fields-include' = 'EXCEPT_KEY'`);
    assert.equal(without?.value, '{"v":2.5,"at_time":"2026-01-01 00:00:01.5Z"}');
  });
});

describe("lines for stdout", () => {
  const printing = `${READINGS}CREATE TABLE shown (device STRING, v DOUBLE) WITH ('connector' = 'print');
    INSERT INTO shown SELECT device, v FROM readings;`;
  const messages = [85, 85].map((v, i) => reading("a", { seq: i + 1, atMs: i * 20_000, v }));

  it("are the rows of print tables", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), { rule: printing }));
    const lines = life.run([messages[0] as (typeof messages)[number]]);
    assert.deepEqual(lines, ['{"into":"shown","row":{"device":"a","v":85.0}}']);
  });

  it("are every row and alarm event, once, when all is watched", (context) => {
    const bench = new Workbench(context);
    const rules = { rule: printing, hot: ALARM_RULE };
    const life = bench.start(engineConfig(bench.folder(), rules, { tap: true }));
    const lines = life.run(messages);
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      parsed.map((line) => line["rule"] ?? (line["alarm"] as { state: string }).state),
      ["rule", "rule", "raised"],
    );
  });
});

describe("rows that somebody is told of", () => {
  it("are the newest of each device, of the rules that were asked for, whatever the sink", (context) => {
    const bench = new Workbench(context);
    const rule = (name: string): string =>
      `${READINGS}CREATE TABLE ${name} (device STRING, v DOUBLE) WITH ('connector' = 'blackhole');
       INSERT INTO ${name} SELECT device, v FROM readings;`;
    const rules = { told: rule("told"), other: rule("other") };
    const told = { alarms: [], results: ["told"] };
    const life = bench.start(engineConfig(bench.folder(), rules, { told }));
    life.run([
      reading("a", { seq: 1, atMs: 0, v: 1 }),
      reading("b", { seq: 1, atMs: 0, v: 2 }),
      reading("a", { seq: 2, atMs: 1, v: 3 }),
    ]);
    const { outputs } = life.engine.state.pipeline;
    assert.deepEqual(outputs.takeTold(), {
      alarms: [],
      results: [
        { rule: "told", device: "a", row: '{"device":"a","v":3.0}' },
        { rule: "told", device: "b", row: '{"device":"b","v":2.0}' },
      ],
    });
    assert.deepEqual(outputs.takeTold(), { alarms: [], results: [] });
  });
});
