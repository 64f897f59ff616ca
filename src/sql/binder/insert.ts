// INSERT INTO: the query's columns by position into the sink's, with Flink's implicit casts. Columns that
// are not named are NULL.

import type { SqlType } from "../../core/types.ts";
import type { Insert } from "../ast.ts";
import { isImplicit } from "../casts.ts";
import { cast } from "../functions/spec.ts";
import type { Expression, SinkTable } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { NULL_TYPE, formatType, withNullable } from "../types.ts";
import type { Catalog } from "./catalog.ts";
import { requireTextKeys } from "./json-keys.ts";
import type { BoundColumn, BoundTable } from "./scope.ts";

/** The sink that a statement names. Throws SQL_INVALID for views and read-only tables. */
export function findSink(source: SourceText, catalog: Catalog, statement: Insert): SinkTable {
  const entry = catalog.find(statement.target);
  if (entry.kind === "table" && entry.sink !== undefined) {
    requireTextKeys(source, statement.target, entry.sink);
    return entry.sink;
  }
  const what = entry.kind === "view" ? "a view" : "read-only";
  throw source.invalid(
    statement.target,
    `${statement.target.name} is ${what}: rows cannot be inserted into it`,
  );
}

/** The query's table with exactly the sink's columns. */
export function fitSink(
  source: SourceText,
  statement: Insert,
  fit: { readonly sink: SinkTable; readonly table: BoundTable },
): BoundTable {
  const { sink, table } = fit;
  const targets = targetColumns(source, statement, sink);
  if (targets.length !== table.columns.length) {
    const message = `the query has ${table.columns.length} columns, ${sink.name} takes ${targets.length}`;
    const names = targets.map((index) => sink.columns[index]?.name).join(", ");
    throw source.invalid(statement.query, message, `It takes ${names}.`);
  }
  const columns = sink.columns.map(({ name, type }, index): BoundColumn => {
    const column = table.columns[targets.indexOf(index)];
    if (column === undefined) {
      const literal: Expression = { kind: "literal", value: null, type: NULL_TYPE };
      return { name, expression: cast(literal, type), role: undefined };
    }
    const expression = fitColumn(source, statement, { column, name, type });
    return { name, expression, role: column.role };
  });
  return { ...table, columns };
}

/** Sink column indexes in the order of the query's columns. */
function targetColumns(source: SourceText, statement: Insert, sink: SinkTable): number[] {
  if (statement.columns.length === 0) return sink.columns.map((_, index) => index);
  const names = sink.columns.map((column) => column.name);
  const targets = statement.columns.map((column) => {
    const index = names.indexOf(column.name);
    if (index >= 0) return index;
    const hint = didYouMean(column.name, names) ?? `Columns are ${names.join(", ")}.`;
    throw source.invalid(column, `${sink.name} has no column ${column.name}`, hint);
  });
  statement.columns.forEach((column, index) => {
    const target = targets[index] ?? -1;
    if (targets.indexOf(target) === index) return;
    throw source.invalid(column, `column ${column.name} is named twice`);
  });
  const missing = sink.columns.find(
    (column, index) => !column.type.nullable && !targets.includes(index),
  );
  if (missing === undefined) return targets;
  throw source.invalid(
    statement.target,
    `column ${missing.name} of ${sink.name} is NOT NULL and missing`,
  );
}

function fitColumn(
  source: SourceText,
  statement: Insert,
  fit: { readonly column: BoundColumn; readonly name: string; readonly type: SqlType },
): Expression {
  const { column, name, type } = fit;
  const from = column.expression.type;
  if (!isImplicit(from, type)) {
    const found = formatType(withNullable(from, true));
    throw source.invalid(
      statement.query,
      `column ${column.name} is ${found}, but ${name} of ${statement.target.name} is ${formatType(type)}`,
      `Write CAST(… AS ${formatType(withNullable(type, true))}).`,
    );
  }
  return cast(column.expression, withNullable(type, from.nullable));
}
