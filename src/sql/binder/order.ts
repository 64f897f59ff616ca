// ORDER BY and LIMIT. A stream can be sorted by a time attribute, and by more within the rows of one instant: what
// lies before the watermark is complete. LIMIT takes the rows in their order of arrival, so they must have one.

import type { Expr, OrderedQuery, OrderItem, QueryExpr, RowLimit, SelectItem } from "../ast.ts";
import type { Relation, SortKey } from "../plan.ts";
import type { SourceText } from "../source.ts";
import { isCollection } from "../types.ts";
import { ExpressionBinder } from "./expressions.ts";
import { inheritedRole, materialize, type BoundColumn, type BoundTable } from "./scope.ts";

/**
 * What an ORDER BY does: at the end of a statement it sorts, in a sub-query it means nothing, as in Flink. In a view it
 * would be the one or the other, depending on where the view is read.
 */
export type OrderMeaning = "kept" | "ignored" | "refused";

export interface OrderOptions {
  readonly order: OrderMeaning;
  readonly bind: (query: QueryExpr) => BoundTable;
}

/** Binds a query with ORDER BY, LIMIT or both. Throws SQL_INVALID, SQL_UNSUPPORTED. */
export function bindOrdered(
  source: SourceText,
  { input, orderBy, limit }: OrderedQuery,
  { order, bind }: OrderOptions,
): BoundTable {
  if (limit !== undefined && orderBy.length > 0) {
    throw source.unsupported(
      limit,
      "LIMIT after ORDER BY would have to take rows back when an earlier one comes",
      "Write one of the two.",
    );
  }
  if (limit !== undefined) return limited(source, bind(input), limit);
  const { table, keys } = bindKeys(source, { input, orderBy }, bind);
  if (order === "kept") return sorted(source, table, { orderBy, keys });
  if (order === "ignored") return table;
  throw source.unsupported(
    orderBy[0] ?? input,
    "the order of a view means nothing where the view is read",
    "Write ORDER BY in the query that reads it.",
  );
}

interface Keys {
  readonly table: BoundTable;
  /** By item of ORDER BY. */
  readonly keys: readonly BoundColumn[];
}

/** ORDER BY names columns of the result first; of a SELECT it may also compute from what that reads. */
function bindKeys(
  source: SourceText,
  { input, orderBy }: Pick<OrderedQuery, "input" | "orderBy">,
  bind: OrderOptions["bind"],
): Keys {
  const visible = bind(input);
  const { columns } = visible;
  const named = orderBy.map((item) => resultColumn(source, item, columns));
  if (input.kind !== "select" || input.distinct !== undefined) {
    const scope = { table: visible, qualifier: undefined };
    const binder = new ExpressionBinder({ source, scope, clause: "ORDER BY" });
    const keys = orderBy.map(({ expression }, index) => {
      const known = named[index];
      return known ?? { name: "", expression: binder.bind(expression), role: undefined };
    });
    return { table: visible, keys };
  }
  const hidden = orderBy.flatMap((item, index): SelectItem[] =>
    named[index] === undefined ? [{ ...item, alias: undefined }] : [],
  );
  const all = bind({ ...input, items: [...input.items, ...hidden] });
  const extra = all.columns.slice(columns.length);
  const keys = orderBy.flatMap((_, index) => {
    const known = named[index];
    return (known === undefined ? extra.shift() : all.columns[columns.indexOf(known)]) ?? [];
  });
  const shown = all.columns.slice(0, columns.length);
  const seen = new Set(input.items.map(({ expression }) => written(expression)));
  const isSeen = hidden.every(({ expression }) => seen.has(written(expression)));
  return { table: { ...all, columns: isSeen ? shown : renamed(shown) }, keys };
}

/** An expression as it is written, wherever that is. */
function written(expr: Expr): string {
  const isPlace = (key: string): boolean => key === "start" || key === "end";
  return JSON.stringify(expr, (key, value: unknown) => (isPlace(key) ? undefined : value));
}

