// Queries: FROM, WHERE, GROUP BY, HAVING, the SELECT list; WITH and UNION ALL around them. The result is a
// bound table: projections stay expressions until an operator needs a row of its own (scope.ts).

import type { Expr, Identifier, QueryExpr, SelectExpr, SelectItem, TableRef } from "../ast.ts";
import type { Expression, Relation } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { bindAggregate } from "./aggregate.ts";
import { scanTable, type Catalog } from "./catalog.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import {
  asSubquery,
  readsBeyond,
  type BoundColumn,
  type BoundTable,
  type ColumnRole,
  type Scope,
} from "./scope.ts";
import { bindUnion } from "./union.ts";
import { requireRuns } from "../unsupported.ts";
import { aggregateCalls } from "./walk.ts";
import { bindWindowFunction } from "./windows.ts";

/** What a query can name: the file's catalog, and the WITH tables around it. */
export interface QueryContext {
  readonly source: SourceText;
  readonly catalog: Catalog;
  readonly commonTables: ReadonlyMap<string, BoundTable>;
}

/** Binds a query. Column names may repeat; the caller decides what that means. */
export function bindQuery(context: QueryContext, query: QueryExpr): BoundTable {
  switch (query.kind) {
    case "select":
      return bindSelect(context, query);
    case "union":
      requireRuns(context.source, query.inputs[1] ?? query, "union");
      return bindUnion(
        context.source,
        query,
        query.inputs.map((input) => bindQuery(context, input)),
      );
    case "with": {
      const commonTables = new Map(context.commonTables);
      for (const { name, columns, query: body } of query.tables) {
        if (query.tables.some((other) => other.name !== name && other.name.name === name.name)) {
          throw context.source.invalid(name, `${name.name} is declared twice in WITH`);
        }
        const bound = asSubquery(bindQuery({ ...context, commonTables }, body));
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
      `${names.columns.length} names for ${table.columns.length} columns`,
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
  const columns = expandItems(source, scope, select.items).map((item, index) =>
    bindItem(source, binder, { item, index, roleOf: (expr) => roleOf(source, scope, expr) }),
  );
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
  return { ...scope.table, relation: filter(scope.table.relation, condition) };
}

/** Filters below a window where it makes no difference, so that window and grouping can fuse. */
function filter(input: Relation, condition: Expression): Relation {
  if (input.kind === "window" && input.window.kind !== "session") {
    if (!readsBeyond([condition], input.input.fields.length)) {
      return { ...input, input: filter(input.input, condition) };
    }
  }
  return { kind: "filter", input, condition, fields: input.fields };
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
  const columns = select.items.map((item, index) =>
    bindItem(source, aggregate.binder, { item, index, roleOf: aggregate.propertyOf }),
  );
  return { relation, columns };
}

interface ItemBinding {
  readonly item: SelectItem;
  /** Position in the SELECT list after expansion, for EXPR$n. */
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
function roleOf(source: SourceText, scope: Scope, expr: Expr): ColumnRole | undefined {
  if (expr.kind !== "name") return undefined;
  const { name } = expr.parts.at(-1) ?? { name: "" };
  const matches = scope.table.columns.filter((column) => column.name === name);
  if (matches.length > 1) throw source.invalid(expr, `column ${name} is ambiguous`);
  return matches[0]?.role;
}

/** * and t.* become their columns. */
function expandItems(
  source: SourceText,
  scope: Scope,
  items: readonly SelectItem[],
): readonly SelectItem[] {
  return items.flatMap((item): readonly SelectItem[] => {
    const { expression } = item;
    if (expression.kind !== "star") return [item];
    const [qualifier] = expression.qualifier;
    if (qualifier !== undefined && qualifier.name !== scope.qualifier) {
      throw source.invalid(qualifier, `table ${qualifier.name} is not in FROM`);
    }
    const { start, end } = expression;
    return scope.table.columns.map(({ name }) => ({
      expression: { kind: "name", parts: [{ name, start, end }], start, end },
      alias: undefined,
      start,
      end,
    }));
  });
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
      return asSubquery(bindQuery(context, ref.query));
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
  return entry.kind === "view" ? entry.bound : scanTable(entry.table);
}
