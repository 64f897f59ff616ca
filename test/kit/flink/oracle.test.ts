import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { caseNames, readCase } from "../conformance/cases.ts";
import { record } from "../conformance/record.ts";
import { requireService } from "../services.ts";
import { FlinkOracle } from "./oracle.ts";

const TABLE = "CREATE TABLE t (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);";

function line(v: number | null): string {
  return JSON.stringify({ v, ts: "2024-01-01T00:00:00" });
}

it("a real Flink answers, survives what kills its process, and gives the stored rows", async (t) => {
  if (!requireService(t, "flink")) return;
  const oracle = new FlinkOracle();
  t.after(() => oracle.close());
  const sql = `${TABLE} SELECT 10 / v AS w FROM t;`;
  const [rows, updating, divided] = await Promise.all([
    oracle.ask({ sql, lines: [line(5), line(null)] }),
    oracle.ask({ sql: `${TABLE} SELECT COUNT(*) FROM t;`, lines: [] }),
    oracle.ask({ sql, lines: [line(0)] }),
  ]);
  assert.ok(rows.outcome === "rows");
  assert.deepEqual(rows.rows, ['{"w":2}', '{"w":null}']);
  assert.deepEqual(rows.columns, [{ name: "w", type: "INT" }]);
  assert.equal(updating.outcome, "rejected");
  assert.equal(divided.outcome, "fails");

  assert.ok(oracle.pid !== undefined);
  spawnSync("kill", ["-KILL", String(oracle.pid)]);
  assert.deepEqual(await oracle.ask({ sql, lines: [line(5), line(null)] }), rows);

  // A few of each kind; `npm run conformance -- --flink` checks all.
  const names = caseNames().filter((_name, index) => index % 25 === 0);
  for (const name of names) {
    assert.deepEqual(await record(readCase(name), oracle, { rewrite: false }), {
      result: "checked",
    });
  }
});
