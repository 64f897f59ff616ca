// What is refused of queries and windows, word for word: each line of query-refusals.jsonl is a statement, what stands
// under the caret, why, and what to write instead.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { planSql } from "../../src/sql/plan-sql.ts";

const TABLES = `
CREATE TABLE t (device STRING, v INT, d DOUBLE, ts TIMESTAMP(3), l TIMESTAMP_LTZ(3), a ARRAY<INT>,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND);
CREATE TABLE u (device STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
CREATE TABLE n (device STRING, v INT);
CREATE TABLE p (device STRING, now AS PROCTIME(), v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
CREATE VIEW pv AS SELECT * FROM TUMBLE(TABLE p, DESCRIPTOR(ts), INTERVAL '1' MINUTE);
CREATE TABLE s (device STRING, v INT) WITH ('connector' = 'print');
`;

interface Refusal {
  readonly sql: string;
  readonly code: string;
  readonly marked: string;
  readonly message: string;
  readonly hint?: string;
}

function refusal(sql: string): Refusal {
  try {
    planSql(TABLES + sql, { file: "rule.sql" });
  } catch (error) {
    assert.ok(error instanceof GatewayError, String(error));
    const { code, message, hint, position } = error;
    assert.ok(position !== undefined);
    assert.equal(position.line, TABLES.split("\n").length);
    const { excerpt = "", column, length = 1 } = position;
    const marked = excerpt.slice(column - 1, column - 1 + length);
    return { sql, code, marked, message, ...(hint === undefined ? {} : { hint }) };
  }
  return assert.fail(`accepted: ${sql}`);
}

describe("a query is refused by name", () => {
  const lines = readFileSync(join(import.meta.dirname, "query-refusals.jsonl"), "utf8");
  for (const line of lines.trim().split("\n")) {
    const expected = JSON.parse(line) as Refusal;
    it(expected.sql, () => assert.deepEqual(refusal(expected.sql), expected));
  }
});
