// Which field of a relation is the column of `watermark.per`, unchanged: what is grouped or partitioned by it goes by
// the watermarks of devices, everything else by the table's.

import type { Relation, WindowAggregateRelation } from "../sql/plan.ts";

/** The index of that field; undefined where the table has no such option, or rows of devices do not stay apart. */
export function deviceColumn(relation: Relation): number | undefined {
  switch (relation.kind) {
    case "scan": {
      const name = relation.table.options["watermark.per"];
      const index = relation.table.columns.findIndex((column) => column.name === name);
      return index < 0 ? undefined : index;
    }
    case "filter":
    case "limit":
      return deviceColumn(relation.input);
    case "project": {
      const device = deviceColumn(relation.input);
      const index = relation.expressions.findIndex(
        (each) => each.kind === "input" && each.index === device,
      );
      return index < 0 ? undefined : index;
    }
    case "window": {
      const device = deviceColumn(relation.input);
      const { window } = relation;
      if (device === undefined || window.kind !== "session") return device;
      return window.partition.includes(device) ? device : undefined;
    }
    case "window-aggregate":
      return groupedDevice(relation);
    case "sort":
    case "union":
      return undefined;
  }
}

/** The key that is the device, in all of its groups. */
function groupedDevice({ input, keys, groupingSets }: WindowAggregateRelation): number | undefined {
  const device = deviceColumn(input);
  if (device === undefined || groupingSets.length > 1) return undefined;
  const index = keys.findIndex((key) => key.kind === "input" && key.index === device);
  return index < 0 ? undefined : index;
}
