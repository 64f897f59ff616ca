// Windowing table functions: TUMBLE(TABLE t, DESCRIPTOR(ts), size[, offset]) and their relatives, with
// positional or named arguments. Only the syntax; binder/windows.ts knows what each argument means.

import type { Identifier, QueryExpr, TableRef, WindowArgument, WindowTableRef } from "../ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseExpression } from "./expressions.ts";

export const WINDOW_FUNCTIONS: ReadonlySet<string> = new Set([
  "TUMBLE",
  "HOP",
  "CUMULATE",
  "SESSION",
]);

/** Reads a sub-query; handed in by the query parser, which calls this file in turn. */
export type ParseQuery = (cursor: Cursor) => QueryExpr;

/** TUMBLE( … ); the cursor stands on the function's name. */
export function parseWindowFunction(cursor: Cursor, parseQuery: ParseQuery): WindowTableRef {
  const token = cursor.advance();
  const name: Identifier = { name: token.upper, start: token.start, end: token.end };
  const list = cursor.parenthesized(() => parseArgument(cursor, parseQuery));
  return { kind: "window-function", name, arguments: list };
}

function parseArgument(cursor: Cursor, parseQuery: ParseQuery): WindowArgument {
  const start = cursor.current;
  let name: Identifier | undefined;
  if (cursor.peek(1).upper === "=>") {
    name = cursor.identifier("an argument name");
    cursor.advance();
  }
  const value = parseValue(cursor, parseQuery);
  return { name, value, ...cursor.since(start) };
}

function parseValue(cursor: Cursor, parseQuery: ParseQuery): WindowArgument["value"] {
  const start = cursor.current;
  if (cursor.accept("TABLE")) {
    const path = cursor.path("a table");
    const span = cursor.since(start);
    const table: TableRef = { kind: "table", path, alias: undefined, columns: [], ...span };
    return { kind: "data", table, partition: parsePartition(cursor) };
  }
  if (cursor.at("(", "SELECT") || cursor.at("(", "WITH")) {
    cursor.advance();
    const query = parseQuery(cursor);
    cursor.expect(")");
    const span = cursor.since(start);
    const table: TableRef = { kind: "derived", query, alias: undefined, columns: [], ...span };
    return { kind: "data", table, partition: parsePartition(cursor) };
  }
  if (cursor.accept("DESCRIPTOR")) {
    const columns = cursor.parenthesized(() => cursor.identifier("a column name"));
    return { kind: "descriptor", columns };
  }
  return { kind: "expression", expression: parseExpression(cursor) };
}

/** PARTITION BY k or PARTITION BY (k, l): without parentheses a comma begins the next argument, as in Flink. */
function parsePartition(cursor: Cursor): Identifier[] {
  if (!cursor.accept("PARTITION", "BY")) return [];
  if (cursor.at("(")) return cursor.parenthesized(() => cursor.identifier("a column name"));
  const column = cursor.identifier("a column name");
  if (cursor.at("ORDER")) {
    throw cursor.source.invalid(cursor.current, "Flink's SESSION takes no ORDER BY", "Remove it.");
  }
  // A comma begins the next argument, which is no plain name.
  if (cursor.at(",") && isPlainName(cursor)) {
    throw cursor.source.invalid(
      cursor.peek(1),
      "several columns of PARTITION BY stand in parentheses here",
      `Write PARTITION BY (${column.name}, ${cursor.peek(1).value}).`,
    );
  }
  return [column];
}

function isPlainName(cursor: Cursor): boolean {
  const { kind, upper } = cursor.peek(1);
  const after = cursor.peek(2).upper;
  const name =
    kind === "quoted" || (kind === "word" && upper !== "DESCRIPTOR" && upper !== "INTERVAL");
  return name && (after === "," || after === ")");
}
