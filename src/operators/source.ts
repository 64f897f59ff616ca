// One table being read: shared by all rules over it. It computes the rowtime of each row, asks the identity gate,
// keeps the watermark, and drives the rules' loops.
//
// The watermark is Flink's with a watermark after every row: none until the expression first exceeds epoch 0, then
// the maximum of the expression over all rows; a row is judged by that of the rows before it; NULL changes nothing.
// A row without a usable rowtime is a data error of the source, reported once, and no rule sees it.
//
// With watermark options (watermark/) there are watermarks of devices besides, and time passes without rows: by the
// engine time of rows and of `tick`. Without a clock (`headrace sql`) nothing is ever idle and nothing too far ahead.

import { GatewayError } from "../core/errors.ts";
import type { RowBatch } from "../core/row-batch.ts";
import type { SourceTable } from "../sql/plan.ts";
import { MAX_WATERMARK, NO_WATERMARK } from "./contract.ts";
import type { OperatorHost, Snapshot, SourceStats } from "./contract.ts";
import { DataError } from "./data-error.ts";
import { generatedPipelines } from "./pipeline/generate.ts";
import type {
  PipelineCompiler,
  SourceFunction,
  SourceTarget,
  SourceVectors,
} from "./pipeline/plan.ts";
import { takeUp } from "../core/saved-state.ts";
import type { DeviceUpstream } from "./node.ts";
import { watermarkOptions } from "./watermark/options.ts";
import { SourceTime } from "./watermark/source-time.ts";
import type { MessageClock, SourceTimeSnapshot } from "./watermark/source-time.ts";

/** A rule's part of a source. */
export interface SourceConsumer {
  /** For errors: whose fault it is. */
  readonly rule: string;
  /** Rows [from, to). */
  rows(batch: RowBatch, from: number, to: number, vectors: SourceVectors): void;
  /** The watermark without rows: at the end of each push, and at the end of input. */
  advance(watermark: number): void;
  /** The lowest watermark that lets go of something; Infinity: nothing is held. */
  dueAt(): number;
  /** What goes by the watermarks of devices. */
  readonly devices: readonly DeviceUpstream[];
}

export interface SourceOptions {
  readonly host: OperatorHost;
  /** Sets `batch.skip` for rows of [from, to) that were taken before; runs before the watermark moves. */
  readonly gate?: (batch: RowBatch, from: number, to: number) => void;
  /** Computed columns (by table column index) to be written into the batch before the gate runs. */
  readonly gateColumns?: readonly number[];
  /** When the messages of a batch came; absent: there is no clock. */
  readonly clock?: MessageClock;
  /** How it runs: generated code unless a test asks for the interpreter. */
  readonly compiler?: PipelineCompiler;
}

type Step = (consumer: SourceConsumer) => void;

const NO_TIME = "the event time is NULL";
const STATE = { owner: "source", version: 2 } as const;

type SourceSnapshot = typeof STATE & {
  readonly watermark: number;
  readonly time: SourceTimeSnapshot | undefined;
};

/** A table being read. */
export class Source {
  readonly table: SourceTable;
  readonly stats: SourceStats = { rows: 0, duplicates: 0, errors: 0 };
  readonly #options: SourceOptions;
  readonly #evaluate: SourceFunction;
  readonly #consumers: SourceConsumer[] = [];
  readonly #failures: Map<number, DataError> = new Map();
  /** Set for a table with watermark options. */
  readonly #time: SourceTime | undefined;
  #watermark: number;
  #vectors: SourceVectors = vectorsFor(0, false);
  #target: SourceTarget = this.#targetFor(0);

