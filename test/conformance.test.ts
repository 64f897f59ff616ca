// Every conformance case through what `headrace sql` runs: decoder, front end, operators. The committed list says of
// each whether it passes (Flink's outcome, Flink's rows) or is refused by name; a case that is in neither way what the
// list says fails, so the list cannot drift.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { inputBatches, inputLines } from "../src/cli/sql/input.ts";
import { SqlRun } from "../src/cli/sql/sql-run.ts";
import { GatewayError } from "../src/core/errors.ts";
import type { Plan } from "../src/sql/plan.ts";
import { planSql } from "../src/sql/plan-sql.ts";
import { compareRows, goldenColumns, parseRows, showRow } from "./kit/compare-rows.ts";

const CASES = join(import.meta.dirname, "conformance");
const LIST = JSON.parse(readFileSync(join(CASES, "list.json"), "utf8")) as Record<
  string,
  "pass" | "refuse"
>;

describe("conformance", () => {
  it("lists every case, and no other", () => {
    const cases = readdirSync(CASES).filter((name) => existsSync(join(CASES, name, "case.json")));
    assert.deepEqual(Object.keys(LIST).sort(), cases.sort());
  });
  for (const [name, status] of Object.entries(LIST)) {
    it(`${name}: ${status}`, () => {
      const folder = join(CASES, name);
      const { outcome } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as {
        outcome: "rows" | "rejected" | "fails";
      };
      const plan = planned(folder);
      if (status === "refuse") {
        assert.ok(plan instanceof GatewayError, "it is accepted now: list it as pass");
        assert.match(plan.code, /^SQL_/);
        assert.ok(plan.position !== undefined && plan.position.line > 0, "a refusal has its place");
        return;
      }
      if (outcome === "rejected") {
        assert.ok(plan instanceof GatewayError, "Flink refuses it");
        return;
      }
      if (plan instanceof GatewayError) throw plan;
      const { lines, failure } = run(plan, join(folder, "input.jsonl"));
      if (outcome === "fails") {
        assert.equal(failure?.blame, "data", "Flink's job dies on this input");
        return;
      }
      assert.equal(failure, undefined);
      const expected = parseRows(readFileSync(join(folder, "expected.jsonl"), "utf8"));
      const { missing, unexpected } = compareRows(
        expected,
        parseRows(lines.join("\n")),
        goldenColumns(folder),
      );
      assert.deepEqual(
        { missing: missing.map(showRow), unexpected: unexpected.map(showRow) },
        { missing: [], unexpected: [] },
      );
    });
  }
});

function planned(folder: string): Plan | GatewayError {
  try {
    return planSql(readFileSync(join(folder, "query.sql"), "utf8"), { file: "query.sql" });
  } catch (error) {
    if (error instanceof GatewayError && error.blame === "config") return error;
    throw error;
  }
}

function run(plan: Plan, file: string): { lines: string[]; failure: GatewayError | undefined } {
  const lines: string[] = [];
  const sql = new SqlRun(plan, (line) => lines.push(line));
  const names = sql.tables.map(({ name }) => name);
  for (const { batch, lines: input } of inputBatches(
    inputLines([{ table: undefined, file }], names),
  )) {
    const failure = sql.push(batch, input);
    if (failure !== undefined) return { lines, failure };
  }
  return { lines, failure: sql.end() };
}
