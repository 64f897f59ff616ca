// Text that nobody would write: it ends in a clear error, never in a crash.

import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { GatewayError } from "../../src/core/errors.ts";
import { planSql, type PlanOptions } from "../../src/sql/plan-sql.ts";

const FILE: PlanOptions = { file: "rule.sql" };
const TABLE =
  "CREATE TABLE t (a INT, b BOOLEAN, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);";

function planOf(sql: string): ReturnType<typeof planSql> {
  return planSql(`${TABLE}\n${sql}`, FILE);
}

const DEEP: Readonly<Record<string, string>> = {
  parentheses: `SELECT ${"(".repeat(10_000)}a${")".repeat(10_000)} FROM t`,
  "a chain of additions": `SELECT a${" + a".repeat(10_000)} FROM t`,
  "unary signs": `SELECT ${"- ".repeat(10_000)}a FROM t`,
  "NOT after NOT": `SELECT ${"NOT ".repeat(10_000)}b FROM t`,
  "sub-queries": `${"SELECT a FROM (".repeat(10_000)}SELECT a FROM t${")".repeat(10_000)}`,
  "CASE inside CASE": `SELECT ${"CASE WHEN b THEN ".repeat(10_000)}1${" END".repeat(10_000)} FROM t`,
  "function calls": `SELECT ${"UPPER(".repeat(10_000)}s${")".repeat(10_000)} FROM t`,
  types: `CREATE TABLE u (a ${"ARRAY<".repeat(10_000)}INT${">".repeat(10_000)})`,
  "IS NULL after IS NULL": `SELECT a${" IS NULL".repeat(10_000)} FROM t`,
  brackets: `SELECT a${"[1]".repeat(10_000)} FROM t`,
};

for (const [what, sql] of Object.entries(DEEP)) {
  test(`10,000 levels of ${what} are refused`, () => {
    assert.throws(
      () => planOf(sql),
      (error) => error instanceof GatewayError && /levels deep/.test(error.message),
    );
  });
}

test("a long condition is not a deep one", () => {
  const plan = planOf(`SELECT a FROM t WHERE ${Array(10_000).fill("a = 1").join(" OR ")}`);
  assert.equal(plan.queries.length, 1);
});

test("a long list of values is planned", () => {
  const values = Array.from({ length: 10_000 }, (_, index) => index).join(", ");
  assert.equal(planOf(`SELECT a FROM t WHERE a IN (${values})`).queries.length, 1);
});

test("text beyond the limit is refused before it is read", () => {
  assert.throws(() => planOf(`-- ${"x".repeat(1_000_000)}`), /longer than 1,000,000 characters/);
});

test("nested forms that repeat their operand do not explode", () => {
  const repeating: Readonly<Record<string, string>> = {
    BETWEEN: `SELECT ${"(".repeat(60)}b${" BETWEEN SYMMETRIC TRUE AND FALSE)".repeat(60)} FROM t`,
    CASE: `SELECT ${"CASE (".repeat(60)}a${") WHEN 1 THEN 2 WHEN 3 THEN 4 END".repeat(60)} FROM t`,
    NULLIF: `SELECT ${"NULLIF(".repeat(60)}a${", 1)".repeat(60)} FROM t`,
  };
  for (const sql of Object.values(repeating)) assert.throws(() => planOf(sql), /too large/);
});

test("views that double their expression do not explode", () => {
  const views = Array.from(
    { length: 60 },
    (_, index) => `CREATE VIEW v${index + 1} AS SELECT x + x AS x FROM v${index};`,
  );
  const sql = `CREATE VIEW v0 AS SELECT a AS x FROM t;\n${views.join("\n")}\nSELECT x FROM v60`;
  const plan = planOf(sql);
  assert.ok(JSON.stringify(plan.queries[0]?.root).length < 2_000_000);
});

test("any sequence of tokens is planned or refused at a place in it", () => {
  const token = fc.constantFrom(
    ..."SELECT FROM WHERE GROUP BY HAVING CASE WHEN THEN ELSE END AND OR NOT IS NULL IN BETWEEN LIKE".split(
      " ",
    ),
    ..."( ) , . ; + - * / % = <> < || [ ] => a b s t ts nope 1 2.5 1e3 'x' `a` COUNT SUM UPPER CAST AS INT".split(
      " ",
    ),
    ..."TUMBLE HOP TABLE DESCRIPTOR INTERVAL '1' MINUTE window_start window_end UNION ALL WITH CREATE VIEW".split(
      " ",
    ),
    ..."INSERT INTO DATE TIMESTAMP EXTRACT YEAR TRIM FILTER DISTINCT TRUE /*+ */ GROUPING SETS ROLLUP".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30 }), fc.boolean(), (tokens, select) => {
      const sql = `${select ? "SELECT a FROM t WHERE " : ""}${tokens.join(" ")}`;
      try {
        planOf(sql);
      } catch (error) {
        assert.ok(error instanceof GatewayError, `${sql}: ${String(error)}`);
        assert.equal(error.blame, "config");
        assert.ok(error.position !== undefined && error.position.line >= 1);
      }
    }),
    { numRuns: 3000 },
  );
});
