// Typing against a real Flink. flink-types.jsonl was written by Flink 2.3.0: each line is an expression over
// table t of flink-types.sql, or a statement, with the columns that Flink derived or `"flink": "refused"`.
// `"here": "refused"` marks what Flink accepts and headrace does not: the list may only grow on purpose.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import { planText } from "../../src/engine/plan-text.ts";
import type { Plan } from "../../src/sql/plan.ts";
import { formatType } from "../../src/sql/types.ts";

interface Line {
  readonly sql: string;
  readonly columns?: readonly string[];
  readonly flink?: "refused";
  readonly here?: "refused";
}

const folder = new URL(".", import.meta.url);
const definitions = readFileSync(new URL("flink-types.sql", folder), "utf8");
const lines = readFileSync(new URL("flink-types.jsonl", folder), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Line);

/** t and u alone, for the expressions: planning all tables anew for each of them would be slow. */
const { tables } = planText(`${definitions}\nSELECT i FROM t; SELECT v FROM u`, {
  file: "test.sql",
});

function planLine(sql: string): Plan {
  return /^(?:CREATE|INSERT|SELECT|WITH|\(SELECT)/i.test(sql)
    ? planText(`${definitions}\n${sql}`, { file: "test.sql" })
    : planText(`SELECT ${sql} FROM t`, { file: "test.sql", tables });
}

/** The columns that the binder derives, or the refusal. */
function columnsOf(sql: string): readonly string[] | GatewayError {
  try {
    const [query] = planLine(sql).queries;
    return query?.sink === undefined
      ? (query?.columns ?? []).map(({ name, type }) => `${name} ${formatType(type)}`)
      : [];
  } catch (error) {
    if (error instanceof GatewayError && error.position !== undefined) return error;
    throw error;
  }
}

test("every type derived by the binder is the one that Flink derives", () => {
  const differences: string[] = [];
  let compared = 0;
  for (const { sql, columns } of lines) {
    if (columns === undefined) continue;
    compared++;
    const derived = columnsOf(sql);
    const text = derived instanceof GatewayError ? derived.message : derived.join(", ");
    if (text !== columns.join(", ")) differences.push(`${sql}: ${text}`);
  }
  assert.deepEqual(differences, []);
  assert.ok(compared > 700, `only ${compared} lines with types`);
});

test("whatever Flink refuses is refused", () => {
  const accepted = lines
    .filter((line) => line.flink === "refused")
    .filter(({ sql }) => !(columnsOf(sql) instanceof GatewayError));
  assert.deepEqual(accepted, []);
});

test("what Flink accepts and headrace does not is known", () => {
  const surprises = lines
    .filter((line) => line.here === "refused")
    .filter(({ sql }) => !(columnsOf(sql) instanceof GatewayError));
  assert.deepEqual(surprises, [], "these run now: write their columns into the fixture");
});
