// From where a suspended rule can go on once it has been repaired: its state as it was when it failed, with that of the
// tables it reads, and how far in the journal that is.

import { createHash } from "node:crypto";
import { serialize } from "node:v8";

import { deviceColumn } from "../operators/device-column.ts";
import type { Expression, Relation } from "../sql/plan.ts";
import type { PipelineState } from "./pipeline.ts";
import type { RulePlan, RuleSet } from "./rule-set.ts";

export interface ResumePoint {
  /** The journal entry that the state includes as the last one. */
  readonly sequence: number;
  /** Rows of the entries through this one have been put out: more, if it failed in a replay. */
  readonly emitted: number;
  /** Wall clock. */
  readonly timeMs: number;
  /** What can take up the state. */
  readonly shape: string;
  /** A serialised PipelineState. */
  readonly state: Uint8Array;
}

/** What a point is made of besides the state. */
export type Where = Pick<ResumePoint, "sequence" | "emitted" | "timeMs">;

/** Undefined for a rule over system tables: what they were fed is in no journal. */
export function resumePoint(
  ruleSet: RuleSet,
  plan: RulePlan,
  { state, where }: { readonly state: PipelineState; readonly where: Where },
): ResumePoint | undefined {
  const read = ruleSet.tables.filter(({ signature }) => plan.tables.includes(signature));
  if (read.some(({ table }) => table.system)) return undefined;
  const own: PipelineState = {
    ...state,
    tables: new Map([...state.tables].filter(([signature]) => plan.tables.includes(signature))),
    rules: new Map([...state.rules].filter(([name]) => name === plan.name)),
  };
  return { ...where, shape: stateShape(plan), state: serialize(own) };
}

/** The same for rules one of which can go on with the other's state: their operators and the sink hold the like. */
export function stateShape({ query, sink }: RulePlan): string {
  const isAlarm = sink.options["connector"] === "alarm";
  const columns = isAlarm ? sink.columns.map(({ name, type }) => [name, type]) : [];
  const shape = JSON.stringify([isAlarm, columns, shapeOf(query.root)]);
  return createHash("sha256").update(shape).digest("hex").slice(0, 32);
}

/** Conditions and projections hold nothing: they may be others. */
function shapeOf(relation: Relation): unknown {
  switch (relation.kind) {
    case "scan":
      return "scan";
    case "filter":
    case "project":
      return shapeOf(relation.input);
    case "limit":
      return ["limit", shapeOf(relation.input)];
    case "union":
      return ["union", ...relation.inputs.map(shapeOf)];
    case "sort": {
      const { input, timeColumn, keys, fields } = relation;
      const by = keys.map(({ expression, ...order }) => [expression.type, order]);
      return ["sort", timeColumn, by, fields, shapeOf(input)];
    }
    case "window": {
      const { window, timeColumn, input } = relation;
      return ["window", window, timeColumn, input.fields, byDevices(relation), shapeOf(input)];
    }
    case "window-aggregate": {
      const { windowing, keys, groupingSets, aggregates, properties, input } = relation;
      const calls = aggregates.map(({ function: name, arguments: of, distinct, filter, type }) => {
        return [name, types(of), distinct, filter !== undefined, type];
      });
      const groups = [windowing, types(keys), groupingSets, calls, properties];
      return ["aggregate", groups, byDevices(relation), shapeOf(input)];
    }
  }
}

function types(expressions: readonly Expression[]): unknown[] {
  return expressions.map(({ type }) => type);
}

function byDevices(relation: Relation): boolean {
  return deviceColumn(relation) !== undefined;
}
