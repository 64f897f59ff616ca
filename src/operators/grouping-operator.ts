// The operator that a GROUP BY runs on: panes shared by all keys where they go by one watermark, slices of each key
// where they go by those of devices, and sessions.

import type { SqlType } from "../core/types.ts";
import type { AggregateCall, WindowAggregateRelation } from "../sql/plan.ts";
import { aggregateOf } from "./aggregate/index.ts";
import type { Snapshot } from "./contract.ts";
import type { ResultNode, ResultOutput, Upstream } from "./node.ts";
import type { AggregateInput, GroupingTerminal } from "./pipeline/plan.ts";
import { Accumulators } from "./window/accumulators.ts";
import { DeviceWindows } from "./window/device-windows.ts";
import type { Gate, GateOptions } from "./window/gate.ts";
import { AggregatedSessions } from "./window/session-contents.ts";
import { SessionWindows } from "./window/session-windows.ts";
import { attachedSlices, slicesOf, windowZone } from "./window/slices.ts";
import { WindowAggregate } from "./window/window-aggregate.ts";

const SET_NUMBER: SqlType = { kind: "INTEGER", nullable: false };

export interface GroupingOperator {
  readonly operator: ResultNode & { connect(output: ResultOutput): void };
  readonly terminal: GroupingTerminal;
  readonly upstream: Upstream;
  /** The same, where groups go by devices. */
  readonly devices: Gate | undefined;
}

/** Builds it, new or from its state. */
export function groupingOperator(
  relation: WindowAggregateRelation,
  gate: GateOptions,
  resume: Snapshot,
): GroupingOperator {
  const { windowing, properties } = relation;
  const { window } = windowing;
  const input = inputOf(relation);
  const keyTypes = relation.keys.map((key) => key.type);
  const aggregates = relation.aggregates.map(aggregateOf);
  const shape = { ...gate, keyTypes, aggregates, properties };
  const isSession = window.kind === "session" && windowing.kind === "assign";
  if (!isSession && !gate.byDevice) {
    const slices = windowing.kind === "attached" ? attachedSlices(window) : slicesOf(window);
    const allTypes = input.groupingSets === undefined ? keyTypes : [...keyTypes, SET_NUMBER];
    const operator = new WindowAggregate({ ...shape, slices, keyTypes: allTypes }, resume);
    const terminal = { kind: "aggregate", operator, aggregates, input } as const;
    return { operator, terminal, upstream: operator, devices: undefined };
  }
  const accumulators = new Accumulators(aggregates);
  const groups = { aggregates, accumulators, input };
  if (isSession) {
    const zone = windowZone(window);
    const contents = new AggregatedSessions(accumulators, { properties, zone });
    const { gapMs } = window;
    const operator = new SessionWindows({ ...gate, gapMs, zone, keyTypes, contents }, resume);
    return ofGate(operator, { kind: "group", operator, ...groups }, gate.byDevice);
  }
  const slices = windowing.kind === "attached" ? attachedSlices(window) : slicesOf(window);
  const operator = new DeviceWindows({ ...shape, slices, accumulators }, resume);
  return ofGate(operator, { kind: "group", operator, ...groups }, true);
}

function ofGate(
  operator: GroupingOperator["operator"] & { readonly gate: Gate },
  terminal: GroupingTerminal,
  byDevice: boolean,
): GroupingOperator {
  const { gate } = operator;
  return { operator, terminal, upstream: gate, devices: byDevice ? gate : undefined };
}

function inputOf({
  windowing,
  keys,
  groupingSets,
  setConditions,
  aggregates,
}: WindowAggregateRelation): AggregateInput {
  const isEnd = windowing.kind === "attached";
  return {
    timeColumn: isEnd ? windowing.endColumn : windowing.timeColumn,
    isEnd,
    zone: windowZone(windowing.window),
    keys,
    groupingSets:
      groupingSets.length === 1
        ? undefined
        : groupingSets.map((set) => keys.map((_, index) => set.includes(index))),
    setConditions,
    calls: aggregates.map(argumentsOf),
  };
}

function argumentsOf({ arguments: values, filter }: AggregateCall): {
  argument: AggregateCall["filter"];
  filter: AggregateCall["filter"];
} {
  return { argument: values[0], filter };
}
