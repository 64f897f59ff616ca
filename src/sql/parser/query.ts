// SELECT, WITH, UNION ALL, and what stands in FROM. What Flink has and headrace refuses is refused here by
// name as soon as its keyword appears.

import type {
  CommonTable,
  Expr,
  GroupItem,
  Identifier,
  QueryExpr,
  SelectExpr,
  SelectItem,
  TableRef,
} from "../ast.ts";
import type { Span } from "../source.ts";
import type { Cursor } from "./cursor.ts";
import { parseExpression } from "./expressions.ts";
import { parseOrder } from "./order.ts";
import { parseWindowFunction, WINDOW_FUNCTIONS } from "./windows.ts";

const NOT_APPEND_ONLY = "Results must be append-only: what was sent cannot be taken back.";

/** Words after a query that Flink knows, and why headrace refuses them. */
const AFTER_QUERY: Readonly<Record<string, readonly [reason: string, hint: string | undefined]>> = {
  INTERSECT: ["INTERSECT keeps unbounded state", NOT_APPEND_ONLY],
  EXCEPT: ["EXCEPT keeps unbounded state", NOT_APPEND_ONLY],
  MINUS: ["MINUS keeps unbounded state", NOT_APPEND_ONLY],
  WINDOW: ["OVER windows are not supported yet", "Use a TUMBLE or HOP window with GROUP BY."],
  QUALIFY: ["QUALIFY is not supported yet", undefined],
};

const JOIN_WORDS = ["JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"];
const ARRAY_HINT = "Let the device send a message for each element.";
const JOIN_HINT = "Use an interval join when headrace has it; until then write one rule per table.";

/** Words that end a table reference, so that they are not taken for its alias. */
const NOT_AN_ALIAS = new Set(["MATCH_RECOGNIZE", "TABLESAMPLE", "PIVOT", "UNPIVOT"]);

/** [WITH …] SELECT … [UNION ALL SELECT …] [ORDER BY …] [LIMIT …], with or without parentheses. */
export function parseQuery(cursor: Cursor): QueryExpr {
  return cursor.nested(() => {
    const start = cursor.current;
    const tables = cursor.accept("WITH") ? parseCommonTables(cursor) : [];
    const body = parseOrder(cursor, parseUnion(cursor));
    if (tables.length === 0) return body;
    return { kind: "with", tables, body, ...cursor.since(start) };
  });
}

function parseCommonTables(cursor: Cursor): CommonTable[] {
  if (cursor.at("RECURSIVE")) {
    throw cursor.source.unsupported(
      cursor.current,
      "recursive queries are not supported",
      "Leave RECURSIVE out: WITH takes several queries.",
    );
  }
  return cursor.list(() => {
    const name = cursor.identifier("a name");
    const columns = parseColumnNames(cursor);
    cursor.expect("AS");
    cursor.expect("(");
    const query = parseQuery(cursor);
    cursor.expect(")");
    return { name, columns, query };
  });
}

function parseUnion(cursor: Cursor): QueryExpr {
  const start = cursor.current;
  const inputs = [parseTerm(cursor)];
  while (cursor.at("UNION")) {
    const union = cursor.advance();
    if (!cursor.accept("ALL")) {
      throw cursor.source.unsupported(
        union,
        "UNION removes duplicates, which keeps unbounded state",
        "Write UNION ALL.",
      );
    }
    inputs.push(parseTerm(cursor));
  }
  const refused = AFTER_QUERY[cursor.current.upper];
  if (refused !== undefined) {
    throw cursor.source.unsupported(cursor.current, refused[0], refused[1]);
  }
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) return only;
  return { kind: "union", inputs, ...cursor.since(start) };
}

function parseTerm(cursor: Cursor): QueryExpr {
  if (cursor.accept("(")) {
    const query = parseQuery(cursor);
    cursor.expect(")");
    return query;
  }
  if (cursor.at("VALUES")) {
    throw cursor.source.unsupported(
      cursor.current,
      "VALUES is not supported: it is not a stream",
      "Read the rows from a table.",
    );
  }
  return parseSelect(cursor);
}

function parseSelect(cursor: Cursor): SelectExpr {
  const start = cursor.expect("SELECT");
  if (cursor.current.kind === "hint") throw cursor.refuseHint();
  const distinct = cursor.at("DISTINCT") ? cursor.advance() : undefined;
  if (distinct === undefined) cursor.accept("ALL");
  const items = cursor.list(() => parseItem(cursor));
  const from = cursor.accept("FROM") ? parseFrom(cursor) : undefined;
  const where = cursor.accept("WHERE") ? parseExpression(cursor) : undefined;
  const groupBy = cursor.accept("GROUP", "BY") ? parseGroupBy(cursor) : undefined;
  const having = cursor.accept("HAVING") ? parseExpression(cursor) : undefined;
  const span = cursor.since(start);
  return { kind: "select", distinct, items, from, where, groupBy, having, ...span };
}

function parseItem(cursor: Cursor): SelectItem {
  const start = cursor.current;
  if (cursor.accept("*")) {
    const expression: Expr = { kind: "star", qualifier: [], ...cursor.since(start) };
    return { expression, alias: undefined, ...cursor.since(start) };
  }
  const expression = parseExpression(cursor);
  const alias = parseAlias(cursor);
  return { expression, alias, ...cursor.since(start) };
}

function parseAlias(cursor: Cursor): Identifier | undefined {
  if (cursor.accept("AS")) return cursor.identifier("a name");
  if (!cursor.atIdentifier() || NOT_AN_ALIAS.has(cursor.current.upper)) return undefined;
  return cursor.identifier("a name");
}

