// Columns that are PROCTIME(): many tables written for Flink declare one that their queries never read. It can be declared
// and carried along by *; whatever would need its value is refused, as no two runs give the same one.

import type { ColumnDefinition, QueryExpr } from "../ast.ts";
import type { SourceText, Span } from "../source.ts";
import { timestampLtz } from "../types.ts";
import type { BoundColumn, BoundTable } from "./scope.ts";

const HINT = "Use event time: WATERMARK FOR a column of the payload.";

/** A PROCTIME() column: where it stands among the columns of its CREATE TABLE. */
export interface ProcessingTime {
  readonly name: string;
  readonly index: number;
}

/** The PROCTIME() columns of a CREATE TABLE. */
export function processingTimesOf(columns: readonly ColumnDefinition[]): ProcessingTime[] {
  return columns.flatMap((column, index) =>
    isProcessingTime(column) ? [{ name: column.name.name, index }] : [],
  );
}

/** Whether a column is PROCTIME() and nothing else. */
export function isProcessingTime(definition: ColumnDefinition): boolean {
  if (definition.kind !== "computed" || definition.expression.kind !== "call") return false;
  const { name, arguments: args, star, distinct, filter } = definition.expression;
  const isBare = args.length === 0 && !star && !distinct && filter === undefined;
  return isBare && name.name.toUpperCase() === "PROCTIME";
}

/** The columns of a table with its processing times among them, which are NULL wherever a row must hold something. */
export function withProcessingTimes(
  columns: readonly BoundColumn[],
  times: readonly ProcessingTime[],
): readonly BoundColumn[] {
  const all = [...columns];
  for (const { name, index } of times) {
    const expression = { kind: "literal", value: null, type: timestampLtz(3) } as const;
    all.splice(index, 0, { name, expression, role: "proctime" });
  }
  return all;
}

/** The error for a column that is read. */
export function refuseProcessingTime(source: SourceText, span: Span, name: string): Error {
  return source.unsupported(span, `${name} is processing time, which cannot be replayed`, HINT);
}

/** Refuses a query that * has given processing times: their values would be rows of a result. */
export function refuseProcessingTimes(
  source: SourceText,
  query: QueryExpr,
  { columns }: BoundTable,
): void {
  const time = columns.find(({ role }) => role === "proctime");
  if (time === undefined) return;
  throw source.unsupported(
    starOf(query) ?? query,
    `SELECT * includes ${time.name}, which is processing time`,
    "Name the columns you need.",
  );
}

/** The * that the columns of a query come from. */
function starOf(query: QueryExpr): Span | undefined {
  switch (query.kind) {
    case "select":
      return query.items.find(({ expression }) => expression.kind === "star");
    case "union":
      return query.inputs.map(starOf).find((star) => star !== undefined);
    case "with":
      return starOf(query.body);
    case "ordered":
      return starOf(query.input);
    default:
      return undefined;
  }
}