  constructor(table: SourceTable, options: SourceOptions, resume: Snapshot) {
    this.table = table;
    this.#options = options;
    const compiler = options.compiler ?? generatedPipelines;
    const watermarks = table.watermark === undefined ? undefined : watermarkOptions(table);
    const device = watermarks?.deviceColumn;
    const computed = new Set(options.gateColumns);
    if (device !== undefined && table.columns[device]?.source.kind === "computed") {
      computed.add(device);
    }
    this.#evaluate = compiler.source({ table, computed: [...computed] });
    const state = takeUp<SourceSnapshot>(resume, STATE);
    this.#watermark = state?.watermark ?? NO_WATERMARK;
    if (watermarks === undefined) return;
    const consumers = { all: this.#consumers, run: (step: Step) => this.#run(step) };
    this.#time = new SourceTime({ ...watermarks, clock: options.clock, consumers }, state?.time);
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
    const watermark = this.#time?.devices.table ?? this.#watermark;
    return watermark === NO_WATERMARK ? undefined : watermark;
  }

  /** What the table knows of its devices and their silence; undefined without watermark options. */
  get time(): SourceTime | undefined {
    return this.#time;
  }

  /**
   * Runs rows [from, to) of the batch, in order, through all rules; windows that end with them fire before it
   * returns. Rows with `skip` set count nowhere; sets it for what the gate finds and for rows without an event
   * time. An exception is a bug: of blame `bug`, with the rule's name in `context.rule`; rebuild from snapshots.
   */
  push(batch: RowBatch, from: number, to: number): void {
    this.#reserve(to);
    this.#evaluate(batch, from, to, this.#target);
    let duplicates = -skipped(batch, from, to);
    this.#options.gate?.(batch, from, to);
    duplicates += skipped(batch, from, to);
    this.stats.rows += to - from;
    this.stats.duplicates += duplicates;
    if (this.#time !== undefined) {
      this.#pushInTime(batch, { from, to }, this.#time);
      return;
    }
    if (this.table.watermark === undefined) this.#vectors.before.fill(NO_WATERMARK, from, to);
    else this.#judge(batch, from, to);
    if (this.#failures.size > 0) this.#failures.clear();
    this.#runRows(batch, from, to, this.#watermark);
  }

  /** The input has ended: the watermark becomes the maximum, every open window fires. */
  endOfInput(): void {
    this.#time?.endOfInput();
    this.#watermark = MAX_WATERMARK;
    this.#run((consumer) => consumer.advance(MAX_WATERMARK));
  }

  snapshot(): Snapshot {
    const time = this.#time?.snapshot();
    return { ...STATE, watermark: this.#watermark, time } satisfies SourceSnapshot;
  }

  #runRows(batch: RowBatch, from: number, to: number, watermark: number): void {
    for (const consumer of this.#consumers) {
      try {
        consumer.rows(batch, from, to, this.#vectors);
        consumer.advance(watermark);
      } catch (cause) {
        throw failureOf(consumer, cause);
      }
    }
  }

  #run(step: Step): void {
    for (const consumer of this.#consumers) {
      try {
        step(consumer);
      } catch (cause) {
        throw failureOf(consumer, cause);
      }
    }
  }

  /** Rows with what happens between them: devices fall silent, windows close by the clock. */
  #pushInTime(
    batch: RowBatch,
    { from, to }: { readonly from: number; readonly to: number },
    time: SourceTime,
  ): void {
    const { skip } = batch;
    const { rowtime } = this.#vectors;
    for (let row = from; row < to; row++) {
      if (skip[row] !== 0) continue;
      const reason = Number.isNaN(rowtime[row])
        ? (this.#failures.get(row)?.reason ?? NO_TIME)
        : time.refusal(batch, row, rowtime[row] ?? 0);
      if (reason === undefined) continue;
      this.#report(batch, row, reason);
      skip[row] = 1;
    }
    if (this.#failures.size > 0) this.#failures.clear();
    for (let at = from; at < to;) {
      const next = time.judge(
        batch,
        { from: at, to },
        { ...this.#vectors, raise: this.#target.raise },
      );
      this.#runRows(batch, at, next, time.devices.table);
      at = next;
    }
  }

  /** Reports rows without an event time, and writes the watermark before each other row. */
  #judge(batch: RowBatch, from: number, to: number): void {
    const { before, rowtime } = this.#vectors;
    const { skip } = batch;
    const { raise } = this.#target;
    let watermark = this.#watermark;
    for (let row = from; row < to; row++) {
      if (skip[row] !== 0) continue;
      if (Number.isNaN(rowtime[row])) {
        this.#report(batch, row, this.#failures.get(row)?.reason ?? NO_TIME);
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

  #report(batch: RowBatch, row: number, reason: string): void {
    this.stats.errors++;
    this.#options.host.dataError({
      rule: undefined,
      table: this.table.name,
      message: batch.origin[row],
      eventTimeMs: undefined,
      window: undefined,
      reason,
      position: this.#failures.get(row)?.position,
      isFull: false,
    });
  }

  /** Makes room for rows below `rows`; whoever pushes row by row gets as much again ahead. */
  #reserve(rows: number): void {
    if (this.#target.raise.length >= rows) return;
    this.#vectors = vectorsFor(rows * 2, this.#time !== undefined);
    this.#target = this.#targetFor(rows * 2);
  }

  #targetFor(rows: number): SourceTarget {
    return {
      rowtime: this.#vectors.rowtime,
      raise: new Float64Array(rows),
      failed: (thrown, row) => this.#failed(thrown, row),
    };
  }
}

/** What a rule threw, with its name. */
function failureOf({ rule }: SourceConsumer, cause: unknown): GatewayError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError(`rule ${rule} failed: ${message}`, {
    code: "ASSERTION",
    blame: "bug",
    cause,
    context: { rule },
  });
}

/** Builds a source, new or from a snapshot. */
export function buildSource(table: SourceTable, options: SourceOptions, resume?: Snapshot): Source {
  return new Source(table, options, resume);
}

function vectorsFor(rows: number, hasDevices: boolean): SourceVectors {
  const ofDevices = hasDevices ? rows : 0;
  return {
    before: new Float64Array(rows),
    rowtime: new Float64Array(rows),
    device: new Int32Array(ofDevices),
    own: new Float64Array(ofDevices),
    reached: new Float64Array(ofDevices),
  };
}

/** How many of rows [from, to) are skipped. */
export function skipped(batch: RowBatch, from: number, to: number): number {
  let count = 0;
  for (let row = from; row < to; row++) count += batch.skip[row] ?? 0;
  return count;
}
