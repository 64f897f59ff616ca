// The operator that a GROUP BY becomes. Over the columns of a windowing table function the rows carry their window
// (`attached`), as do the results of another grouping. Whether the function and the grouping above it become one operator
// instead is settled when nothing more can be simplified: optimizer/merge-windows.ts.

import type { Field, SqlType } from "../../core/types.ts";
import type { AggregateCall, WindowAggregateRelation, WindowProperty } from "../plan.ts";
import { inputsOf } from "../plan-expressions.ts";
import type { SourceText, Span } from "../source.ts";
import { INTEGER, withNullable } from "../types.ts";
import { mergesOf, throwRefusal, typeCall, type UnsettledBoundCall } from "./aggregate-call.ts";
import type { GroupKey, Grouping } from "./grouping.ts";
import { type Scope } from "./scope.ts";

export interface AggregateParts {
  readonly source: SourceText;
  readonly scope: Scope;
  /** Where an error about the whole clause points. */
  readonly span: Span;
  readonly grouping: Grouping;
  readonly calls: readonly UnsettledBoundCall[];
  /** Window columns that are read above. */
  readonly properties: readonly WindowProperty[];
}

const SET_NUMBER: SqlType = withNullable(INTEGER, false);

/** Builds the operator. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function aggregateRelation(parts: AggregateParts): WindowAggregateRelation {
  const { source, grouping } = parts;
  const windowing = windowingOf(parts);
  const { window } = windowing;
  const isAttached = windowing.kind === "attached";
  const forms = isAttached
    ? { attached: mergesOf(window, "attached"), assign: mergesOf(window, "function") }
    : { assign: mergesOf(window, "call") };
  const calls = parts.calls.map((call) => typeCall(source, call, forms));
  const isAttachedSession = isAttached && window.kind === "session";
  const aggregates = isAttachedSession ? calls.map((call) => withoutTime(parts, call)) : calls;
  // The end of a session does not tell its start.
  const hidden: GroupKey[] = isAttachedSession ? [sessionStart(parts)] : [];
  const keys = [...grouping.keys, ...hidden];
  const groupingSets = grouping.groupingSets.map((set) => [
    ...set,
    ...hidden.map((_, index) => grouping.keys.length + index),
  ]);
  const properties = parts.properties.filter(
    (property) => !isAttachedSession || property !== "window_start",
  );
  const fields: Field[] = [
    ...keys.map(({ name, expression }, index) => ({
      name,
      type: keyType(groupingSets, index, expression.type),
    })),
    ...(groupingSets.length > 1 ? [{ name: "grouping_set", type: SET_NUMBER }] : []),
    ...aggregates.map(({ type }, index) => ({ name: `a${index}`, type })),
    ...properties.map((name) => ({ name, type: grouping.types[name] })),
  ];
  return {
    kind: "window-aggregate",
    input: parts.scope.table.relation,
    windowing,
    keys: keys.map((key) => key.expression),
    groupingSets,
    aggregates,
    properties,
    fields,
  };
}

/** A key that some grouping set leaves out is NULL there. */
function keyType(sets: Grouping["groupingSets"], index: number, type: SqlType): SqlType {
  return sets.every((set) => set.includes(index)) ? type : withNullable(type, true);
}

function windowingOf(parts: AggregateParts): WindowAggregateRelation["windowing"] {
  const { grouping, scope, source, span } = parts;
  if (grouping.call !== undefined) {
    const { window, timeColumn } = grouping.call;
    return { kind: "assign", window, timeColumn };
  }
  const columns: Partial<Record<WindowProperty, number>> = {};
  for (const property of grouping.properties) columns[property] = windowField(scope, property);
  return {
    kind: "attached",
    window: grouping.window,
    endColumn: windowField(scope, "window_end"),
    unsettled: { columns, position: source.position(span) },
  };
}

function windowField(scope: Scope, role: WindowProperty): number {
  const column = scope.table.columns.find((each) => each.role === role);
  if (column?.expression.kind === "input") return column.expression.index;
  throw new RangeError(`a window is grouped without its ${role}`);
}

/** The start of an attached session as its last key. */
function sessionStart({ scope, grouping }: AggregateParts): GroupKey {
  const index = windowField(scope, "window_start");
  const type = grouping.types.window_start;
  return { name: "window_start", expression: { kind: "input", index, type } };
}

/** Flink cannot group a session by its window_time where an aggregate takes it, unless it takes that for the key. */
function withoutTime(parts: AggregateParts, call: AggregateCall): AggregateCall {
  const { source, scope, span, grouping } = parts;
  const time = scope.table.columns.find((each) => each.role === "window_time")?.expression;
  const isRead = time?.kind === "input" && inputsOf(call.arguments).includes(time.index);
  if (!isRead || !grouping.properties.has("window_time")) return call;
  const message =
    "an aggregate over the window_time of a SESSION that is grouped by window_time would have to take rows back";
  const hint = "Leave window_time out of GROUP BY, or use window_end in the aggregate.";
  const position = source.position(span);
  const attached = { code: "SQL_UNSUPPORTED", message, hint, position } as const;
  if (call.unsettled?.key === undefined) throwRefusal(attached);
  return { ...call, refused: { assign: call.refused?.assign, attached } };
}
