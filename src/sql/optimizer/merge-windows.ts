// A windowing table function and the grouping above it become one operator, which assigns rows to windows, where Flink merges
// them (carried-windows.ts), after all that goes has gone. It shows: filters between the two move below the window, which
// changes sessions; and some aggregates cannot be put together from parts of a window.

import { throwRefusal } from "../binder/aggregate-call.ts";
import { isOpenWindow } from "../binder/window-origin.ts";
import { inputRef } from "../binder/scope.ts";
import type {
  AggregateCall,
  Expression,
  Relation,
  WindowAggregateRelation,
  WindowRelation,
} from "../plan.ts";
import { refuseConstruct } from "../unsupported.ts";
import { carriesWindow, windowBelow } from "./carried-windows.ts";
import { withInputs } from "./relations.ts";

/** The relation with all its groupings settled. Throws SQL_INVALID, SQL_UNSUPPORTED for what Flink cannot merge. */
export function mergeWindows(relation: Relation): Relation {
  const above = withInputs(relation, mergeWindows);
  return above.kind === "window-aggregate" ? settle(above) : above;
}

function settle(relation: WindowAggregateRelation): Relation {
  const { windowing } = relation;
  if (windowing.kind !== "attached" || windowing.unsettled === undefined) return relation;
  const { unsettled, ...attached } = windowing;
  const below = windowBelow(relation.input);
  const { keys } = withoutSessionStart(relation);
  if (below === undefined || carriesWindow(relation, keys, { below, unsettled })) {
    return { ...relation, windowing: attached, aggregates: settled(relation, "attached") };
  }
  if (isOpenWindow(below.input)) refuseConstruct("open-cascade", unsettled.position);
  return assigning(relation, below);
}

/** The aggregates, none of which is refused in that form. */
function settled(
  { aggregates }: WindowAggregateRelation,
  form: "assign" | "attached",
): AggregateCall[] {
  return aggregates.map((call) => {
    const { refused, ...rest } = call;
    throwRefusal(refused?.[form]);
    return rest;
  });
}

/** The operator that assigns rows, with the fields of the one whose rows carry their window. */
function assigning(relation: WindowAggregateRelation, below: WindowRelation): Relation {
  const { input, window, timeColumn } = below;
  const aggregates = settled(relation, "assign");
  const windowing = { kind: "assign", window, timeColumn } as const;
  const merged = { ...relation, input, windowing, aggregates };
  if (window.kind !== "session") return merged;
  const { keys, groupingSets } = withoutSessionStart(relation);
  const count = keys.length;
  const start = relation.fields[count];
  if (start === undefined) throw new RangeError("a session has a start");
  const firstProperty = count + aggregates.length;
  const others = relation.fields.slice(count + 1);
  const fields = [
    ...relation.fields.slice(0, count),
    ...others.slice(0, aggregates.length),
    start,
    ...others.slice(aggregates.length),
  ];
  const properties = ["window_start", ...relation.properties] as const;
  const session: Relation = { ...merged, keys, groupingSets, properties, fields };
  const expressions = relation.fields.map((_, index): Expression => {
    if (index === count) return inputRef(session, firstProperty);
    const isMoved = index > count && index <= firstProperty;
    return inputRef(session, isMoved ? index - 1 : index);
  });
  return { kind: "project", input: session, expressions, fields: relation.fields };
}

/** Keys and grouping sets, but for the start of a session, which is the last key where rows carry their window. */
function withoutSessionStart(
  relation: WindowAggregateRelation,
): Pick<WindowAggregateRelation, "keys" | "groupingSets"> {
  const { keys, groupingSets, windowing } = relation;
  if (windowing.window.kind !== "session") return { keys, groupingSets };
  const count = keys.length - 1;
  return {
    keys: keys.slice(0, count),
    groupingSets: groupingSets.map((set) => set.filter((index) => index < count)),
  };
}
