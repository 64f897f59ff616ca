// UNION ALL: inputs of the same width, each column cast to the type that all of them fit into.

import type { SqlType } from "../../core/types.ts";
import type { QueryExpr } from "../ast.ts";
import { cast } from "../functions/spec.ts";
import type { Relation } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { commonType, formatType, withNullable } from "../types.ts";
import {
  inputRef,
  materialize,
  type BoundColumn,
  type BoundTable,
  type ColumnRole,
} from "./scope.ts";

/** The union of `tables`, which are the bound inputs of `query`. */
export function bindUnion(
  source: SourceText,
  query: QueryExpr & { kind: "union" },
  tables: readonly BoundTable[],
): BoundTable {
  const [first] = tables;
  if (first === undefined) throw new RangeError("a union has inputs");
  tables.forEach((table, index) => {
    if (table.columns.length === first.columns.length) return;
    const message = `the inputs of UNION ALL have ${first.columns.length} and ${table.columns.length} columns`;
    throw source.invalid(query.inputs[index] ?? query, message);
  });
  const types = first.columns.map((_, index) => unionType(source, query, { tables, index }));
  const inputs = tables.map((table) => materialize(castColumns(table, types)).relation);
  const fields = first.columns.map(({ name }, index) => ({
    name,
    type: types[index] ?? { kind: "NULL", nullable: true },
  }));
  const relation: Relation = { kind: "union", inputs, fields };
  const columns = first.columns.map(({ name }, index): BoundColumn => {
    const roles = tables.map((table) => table.columns[index]?.role);
    return { name, expression: inputRef(relation, index), role: commonRole(roles) };
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
  if (type !== undefined) return type;
  const names = types.map((each) => formatType(withNullable(each, true))).join(", ");
  throw source.invalid(query, `column ${column.index + 1} of UNION ALL has the types ${names}`);
}

function castColumns(table: BoundTable, types: readonly SqlType[]): BoundTable {
  const columns = table.columns.map((column, index) => {
    const type = types[index];
    return type === undefined ? column : { ...column, expression: cast(column.expression, type) };
  });
  return { ...table, columns };
}

/** Time attributes survive a union when they are ones in every input; windows do not. */
function commonRole(roles: readonly (ColumnRole | undefined)[]): ColumnRole | undefined {
  return roles.every((role) => role === "rowtime" || role === "window_time")
    ? "rowtime"
    : undefined;
}
