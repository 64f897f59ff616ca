// What stands after a query: ORDER BY, then LIMIT n [OFFSET m] or OFFSET m FETCH FIRST n ROWS ONLY.

import type { OrderItem, QueryExpr, RowLimit } from "../ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseExpression } from "./expressions.ts";

/** `query` with what orders and limits it, if anything does. */
export function parseOrder(cursor: Cursor, query: QueryExpr): QueryExpr {
  const orderBy = cursor.accept("ORDER", "BY") ? cursor.list(() => parseItem(cursor)) : [];
  const limit = parseLimit(cursor);
  if (orderBy.length === 0 && limit === undefined) return query;
  return { kind: "ordered", input: query, orderBy, limit, ...cursor.since(query) };
}

function parseItem(cursor: Cursor): OrderItem {
  const start = cursor.current;
  const expression = parseExpression(cursor);
  const descending = cursor.accept("DESC");
  if (!descending) cursor.accept("ASC");
  let nullsFirst: boolean | undefined;
  if (cursor.accept("NULLS")) {
    nullsFirst = cursor.accept("FIRST");
    if (!nullsFirst) cursor.expect("LAST");
  }
  return { expression, descending, nullsFirst, ...cursor.since(start) };
}

function parseLimit(cursor: Cursor): RowLimit | undefined {
  const start = cursor.current;
  if (cursor.accept("LIMIT")) {
    const count = cursor.accept("ALL") ? undefined : parseCount(cursor);
    if (cursor.at(",")) {
      throw cursor.source.invalid(
        cursor.current,
        "Flink does not take LIMIT offset, count",
        "Write LIMIT count OFFSET offset.",
      );
    }
    const offset = cursor.accept("OFFSET") ? parseOffset(cursor) : 0;
    if (count === undefined && offset === 0) return undefined;
    return { offset, count, ...cursor.since(start) };
  }
  const offset = cursor.accept("OFFSET") ? parseOffset(cursor) : undefined;
  const count = cursor.accept("FETCH") ? parseFetch(cursor) : undefined;
  if (offset === undefined && count === undefined) return undefined;
  return { offset: offset ?? 0, count, ...cursor.since(start) };
}

function parseOffset(cursor: Cursor): number {
  const offset = parseCount(cursor);
  if (!cursor.accept("ROW")) cursor.accept("ROWS");
  return offset;
}

/** FETCH { FIRST | NEXT } n { ROW | ROWS } ONLY, after FETCH. */
function parseFetch(cursor: Cursor): number {
  if (!cursor.accept("FIRST")) cursor.expect("NEXT");
  const count = parseCount(cursor);
  if (!cursor.accept("ROW")) cursor.expect("ROWS");
  cursor.expect("ONLY");
  return count;
}

function parseCount(cursor: Cursor): number {
  const { current } = cursor;
  if (current.kind !== "number") throw cursor.unexpected("a number of rows");
  cursor.advance();
  const count = Number(current.value);
  if (/^\d+$/.test(current.value) && count <= 0x7fffffff) return count;
  throw cursor.source.invalid(current, "the number of rows is a whole number below 2147483648");
}
