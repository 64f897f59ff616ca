// Conditions on the keys of several grouping sets, which Flink tests before rows are grouped: it makes of every row one for
// each set, NULL in the keys that the set leaves out, and filters these. A group that nobody wants is not computed then,
// and its aggregates cannot fail. Only after the planner has looked at what stands above the grouping: settle-zeros.ts.

import type { Expression, Relation, WindowAggregateRelation } from "../plan.ts";
import { inputsOf } from "../plan-expressions.ts";
import { INTEGER, withNullable } from "../types.ts";
import { connect, operandsOf, truth } from "./boolean.ts";
import { filtered, groupedColumns, replaced, split } from "./push-filters.ts";
import { withInputs } from "./relations.ts";

/** The relation with such filters gone from above its groupings. Fields stay as they are. */
export function pushIntoSets(relation: Relation): Relation {
  const above = withInputs(relation, pushIntoSets);
  if (above.kind !== "filter" || above.input.kind !== "window-aggregate") return above;
  const grouping = above.input;
  if (grouping.groupingSets.length === 1) return above;
  const columns = grouping.groupingSets.map((_, set) => columnsOf(grouping, set));
  const [tests, kept] = split(operandsOf("AND", above.condition), (each) => {
    const lowered = columns.map((sources) =>
      inputsOf([each]).every((index) => sources[index] !== undefined)
        ? replaced(each, sources)
        : undefined,
    );
    return lowered.includes(undefined) ? undefined : lowered.map((low) => low ?? truth(true));
  });
  if (tests.length === 0) return above;
  const setConditions = columns.map((_, set) =>
    connect("AND", [
      ...(grouping.setConditions?.slice(set, set + 1) ?? []),
      ...tests.map((test) => test[set] ?? truth(true)),
    ]),
  );
  return filtered({ ...grouping, setConditions }, kept);
}

/** By field of the grouping what it is in rows of a set: a column of the window, a key or NULL, the set's number. */
function columnsOf(
  relation: WindowAggregateRelation,
  set: number,
): readonly (Expression | undefined)[] {
  const { keys, fields, groupingSets } = relation;
  const sources = [...groupedColumns(relation)];
  keys.forEach((key, index) => {
    const type = fields[index]?.type ?? key.type;
    const isLeftOut = groupingSets[set]?.includes(index) !== true;
    sources[index] = isLeftOut ? { kind: "literal", value: null, type } : key;
  });
  sources[keys.length] = { kind: "literal", value: set, type: withNullable(INTEGER, false) };
  return sources;
}
