// Queries: FROM, WHERE, GROUP BY, HAVING, the SELECT list; WITH and UNION ALL around them. The result is a
// bound table: projections stay expressions until an operator needs a row of its own (scope.ts).

import type { Expr, Identifier, QueryExpr, SelectExpr, SelectItem, TableRef } from "../ast.ts";
import type { Relation } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { bindAggregate } from "./aggregate.ts";
import { scanTable, type Catalog } from "./catalog.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import { requireTextKeys } from "./json-keys.ts";
import { bindOrdered, type OrderMeaning } from "./order.ts";
import {
  asSubquery,
  resolveColumn,
  type BoundColumn,
  type BoundTable,
  type ColumnRole,
  type Scope,
} from "./scope.ts";
import { bindUnion } from "./union.ts";
import { aggregateCalls } from "./walk.ts";
import { bindWindowFunction } from "./windows.ts";

/** What a query can name: the file's catalog, and the WITH tables around it. */
export interface QueryContext {
  readonly source: SourceText;
  readonly catalog: Catalog;
  readonly commonTables: ReadonlyMap<string, BoundTable>;
  readonly order: OrderMeaning;
}

/** Binds a query. Column names may repeat; the caller decides what that means. */
export function bindQuery(context: QueryContext, query: QueryExpr): BoundTable {
  switch (query.kind) {
    case "select":
      return bindSelect(context, query);
    case "union":
      return bindUnion(
        context.source,
        query,
        query.inputs.map((input) => bindQuery({ ...context, order: "ignored" }, input)),
      );
    case "ordered":
      return bindOrdered(context.source, query, {
        order: context.order,
        bind: (input) => bindQuery({ ...context, order: "ignored" }, input),
      });
    case "with": {
      const commonTables = new Map(context.commonTables);
      for (const { name, columns, query: body } of query.tables) {
        if (query.tables.some((other) => other.name !== name && other.name.name === name.name)) {
          const message = `${name.name} is declared twice in WITH`;
          throw context.source.unsupported(name, message, "Give one of them another name.");
        }
        const inner: QueryContext = { ...context, commonTables, order: "ignored" };
        const bound = asSubquery(bindQuery(inner, body));
        commonTables.set(name.name, renameColumns(context.source, bound, { columns, span: name }));
      }
      return bindQuery({ ...context, commonTables }, query.body);
    }
    default:
      throw new RangeError("unknown query");
  }
}

/** The same columns under other names: view(a, b), WITH t (a, b), … AS x (a, b). */
export function renameColumns(
  source: SourceText,
  table: BoundTable,
  names: { readonly columns: readonly Identifier[]; readonly span: Span },
): BoundTable {
  if (names.columns.length === 0) return table;
  if (names.columns.length !== table.columns.length) {
    throw source.invalid(
      names.columns[0] ?? names.span,
      `names: ${names.columns.length}, columns: ${table.columns.length}`,
      `Columns are ${table.columns.map(({ name }) => name).join(", ")}.`,
    );
  }
  const columns = table.columns.map((column, index) => ({
    ...column,
    name: names.columns[index]?.name ?? column.name,
  }));
  return { ...table, columns };
}

function bindSelect(context: QueryContext, select: SelectExpr): BoundTable {
  const { source } = context;
  if (select.from === undefined) {
    throw source.unsupported(select, "SELECT without FROM is no stream", "Read from a table.");
  }
  const from = bindTableRef(context, select.from);
  const scope: Scope = { ...from, table: bindWhere(source, from, select.where) };
  const grouped = groupDistinct(source, select);
  if (grouped.groupBy !== undefined) return bindGrouped(source, scope, grouped);
  refuseUngroupedAggregates(source, select);
  const binder = new ExpressionBinder({ source, scope, clause: "SELECT" });
  const columns: BoundColumn[] = [];
  for (const item of select.items) {
    const { expression: expr } = item;
    if (expr.kind === "star") columns.push(...starColumns(source, scope, expr));
    else {
      const index = columns.length;
      const roleOf = (each: Expr): ColumnRole | undefined => roleInScope(source, scope, each);
      columns.push(bindItem(source, binder, { item, index, roleOf }));
    }
  }
  return { relation: scope.table.relation, columns };
}

/** SELECT DISTINCT a, window_start, window_end is the same as grouping by these. */
function groupDistinct(source: SourceText, select: SelectExpr): SelectExpr {
  if (select.distinct === undefined) return select;
  const expressions = select.items.map((item) => item.expression);
  const star = expressions.some((expr) => expr.kind === "star" || aggregateCalls(expr).length > 0);
  if (select.groupBy !== undefined || star) {
    throw source.unsupported(
      select.distinct,
      "DISTINCT is supported over plain columns of a window only",
      "Name the columns, window_start and window_end among them.",
    );
  }
  const groupBy = expressions.map((expression) => ({ kind: "expression", expression }) as const);
  return { ...select, distinct: undefined, groupBy };
}

function refuseUngroupedAggregates(source: SourceText, select: SelectExpr): void {
  const expressions = [...select.items.map((item) => item.expression), select.having];
  const [call] = expressions.flatMap((expr) => (expr === undefined ? [] : aggregateCalls(expr)));
  const span = call ?? select.having;
  if (span === undefined) return;
  throw source.unsupported(
    span,
    "an aggregate without GROUP BY over a window never ends: it would have to take rows back",
    "Read FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end.",
  );
}

