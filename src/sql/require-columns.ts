// The last step of a plan: every scan learns which columns are read, and of ROW columns which fields.

import { FieldDemands, type FieldPath } from "./field-demands.ts";
import type { Relation, ScanRelation, SourceTable, WindowAggregateRelation } from "./plan.ts";

/** The relation, all of whose fields are read, with `required` and `parts` of its scans filled in. */
export function requireColumns(relation: Relation): Relation {
  const demands = new FieldDemands();
  demands.addWhole(...relation.fields.keys());
  return require(relation, demands);
}

/** `demands` on the relation's fields. */
function require(relation: Relation, demands: FieldDemands): Relation {
  switch (relation.kind) {
    case "scan":
      return requireOfTable(relation, demands);
    case "filter": {
      demands.addReads([relation.condition]);
      return { ...relation, input: require(relation.input, demands) };
    }
    case "project": {
      const below = new FieldDemands();
      for (const index of demands.columns) {
        const expression = relation.expressions[index];
        if (expression !== undefined) below.addReadsOf(expression, demands.of(index));
      }
      return { ...relation, input: require(relation.input, below) };
    }
    case "window": {
      const below = new FieldDemands();
      below.addWhole(relation.timeColumn);
      if (relation.window.kind === "session") below.addWhole(...relation.window.partition);
      for (const index of demands.columns) {
        if (index >= relation.input.fields.length) continue;
        for (const path of demands.of(index)) below.add(index, path);
      }
      return { ...relation, input: require(relation.input, below) };
    }
    case "window-aggregate":
      return { ...relation, input: require(relation.input, aggregateDemands(relation)) };
    case "sort":
      demands.addWhole(relation.timeColumn);
      demands.addReads(relation.keys.map((key) => key.expression));
      return { ...relation, input: require(relation.input, demands) };
    case "limit":
      return { ...relation, input: require(relation.input, demands) };
    case "union":
      return { ...relation, inputs: relation.inputs.map((input) => require(input, demands)) };
  }
}

function aggregateDemands(relation: WindowAggregateRelation): FieldDemands {
  const { keys, setConditions = [], aggregates, windowing } = relation;
  const below = new FieldDemands();
  below.addReads([...keys, ...setConditions]);
  for (const { arguments: args, filter } of aggregates) {
    below.addReads(args);
    if (filter !== undefined) below.addReads([filter]);
  }
  if (windowing.kind === "attached") {
    below.addWhole(windowing.endColumn);
    return below;
  }
  const { window, timeColumn } = windowing;
  below.addWhole(timeColumn);
  if (window.kind === "session") below.addWhole(...window.partition);
  return below;
}

/** Besides what is read above: the rowtime and its watermark, identity, devices, and what computing them reads. */
function requireOfTable(scan: ScanRelation, demands: FieldDemands): ScanRelation {
  const { table } = scan;
  const { watermark, columns } = table;
  if (watermark !== undefined) {
    demands.addWhole(watermark.column);
    demands.addReads([watermark.expression]);
  }
  demands.addWhole(...namedColumns(table));
  // Computed columns read physical ones.
  for (const index of demands.columns) {
    const source = columns[index]?.source;
    if (source?.kind === "computed") demands.addReads([source.expression]);
  }
  return { ...scan, required: demands.columns, parts: partsOf(demands) };
}

/** Options that name a column which the source reads. */
const NAMING_OPTIONS = ["identity.key", "identity.sequence", "watermark.per"];

function namedColumns({ columns, options }: SourceTable): number[] {
  const names = NAMING_OPTIONS.map((option) => options[option]);
  return columns.flatMap(({ name }, index) => (names.includes(name) ? [index] : []));
}

/** The columns of which not the whole is read. */
export function partsOf(demands: FieldDemands): ScanRelation["parts"] {
  return demands.columns.flatMap((column) => {
    const paths: readonly FieldPath[] = demands.of(column);
    return paths.every((path) => path.length > 0) ? [{ column, paths }] : [];
  });
}
