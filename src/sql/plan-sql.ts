// The entry of the SQL front end: text in, typed plan out. No run-time state, no I/O.

import { DEFAULT_ZONE } from "../core/value/zone-name.ts";
import type { Identifier, Insert, QueryExpr, Statement } from "./ast.ts";
import { Catalog } from "./binder/catalog.ts";
import { finishQuery, refuseSeveralRowtimes, scannedTables } from "./binder/finish.ts";
import { findSink, fitSink } from "./binder/insert.ts";
import { refuseProcessingTimes } from "./binder/processing-time.ts";
import { bindQuery, renameColumns, type QueryContext } from "./binder/query.ts";
import { asSubquery, type BoundTable } from "./binder/scope.ts";
import type { OptionContent } from "./binder/options.ts";
import { bindCreateTable } from "./binder/tables.ts";
import { WATERMARK_OPTIONS } from "./binder/watermark-options.ts";
import type { ConstantEvaluator } from "./optimizer/constants.ts";
import { mergeWindows } from "./optimizer/merge-windows.ts";
import { pushFilters } from "./optimizer/push-filters.ts";
import { pushIntoSets } from "./optimizer/set-conditions.ts";
import { takeApart } from "./optimizer/take-apart.ts";
import { prune } from "./optimizer/prune.ts";
import { optimize } from "./optimizer/optimize.ts";
import { parseStatements } from "./parser/statements.ts";
import type { Plan, Query, SourceTable } from "./plan.ts";
import { requireColumns } from "./require-columns.ts";
import { refuseLocalAlarmTime } from "./zone/alarm-time.ts";
import { localize, localizeTable, type SessionZone } from "./zone/localize.ts";
import { sessionZone } from "./zone/session-zone.ts";
import { SourceText, type Span } from "./source.ts";

export interface PlanOptions {
  /** Shown in error positions. */
  readonly file: string;
  /** Tables that exist without CREATE TABLE: those that device profiles declare. */
  readonly tables?: readonly SourceTable[];
  /** Reads the files that options name; without it their names stay. */
  readonly content?: OptionContent;
  /** The time zone of a file that does not SET one; UTC where it is left out. */
  readonly zone?: string;
  /**
   * The operators' evaluation of constants. Without it, constants stay as they are written and the plan is not
   * optimised: the binder's own plan, to look at.
   */
  readonly evaluate?: ConstantEvaluator;
}

/**
 * Plans one SQL file. A file without a query gives a plan without queries. Throws GatewayError of blame
 * config: SQL_SYNTAX, SQL_INVALID (Flink refuses it too) or SQL_UNSUPPORTED, with its place and a hint.
 */
export function planSql(text: string, options: PlanOptions): Plan {
  const source = new SourceText(text, options.file);
  const catalog = new Catalog(source, options.tables ?? []);
  const { content, evaluate } = options;
  const statements = parseStatements(source);
  const zone = sessionZone(source, statements, options.zone ?? DEFAULT_ZONE);
  const context: PlanContext = {
    source,
    catalog,
    commonTables: new Map(),
    order: "kept",
    content,
    evaluate,
    zone: zone === DEFAULT_ZONE ? undefined : { name: zone, source },
  };
  const queries = statements.flatMap((statement) => planStatement(context, statement));
  const tables = new Set(queries.flatMap((query) => scannedTables(query.root)));
  const sinks = new Set(queries.map(({ sink }) => sink?.name));
  const declared = catalog.declaredTables.filter((name) => !sinks.has(name));
  return { tables: [...tables], declared, queries };
}

interface PlanContext extends QueryContext {
  readonly content: OptionContent | undefined;
  readonly evaluate: ConstantEvaluator | undefined;
  /** undefined: UTC. */
  readonly zone: SessionZone | undefined;
}

function planStatement(context: PlanContext, statement: Statement): Query[] {
  const { source, catalog, content, zone } = context;
  switch (statement.kind) {
    case "set":
      return [];
    case "create-table": {
      const entry = bindCreateTable(source, statement, content);
      const table = zone ? localizeTable(entry.table, zone, statement.name) : entry.table;
      catalog.declare(statement.name, { ...entry, table }, statement.ifNotExists);
      return [];
    }
    case "create-view": {
      const bound = asSubquery(bindQuery({ ...context, order: "refused" }, statement.query));
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

function planSelect(context: PlanContext, query: QueryExpr): Query {
  const bound = bindQuery(context, query);
  refuseProcessingTimes(context.source, query, bound);
  return assemble(context, query, { table: withUniqueNames(bound), sink: undefined });
}

function planInsert(context: PlanContext, statement: Insert): Query {
  const { source, catalog } = context;
  const sink = findSink(source, catalog, statement);
  const bound = bindQuery(context, statement.query);
  refuseProcessingTimes(source, statement.query, bound);
  const table = fitSink(source, statement, { sink, table: bound });
  refuseSeveralRowtimes(source, firstWord(source, statement), table);
  return assemble(context, statement, { table, sink });
}

function assemble(
  { source, evaluate, zone }: PlanContext,
  span: Span,
  query: { readonly table: BoundTable; readonly sink: Query["sink"] },
): Query {
  const head = firstWord(source, span);
  const finished = finishQuery(query.table);
  if (zone && query.sink) refuseLocalAlarmTime(finished, query.sink, zone.name);
  const bound = zone ? localize(finished, zone, head) : finished;
  const decided = evaluate === undefined ? bound : optimize(bound, evaluate);
  const apart = takeApart(decided);
  // What stands above a call that has turned out to be a key is a condition on that key.
  const pushed = evaluate === undefined ? apart : prune(pushIntoSets(pushFilters(apart)));
  const merged = mergeWindows({ ...pushed, fields: decided.fields });
  // A session's start, which merging hands on, is seldom read.
  const root = requireColumns(evaluate === undefined ? merged : prune(merged));
  const { sink } = query;
  const columns = sink?.columns ?? root.fields;
  return { sink, root, columns, position: source.position(head), edgeOnly: edgeOnly(root, sink) };
}

/** SELECT or INSERT: a caret under a whole statement would say nothing. */
function firstWord(source: SourceText, span: Span): Span {
  const length = /^\(*\w*/.exec(source.slice(span))?.[0].length ?? 1;
  return { start: span.start, end: span.start + Math.max(1, length) };
}

/** What of headrace a query uses that Flink does not have. */
function edgeOnly(root: Query["root"], sink: Query["sink"]): string[] {
  const reasons = new Set<string>();
  for (const table of scannedTables(root)) {
    if (table.system) reasons.add(`reads the system table ${table.name}`);
    for (const reason of edgeOptions(table)) reasons.add(reason);
  }
  for (const reason of sink === undefined ? [] : edgeOptions(sink)) reasons.add(reason);
  return [...reasons];
}

function edgeOptions({ name, options }: Pick<SourceTable, "name" | "options">): string[] {
  return Object.entries(options).flatMap(([option, value]) => {
    const own = option.replace(/^(?:key|value)\./, "");
    if (own === "format" && EDGE_FORMATS.has(value)) {
      return [`'${option}' = '${value}' on table ${name}`];
    }
    return EDGE_OPTIONS.has(own) ? [`'${option}' on table ${name}`] : [];
  });
}

const EDGE_OPTIONS: ReadonlySet<string> = new Set([
  ...WATERMARK_OPTIONS,
  "avro.avsc",
  "protobuf.proto",
]);

const EDGE_FORMATS: ReadonlySet<string> = new Set(["cbor", "msgpack", "senml"]);

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
