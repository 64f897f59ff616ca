// Which windows the rows of a relation belong to: what grouping by window columns needs to know.

import type { Relation, WindowSpec } from "../plan.ts";

/** The window whose columns the relation carries under their roles; undefined when it has none. */
export function windowOf(relation: Relation): WindowSpec | undefined {
  switch (relation.kind) {
    case "scan":
    case "limit":
      return undefined;
    case "window":
      return relation.window;
    case "window-aggregate":
      return relation.windowing.window;
    case "union":
      return commonWindow(relation.inputs);
    default:
      return windowOf(relation.input);
  }
}

/**
 * The window that all relations have in common. None of sessions: Flink compares their keys by position, after
 * columns have been left out.
 */
function commonWindow(relations: readonly Relation[]): WindowSpec | undefined {
  const [first, ...others] = relations.map(windowOf);
  if (first === undefined || first.kind === "session") return undefined;
  const text = JSON.stringify(first);
  return others.every((other) => JSON.stringify(other) === text) ? first : undefined;
}

/** The fields that hold the keys of the relation's SESSION windows; undefined when one has been left out. */
export function sessionKeys(relation: Relation): readonly number[] | undefined {
  switch (relation.kind) {
    case "window":
      return relation.window.kind === "session" ? relation.window.partition : undefined;
    case "window-aggregate": {
      // Of an attached session the last key is its start.
      const { keys, windowing } = relation;
      const count = windowing.kind === "attached" ? keys.length - 1 : keys.length;
      return Array.from({ length: count }, (_, index) => index);
    }
    case "filter":
    case "sort":
      return sessionKeys(relation.input);
    case "project": {
      const { expressions } = relation;
      const fields = sessionKeys(relation.input)?.map((key) =>
        expressions.findIndex((each) => each.kind === "input" && each.index === key),
      );
      return fields?.includes(-1) === true ? undefined : fields;
    }
    default:
      return undefined;
  }
}

/** Whether the rows come from a windowing table function by way of filters and projections only. */
export function isOpenWindow(relation: Relation): boolean {
  if (relation.kind === "window") return true;
  const passes = relation.kind === "filter" || relation.kind === "project";
  return passes && isOpenWindow(relation.input);
}
