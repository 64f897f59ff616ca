// From a query's relation tree to running parts: operators with their state, pipelines between them, and the ways
// the watermark takes. Walks from the output to the tables: `stages` collects what a row of the current relation
// still has to go through, up to the operator (or sink) that it ends in.
//
// Operators are numbered in the order of the walk: that order names their state in a rule's snapshot.

import { GatewayError, assert } from "../core/errors.ts";
import type { SqlType } from "../core/types.ts";
import type { AggregateCall, Relation, WindowAggregateRelation, WindowSpec } from "../sql/plan.ts";
import { aggregateOf } from "./aggregate/index.ts";
import type { Snapshot } from "./contract.ts";
import { readsWatermark } from "./expression/shape.ts";
import { UnionNode } from "./node.ts";
import type { ResultNode, SinkNode, StatefulNode, Upstream } from "./node.ts";
import type {
  AggregateInput,
  GroupingTerminal,
  PipelineCompiler,
  RowFunction,
  RowReports,
  ScanPipeline,
  Stage,
  Terminal,
} from "./pipeline/plan.ts";
import { SessionAggregate } from "./window/session-aggregate.ts";
import { slicesOf } from "./window/slices.ts";
import { WindowAggregate } from "./window/window-aggregate.ts";

const SET_NUMBER: SqlType = { kind: "INTEGER", nullable: false };

export interface LowerOptions {
  readonly compiler: PipelineCompiler;
  readonly sink: SinkNode;
  /** Reports for pipelines that end in `operator` (undefined: that begin with its results). */
  readonly reports: (table: string | undefined, results: ResultNode | undefined) => RowReports;
  /** States of the operators, by number. */
  readonly resume: readonly Snapshot[] | undefined;
}

export interface Lowered {
  readonly scans: readonly ScanPipeline[];
  readonly nodes: readonly StatefulNode[];
}

/** Where rows of a relation go. */
interface Target {
  readonly stages: readonly Stage[];
  readonly terminal: Terminal;
  readonly upstream: Upstream;
  /** Something on the way to the sink reads CURRENT_WATERMARK. */
  readonly readsWatermark: boolean;
}

interface Grouping {
  readonly window: WindowSpec;
  readonly input: AggregateInput;
  readonly target: Target;
}

/** Builds the operators of a query. */
export function lower(root: Relation, options: LowerOptions): Lowered {
  const scans: ScanPipeline[] = [];
  const nodes: StatefulNode[] = [];
  const walk = new Walk(options, scans, nodes);
  const { sink } = options;
  walk.relation(root, {
    stages: [],
    terminal: { kind: "sink", sink },
    upstream: sink,
    readsWatermark: false,
  });
  return { scans, nodes };
}

class Walk {
  readonly #options: LowerOptions;
  readonly #scans: ScanPipeline[];
  readonly #nodes: StatefulNode[];

  constructor(options: LowerOptions, scans: ScanPipeline[], nodes: StatefulNode[]) {
    this.#options = options;
    this.#scans = scans;
    this.#nodes = nodes;
  }

  relation(relation: Relation, target: Target): void {
    switch (relation.kind) {
      case "scan":
        this.#scans.push({
          table: relation.table,
          required: relation.required,
          stages: target.stages,
          terminal: target.terminal,
          upstream: target.upstream,
          reports: this.#options.reports(relation.table.name, undefined),
        });
        return;
      case "filter": {
        const stage: Stage = { kind: "filter", condition: relation.condition };
        this.relation(relation.input, prepend(target, stage, readsWatermark([relation.condition])));
        return;
      }
      case "project": {
        const stage: Stage = { kind: "project", expressions: relation.expressions };
        this.relation(relation.input, prepend(target, stage, readsWatermark(relation.expressions)));
        return;
      }
      case "window": {
        const { window, timeColumn } = relation;
        if (window.kind === "session") throw notYet("a SESSION window without aggregation");
        this.relation(
          relation.input,
          prepend(target, { kind: "window", window, timeColumn }, false),
        );
        return;
      }
      case "union": {
        const union = this.#add(
          (resume) => new UnionNode(relation.inputs.length, target.upstream, resume),
        );
        for (const [index, input] of relation.inputs.entries()) {
          const upstream = union.inputs[index];
          assert(upstream !== undefined, "a union without this input");
          const stage: Stage = { kind: "union", input: upstream };
          this.relation(input, { ...prepend(target, stage, false), upstream });
        }
        return;
      }
      case "window-aggregate":
        this.#aggregate(relation, target);
    }
  }

  #aggregate(relation: WindowAggregateRelation, target: Target): void {
    const { windowing, keys, aggregates } = relation;
    if (windowing.kind === "attached") throw notYet("an aggregation over attached windows");
    const groupingSets = keysOfSets(relation);
    const { timeColumn } = windowing;
    const input = { timeColumn, keys, groupingSets, calls: aggregates.map(argumentsOf) };
    const terminal = this.#grouping(relation, { window: windowing.window, input, target });
    this.relation(relation.input, {
      stages: [],
      terminal,
      upstream: terminal.operator,
      readsWatermark: false,
    });
  }

  /** The operator that groups, connected to what its results go through. */
  #grouping(
    relation: WindowAggregateRelation,
    { window, input, target }: Grouping,
  ): GroupingTerminal {
    const keyTypes = input.keys.map((key) => key.type);
    const options = {
      properties: relation.properties,
      keyTypes: input.groupingSets === undefined ? keyTypes : [...keyTypes, SET_NUMBER],
      aggregates: relation.aggregates.map(aggregateOf),
      downstream: target.upstream,
      needsEveryWatermark: target.readsWatermark,
    };
    if (window.kind === "session") {
      const { gapMs } = window;
      const operator = this.#add((resume) => new SessionAggregate({ ...options, gapMs }, resume));
      operator.connect(this.#output(relation, operator, target));
      return { kind: "session", operator, input };
    }
    const slices = slicesOf(window);
    const operator = this.#add((resume) => new WindowAggregate({ ...options, slices }, resume));
    operator.connect(this.#output(relation, operator, target));
    return { kind: "aggregate", operator, input };
  }

  /** What an operator's results go through. */
  #output({ fields }: Relation, operator: ResultNode, { stages, terminal }: Target): RowFunction {
    const reports = this.#options.reports(undefined, operator);
    return this.#options.compiler.row({ fields, stages, terminal, reports });
  }

  /** Makes the next operator with its state. */
  #add<T extends StatefulNode>(make: (resume: Snapshot) => T): T {
    const number = this.#nodes.length;
    const { resume } = this.#options;
    const node = make(resume?.[number]);
    this.#nodes.push(node);
    return node;
  }
}

/** Which keys each of several grouping sets has. */
function keysOfSets({ groupingSets, keys }: WindowAggregateRelation): boolean[][] | undefined {
  if (groupingSets.length === 1) return undefined;
  return groupingSets.map((set) => keys.map((_, index) => set.includes(index)));
}

function prepend(target: Target, stage: Stage, reads: boolean): Target {
  return {
    ...target,
    stages: [stage, ...target.stages],
    readsWatermark: target.readsWatermark || reads,
  };
}

function argumentsOf({ arguments: values, filter }: AggregateCall): {
  argument: AggregateCall["filter"];
  filter: AggregateCall["filter"];
} {
  return { argument: values[0], filter };
}

/** The binder refuses what the operators lack, so this is a bug. */
function notYet(what: string): GatewayError {
  return new GatewayError(`${what} has no operator`, { code: "ASSERTION", blame: "bug" });
}
