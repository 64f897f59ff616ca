// A running rule: a query's operators between its sources and its sink.

import type { RowBatch } from "../core/row-batch.ts";
import type { Query, SourceTable } from "../sql/plan.ts";
import { NO_WATERMARK } from "./contract.ts";
import type { OperatorHost, RowError, RuleSink, RuleStats, Snapshot } from "./contract.ts";
import { DataError } from "./data-error.ts";
import { lower } from "./lower.ts";
import { SinkNode } from "./node.ts";
import type { ResultNode, StatefulNode, Upstream } from "./node.ts";
import { generatedPipelines } from "./pipeline/generate.ts";
import type {
  PipelineCompiler,
  RowReports,
  ScanFunction,
  ScanPipeline,
  SourceVectors,
} from "./pipeline/plan.ts";
import { skipped } from "./source.ts";
import type { Source, SourceConsumer } from "./source.ts";
import { foreignState, takeUp } from "../core/saved-state.ts";

export interface RuleOptions {
  readonly name: string;
  /** The running source of each table that the query reads. */
  readonly sources: (table: SourceTable) => Source;
  readonly sink: RuleSink;
  readonly host: OperatorHost;
  /** How it runs: generated code unless a test asks for the interpreter. */
  readonly compiler?: PipelineCompiler;
}

const STATE = { owner: "rule", version: 2 } as const;

/** `watermark`: as the sink has it; what leaves with the next rows says it. */
type RuleSnapshot = typeof STATE & {
  readonly operators: readonly Snapshot[];
  readonly watermark: number;
};

/** A rule at work. */
export class Rule {
  readonly name: string;
  readonly stats: RuleStats = { rowsIn: 0, rowsOut: 0, late: 0, errors: 0 };
  readonly #host: OperatorHost;
  readonly #sink: SinkNode;
  readonly #nodes: readonly StatefulNode[];
  readonly #attached: { readonly source: Source; readonly consumer: SourceConsumer }[] = [];

  constructor(query: Query, options: RuleOptions, resume: Snapshot) {
    this.name = options.name;
    this.#host = options.host;
    const state = takeUp<RuleSnapshot>(resume, STATE);
    this.#sink = new SinkNode(options.sink, this.stats, state?.watermark);
    const { scans, nodes } = lower(query.root, {
      compiler: options.compiler ?? generatedPipelines,
      sink: this.#sink,
      reports: (table, results) => this.#reports(table, results),
      resume: state?.operators,
    });
    this.#nodes = nodes;
    if (state !== undefined && state.operators.length !== nodes.length) {
      const saved = state.operators.length;
      throw foreignState(`a rule of ${saved} operators`, `one of ${nodes.length}`);
    }
    const bySource = new Map<Source, ScanPipeline[]>();
    for (const scan of scans) {
      const source = options.sources(scan.table);
      const known = bySource.get(source);
      if (known === undefined) bySource.set(source, [scan]);
      else known.push(scan);
    }
    for (const [source, pipelines] of bySource) this.#attach(source, pipelines, options);
  }

  /** The watermark of the rows already handed to the sink; undefined while there is none. */
  watermark(): number | undefined {
    const { watermark } = this.#sink;
    return watermark === NO_WATERMARK ? undefined : watermark;
  }

  /**
   * The lowest watermark of a device (`watermark.per`) that lets go of something; Infinity: nothing is held for any.
   * Walks all of them.
   */
  heldFrom(): number {
    const devices = this.#attached.flatMap(({ consumer }) => consumer.devices);
    return Math.min(Number.POSITIVE_INFINITY, ...devices.map(({ firstDueAt }) => firstDueAt));
  }

  /** Estimated bytes of state; walks all panes, so not for every batch. */
  stateBytes(): number {
    return this.#nodes.reduce((bytes, node) => bytes + node.stateBytes(), 0);
  }

  /** The state of all operators, between two pushes: structured-cloneable. */
  snapshot(): Snapshot {
    const operators = this.#nodes.map((node) => node.snapshot());
    const { watermark } = this.#sink;
    return { ...STATE, operators, watermark } satisfies RuleSnapshot;
  }

  /** Takes the rule off its sources; nothing fires. */
  detach(): void {
    for (const { source, consumer } of this.#attached) source.detach(consumer);
    this.#attached.length = 0;
  }

  #attach(source: Source, pipelines: readonly ScanPipeline[], options: RuleOptions): void {
    const compiler = options.compiler ?? generatedPipelines;
    const runs = pipelines.map((pipeline) => ({
      upstream: pipeline.upstream,
      run: compiler.scan(pipeline),
    }));
    const advance = (watermark: number): void => {
      if (watermark !== NO_WATERMARK) for (const { upstream } of runs) upstream.advance(watermark);
    };
    const only = runs.length === 1 ? runs[0] : undefined;
    const consumer: SourceConsumer = {
      rule: this.name,
      advance,
      dueAt: () => Math.min(...runs.map(({ upstream }) => upstream.dueAt)),
      devices: pipelines.flatMap(({ devices }) => devices ?? []),
      rows: (batch, from, to, vectors) => {
        this.stats.rowsIn += to - from - skipped(batch, from, to);
        if (only !== undefined) only.run(batch, from, to, vectors);
        else rowByRow(batch, { from, to }, { vectors, runs, advance });
      },
    };
    source.attach(consumer);
    this.#attached.push({ source, consumer });
  }

  #reports(table: string | undefined, results: ResultNode | undefined): RowReports {
    const report = (
      thrown: unknown,
      row: Pick<RowError, "message" | "eventTimeMs" | "window">,
    ): void => {
      if (!(thrown instanceof DataError)) throw thrown;
      this.stats.errors++;
      const { reason, position, isFull } = thrown;
      this.#host.dataError({ rule: this.name, table, ...row, reason, position, isFull });
    };
    return {
      scan: (thrown, batch, row) =>
        report(thrown, { message: batch.origin[row], eventTimeMs: undefined, window: undefined }),
      result: (thrown) => {
        const window = results?.firing;
        report(thrown, { message: undefined, eventTimeMs: window && window.endMs - 1, window });
      },
      late: ({ batch, row, ...times }) => {
        this.stats.late++;
        const message = batch?.origin[row];
        this.#host.late({ rule: this.name, table, message, ...times });
      },
    };
  }
}

/** Builds a rule and attaches it to its sources, new or from a snapshot of the same query. */
export function buildRule(query: Query, options: RuleOptions, resume?: Snapshot): Rule {
  return new Rule(query, options, resume);
}

interface Run {
  readonly upstream: Upstream;
  readonly run: ScanFunction;
}

/** A rule that reads one table more than once: every row goes through all its scans before the next one comes. */
function rowByRow(
  batch: RowBatch,
  range: { readonly from: number; readonly to: number },
  rule: {
    readonly vectors: SourceVectors;
    readonly runs: readonly Run[];
    readonly advance: (watermark: number) => void;
  },
): void {
  const { before } = rule.vectors;
  for (let row = range.from; row < range.to; row++) {
    if (batch.skip[row] !== 0) continue;
    rule.advance(before[row] ?? NO_WATERMARK);
    for (const { run } of rule.runs) run(batch, row, row + 1, rule.vectors);
  }
}
