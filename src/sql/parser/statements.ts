// Statements: CREATE TABLE, CREATE VIEW, INSERT INTO, SELECT, EXECUTE STATEMENT SET. Every other statement
// of Flink is refused by name.

import type {
  ColumnDefinition,
  CreateTable,
  CreateView,
  Identifier,
  Insert,
  SetOption,
  Statement,
  TableOption,
} from "../ast.ts";
import type { SourceText, Span } from "../source.ts";
import { Cursor } from "./cursor.ts";
import { parseExpression } from "./expressions.ts";
import { assertShallow } from "./nesting.ts";
import { parseColumnNames, parseQuery } from "./query.ts";
import { parseColumnType } from "./types.ts";

/** All statements of a file; each ends with ";", the last may go without. Throws SQL_SYNTAX, SQL_UNSUPPORTED. */
export function parseStatements(source: SourceText): Statement[] {
  const cursor = new Cursor(source);
  const statements: Statement[] = [];
  for (;;) {
    while (cursor.accept(";"));
    if (cursor.atEnd()) return statements;
    const statement = parseStatement(cursor);
    assertShallow(source, statement);
    statements.push(statement);
    if (!cursor.atEnd()) cursor.expect(";");
  }
}

const STATEMENTS_HINT = "A rule file holds SET, CREATE TABLE, CREATE VIEW, INSERT INTO and SELECT.";

function parseStatement(cursor: Cursor): Statement {
  const start = cursor.current;
  switch (start.upper) {
    case "SET":
      return parseSet(cursor);
    case "CREATE":
      return parseCreate(cursor);
    case "INSERT":
      return parseInsert(cursor);
    case "EXECUTE":
    case "BEGIN":
      return parseStatementSet(cursor);
    case "SELECT":
    case "WITH":
    case "(":
    case "VALUES": {
      const query = parseQuery(cursor);
      return { kind: "query", query, ...cursor.since(start) };
    }
    default:
      if (start.kind !== "word") throw cursor.unexpected("a statement");
      throw cursor.source.unsupported(
        start,
        `${start.upper} is not a statement that headrace supports`,
        STATEMENTS_HINT,
      );
  }
}

/** Which options there are is for the planner to say. */
function parseSet(cursor: Cursor): SetOption {
  const start = cursor.expect("SET");
  const key = cursor.expectString("an option name in single quotes");
  cursor.expect("=");
  const value = cursor.expectString("an option value in single quotes");
  const spans = { keySpan: key, valueSpan: value };
  return { kind: "set", key: key.value, value: value.value, ...spans, ...cursor.since(start) };
}

function parseCreate(cursor: Cursor): CreateTable | CreateView {
  const start = cursor.expect("CREATE");
  if (cursor.at("OR", "REPLACE") || cursor.at("OR", "ALTER")) {
    throw cursor.source.unsupported(cursor.current, "CREATE OR REPLACE is not supported");
  }
  cursor.accept("TEMPORARY");
  if (cursor.accept("TABLE")) return parseCreateTable(cursor, start);
  if (cursor.accept("VIEW")) return parseCreateView(cursor, start);
  const { current } = cursor;
  const reason = /FUNCTION|SYSTEM/.test(current.upper)
    ? "user-defined functions are not supported"
    : `CREATE ${current.upper} is not supported`;
  throw cursor.source.unsupported(current, reason, "Use CREATE TABLE or CREATE VIEW.");
}

function parseCreateView(cursor: Cursor, start: Span): CreateView {
  const ifNotExists = acceptIfNotExists(cursor);
  const name = simpleName(cursor, "a view name");
  const columns = parseColumnNames(cursor);
  if (cursor.accept("COMMENT")) cursor.expectString("a comment");
  cursor.expect("AS");
  const query = parseQuery(cursor);
  return { kind: "create-view", name, ifNotExists, columns, query, ...cursor.since(start) };
}

function acceptIfNotExists(cursor: Cursor): boolean {
  return cursor.accept("IF", "NOT", "EXISTS");
}

/** headrace has one namespace: a catalog or database in front of a name is refused. */
function simpleName(cursor: Cursor, what: string): Identifier {
  const parts = cursor.path(what);
  const [name] = parts;
  if (name !== undefined && parts.length === 1) return name;
  throw cursor.source.unsupported(
    cursor.previous,
    "catalogs and databases are not supported",
    "Write the name alone; each file is its own namespace.",
  );
}

interface TableBody {
  readonly columns: ColumnDefinition[];
  readonly primaryKey: Identifier[];
  watermark: CreateTable["watermark"];
}

function parseCreateTable(cursor: Cursor, start: Span): CreateTable {
  const ifNotExists = acceptIfNotExists(cursor);
  const name = simpleName(cursor, "a table name");
  const body: TableBody = { columns: [], primaryKey: [], watermark: undefined };
  if (cursor.at("(")) cursor.parenthesized(() => parseTableElement(cursor, body));
  if (cursor.accept("COMMENT")) cursor.expectString("a comment");
  refuseTableClauses(cursor);
  const options: CreateTable["options"] = cursor.accept("WITH") ? parseOptions(cursor) : new Map();
  refuseTableClauses(cursor);
  if (body.columns.length === 0) throw cursor.unexpected("a list of columns");
  const span = cursor.since(start);
  return { kind: "create-table", name, ifNotExists, ...body, options, ...span };
}

function refuseTableClauses(cursor: Cursor): void {
  const { current } = cursor;
  const clauses: Readonly<Record<string, string>> = {
    PARTITIONED: "PARTITIONED BY is not supported: the gateway keeps no partitioned tables",
    DISTRIBUTED: "DISTRIBUTED BY is not supported",
    LIKE: "CREATE TABLE … LIKE is not supported",
    AS: "CREATE TABLE … AS SELECT is not supported",
    USING: "USING CONNECTION is not supported",
  };
  const refused = clauses[current.upper];
  if (refused !== undefined) throw cursor.source.unsupported(current, refused);
}

