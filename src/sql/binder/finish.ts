// The last step of the binder: a query's columns become a relation.

import type { Relation, SourceTable } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { materialize, type BoundTable } from "./scope.ts";

/** A query's relation: all columns computed. */
export function finishQuery(table: BoundTable): Relation {
  return withNames(materialize(table).relation, table);
}

/** A result whose columns are the operator's own fields needs no projection, but its names. */
function withNames(relation: Relation, table: BoundTable): Relation {
  const fields = table.columns.map(({ name, expression }) => ({ name, type: expression.type }));
  return { ...relation, fields };
}

/** Flink refuses to insert rows with two time attributes: it could not tell which one is the row's time. */
export function refuseSeveralRowtimes(source: SourceText, span: Span, table: BoundTable): void {
  const attributes = table.columns.filter(
    (column) => column.role === "rowtime" || column.role === "window_time",
  );
  if (attributes.length < 2) return;
  const names = attributes.map((column) => column.name).join(", ");
  throw source.invalid(
    span,
    `the result has more than one rowtime attribute: ${names}`,
    "CAST all but one AS TIMESTAMP(3), or leave them out.",
  );
}

/** The tables that a plan reads, in the order of their first scan. */
export function scannedTables(relation: Relation): SourceTable[] {
  switch (relation.kind) {
    case "scan":
      return [relation.table];
    case "union":
      return relation.inputs.flatMap(scannedTables);
    default:
      return scannedTables(relation.input);
  }
}
