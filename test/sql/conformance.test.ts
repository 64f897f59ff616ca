// The binder's columns against those of the conformance cases, and the refusals of what is out of scope.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { GatewayError } from "../../src/core/errors.ts";
import type { SqlType } from "../../src/core/types.ts";
import { planText } from "../../src/engine/plan-text.ts";
import { formatType } from "../../src/sql/types.ts";
import type { CaseDescription } from "../kit/conformance/cases.ts";
import { withSettings } from "../kit/conformance/run.ts";

interface Meta {
  readonly outcome: "rows" | "rejected" | "fails";
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
}

const cases = new URL("../conformance/", import.meta.url);

function configOf(description: URL): Readonly<Record<string, string>> | undefined {
  return (JSON.parse(readFileSync(description, "utf8")) as CaseDescription).config;
}

/** A case's meta data spells the types out (asSerializableString). */
function serializable(type: SqlType): string {
  return formatType(type)
    .replaceAll("STRING", "VARCHAR(2147483647)")
    .replaceAll("BYTES", "VARBINARY(2147483647)")
    .replaceAll(/TIMESTAMP_LTZ\((\d)\)/g, "TIMESTAMP($1) WITH LOCAL TIME ZONE");
}

const names = readdirSync(cases, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

for (const name of names) {
  const folder = new URL(`${name}/`, cases);
  const sql = readFileSync(new URL("query.sql", folder), "utf8");
  const config = configOf(new URL("case.json", folder));
  const meta = JSON.parse(readFileSync(new URL("expected.meta.json", folder), "utf8")) as Meta;

  test(`${name}: columns are Flink's, or it is refused by name`, () => {
    let columns: string[];
    try {
      const [query] = planText(withSettings(sql, config), { file: "query.sql" }).queries;
      columns = (query?.columns ?? []).map((field) => `${field.name} ${serializable(field.type)}`);
    } catch (error) {
      assert.ok(error instanceof GatewayError);
      const codes =
        meta.outcome === "rejected" ? ["SQL_INVALID", "SQL_UNSUPPORTED"] : ["SQL_UNSUPPORTED"];
      assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
      assert.equal(error.blame, "config");
      assert.ok((error.position?.line ?? 0) > 0);
      return;
    }
    assert.notEqual(meta.outcome, "rejected");
    // Flink died on the data before it told its columns; the rows are judged in test/conformance.test.ts.
    if (meta.columns === undefined) {
      assert.equal(meta.outcome, "fails");
      return;
    }
    assert.deepEqual(
      columns,
      meta.columns.map((column) => `${column.name} ${column.type}`),
    );
  });
}
