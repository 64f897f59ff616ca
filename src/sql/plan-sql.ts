// The entry of the SQL front end: text in, typed plan out. No run-time state, no I/O.

import type { Identifier, Insert, QueryExpr, Statement } from "./ast.ts";
import { Catalog } from "./binder/catalog.ts";
import { finishQuery, scannedTables } from "./binder/finish.ts";
import { findSink, fitSink } from "./binder/insert.ts";
import { bindQuery, renameColumns, type QueryContext } from "./binder/query.ts";
import { asSubquery, type BoundTable } from "./binder/scope.ts";
import { bindCreateTable } from "./binder/tables.ts";
import { parseStatements } from "./parser/statements.ts";
import type { Plan, Query, SourceTable } from "./plan.ts";
import { SourceText, type Span } from "./source.ts";

export interface PlanOptions {
  /** Shown in error positions. */
  readonly file: string;
  /** Tables that exist without CREATE TABLE: those that device profiles declare. */
  readonly tables?: readonly SourceTable[];
}

/**
 * Plans one SQL file. A file without a query gives a plan without queries. Throws GatewayError of blame
 * config: SQL_SYNTAX, SQL_INVALID (Flink refuses it too) or SQL_UNSUPPORTED, with its place and a hint.
 */
export function planSql(text: string, options: PlanOptions): Plan {
  const source = new SourceText(text, options.file);
  const catalog = new Catalog(source, options.tables ?? []);
  const context: QueryContext = { source, catalog, commonTables: new Map() };
  const queries = parseStatements(source).flatMap((statement) => planStatement(context, statement));
  const tables = new Set(queries.flatMap((query) => scannedTables(query.root)));
  return { tables: [...tables], queries };
}

function planStatement(context: QueryContext, statement: Statement): Query[] {
  const { source, catalog } = context;
  switch (statement.kind) {
    case "create-table":
      catalog.declare(statement.name, bindCreateTable(source, statement), statement.ifNotExists);
      return [];
    case "create-view": {
      const bound = asSubquery(bindQuery(context, statement.query));
      const named = renameColumns(source, bound, {
        columns: statement.columns,
        span: statement.name,
      });
      refuseDuplicates(source, statement.name, named);
      catalog.declare(statement.name, { kind: "view", bound: named }, statement.ifNotExists);
      return [];
    }
    case "insert":
      return [planInsert(context, statement)];
    case "statement-set":
      return statement.inserts.map((insert) => planInsert(context, insert));
    default:
      return [planSelect(context, statement.query)];
  }
}

function planSelect(context: QueryContext, query: QueryExpr): Query {
  const bound = bindQuery(context, query);
  return assemble(context, query, { table: withUniqueNames(bound), sink: undefined });
}

function planInsert(context: QueryContext, statement: Insert): Query {
  const { source, catalog } = context;
  const sink = findSink(source, catalog, statement);
  const bound = bindQuery(context, statement.query);
  return assemble(context, statement, {
    table: fitSink(source, statement, { sink, table: bound }),
    sink,
  });
}

function assemble(
  { source }: QueryContext,
  span: Span,
  query: { readonly table: BoundTable; readonly sink: Query["sink"] },
): Query {
  const head = firstWord(source, span);
  const root = finishQuery(source, head, query.table);
  const { sink } = query;
  const columns = sink?.columns ?? root.fields;
  return { sink, root, columns, position: source.position(head), edgeOnly: edgeOnly(root) };
}

/** SELECT or INSERT: a caret under a whole statement would say nothing. */
function firstWord(source: SourceText, span: Span): Span {
  const length = /^\(*\w*/.exec(source.slice(span))?.[0].length ?? 1;
  return { start: span.start, end: span.start + Math.max(1, length) };
}

/** What of headrace a query uses that Flink does not have. */
function edgeOnly(root: Query["root"]): string[] {
  const reasons = new Set<string>();
  for (const { name, system, options } of scannedTables(root)) {
    if (system) reasons.add(`reads the system table ${name}`);
    for (const option of Object.keys(options)) {
      if (EDGE_OPTIONS.has(option)) reasons.add(`'${option}' on table ${name}`);
    }
  }
  return [...reasons];
}

const EDGE_OPTIONS: ReadonlySet<string> = new Set([
  "watermark.per",
  "watermark.idle-timeout",
  "watermark.max-future",
]);

function refuseDuplicates(source: SourceText, view: Identifier, table: BoundTable): void {
  const names = table.columns.map((column) => column.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw source.invalid(
    view,
    `view ${view.name} has two columns named ${twice}`,
    "Give them different aliases.",
  );
}

/** Flink's names of a result: a repeated name gets 0, 1, … appended. */
function withUniqueNames(table: BoundTable): BoundTable {
  const used = new Set<string>();
  const columns = table.columns.map((column) => {
    let { name } = column;
    for (let suffix = 0; used.has(name); suffix++) name = `${column.name}${suffix}`;
    used.add(name);
    return { ...column, name };
  });
  return { ...table, columns };
}