function bindWhere(source: SourceText, scope: Scope, where: Expr | undefined): BoundTable {
  if (where === undefined) return scope.table;
  const [call] = aggregateCalls(where);
  if (call !== undefined) {
    throw source.invalid(call, "an aggregate cannot stand in WHERE", "Use HAVING.");
  }
  const binder = new ExpressionBinder({ source, scope, clause: "WHERE" });
  const condition = binder.bindCondition(where, "the condition of WHERE");
  const input = scope.table.relation;
  return { ...scope.table, relation: { kind: "filter", input, condition, fields: input.fields } };
}

function bindGrouped(source: SourceText, scope: Scope, select: SelectExpr): BoundTable {
  const { groupBy = [], having } = select;
  for (const { expression } of select.items) {
    if (expression.kind === "star") {
      throw source.invalid(expression, "* cannot be grouped", "Name the columns.");
    }
  }
  const items = select.items.map((item) => item.expression);
  const outputs = having === undefined ? items : [...items, having];
  const span =
    select.items[0] === undefined ? select : { start: select.start, end: select.start + 6 };
  const aggregate = bindAggregate({ source, scope, groupBy, outputs, span });
  let relation: Relation = aggregate.relation;
  if (having !== undefined) {
    const condition = aggregate.binder.bindCondition(having, "the condition of HAVING");
    relation = { kind: "filter", input: relation, condition, fields: relation.fields };
  }
  const names = new Set<string>();
  const columns = select.items.map((item) => {
    const binding = { item, index: names.size, roleOf: aggregate.roleOf };
    const column = bindItem(source, aggregate.binder, binding);
    names.add(column.name);
    return column;
  });
  return { relation, columns };
}

interface ItemBinding {
  readonly item: SelectItem;
  /** For EXPR$n: the position in the SELECT list after expansion; beside GROUP BY, how many different names stand before. */
  readonly index: number;
  readonly roleOf: (expr: Expr) => ColumnRole | undefined;
}

function bindItem(source: SourceText, binder: ExpressionBinder, binding: ItemBinding): BoundColumn {
  const { item, index, roleOf: role } = binding;
  const { expression: expr } = item;
  const expression = binder.bind(expr);
  refuseBareNull(source, expr, expression);
  const last = expr.kind === "name" ? expr.parts.at(-1)?.name : undefined;
  return { name: item.alias?.name ?? last ?? `EXPR$${index}`, expression, role: role(expr) };
}

/** Only a plain column keeps its role; every expression over it is an ordinary value. */
function roleInScope(source: SourceText, scope: Scope, expr: Expr): ColumnRole | undefined {
  return expr.kind === "name" ? resolveColumn(source, scope, expr.parts).role : undefined;
}

/** What *, t.* and row.* stand for. */
function starColumns(
  source: SourceText,
  scope: Scope,
  star: Expr & { readonly kind: "star" },
): readonly BoundColumn[] {
  const { qualifier, start, end } = star;
  const ofTable = qualifier.length === 0 || qualifier[0]?.name === scope.qualifier;
  if (!ofTable || qualifier.length > 1) {
    return rowFields(source, scope, qualifier).map((name) =>
      resolveColumn(source, scope, [...qualifier, { name, start, end }]),
    );
  }
  const { columns } = scope.table;
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return columns;
  const hint = "Give the columns different aliases.";
  throw source.invalid(star, `column ${twice} is ambiguous`, hint);
}

/** The fields of the ROW that a name leads to. */
function rowFields(source: SourceText, scope: Scope, parts: readonly Identifier[]): string[] {
  const { type } = resolveColumn(source, scope, parts).expression;
  if (type.kind === "ROW") return type.fields.map(({ name }) => name);
  const last = parts.at(-1) ?? { start: 0, end: 0, name: "" };
  throw source.invalid(last, `${last.name} has no fields: it is no ROW`);
}

function bindTableRef(context: QueryContext, ref: TableRef): Scope {
  const { source } = context;
  const table = bindBareTable(context, ref);
  const named = renameColumns(source, table, { columns: ref.columns, span: ref });
  const own = ref.kind === "table" ? ref.path.at(-1)?.name : undefined;
  return { table: named, qualifier: ref.alias?.name ?? own };
}

function bindBareTable(context: QueryContext, ref: TableRef): BoundTable {
  const { source } = context;
  switch (ref.kind) {
    case "derived":
      return asSubquery(bindQuery({ ...context, order: "ignored" }, ref.query));
    case "window-function":
      return bindWindowFunction(source, ref, (argument) => {
        if (argument.value.kind === "data")
          return bindTableRef(context, argument.value.table).table;
        throw source.invalid(
          argument,
          `the first argument of ${ref.name.name} is a table`,
          "Write TABLE t.",
        );
      });
    case "table":
      return bindTableName(context, ref.path);
    default:
      throw new RangeError("unknown table reference");
  }
}

function bindTableName(context: QueryContext, path: readonly Identifier[]): BoundTable {
  const [name, second] = path;
  if (name === undefined) throw new RangeError("a path has a name");
  if (second !== undefined) {
    throw context.source.unsupported(
      name,
      "catalogs and databases are not supported",
      "Write the table's name alone; each file is its own namespace.",
    );
  }
  const common = context.commonTables.get(name.name);
  if (common !== undefined) return common;
  const entry = context.catalog.find(name);
  if (entry.kind === "view") return entry.bound;
  const { table } = entry;
  const read = table.columns.filter((column) => column.source.kind === "physical");
  requireTextKeys(context.source, name, { ...table, columns: read });
  return scanTable(entry);
}
