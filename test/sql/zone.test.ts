// SET 'table.local-time-zone': what it says, what is refused, and where headrace does not follow Flink's arithmetic.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { planText } from "../../src/engine/plan-text.ts";
import type { Plan, Relation, WindowSpec } from "../../src/sql/plan.ts";
import { runAsCommand } from "../kit/conformance/run.ts";

const TABLE = `CREATE TABLE t (ms BIGINT, p TIMESTAMP(3), ts AS TO_TIMESTAMP_LTZ(ms, 3),
  WATERMARK FOR ts AS ts, m MAP<STRING, TIMESTAMP_LTZ(3)>, a ARRAY<TIMESTAMP_LTZ(3)>);\n`;
const BERLIN = "SET 'table.local-time-zone' = 'Europe/Berlin';\n";

function plan(sql: string, zone?: string): Plan {
  return planText(sql, { file: "rule.sql", ...(zone !== undefined && { zone }) });
}

function refusal(sql: string): {
  readonly code: string;
  readonly text: string;
  readonly marked: string;
} {
  try {
    plan(sql);
  } catch (error) {
    assert.ok(error instanceof GatewayError, String(error));
    const { excerpt = "", column = 1, length = 1 } = error.position ?? {};
    const marked = excerpt.slice(column - 1, column - 1 + length);
    return { code: error.code, text: `${error.message} ${error.hint ?? ""}`, marked };
  }
  return assert.fail(`accepted: ${sql}`);
}

function windowOf({ queries }: Plan): WindowSpec | undefined {
  const visit = (relation: Relation): WindowSpec | undefined => {
    if (relation.kind === "window-aggregate") return relation.windowing.window;
    if (relation.kind === "scan" || relation.kind === "union") return undefined;
    return visit(relation.input);
  };
  const [query] = queries;
  return query && visit(query.root);
}

describe("the time zone of a file", () => {
  const days = (column: string): string =>
    `SELECT COUNT(*) FROM TUMBLE(TABLE t, DESCRIPTOR(${column}), INTERVAL '1' DAY) GROUP BY window_start, window_end;`;

  it("is what it sets, else what is given, else UTC, which leaves no trace", () => {
    assert.equal(windowOf(plan(BERLIN + TABLE + days("ts")))?.zone, "Europe/Berlin");
    assert.equal(windowOf(plan(BERLIN + TABLE + days("ts"), "Asia/Tokyo"))?.zone, "Europe/Berlin");
    assert.equal(windowOf(plan(TABLE + days("ts"), "Asia/Tokyo"))?.zone, "Asia/Tokyo");
    const utc = "SET 'table.local-time-zone' = 'UTC';";
    assert.equal(windowOf(plan(utc + TABLE + days("ts"), "Asia/Tokyo"))?.zone, undefined);
    assert.equal(windowOf(plan(TABLE + days("ts")))?.zone, undefined);
  });

  it("does not concern windows of a TIMESTAMP", () => {
    const table = "CREATE TABLE t (p TIMESTAMP(3), WATERMARK FOR p AS p);";
    assert.equal(windowOf(plan(BERLIN + table + days("p")))?.zone, undefined);
  });
});

describe("SET is refused", () => {
  const cases: readonly (readonly [sql: string, marked: string, text: RegExp])[] = [
    [
      "SET 'table.local-time-zone' = 'Europe/Berln';",
      "'Europe/Berln'",
      /is no time zone.*GMT\+02:00/,
    ],
    ["SET 'table.local-time-zone' = '+02:00';", "'+02:00'", /is no time zone/],
    ["SET 'parallelism.default' = '2';", "'parallelism.default'", /not supported.*local-time-zone/],
    [`${BERLIN}${BERLIN}`, "'table.local-time-zone'", /set twice/],
    [`${TABLE}SET 'table.local-time-zone' = 'UTC';`, "SET", /in front of all other statements/],
    ["SET table.local = 'UTC';", "table", /option name in single quotes/],
    ["SET;", ";", /option name in single quotes/],
  ];
  for (const [sql, marked, text] of cases) {
    it(sql.replaceAll("\n", " "), () => {
      const refused = refusal(sql);
      assert.match(refused.text, text);
      assert.equal(refused.marked, marked);
    });
  }
});

describe("in a time zone is refused by name", () => {
  for (const [expression, text] of [
    [
      "CAST(m AS STRING)",
      /map or multiset that holds TIMESTAMP_LTZ is not supported in the time zone/,
    ],
    ["CAST(a AS ARRAY<TIMESTAMP_LTZ(6)>)", /collections that hold TIMESTAMP_LTZ/],
  ] as const) {
    it(expression, () => {
      plan(`${TABLE}SELECT ${expression} FROM t;`);
      const refused = refusal(`${BERLIN}${TABLE}SELECT ${expression} FROM t;`);
      assert.equal(refused.code, "SQL_UNSUPPORTED");
      assert.equal(refused.marked, expression);
      assert.match(refused.text, text);
    });
  }
});

describe("the event time of an alarm in a time zone", () => {
  const rule = (type: string, value: string): string =>
    `${TABLE}CREATE TABLE hot (series STRING, event_time ${type}, active BOOLEAN) WITH ('connector' = 'alarm');
    INSERT INTO hot SELECT 'a', ${value}, TRUE FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)
    GROUP BY window_start, window_end, window_time;`;
  it("is an instant: a TIMESTAMP is refused", () => {
    plan(rule("TIMESTAMP(3)", "window_end"));
    plan(BERLIN + rule("TIMESTAMP_LTZ(3)", "window_time"));
    const refused = refusal(BERLIN + rule("TIMESTAMP(3)", "window_end"));
    assert.equal(refused.marked, "hot");
    assert.match(refused.text, /no instant in the time zone Europe\/Berlin.*TIMESTAMP_LTZ\(3\)/);
  });
});

describe("FLOOR and CEIL go by the calendar of the zone", () => {
  const round = (expression: string, instant: string): unknown => {
    const sql = `${BERLIN}${TABLE}SELECT ${expression} AS r FROM t;`;
    const run = runAsCommand(plan(sql), [JSON.stringify({ ms: Date.parse(instant) })]);
    const [line = "{}"] = run.outcome === "rows" ? run.lines : [];
    return (JSON.parse(line) as { r?: unknown }).r;
  };
  it("also on the day of a change, and over one: Flink takes the offset of the instant", () => {
    for (const [expression, instant, expected] of [
      ["FLOOR(ts TO DAY)", "2024-03-31T12:00:00Z", "2024-03-30T23:00:00.000Z"],
      ["CEIL(ts TO DAY)", "2024-03-31T00:30:00Z", "2024-03-31T22:00:00.000Z"],
      ["FLOOR(ts TO DAY)", "2024-10-27T12:00:00Z", "2024-10-26T22:00:00.000Z"],
      ["FLOOR(ts TO YEAR)", "2024-07-01T12:00:00Z", "2023-12-31T23:00:00.000Z"],
      ["FLOOR(ts TO HOUR)", "2024-10-27T01:30:00Z", "2024-10-27T01:00:00.000Z"],
      [
        "FLOOR(CAST(ts AS TIMESTAMP_LTZ(6)) TO HOUR)",
        "2024-10-27T01:30:00Z",
        "2024-10-27T01:00:00.000000Z",
      ],
      [
        "FLOOR(CAST(ts AS TIMESTAMP_LTZ(9)) TO MONTH)",
        "2024-04-01T00:00:00Z",
        "2024-03-31T22:00:00.000000000Z",
      ],
    ] as const) {
      assert.equal(round(expression, instant), expected, expression);
    }
  });
});
