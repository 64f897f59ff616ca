// UNION ALL: inputs of the same width, each column cast to the type that all of them fit into.

import type { SqlType } from "../../core/types.ts";
import type { QueryExpr } from "../ast.ts";
import { cast } from "../functions/spec.ts";
import type { Relation } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { commonType, formatType, isTimestamp, withNullable } from "../types.ts";
import { refuseProcessingTimes } from "./processing-time.ts";
import {
  inputRef,
  materialize,
  type BoundColumn,
  type BoundTable,
  type ColumnRole,
} from "./scope.ts";
import { windowOf } from "./window-origin.ts";

/** The union of `tables`, which are the bound inputs of `query`. */
export function bindUnion(
  source: SourceText,
  query: QueryExpr & { kind: "union" },
  tables: readonly BoundTable[],
): BoundTable {
  tables.forEach((table, index) => {
    refuseProcessingTimes(source, query.inputs[index] ?? query, table);
  });
  const [first] = tables;
  if (first === undefined) throw new RangeError("a union has inputs");
  tables.forEach((table, index) => {
    if (table.columns.length === first.columns.length) return;
    const message = `the inputs of UNION ALL have ${first.columns.length} and ${table.columns.length} columns`;
    throw source.invalid(query.inputs[index] ?? query, message, "Give each the same columns.");
  });
  const types = first.columns.map((_, index) => unionType(source, query, { tables, index }));
  const inputs = tables.map((table) => materialize(castColumns(table, types)).relation);
  const fields = first.columns.map(({ name }, index) => ({
    name,
    type: types[index] ?? { kind: "NULL", nullable: true },
  }));
  const relation: Relation = { kind: "union", inputs, fields };
  const sameWindow = windowOf(relation) !== undefined;
  const columns = first.columns.map(({ name }, index): BoundColumn => {
    const roles = tables.map((table) => table.columns[index]?.role);
    return { name, expression: inputRef(relation, index), role: commonRole(roles, sameWindow) };
  });
  return { relation, columns };
}

function unionType(
  source: SourceText,
  query: Span,
  column: { readonly tables: readonly BoundTable[]; readonly index: number },
): SqlType {
  const types = column.tables.flatMap(
    (table) => table.columns[column.index]?.expression.type ?? [],
  );
  const type = commonType(types, "calcite");
  // Flink converts a TIMESTAMP_LTZ beside a TIMESTAMP, by the local time zone; what becomes of rowtimes is not known.
  const isMixed = types.every(isTimestamp) && types.some(({ kind }) => kind !== type?.kind);
  if (type !== undefined && !isMixed) return type;
  const names = types.map((each) => formatType(withNullable(each, true))).join(", ");
  const message = `column ${column.index + 1} of UNION ALL has the types ${names}`;
  throw isMixed
    ? source.unsupported(query, message, "CAST one of them.")
    : source.invalid(query, message, "CAST one of them.");
}

function castColumns(table: BoundTable, types: readonly SqlType[]): BoundTable {
  const columns = table.columns.map((column, index) => {
    const type = types[index];
    return type === undefined ? column : { ...column, expression: cast(column.expression, type) };
  });
  return { ...table, columns };
}

/** Time attributes survive a union when they are ones in every input, window columns when all have the same window. */
function commonRole(
  roles: readonly (ColumnRole | undefined)[],
  sameWindow: boolean,
): ColumnRole | undefined {
  const [first] = roles;
  if (sameWindow && roles.every((role) => role === first)) return first;
  return roles.every((role) => role === "rowtime" || role === "window_time")
    ? "rowtime"
    : undefined;
}
