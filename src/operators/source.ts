// One table being read: shared by all rules over it. It computes the rowtime of each row, asks the identity gate,
// keeps the watermark, and drives the rules' loops.
//
// The watermark is Flink's with a watermark after every row: none until the expression first exceeds epoch 0, then
// the maximum of the expression over all rows; a row is judged by that of the rows before it; NULL changes nothing.
// A row without a usable rowtime is a data error of the source, reported once, and no rule sees it.

import { GatewayError, assert } from "../core/errors.ts";
import type { RowBatch } from "../core/row-batch.ts";
import type { SourceTable } from "../sql/plan.ts";
import { MAX_WATERMARK, NO_WATERMARK } from "./contract.ts";
import type { OperatorHost, Snapshot, SourceStats } from "./contract.ts";
import { DataError } from "./data-error.ts";
import { generatedPipelines } from "./pipeline/generate.ts";
import type { PipelineCompiler, SourceFunction, SourceVectors } from "./pipeline/plan.ts";

/** A rule's part of a source. */
export interface SourceConsumer {
  /** For errors: whose fault it is. */
  readonly rule: string;
  rows(batch: RowBatch, range: RowRange, vectors: SourceVectors): void;
  /** The watermark without rows: at the end of each push, and at the end of input. */
  advance(watermark: number): void;
}

/** Rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface SourceOptions {
  readonly host: OperatorHost;
  /** Sets `batch.skip` for rows of [from, to) that were taken before; runs before the watermark moves. */
  readonly gate?: (batch: RowBatch, from: number, to: number) => void;
  /** Computed columns (by table column index) to be written into the batch before the gate runs. */
  readonly gateColumns?: readonly number[];
  /** How it runs: generated code unless a test asks for the interpreter. */
  readonly compiler?: PipelineCompiler;
}

interface SourceSnapshot {
  readonly version: 1;
  readonly watermark: number;
}

/** A table being read. */
export class Source {
  readonly table: SourceTable;
  readonly stats: SourceStats = { rows: 0, duplicates: 0, errors: 0 };
  readonly #options: SourceOptions;
  readonly #evaluate: SourceFunction;
  readonly #consumers: SourceConsumer[] = [];
  readonly #failures: Map<number, DataError> = new Map();
  #watermark: number;
  #vectors: SourceVectors = vectorsFor(0);
  #raise: Float64Array = new Float64Array(0);

  constructor(table: SourceTable, options: SourceOptions, resume: Snapshot) {
    this.table = table;
    this.#options = options;
    const compiler = options.compiler ?? generatedPipelines;
    this.#evaluate = compiler.source({ table, computed: options.gateColumns ?? [] });
    const state = resume as SourceSnapshot | undefined;
    assert(state === undefined || state.version === 1, "the source's state has another version");
    this.#watermark = state?.watermark ?? NO_WATERMARK;
  }

  /** Adds a rule; rules run in the order they were added. */
  attach(consumer: SourceConsumer): void {
    this.#consumers.push(consumer);
  }

  /** Takes a rule out. */
  detach(consumer: SourceConsumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index >= 0) this.#consumers.splice(index, 1);
  }

  /** The watermark after the last row, undefined while there is none. */
  watermark(): number | undefined {
    return this.#watermark === NO_WATERMARK ? undefined : this.#watermark;
  }

  /**
   * Runs rows [from, to) of the batch, in order, through all rules; windows that end with them fire before it
   * returns. Rows with `skip` set count nowhere; sets it for what the gate finds and for rows without an event
   * time. An exception is a bug: of blame `bug`, with the rule's name in `context.rule`; rebuild from snapshots.
   */
  push(batch: RowBatch, from: number, to: number): void {
    this.#reserve(to);
    this.#evaluate(batch, from, to, {
      rowtime: this.#vectors.rowtime,
      raise: this.#raise,
      failed: (thrown, row) => this.#failed(thrown, row),
    });
    let duplicates = -skipped(batch, from, to);
    this.#options.gate?.(batch, from, to);
    duplicates += skipped(batch, from, to);
    this.stats.rows += to - from;
    this.stats.duplicates += duplicates;
    if (this.table.watermark === undefined) this.#vectors.before.fill(NO_WATERMARK, from, to);
    else this.#judge(batch, from, to);
    this.#failures.clear();
    this.#run((consumer) => {
      consumer.rows(batch, { from, to }, this.#vectors);
      consumer.advance(this.#watermark);
    });
  }

  /** The input has ended: the watermark becomes the maximum, every open window fires. */
  endOfInput(): void {
    this.#watermark = MAX_WATERMARK;
    this.#run((consumer) => consumer.advance(MAX_WATERMARK));
  }

  snapshot(): Snapshot {
    return { version: 1, watermark: this.#watermark } satisfies SourceSnapshot;
  }

  /** Reports rows without an event time, and writes the watermark before each other row. */
  #judge(batch: RowBatch, from: number, to: number): void {
    const { before, rowtime } = this.#vectors;
    const { skip } = batch;
    const raise = this.#raise;
    let watermark = this.#watermark;
    for (let row = from; row < to; row++) {
      if (skip[row] !== 0) continue;
      if (Number.isNaN(rowtime[row])) {
        this.#report(batch, row);
        skip[row] = 1;
        continue;
      }
      before[row] = watermark;
      const raised = raise[row] ?? NO_WATERMARK;
      // Flink's assigner starts at 0: a watermark up to epoch 0 is none.
      if (raised > watermark && raised > 0) watermark = raised;
    }
    this.#watermark = watermark;
  }

  #failed(thrown: unknown, row: number): void {
    if (!(thrown instanceof DataError)) throw thrown;
    this.#failures.set(row, thrown);
    this.#vectors.rowtime[row] = Number.NaN;
  }

  #report(batch: RowBatch, row: number): void {
    const failure = this.#failures.get(row);
    this.stats.errors++;
    this.#options.host.dataError({
      rule: undefined,
      table: this.table.name,
      message: batch.origin[row],
      eventTimeMs: undefined,
      window: undefined,
      reason: failure?.reason ?? "the event time is NULL",
      position: failure?.position,
    });
  }

  #run(step: (consumer: SourceConsumer) => void): void {
    for (const consumer of this.#consumers) {
      try {
        step(consumer);
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        throw new GatewayError(`rule ${consumer.rule} failed: ${message}`, {
          code: "ASSERTION",
          blame: "bug",
          cause,
          context: { rule: consumer.rule },
        });
      }
    }
  }

  #reserve(rows: number): void {
    if (this.#raise.length >= rows) return;
    this.#raise = new Float64Array(rows);
    this.#vectors = vectorsFor(rows);
  }
}

/** Builds a source, new or from a snapshot. */
export function buildSource(table: SourceTable, options: SourceOptions, resume?: Snapshot): Source {
  return new Source(table, options, resume);
}

function vectorsFor(rows: number): SourceVectors {
  return { before: new Float64Array(rows), rowtime: new Float64Array(rows) };
}

function skipped(batch: RowBatch, from: number, to: number): number {
  let count = 0;
  for (let row = from; row < to; row++) count += batch.skip[row] ?? 0;
  return count;
}
