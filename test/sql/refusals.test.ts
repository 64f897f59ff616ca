// What is refused, with which code, where the caret stands and what the hint says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { GatewayError, formatError, type ErrorCode } from "../../src/core/errors.ts";
import { planSql } from "../../src/sql/plan-sql.ts";

const TABLE = `CREATE TABLE t (device STRING, v INT, d DOUBLE, ts TIMESTAMP(3), r ROW<x INT>,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);\n`;
const WINDOW = "FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)";

function refusal(sql: string): GatewayError {
  try {
    planSql(TABLE + sql, { file: "rule.sql" });
  } catch (error) {
    assert.ok(error instanceof GatewayError, String(error));
    assert.equal(error.blame, "config");
    return error;
  }
  return assert.fail(`accepted: ${sql}`);
}

/** The text under the caret. */
function marked(error: GatewayError): string {
  const { excerpt = "", column = 1, length = 1 } = error.position ?? {};
  return excerpt.slice(column - 1, column - 1 + length);
}

const CASES: readonly (readonly [sql: string, code: ErrorCode, marked: string, message: RegExp])[] =
  [
    ["SELECT devise FROM t", "SQL_INVALID", "devise", /column devise does not exist/],
    ["SELECT v FROM tt", "SQL_INVALID", "tt", /table tt does not exist/],
    ["SELECT x.v FROM t", "SQL_INVALID", "x", /table x is not in FROM/],
    ["SELECT UPER(device) FROM t", "SQL_UNSUPPORTED", "UPER", /unknown function UPER/],
    ["SELECT v != 1 FROM t", "SQL_SYNTAX", "!=", /no operator !=/],
    ["SELECT v = device FROM t", "SQL_INVALID", "v = device", /INT and STRING cannot be compared/],
    ["SELECT ts = '2024-13-01' FROM t", "SQL_INVALID", "ts = '2024-13-01'", /is no TIMESTAMP/],
    [
      "SELECT CAST(v AS TIMESTAMP(3)) FROM t",
      "SQL_INVALID",
      "CAST(v AS TIMESTAMP(3))",
      /TO_TIMESTAMP_LTZ/,
    ],
    ["SELECT value FROM t", "SQL_SYNTAX", "value", /reserved word/],
    ['SELECT "v" FROM t', "SQL_SYNTAX", '"', /unexpected character/],
    ["SELECT 'abc FROM t", "SQL_SYNTAX", "'", /never closed/],
    ["SELECT v FROM t /* x", "SQL_SYNTAX", "/*", /never closed/],
    ["SELECT v FROM t WHERE", "SQL_SYNTAX", "", /the end of the file/],
    [
      "SELECT v FROM t JOIN t AS u ON TRUE",
      "SQL_UNSUPPORTED",
      "JOIN",
      /regular joins keep unbounded state/,
    ],
    ["SELECT v FROM t, t AS u", "SQL_UNSUPPORTED", ",", /regular joins/],
    ["SELECT v FROM t ORDER BY v", "SQL_UNSUPPORTED", "v", /no end to sort at/],
    ["SELECT v FROM t UNION SELECT v FROM t", "SQL_UNSUPPORTED", "UNION", /removes duplicates/],
    ["SELECT DISTINCT v FROM t", "SQL_UNSUPPORTED", "SELECT", /never completes/],
    ["SELECT COUNT(*) FROM t", "SQL_UNSUPPORTED", "COUNT(*)", /never ends/],
    ["SELECT v, COUNT(*) FROM t GROUP BY v", "SQL_UNSUPPORTED", "SELECT", /without a window/],
    [
      `SELECT COUNT(*) ${WINDOW} GROUP BY window_end`,
      "SQL_UNSUPPORTED",
      "SELECT",
      /without both window_start and window_end/,
    ],
    [`SELECT v ${WINDOW} GROUP BY 1, window_start, window_end`, "SQL_INVALID", "1", /by position/],
    [
      `SELECT v AS x ${WINDOW} GROUP BY x, window_start, window_end`,
      "SQL_INVALID",
      "x",
      /does not exist/,
    ],
    [`SELECT v ${WINDOW} GROUP BY window_start, window_end`, "SQL_INVALID", "v", /neither grouped/],
    [
      `SELECT SUM(COUNT(*)) ${WINDOW} GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "COUNT(*)",
      /nested/,
    ],
    [
      `SELECT window_time ${WINDOW} GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "window_time",
      /grouped/,
    ],
    [
      `SELECT LISTAGG(DISTINCT device) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '2' DAY) GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "LISTAGG(DISTINCT device)",
      /HOP windows/,
    ],
    [
      `SELECT AVG(DISTINCT v), STDDEV_POP(d) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '2' DAY) GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "AVG(DISTINCT v)",
      /beside STDDEV/,
    ],
    [
      `SELECT LISTAGG(device, device) ${WINDOW} GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "LISTAGG(device, device)",
      /literal/,
    ],
    [
      `SELECT FIRST_VALUE(v) FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '2' DAY) GROUP BY window_start, window_end`,
      "SQL_INVALID",
      "FIRST_VALUE(v)",
      /TUMBLE windows only/,
    ],
    ["SELECT v FROM t WHERE COUNT(*) > 1", "SQL_INVALID", "COUNT(*)", /WHERE/],
    ["SELECT CURRENT_TIMESTAMP FROM t", "SQL_UNSUPPORTED", "CURRENT_TIMESTAMP", /wall clock/],
    ["SELECT PROCTIME() FROM t", "SQL_UNSUPPORTED", "PROCTIME", /processing time/],
    ["SELECT RAND() FROM t", "SQL_UNSUPPORTED", "RAND", /random/],
    [
      "SELECT TUMBLE_START(ts, INTERVAL '1' DAY) FROM t",
      "SQL_UNSUPPORTED",
      "TUMBLE_START",
      /no window is grouped/,
    ],
    ["SELECT v FROM t WHERE v IN (SELECT v FROM t)", "SQL_UNSUPPORTED", "SELECT", /sub-queries/],
    ["SELECT SUM(v) OVER (ORDER BY ts) FROM t", "SQL_UNSUPPORTED", "OVER", /OVER/],
    ["SELECT /*+ X() */ v FROM t", "SQL_UNSUPPORTED", "/*+", /hints/],
    ["SELECT v FROM a.t", "SQL_UNSUPPORTED", "a", /catalogs/],
    ["DROP TABLE t", "SQL_UNSUPPORTED", "DROP", /not a statement/],
    ["CREATE FUNCTION f AS 'x'", "SQL_UNSUPPORTED", "FUNCTION", /user-defined/],
    [
      "CREATE TABLE p (a INT) PARTITIONED BY (a)",
      "SQL_UNSUPPORTED",
      "PARTITIONED",
      /PARTITIONED BY/,
    ],
    ["CREATE TABLE t (a INT)", "SQL_INVALID", "t", /declared already/],
    [
      "CREATE TABLE x (a INT, ts TIMESTAMP, WATERMARK FOR ts AS ts)",
      "SQL_INVALID",
      "ts",
      /up to 3/,
    ],
    [
      "CREATE TABLE x (a INT, b AS a + 1, c AS b + 1)",
      "SQL_INVALID",
      "b",
      /column b does not exist/,
    ],
    [
      "CREATE TABLE x (a INT, m ARRAY<MAP<INT, STRING>>); SELECT a FROM x",
      "SQL_INVALID",
      "x",
      /m of table x holds a MAP<INT, STRING>/,
    ],
    [
      "CREATE TABLE x (m MULTISET<INT>); INSERT INTO x SELECT CAST(NULL AS MULTISET<INT>) FROM t",
      "SQL_INVALID",
      "x",
      /keys in JSON are text/,
    ],
    ["INSERT INTO headrace_late SELECT v FROM t", "SQL_INVALID", "headrace_late", /read-only/],
    [
      "CREATE TABLE two (a TIMESTAMP(3), b TIMESTAMP(3)); INSERT INTO two SELECT ts, ts FROM t",
      "SQL_INVALID",
      "INSERT",
      /more than one rowtime attribute: a, b/,
    ],
  ];

for (const [sql, code, text, message] of CASES) {
  test(`refused: ${sql}`, () => {
    const error = refusal(sql);
    assert.match(error.message, message);
    assert.equal(error.code, code);
    assert.equal(marked(error), text);
  });
}

const WINDOWS: readonly (readonly [call: string, marked: string, message: RegExp])[] = [
  ["TUMBLE(TABLE t, DESCRIPTOR(v), INTERVAL '1' DAY)", "v", /not a time attribute/],
  ["TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MONTH)", "INTERVAL '1' MONTH", /months/],
  ["TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '0' DAY)", "INTERVAL '0' DAY", /positive/],
  [
    "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '1' DAY)",
    "INTERVAL '1' DAY",
    /offset/,
  ],
  ["TUMBLE(TABLE t, DESCRIPTOR(ts), 60)", "60", /literal intervals/],
  ["TUMBLE(TABLE t, DESCRIPTOR(ts))", "TUMBLE", /takes DATA, TIMECOL, SIZE/],
  ["TUMBLE(t, DESCRIPTOR(ts), INTERVAL '1' DAY)", "t", /first argument/],
  [
    "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' DAY, INTERVAL '3' DAY)",
    "INTERVAL '3' DAY",
    /multiple/,
  ],
  [
    "HOP(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' DAY)",
    "HOP",
    /needs the argument SLIDE/,
  ],
  [
    "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' DAY, INTERVAL '3' DAY)",
    "INTERVAL '3' DAY",
    /multiple of its step/,
  ],
  ["FOO(TABLE t)", "FOO", /unknown table function/],
];

for (const [call, text, message] of WINDOWS) {
  test(`refused window: ${call}`, () => {
    const error = refusal(`SELECT COUNT(*) FROM ${call} GROUP BY window_start, window_end`);
    assert.match(error.message, message);
    assert.equal(marked(error), text);
  });
}

test("a near name is suggested", () => {
  assert.equal(refusal("SELECT devise FROM t").hint, 'Did you mean "device"?');
  assert.equal(refusal("SELECT Device FROM t").hint, 'Did you mean "device"?');
  assert.equal(refusal("SELECT UPER(device) FROM t").hint, 'Did you mean "UPPER"?');
  assert.equal(refusal("SELECT v FROM headrace_lat").hint, 'Did you mean "headrace_late"?');
});

test("an error shows its line and a caret", () => {
  assert.equal(
    formatError(refusal("SELECT v,\n  nope\nFROM t")),
    "rule.sql:4:3 column nope does not exist\n" +
      "    nope\n" +
      "    ^^^^\n" +
      "  Columns are device, v, d, ts, r; an alias of this SELECT cannot be used here.",
  );
});