/** Flink's names of a result that is sorted by what it does not show: elsewhere repeated names get 0, 1, … appended. */
function renamed(columns: readonly BoundColumn[]): BoundColumn[] {
  const different = new Set<string>();
  const names = columns.map(({ name }, index) => {
    const own = name === `EXPR$${index}` ? `EXPR$${different.size}` : name;
    different.add(own);
    return own;
  });
  const used = new Set<string>();
  return columns.map((column, index) => {
    const own = names[index] ?? column.name;
    let name = own;
    for (let suffix = 0; used.has(name); suffix++) name = `${own}${Math.max(used.size, suffix)}`;
    used.add(name);
    return { ...column, name };
  });
}

/** The column of the result that an item names, or gives the position of. */
function resultColumn(
  source: SourceText,
  { expression: expr }: OrderItem,
  columns: readonly BoundColumn[],
): BoundColumn | undefined {
  if (expr.kind === "number") {
    const column = /^\d+$/.test(expr.text) ? columns[Number(expr.text) - 1] : undefined;
    if (column !== undefined) return column;
    throw source.invalid(expr, `the result has the columns 1 to ${columns.length}`);
  }
  const [name, second] = expr.kind === "name" ? expr.parts : [];
  if (name === undefined || second !== undefined) return undefined;
  const found = columns.filter((column) => column.name === name.name);
  if (found.length > 1) throw source.invalid(expr, `column ${name.name} is ambiguous`);
  return found[0];
}

function sorted(
  source: SourceText,
  table: BoundTable,
  { orderBy, keys }: { readonly orderBy: readonly OrderItem[]; readonly keys: Keys["keys"] },
): BoundTable {
  // Computed below: as rows come, Flink evaluates them before it sorts.
  const width = table.columns.length;
  const { relation, columns } = materialize({ ...table, columns: [...table.columns, ...keys] });
  const [first, ...others] = columns.slice(width);
  const [item, ...rest] = orderBy;
  if (first === undefined || item === undefined) throw new RangeError("ORDER BY has items");
  const isTime = first.role === "rowtime" || first.role === "window_time";
  if (!isTime || item.descending || first.expression.kind !== "input") {
    throw source.unsupported(
      item,
      "a stream has no end to sort at: it can be sorted by its rowtime, ascending, and by more after that",
      "Write ORDER BY ts with the column of WATERMARK FOR, or window_time.",
    );
  }
  const sort: Relation = {
    kind: "sort",
    input: relation,
    timeColumn: first.expression.index,
    keys: others.map((key, index) => sortKey(source, key, rest[index] ?? item)),
    fields: relation.fields,
  };
  return { relation: sort, columns: columns.slice(0, width) };
}

function sortKey(source: SourceText, { expression }: BoundColumn, item: OrderItem): SortKey {
  if (isCollection(expression.type)) {
    throw source.unsupported(item, "collections cannot be sorted", "Sort by their elements.");
  }
  const { descending } = item;
  return { expression, descending, nullsFirst: item.nullsFirst ?? !descending };
}

function limited(source: SourceText, table: BoundTable, limit: RowLimit): BoundTable {
  const { relation } = table;
  const { offset, count } = limit;
  if (count === undefined) {
    throw source.invalid(
      limit,
      "Flink takes OFFSET of a stream beside LIMIT only",
      "Write LIMIT 100 OFFSET 10.",
    );
  }
  if (!arrivesInOrder(relation)) {
    throw source.unsupported(
      limit,
      "LIMIT takes the rows that come first, and the order of these is not defined",
      "Put LIMIT into the sub-query that is grouped or sorted.",
    );
  }
  // The first rows of a window are not the window.
  const columns = table.columns.map((column) => ({ ...column, role: inheritedRole(column) }));
  const { fields } = relation;
  return { relation: { kind: "limit", input: relation, offset, count, fields }, columns };
}

/** Whether rows leave a relation in the order in which they came in. */
function arrivesInOrder(relation: Relation): boolean {
  switch (relation.kind) {
    case "scan":
      return true;
    case "sort":
    case "window-aggregate":
      return false;
    case "union":
      return relation.inputs.every(arrivesInOrder);
    case "window":
      return relation.window.kind !== "session" && arrivesInOrder(relation.input);
    default:
      return arrivesInOrder(relation.input);
  }
}
