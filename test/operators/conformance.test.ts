// Every conformance case that the front end takes, on the operators themselves: generated and interpreted, straight
// through and rebuilt from snapshots between events, against the rows that a real Flink gave.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deserialize, serialize } from "node:v8";

import { NULL, newColumn } from "../../src/core/row-batch.ts";
import type { RowBatch } from "../../src/core/row-batch.ts";
import { GatewayError } from "../../src/core/errors.ts";
import { columnLayout } from "../../src/core/types.ts";
import { rowJsonWriter } from "../../src/core/value/row-json.ts";
import { ColumnTaker } from "../../src/decode/json/column-taker.ts";
import { JsonReader } from "../../src/decode/json/reader.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { Rule, Source } from "../../src/operators/index.ts";
import type { PipelineCompiler } from "../../src/operators/pipeline/plan.ts";
import type { Plan, SourceTable } from "../../src/sql/plan.ts";
import { planSql } from "../../src/sql/plan-sql.ts";
import { compareRows, goldenColumns, parseRows, showRow } from "../kit/compare-rows.ts";
import { COMPILERS } from "./run-plan.ts";

const CASES = join(import.meta.dirname, "..", "conformance");

describe("conformance, operators alone", () => {
  for (const name of readdirSync(CASES, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  )) {
    const folder = join(CASES, name);
    const plan = planned(folder);
    if (plan === undefined) continue;
    it(`${name} gives Flink's rows, however it is run`, () => {
      const { outcome } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as {
        outcome: string;
      };
      for (const [mode, compiler] of Object.entries(COMPILERS)) {
        for (const restarts of [false, true]) {
          const { lines, errors } = runCase(folder, plan, { compiler, restarts });
          if (outcome === "fails") {
            assert.ok(errors.length > 0, `${mode}: Flink fails on this input`);
            continue;
          }
          assert.deepEqual(errors, []);
          const expected = parseRows(readFileSync(join(folder, "expected.jsonl"), "utf8"));
          const difference = compareRows(
            expected,
            parseRows(lines.join("\n")),
            goldenColumns(folder),
          );
          const shown = {
            missing: difference.missing.map(showRow),
            unexpected: difference.unexpected.map(showRow),
          };
          assert.deepEqual(
            shown,
            { missing: [], unexpected: [] },
            `${mode}, restarts: ${String(restarts)}`,
          );
        }
      }
    });
  }
});

/** undefined where the front end refuses the case. */
function planned(folder: string): Plan | undefined {
  try {
    return planSql(readFileSync(join(folder, "query.sql"), "utf8"), { file: "query.sql" });
  } catch (error) {
    if (error instanceof GatewayError && error.blame === "config") return undefined;
    throw error;
  }
}

interface CaseRun {
  readonly compiler: PipelineCompiler;
  readonly restarts: boolean;
}

function runCase(
  folder: string,
  plan: Plan,
  { compiler, restarts }: CaseRun,
): { lines: string[]; errors: string[] } {
  const lines: string[] = [];
  const errors: string[] = [];
  const query = plan.queries[0];
  assert.ok(query !== undefined);
  const host = {
    late: () => undefined,
    dataError: ({ reason }: { reason: string }) => void errors.push(reason),
  };
  const write = rowJsonWriter(query.columns, "print");
  const build = (states: readonly unknown[] | undefined): { sources: Source[]; rule: Rule } => {
    const sources = plan.tables.map((table, index) =>
      buildSource(table, { host, compiler }, states?.[index]),
    );
    const rule = buildRule(
      query,
      {
        name: "case",
        sources: (table) => sources[plan.tables.indexOf(table)] as Source,
        sink: { row: (values) => void lines.push(write(values)), watermark: () => undefined },
        host,
        compiler,
      },
      states?.at(-1),
    );
    return { sources, rule };
  };
  let running = build(undefined);
  const readers = plan.tables.map(rowReader);
  const input = readFileSync(join(folder, "input.jsonl"), "utf8").split("\n");
  // Every restart compiles the rule anew: long inputs are restarted at some hundred places.
  const between = Math.ceil(input.length / 300);
  for (const [number, line] of input.entries()) {
    if (line.trim() === "") continue;
    const table = (JSON.parse(line) as { $table?: string }).$table;
    const index = table === undefined ? 0 : plan.tables.findIndex(({ name }) => name === table);
    const batch = readers[index]?.(line);
    assert.ok(batch !== undefined);
    running.sources[index]?.push(batch, 0, 1);
    if (!restarts || number % between !== 0) continue;
    const states = [...running.sources.map((source) => source.snapshot()), running.rule.snapshot()];
    running = build(deserialize(serialize(states)) as unknown[]);
  }
  for (const source of running.sources) source.endOfInput();
  return { lines, errors };
}

/** Reads payloads into a batch of one row, as Flink's json format does with ISO-8601 timestamps. */
function rowReader(table: SourceTable): (line: string) => RowBatch {
  const json = {
    timestampFormat: "ISO-8601",
    ignoreParseErrors: false,
    failOnMissingField: false,
  } as const;
  const columns = table.columns.map(({ type }) => newColumn(columnLayout(type), 1));
  const wanted = table.columns.flatMap(({ name, type, source }, index) => {
    const column = columns[index];
    if (source.kind !== "physical" || column === undefined) return [];
    return [{ path: [name], taker: new ColumnTaker({ name, type, column, json }) }];
  });
  const reader = new JsonReader(wanted);
  const messages = {
    topic: () => "",
    receiveTimeMs: () => 0,
    payload: () => new Uint8Array(),
  };
  const [origin, skip] = [new Uint32Array(1), new Uint8Array(1)];
  return (line) => {
    for (const column of columns) {
      if (column.layout === "number") column.state[0] = NULL;
      else column.values[0] = null;
    }
    skip[0] = 0;
    const bytes = Buffer.from(line);
    assert.equal(reader.read(bytes, { start: 0, end: bytes.length }, 0), "");
    return { count: 1, columns, origin, skip, messages };
  };
}
