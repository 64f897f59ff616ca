// What names mean while a SELECT is bound. A bound table is a relation and the columns that can be named,
// each an expression over the relation's fields: projections of views, sub-queries and computed columns
// stay expressions until an operator needs a row of its own (`materialize`).

import { SQL_INLINED_NODES } from "../../core/limits.ts";
import type { Identifier } from "../ast.ts";
import type { Expression, Relation, WindowSpec } from "../plan.ts";
import { didYouMean, type SourceText, type Span } from "../source.ts";

/**
 * What a column is besides its value. Event-time attributes are `rowtime` and `window_time`: only they can
 * be windowed; every expression over them is an ordinary value.
 */
export type ColumnRole = "rowtime" | "window_start" | "window_end" | "window_time";

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

/** Finds a column by `name` or `qualifier.name`. Throws SQL_INVALID, SQL_UNSUPPORTED for ROW fields. */
export function resolveColumn(
  source: SourceText,
  scope: Scope,
  parts: readonly Identifier[],
): BoundColumn {
  const [first, second] = parts;
  if (first === undefined) throw new RangeError("a name has at least one part");
  if (parts.length === 1) return findColumn(source, scope, first);
  const { columns } = scope.table;
  if (scope.qualifier === first.name && second !== undefined) {
    const column = findColumn(source, scope, second);
    if (parts.length > 2) throw refuseField(source, parts[2] ?? second);
    return column;
  }
  if (columns.some((column) => column.name === first.name))
    throw refuseField(source, second ?? first);
  const known = scope.qualifier === undefined ? [] : [scope.qualifier];
  const hint = didYouMean(first.name, known) ?? "Use the alias of the table in FROM.";
  throw source.invalid(first, `table ${first.name} is not in FROM`, hint);
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

function refuseField(source: SourceText, span: Span): Error {
  return source.unsupported(span, "fields of ROW columns are not supported yet");
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

/** The parts of an expression that are expressions themselves. */
function children(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "call":
      return expression.arguments;
    case "cast":
      return [expression.input];
    case "case":
      return [
        ...expression.branches.flatMap(({ when, then }) => [when, then]),
        expression.otherwise,
      ];
    default:
      return [];
  }
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

/** Adds the input indexes that an expression reads to `into`. */
export function collectInputs(expression: Expression, into: Set<number>): void {
  if (expression.kind === "input") into.add(expression.index);
  for (const child of children(expression)) collectInputs(child, into);
}

/** Whether any of the expressions reads an input at or above `limit`. */
export function readsBeyond(expressions: readonly Expression[], limit: number): boolean {
  const inputs = new Set<number>();
  for (const expression of expressions) collectInputs(expression, inputs);
  return [...inputs].some((index) => index >= limit);
}

/** Whether a windowing table function (of one kind, if given) hands its rows on one by one, not grouped. */
export function hasOpenWindow(relation: Relation, kind?: WindowSpec["kind"]): boolean {
  switch (relation.kind) {
    case "window":
      return (
        kind === undefined || relation.window.kind === kind || hasOpenWindow(relation.input, kind)
      );
    case "scan":
    case "window-aggregate":
      return false;
    case "union":
      return relation.inputs.some((input) => hasOpenWindow(input, kind));
    default:
      return hasOpenWindow(relation.input, kind);
  }
}
