// What is read of columns: whole ones, or of ROW columns only some fields, named by the way down to them. Only that is
// decoded.

import type { Expression } from "./plan.ts";
import { children } from "./plan-expressions.ts";

/** Field indexes from a column down; empty for the whole column. */
export type FieldPath = readonly number[];

/** Field access in the plan: the row, then the index of the field as a literal. */
const FIELD = ".";

/** By column, the paths read. */
export class FieldDemands {
  readonly #paths = new Map<number, FieldPath[]>();

  /** Columns of which something is read, ascending. */
  get columns(): number[] {
    return [...this.#paths.keys()].sort((a, b) => a - b);
  }

  /** The paths of a column, in order, none below another; empty if nothing is read of it. */
  of(column: number): readonly FieldPath[] {
    return (this.#paths.get(column) ?? []).toSorted(inOrder);
  }

  /** The whole column is read. */
  addWhole(...columns: readonly number[]): void {
    for (const column of columns) this.add(column, []);
  }

  add(column: number, path: FieldPath): void {
    const known = this.#paths.get(column) ?? [];
    if (known.some((each) => isWithin(path, each))) return;
    this.#paths.set(column, [...known.filter((each) => !isWithin(each, path)), path]);
  }

  /** What expressions read. */
  addReads(expressions: Iterable<Expression>): void {
    const seen = new Set<Expression>();
    const visit = (expression: Expression): void => {
      if (seen.has(expression)) return;
      seen.add(expression);
      const way = wayOf(expression);
      if (way === undefined) children(expression).forEach(visit);
      else this.add(way.column, way.path);
    };
    for (const expression of expressions) visit(expression);
  }

  /** What is read to give these paths of an expression's result. */
  addReadsOf(expression: Expression, paths: readonly FieldPath[]): void {
    const way = wayOf(expression);
    if (way === undefined) this.addReads([expression]);
    else for (const path of paths) this.add(way.column, [...way.path, ...path]);
  }
}

function inOrder(a: FieldPath, b: FieldPath): number {
  const depth = a.findIndex((index, at) => index !== b[at]);
  return (a[depth] ?? 0) - (b[depth] ?? 0);
}

/** Whether `path` leads into what `whole` gives. */
function isWithin(path: FieldPath, whole: FieldPath): boolean {
  return whole.every((index, depth) => path[depth] === index);
}

/** An expression that is a column or a field of one. */
function wayOf(expression: Expression): { column: number; path: FieldPath } | undefined {
  if (expression.kind === "input") return { column: expression.index, path: [] };
  if (expression.kind !== "call" || expression.function !== FIELD) return undefined;
  const [row, index] = expression.arguments;
  if (row === undefined || index?.kind !== "literal") return undefined;
  const way = wayOf(row);
  return way && { column: way.column, path: [...way.path, Number(index.value)] };
}
