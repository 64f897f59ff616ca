import assert from "node:assert/strict";
import { it } from "node:test";
import type { OracleAnswer, OracleCase } from "../kit/flink/oracle.ts";
import { examine } from "./examine.ts";

const TABLE = "CREATE TABLE t (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)";
const event = (k: string): string => JSON.stringify({ k, ts: "2024-01-01T00:00:00" });

function rows(row: string, type: string): OracleAnswer {
  return { outcome: "rows", flink: "2.3.0", rows: [row], columns: [{ name: "x", type }] };
}

/** What is said of a case to which Flink answers so. */
async function kindOf(
  found: Omit<OracleCase, "settle">,
  answer: (asked: OracleCase) => OracleAnswer,
): Promise<string> {
  const verdict = await examine({ ask: (asked) => Promise.resolve(answer(asked)) }, found);
  return verdict.kind === "difference" ? verdict.difference : verdict.kind;
}

it("a part of a date is one of Flink's before 1970 only while later years give the same rows", async () => {
  const sql = `${TABLE};\nSELECT YEAR(CAST(k AS DATE)) AS x FROM t;\n`;
  const found = { sql, lines: [event("12")] };
  const year = (asked: OracleCase, digits: RegExp): string =>
    String(Number(digits.exec(asked.lines.join())?.[0]));
  const early = (asked: OracleCase): OracleAnswer =>
    rows(`{"x":${year(asked, /2?012/) === "2012" ? 2012 : 11}}`, "BIGINT");
  assert.equal(await kindOf(found, early), "deviation");
  assert.equal(await kindOf(found, () => rows('{"x":11}', "BIGINT")), "other rows");
});

it("a column that nothing reads explains a failure of Flink's only if it fails here, too, once it is read", async () => {
  const error: OracleAnswer = { outcome: "fails", flink: "2.3.0", error: "an error" };
  const view = (columns: string): string =>
    `${TABLE};\nCREATE VIEW v0 AS SELECT k, ${columns} FROM t;\nSELECT k AS x FROM v0;\n`;
  const lines = [event("no number")];
  assert.equal(await kindOf({ sql: view("CAST(k AS INT) AS b"), lines }, () => error), "deviation");
  const other = "runs, fails in Flink";
  assert.equal(await kindOf({ sql: view("UNIX_TIMESTAMP(k) AS a"), lines }, () => error), other);
});