function parseFrom(cursor: Cursor): TableRef {
  const table = parseTableRef(cursor);
  const { current, source } = cursor;
  if (cursor.at(",") || JOIN_WORDS.includes(current.upper)) {
    const array = cursor.peek(1).upper === "UNNEST" || cursor.peek(2).upper === "UNNEST";
    if (array) throw source.unsupported(current, "UNNEST is not supported yet", ARRAY_HINT);
    throw source.unsupported(current, "regular joins keep unbounded state", JOIN_HINT);
  }
  if (current.upper === "MATCH_RECOGNIZE") {
    throw source.unsupported(
      current,
      "MATCH_RECOGNIZE is not supported yet",
      "Insert the rows into a kafka table, and match them there.",
    );
  }
  if (cursor.at("FOR", "SYSTEM_TIME")) {
    throw source.unsupported(
      current,
      "temporal tables are not supported yet",
      "Join on the cluster: insert the rows into a kafka table.",
    );
  }
  if (NOT_AN_ALIAS.has(current.upper)) {
    throw source.unsupported(current, `${current.upper} is not supported`);
  }
  return table;
}

function parseTableRef(cursor: Cursor): TableRef {
  const start = cursor.current;
  const table = parseTable(cursor, start);
  if (cursor.current.kind === "hint") throw cursor.refuseHint();
  const alias = parseAlias(cursor);
  const columns = alias === undefined ? [] : parseColumnNames(cursor);
  return { ...table, alias, columns, ...cursor.since(start) };
}

type BareTable =
  | Pick<Extract<TableRef, { kind: "table" }>, "kind" | "path">
  | Pick<Extract<TableRef, { kind: "derived" }>, "kind" | "query">
  | Pick<Extract<TableRef, { kind: "window-function" }>, "kind" | "name" | "arguments">;

function parseTable(cursor: Cursor, start: Span): BareTable {
  if (cursor.accept("TABLE", "(")) {
    const window = parseWindow(cursor);
    cursor.expect(")");
    return window;
  }
  if (cursor.at("LATERAL") || cursor.at("UNNEST")) {
    throw cursor.source.unsupported(
      start,
      `${cursor.current.upper} is not supported yet`,
      ARRAY_HINT,
    );
  }
  if (cursor.peek(1).upper === "(" && cursor.current.kind === "word") return parseWindow(cursor);
  if (cursor.accept("(")) {
    if (cursor.at("(") || cursor.at("SELECT") || cursor.at("WITH") || cursor.at("VALUES")) {
      const query = parseQuery(cursor);
      cursor.expect(")");
      return { kind: "derived", query };
    }
    throw cursor.unexpected("SELECT");
  }
  return { kind: "table", path: cursor.path("a table") };
}

function parseWindow(cursor: Cursor): BareTable {
  const { current } = cursor;
  if (!WINDOW_FUNCTIONS.has(current.upper)) {
    throw cursor.source.unsupported(
      current,
      `unknown table function ${current.value}`,
      `Known are ${[...WINDOW_FUNCTIONS].join(", ")}.`,
    );
  }
  return parseWindowFunction(cursor, parseQuery);
}

/** (a, b, c) after an alias or a view's name; empty when there is none. */
export function parseColumnNames(cursor: Cursor): Identifier[] {
  return cursor.at("(") ? cursor.parenthesized(() => cursor.identifier("a column name")) : [];
}

function parseGroupBy(cursor: Cursor): GroupItem[] {
  if (cursor.at("DISTINCT") || cursor.at("ALL")) {
    throw cursor.source.unsupported(
      cursor.current,
      `GROUP BY ${cursor.current.upper} is not supported`,
    );
  }
  return cursor.list(() => parseGroupItem(cursor));
}

function parseGroupItem(cursor: Cursor): GroupItem {
  const start = cursor.current;
  if (cursor.accept("GROUPING")) {
    cursor.expect("SETS");
    const sets = cursor.parenthesized(() => parseGroupingSet(cursor));
    return { kind: "sets", sets, span: cursor.since(start) };
  }
  if (cursor.at("ROLLUP", "(") || cursor.at("CUBE", "(")) {
    const word = cursor.advance();
    const groups = cursor.parenthesized(() => parseGroupingSet(cursor));
    const sets = word.upper === "ROLLUP" ? rollup(groups) : cube(cursor, word, groups);
    return { kind: "sets", sets, span: cursor.since(start) };
  }
  return { kind: "expression", expression: parseExpression(cursor) };
}

/** (a, b), () or a bare expression. */
function parseGroupingSet(cursor: Cursor): Expr[] {
  if (!cursor.at("(")) return [parseExpression(cursor)];
  if (cursor.accept("(", ")")) return [];
  return cursor.parenthesized(() => parseExpression(cursor));
}

function rollup(groups: readonly (readonly Expr[])[]): Expr[][] {
  return Array.from({ length: groups.length + 1 }, (_, index) =>
    groups.slice(0, groups.length - index).flat(),
  );
}

function cube(cursor: Cursor, span: Span, groups: readonly (readonly Expr[])[]): Expr[][] {
  if (groups.length > 8) {
    throw cursor.source.unsupported(span, "CUBE over more than 8 keys is not supported");
  }
  return Array.from({ length: 2 ** groups.length }, (_, mask) =>
    groups.filter((_group, index) => ((mask >> (groups.length - 1 - index)) & 1) === 0).flat(),
  );
}
