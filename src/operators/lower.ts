// From a query's relation tree to running parts: operators with their state, pipelines between them, and the ways
// the watermark takes. Walks from the output to the tables: `stages` collects what a row of the current relation
// still has to go through, up to the operator (or sink) that it ends in.
//
// Operators are numbered in the order of the walk: that order names their state in a rule's snapshot.

import { assert } from "../core/errors.ts";
import type { Expression, Relation, WindowAggregateRelation, WindowRelation } from "../sql/plan.ts";
import type { Snapshot } from "./contract.ts";
import { deviceColumn } from "./device-column.ts";
import { readsWatermark } from "./expression/shape.ts";
import { FirstRows } from "./first-rows.ts";
import { groupingOperator } from "./grouping-operator.ts";
import { UnionNode } from "./node.ts";
import type {
  DeviceUpstream,
  ResultNode,
  ResultOutput,
  SinkNode,
  StatefulNode,
  Upstream,
} from "./node.ts";
import type {
  PipelineCompiler,
  RowReports,
  ScanPipeline,
  Stage,
  Terminal,
} from "./pipeline/plan.ts";
import type { GateOptions } from "./window/gate.ts";
import { heldSessions } from "./window/held-sessions.ts";
import { windowZone } from "./window/slices.ts";
import { SortedRows } from "./window/sorted-rows.ts";

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
  /** The same, where its groups go by devices. */
  readonly devices: DeviceUpstream | undefined;
  /** Something on the way to the sink reads CURRENT_WATERMARK. */
  readonly readsWatermark: boolean;
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
    devices: undefined,
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
          devices: target.devices,
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
      case "limit": {
        const rows = this.#add((resume) => new FirstRows(relation, resume));
        this.relation(relation.input, prepend(target, { kind: "limit", rows }, false));
        return;
      }
      case "window":
        this.#window(relation, target);
        return;
      case "union":
        this.#union(relation, target);
        return;
      case "sort":
        this.#sort(relation, target);
        return;
      case "window-aggregate":
        this.#aggregate(relation, target);
    }
  }

  #union(relation: Extract<Relation, { kind: "union" }>, target: Target): void {
    const union = this.#add(
      (resume) => new UnionNode(relation.inputs.length, target.upstream, resume),
    );
    for (const [index, input] of relation.inputs.entries()) {
      const upstream = union.inputs[index];
      assert(upstream !== undefined, "a union without this input");
      const stage: Stage = { kind: "union", input: upstream };
      this.relation(input, { ...prepend(target, stage, false), upstream, devices: undefined });
    }
  }

  #window(relation: WindowRelation, target: Target): void {
    const { window, timeColumn, input } = relation;
    if (window.kind !== "session") {
      this.relation(input, prepend(target, { kind: "window", window, timeColumn }, false));
      return;
    }
    const keys = window.partition.map((index) => fieldOf(input, index));
    const gate = gateOptions(target, deviceColumn(relation) !== undefined);
    const keyTypes = keys.map((key) => key.type);
    const { windows, holder } = heldSessions(
      { ...gate, gapMs: window.gapMs, zone: windowZone(window), keyTypes },
      this.#resume(),
    );
    this.#nodes.push(windows);
    windows.connect(this.#output(relation, windows, target));
    const terminal: Terminal = { kind: "rows", operator: holder, timeColumn, keys };
    const devices = gate.byDevice ? windows.gate : undefined;
    this.relation(input, { ...UNREAD, terminal, upstream: windows.gate, devices });
  }

  #sort(relation: Extract<Relation, { kind: "sort" }>, target: Target): void {
    const { input, timeColumn, keys } = relation;
    const options = {
      downstream: target.upstream,
      needsEveryWatermark: target.readsWatermark,
      keys: keys.map(({ expression, descending, nullsFirst }) => {
        return { type: expression.type, descending, nullsFirst };
      }),
    };
    const operator = this.#add((resume) => new SortedRows(options, resume));
    operator.connect(this.#output(relation, operator, target));
    const expressions = keys.map(({ expression }) => expression);
    const terminal: Terminal = { kind: "rows", operator, timeColumn, keys: expressions };
    this.relation(input, { ...UNREAD, terminal, upstream: operator.gate, devices: undefined });
  }

  #aggregate(relation: WindowAggregateRelation, target: Target): void {
    const gate = gateOptions(target, deviceColumn(relation) !== undefined);
    const { operator, ...way } = groupingOperator(relation, gate, this.#resume());
    this.#nodes.push(operator);
    operator.connect(this.#output(relation, operator, target));
    this.relation(relation.input, { ...UNREAD, ...way });
  }

  /** What an operator's results go through. */
  #output({ fields }: Relation, operator: ResultNode, { stages, terminal }: Target): ResultOutput {
    const reports = this.#options.reports(undefined, operator);
    return {
      row: this.#options.compiler.row({ results: operator, fields, stages, terminal, reports }),
      failed: (thrown) => reports.result(thrown),
    };
  }

  /** Makes the next operator with its state. */
  #add<T extends StatefulNode>(make: (resume: Snapshot) => T): T {
    const node = make(this.#resume());
    this.#nodes.push(node);
    return node;
  }

  /** The state of the operator that comes next. */
  #resume(): Snapshot {
    return this.#options.resume?.[this.#nodes.length];
  }
}

const UNREAD = { stages: [], readsWatermark: false } as const;

function gateOptions(target: Target, byDevice: boolean): GateOptions {
  return {
    downstream: target.upstream,
    byDevice,
    deviceDownstream: byDevice ? target.devices : undefined,
    needsEveryWatermark: target.readsWatermark,
  };
}

function fieldOf({ fields }: Relation, index: number): Expression {
  const field = fields[index];
  assert(field !== undefined, "a partition by no field");
  return { kind: "input", index, type: field.type };
}

function prepend(target: Target, stage: Stage, reads: boolean): Target {
  return {
    ...target,
    stages: [stage, ...target.stages],
    readsWatermark: target.readsWatermark || reads,
  };
}
