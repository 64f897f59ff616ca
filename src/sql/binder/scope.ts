// What names mean while a SELECT is bound. A bound table is a relation and the columns that can be named,
// each an expression over the relation's fields: projections of views, sub-queries and computed columns
// stay expressions until an operator needs a row of its own (`materialize`).

import { SQL_INLINED_NODES } from "../../core/limits.ts";
import type { Identifier } from "../ast.ts";
import type { Expression, Relation } from "../plan.ts";
import { fieldOf } from "../functions/collections.ts";
import { children, inputsOf } from "../plan-expressions.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { formatType, withNullable } from "../types.ts";
import { refuseProcessingTime } from "./processing-time.ts";

/**
 * What a column is besides its value. Event-time attributes are `rowtime` and `window_time`: only they can
 * be windowed; every expression over them is an ordinary value. `proctime` can be carried, but not read.
 */
export type ColumnRole = "rowtime" | "window_start" | "window_end" | "window_time" | "proctime";

export interface BoundColumn {
  readonly name: string;
  readonly expression: Expression;
  readonly role: ColumnRole | undefined;
}

export interface BoundTable {
  readonly relation: Relation;
  readonly columns: readonly BoundColumn[];
}

/** The columns of FROM under the name they can be qualified with. */
export interface Scope {
  readonly table: BoundTable;
  readonly qualifier: string | undefined;
}

/** A column, and the fields to take of it one after the other. */
export interface ColumnPath {
  readonly column: BoundColumn;
  readonly fields: readonly Identifier[];
}

/** What a name of several parts leads to: column.field… or qualifier.column.field…. Throws SQL_INVALID. */
export function resolvePath(
  source: SourceText,
  scope: Scope,
  parts: readonly Identifier[],
): ColumnPath {
  const [first, second, ...rest] = parts;
  if (first === undefined) throw new RangeError("a name has at least one part");
  if (second === undefined) return { column: findColumn(source, scope, first), fields: [] };
  if (scope.qualifier === first.name) {
    return { column: findColumn(source, scope, second), fields: rest };
  }
  const column = scope.table.columns.find((each) => each.name === first.name);
  if (column?.expression.type.kind === "ROW") {
    return { column: findColumn(source, scope, first), fields: [second, ...rest] };
  }
  if (column !== undefined) {
    throw source.invalid(second, `${first.name} has no fields: it is no ROW`, fieldHint(column));
  }
  const known = scope.qualifier === undefined ? [] : [scope.qualifier];
  const hint = didYouMean(first.name, known) ?? "Use the alias of the table in FROM.";
  throw source.invalid(first, `table ${first.name} is not in FROM`, hint);
}

/** How the parts of a collection are reached. */
function fieldHint({ name, expression }: BoundColumn): string | undefined {
  if (expression.type.kind === "MAP") return `Write ${name}['key'].`;
  return expression.type.kind === "ARRAY" ? `Write ${name}[1] for its first element.` : undefined;
}

/** The column that a name leads to; a field of a ROW is one without a role. Throws SQL_INVALID. */
export function resolveColumn(
  source: SourceText,
  scope: Scope,
  parts: readonly Identifier[],
): BoundColumn {
  const { column, fields } = resolvePath(source, scope, parts);
  const last = fields.at(-1);
  if (last === undefined) return column;
  let { expression } = column;
  for (const field of fields) expression = bindField(source, expression, field);
  return { name: last.name, expression, role: undefined };
}

/** row.field. Throws SQL_INVALID. */
export function bindField(source: SourceText, row: Expression, field: Identifier): Expression {
  if (row.type.kind !== "ROW") {
    const type = formatType(withNullable(row.type, true));
    throw source.invalid(field, `${type} has no field ${field.name}: it is no ROW`);
  }
  const { fields, nullable } = row.type;
  const index = fields.findIndex((each) => each.name === field.name);
  const found = fields[index];
  if (found !== undefined) return fieldOf(row, index, found.type.nullable || nullable);
  const names = fields.map((each) => each.name);
  const hint = didYouMean(field.name, names) ?? `Its fields are ${names.join(", ")}.`;
  throw source.invalid(field, `the row has no field ${field.name}`, hint);
}

function findColumn(source: SourceText, scope: Scope, name: Identifier): BoundColumn {
  const found = scope.table.columns.filter((column) => column.name === name.name);
  const [column] = found;
  if (found.length > 1) {
    throw source.invalid(
      name,
      `column ${name.name} is ambiguous`,
      "Give the columns different aliases.",
    );
  }
  if (column?.role === "proctime") throw refuseProcessingTime(source, name, column.name);
  if (column !== undefined) return column;
  const names = scope.table.columns.map((each) => each.name);
  throw source.invalid(name, `column ${name.name} does not exist`, columnHint(name.name, names));
}

function columnHint(name: string, names: readonly string[]): string {
  const near = didYouMean(name, names);
  if (near !== undefined) return near;
  const shown = names.slice(0, 12).join(", ");
  return `Columns are ${shown}${names.length > 12 ? ", …" : ""}; an alias of this SELECT cannot be used here.`;
}

/** What a column is once its window counts no longer: a window_time stays a time attribute. */
export function inheritedRole({ role }: BoundColumn): ColumnRole | undefined {
  if (role === "rowtime" || role === "window_time") return "rowtime";
  return role === "proctime" ? role : undefined;
}

/** A column of `relation` as an expression. */
export function inputRef(relation: Relation, index: number): Expression {
  const field = relation.fields[index];
  if (field === undefined) throw new RangeError(`relation has no field ${index}`);
  return { kind: "input", index, type: field.type };
}

/** The same table with its columns computed by a project operator, unless they are plain fields already. */
export function materialize(table: BoundTable): BoundTable {
  const plain = table.columns.every(
    ({ expression }, index) => expression.kind === "input" && expression.index === index,
  );
  if (plain && table.columns.length === table.relation.fields.length) return table;
  const relation: Relation = {
    kind: "project",
    input: table.relation,
    expressions: table.columns.map((column) => column.expression),
    fields: table.columns.map(({ name, expression }) => ({ name, type: expression.type })),
  };
  const columns = table.columns.map((column, index) => ({
    ...column,
    expression: inputRef(relation, index),
  }));
  return { relation, columns };
}

/** A sub-query's table as the outer query sees it: inlined while small, so that views cannot explode. */
export function asSubquery(table: BoundTable): BoundTable {
  const sizes = new ExpressionSizes();
  const large = table.columns.some((column) => sizes.of(column.expression) > SQL_INLINED_NODES);
  return large ? materialize(table) : table;
}

/** Counts the nodes of expressions; parts that occur several times are walked once, but count each time. */
export class ExpressionSizes {
  readonly #known = new Map<Expression, number>();

  of(expression: Expression): number {
    const known = this.#known.get(expression);
    if (known !== undefined) return known;
    let count = 1;
    for (const child of children(expression)) count += this.of(child);
    this.#known.set(expression, count);
    return count;
  }
}

/** Whether any of the expressions reads an input at or above `limit`. */
export function readsBeyond(expressions: readonly Expression[], limit: number): boolean {
  return inputsOf(expressions).some((index) => index >= limit);
}

/** Whether rows of the relation come out of a grouping. */
export function isGrouped(relation: Relation): boolean {
  switch (relation.kind) {
    case "scan":
      return false;
    case "window-aggregate":
      return true;
    case "union":
      return relation.inputs.some(isGrouped);
    default:
      return isGrouped(relation.input);
  }
}