function parseTableElement(cursor: Cursor, body: TableBody): void {
  const start = cursor.current;
  if (cursor.accept("WATERMARK", "FOR")) {
    if (body.watermark !== undefined) {
      throw cursor.source.invalid(start, "a table has one WATERMARK only");
    }
    const column = cursor.identifier("a column name");
    if (cursor.at(".")) {
      throw cursor.source.unsupported(cursor.current, "the rowtime must be a column of its own");
    }
    cursor.expect("AS");
    body.watermark = { column, expression: parseExpression(cursor) };
  } else if (cursor.at("PRIMARY") || cursor.at("CONSTRAINT")) parsePrimaryKey(cursor, body);
  else if (cursor.at("UNIQUE")) {
    throw cursor.source.unsupported(start, "UNIQUE is not supported, neither by Flink");
  } else body.columns.push(parseColumn(cursor, body));
}

function parsePrimaryKey(cursor: Cursor, body: TableBody): void {
  const start = cursor.current;
  if (cursor.accept("CONSTRAINT")) cursor.identifier("a name");
  cursor.expect("PRIMARY");
  cursor.expect("KEY");
  const columns = cursor.parenthesized(() => cursor.identifier("a column name"));
  expectNotEnforced(cursor, start);
  addPrimaryKey(cursor, body, columns);
}

function addPrimaryKey(cursor: Cursor, body: TableBody, columns: readonly Identifier[]): void {
  const [first] = columns;
  if (body.primaryKey.length > 0 && first !== undefined) {
    throw cursor.source.invalid(first, "a table has one PRIMARY KEY only");
  }
  body.primaryKey.push(...columns);
}

function expectNotEnforced(cursor: Cursor, start: Span): void {
  if (cursor.accept("NOT", "ENFORCED")) return;
  throw cursor.source.invalid(
    cursor.since(start),
    "Flink does not enforce a PRIMARY KEY",
    "Write PRIMARY KEY (…) NOT ENFORCED.",
  );
}

function parseColumn(cursor: Cursor, body: TableBody): ColumnDefinition {
  const name = cursor.identifier("a column name");
  if (cursor.accept("AS")) {
    const expression = parseExpression(cursor);
    acceptComment(cursor);
    return { kind: "computed", name, expression, ...cursor.since(name) };
  }
  const type = parseColumnType(cursor);
  if (cursor.accept("METADATA")) {
    const key = cursor.accept("FROM") ? cursor.expectString("a metadata key").value : undefined;
    const virtual = cursor.accept("VIRTUAL");
    acceptComment(cursor);
    return { kind: "metadata", name, type, key, virtual, ...cursor.since(name) };
  }
  if (cursor.at("PRIMARY", "KEY")) {
    const start = cursor.current;
    cursor.accept("PRIMARY", "KEY");
    expectNotEnforced(cursor, start);
    addPrimaryKey(cursor, body, [name]);
  }
  acceptComment(cursor);
  return { kind: "physical", name, type, ...cursor.since(name) };
}

function acceptComment(cursor: Cursor): void {
  if (cursor.accept("COMMENT")) cursor.expectString("a comment");
}

function parseOptions(cursor: Cursor): CreateTable["options"] {
  const options = new Map<string, TableOption>();
  cursor.expect("(");
  if (cursor.accept(")")) return options;
  cursor.list(() => {
    const key = cursor.expectString("an option name in single quotes");
    cursor.expect("=");
    const value = cursor.expectString("an option value in single quotes");
    if (options.has(key.value)) {
      throw cursor.source.invalid(key, `the option '${key.value}' is given twice`);
    }
    const { start, end } = value;
    options.set(key.value, { name: key, value: value.value, start, end });
  });
  cursor.expect(")");
  return options;
}

function parseInsert(cursor: Cursor): Insert {
  const start = cursor.expect("INSERT");
  if (cursor.at("OVERWRITE")) {
    throw cursor.source.unsupported(
      cursor.current,
      "INSERT OVERWRITE is not supported",
      "Write INSERT INTO.",
    );
  }
  cursor.expect("INTO");
  const target = simpleName(cursor, "a table name");
  if (cursor.at("PARTITION")) {
    throw cursor.source.unsupported(
      cursor.current,
      "PARTITION is not supported",
      "Leave it out: a sink table has no partitions.",
    );
  }
  if (cursor.current.kind === "hint") throw cursor.refuseHint();
  const columns =
    cursor.at("(", "SELECT") || cursor.at("(", "WITH") ? [] : parseColumnNames(cursor);
  const query = parseQuery(cursor);
  return { kind: "insert", target, columns, query, ...cursor.since(start) };
}

/** EXECUTE INSERT …, EXECUTE STATEMENT SET BEGIN insert; … END, and the older BEGIN STATEMENT SET; … END. */
function parseStatementSet(cursor: Cursor): Statement {
  const start = cursor.advance();
  if (start.upper === "EXECUTE" && cursor.at("INSERT")) return parseInsert(cursor);
  cursor.expect("STATEMENT");
  cursor.expect("SET");
  if (start.upper === "BEGIN") cursor.expect(";");
  else cursor.expect("BEGIN");
  const inserts: Insert[] = [];
  do {
    if (!cursor.at("INSERT"))
      throw cursor.unexpected(inserts.length === 0 ? "INSERT" : "INSERT or END");
    inserts.push(parseInsert(cursor));
    cursor.expect(";");
  } while (!cursor.accept("END"));
  return { kind: "statement-set", inserts, ...cursor.since(start) };
}
