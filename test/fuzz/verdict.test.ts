import assert from "node:assert/strict";
import { it } from "node:test";
import type { OracleAnswer } from "../kit/flink/oracle.ts";
import { ownSide, verdictOf } from "./verdict.ts";

const sql =
  "CREATE TABLE t (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);\nSELECT 10 / v AS w FROM t;";
const line = (v: number | null): string => JSON.stringify({ v, ts: "2024-01-01T00:00:00" });

/** Flink's answer: rows of one column, or an outcome with an error. */
function flink(rows: readonly string[], type = "INT"): OracleAnswer {
  return { outcome: "rows", flink: "2.3.0", rows, columns: [{ name: "w", type }] };
}

function kindOf(text: string, lines: readonly string[], answer: OracleAnswer): string {
  const verdict = verdictOf(text, ownSide(text, lines), answer);
  return verdict.kind === "difference" ? verdict.difference : verdict.kind;
}

it("every way in which the sides can differ is told apart from agreement", () => {
  const error = { flink: "2.3.0", error: "an error" };
  const lines = [line(5), line(null)];
  assert.equal(kindOf(sql, lines, flink(['{"w":2}', '{"w":null}'])), "equal");
  assert.equal(kindOf(sql, lines, flink(['{"w":3}', '{"w":null}'])), "other rows");
  assert.equal(kindOf(sql, lines, flink(['{"w":2}'])), "other rows");
  assert.equal(kindOf(sql, lines, flink(['{"w":2}', '{"w":null}'], "BIGINT")), "other types");
  assert.equal(kindOf(sql, lines, { outcome: "rejected", ...error }), "accepted, refused by Flink");
  assert.equal(kindOf(sql, lines, { outcome: "fails", ...error }), "runs, fails in Flink");
  assert.equal(kindOf(sql, [line(0)], flink([])), "fails on the data, not in Flink");
  assert.equal(kindOf(sql, [line(0)], { outcome: "fails", ...error }), "both fail");
  assert.equal(kindOf(sql, lines, { outcome: "timeout" }), "no answer");
  const refused = sql.replace("10 / v", "10 / 0");
  assert.equal(kindOf(refused, lines, { outcome: "rejected", ...error }), "both refuse");
  assert.equal(kindOf(refused, lines, flink([])), "gap");
});
