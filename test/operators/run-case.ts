// Runs a conformance case on the operators alone, in any of the ways that must make no difference: generated or
// interpreted, row by row or in batches, straight through or rebuilt from snapshots on the way.

import assert from "node:assert/strict";
import { deserialize, serialize } from "node:v8";

import type { SqlValue } from "../../src/core/types.ts";
import { rowJsonWriter } from "../../src/core/value/row-json.ts";
import type { LateRow, RowError } from "../../src/operators/contract.ts";
import { buildRule, buildSource } from "../../src/operators/index.ts";
import type { Rule, Source } from "../../src/operators/index.ts";
import type { PipelineCompiler } from "../../src/operators/pipeline/plan.ts";
import type { Plan, SourceTable } from "../../src/sql/plan.ts";
import { PayloadRows } from "../decode/payload-rows.ts";
import { batchOf } from "./plans.ts";
import { COMPILERS } from "./run-plan.ts";

/** How a case is run. */
export interface Run {
  readonly compiler: PipelineCompiler;
  /** Events per push at the most; those of one push are of one table. */
  readonly batch: number;
  /** Everything is rebuilt from its snapshot after so many events. 0: never. */
  readonly restartEvery: number;
}

/** All that came out, in order. */
export interface CaseOutcome {
  readonly lines: string[];
  /** A row's message is that of its event in the input. */
  readonly late: LateRow[];
  readonly errors: RowError[];
}

/** An event: the index of its table, and its decoded values in column order. */
interface Event {
  readonly table: number;
  readonly values: readonly SqlValue[];
}

/** A run with a name for messages. */
export interface Way {
  readonly way: string;
  readonly run: Run;
}

/** Every restart compiles the rule anew: longer inputs are restarted at so many places, and not after every event. */
const RESTARTS = 300;
const BATCH = 1000;

/** The ways to run a case of so many events, generated code in batches first. */
export function waysOf(events: number): readonly [Way, ...Way[]] {
  const often = Math.ceil(events / RESTARTS);
  const ways = Object.entries(COMPILERS).flatMap(([name, compiler]) => [
    { way: `${name}, in batches`, run: { compiler, batch: BATCH, restartEvery: 0 } },
    { way: `${name}, row by row`, run: { compiler, batch: 1, restartEvery: 0 } },
    {
      way: `${name}, row by row, restarted after every ${often}`,
      run: { compiler, batch: 1, restartEvery: often },
    },
    {
      way: `${name}, restarted after batches of ${7 * often}`,
      run: { compiler, batch: BATCH, restartEvery: 7 * often },
    },
  ]);
  return ways as [Way, ...Way[]];
}

/** Events of one case, decoded once for all its runs, up to the first payload that cannot be read. */
export class CaseRunner {
  readonly events: readonly Event[];
  /** Why the events end early; undefined if they do not. */
  readonly unreadable: string | undefined;
  readonly #plan: Plan;

  /** Runs these events, each the JSON of a payload, or those that another runner has read. */
  constructor(lines: readonly string[], plan: Plan, known?: readonly Event[]) {
    this.#plan = plan;
    if (known !== undefined) {
      this.events = known;
      return;
    }
    const readers = plan.tables.map(rowReader);
    const events: Event[] = [];
    for (const line of lines) {
      const name = (JSON.parse(line) as { $table?: string }).$table;
      const table = name === undefined ? 0 : plan.tables.findIndex((each) => each.name === name);
      // undefined: a table of the case that the query does not read.
      const values = readers[table]?.(line);
      if (typeof values === "string") {
        this.unreadable = values;
        break;
      }
      if (values !== undefined) events.push({ table, values });
    }
    this.events = events;
  }

  /** Runs the case's query to the end of its input. */
  run({ compiler, batch, restartEvery }: Run): CaseOutcome {
    const outcome: CaseOutcome = { lines: [], late: [], errors: [] };
    let running = this.#build(compiler, outcome, undefined);
    let sinceRestart = 0;
    for (let from = 0; from < this.events.length;) {
      const until = restartEvery === 0 ? Infinity : restartEvery - sinceRestart;
      const part = this.#part(from, Math.min(batch, until));
      const source = running.sources[part.table];
      assert.ok(source !== undefined);
      const rows = batchOf(source.table, part.rows);
      rows.origin = Uint32Array.from(part.rows, (_, index) => from + index);
      source.push(rows, 0, rows.count);
      from += rows.count;
      sinceRestart += rows.count;
      if (sinceRestart !== restartEvery) continue;
      sinceRestart = 0;
      const states = [...running.sources, running.rule].map((each) => each.snapshot());
      running = this.#build(compiler, outcome, deserialize(serialize(states)) as unknown[]);
    }
    for (const source of running.sources) source.endOfInput();
    return outcome;
  }

  /** Up to `most` events from `from` on that belong to one table. */
  #part(from: number, most: number): { table: number; rows: (readonly SqlValue[])[] } {
    const table = this.events[from]?.table ?? 0;
    const rows: (readonly SqlValue[])[] = [];
    for (let at = from; rows.length < most && this.events[at]?.table === table; at++) {
      rows.push(this.events[at]?.values ?? []);
    }
    return { table, rows };
  }

  #build(
    compiler: PipelineCompiler,
    outcome: CaseOutcome,
    states: readonly unknown[] | undefined,
  ): { sources: Source[]; rule: Rule } {
    const { tables, queries } = this.#plan;
    const query = queries[0];
    assert.ok(query !== undefined);
    const host = {
      late: (row: LateRow) => void outcome.late.push(row),
      dataError: (error: RowError) => void outcome.errors.push(error),
    };
    const write = rowJsonWriter(query.columns, "print");
    const sources = tables.map((table, index) =>
      buildSource(table, { host, compiler }, states?.[index]),
    );
    const rule = buildRule(
      query,
      {
        name: "case",
        sources: (table) => sources[tables.indexOf(table)] as Source,
        sink: {
          row: (values) => void outcome.lines.push(write(values)),
          watermark: () => undefined,
        },
        host,
        compiler,
      },
      states?.at(-1),
    );
    return { sources, rule };
  }
}

/** Reads a payload as Flink's json format does with ISO-8601 timestamps; a text says why it cannot be read. */
function rowReader(table: SourceTable): (line: string) => SqlValue[] | string {
  // What is no column of the payload stays NULL: no payload has such a key.
  const fields = table.columns.map(({ name, type, source }) => ({
    name: source.kind === "physical" ? name : `\u0000${name}`,
    type,
  }));
  const payloads = new PayloadRows(fields, { "json.timestamp-format.standard": "ISO-8601" });
  return (line) => {
    const { rows, reason } = payloads.read(line);
    if (reason !== "") return reason;
    const [row = {}] = rows;
    return fields.map(({ name }) => row[name] ?? null);
  };
}
