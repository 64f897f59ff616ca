// What a generated expression may refer to, and its type: headrace's own planner says it, so that the generator knows
// no typing rule of its own. Where headrace is wrong about a type, the comparison of column types shows it.

import { GatewayError } from "../../src/core/errors.ts";
import type { Field, SqlType } from "../../src/core/types.ts";
import type { SourceTable } from "../../src/sql/plan.ts";
import { planSql } from "../../src/sql/plan-sql.ts";
import type { Tree } from "./tree.ts";

const FILE = { file: "generated" };

/** A column, or an aggregate call, as an expression may use it. */
export interface Leaf {
  readonly text: Tree;
  readonly type: SqlType;
}

/** Where expressions stand. */
export interface Scope {
  readonly leaves: readonly Leaf[];
  /** The type of an expression there; undefined when headrace refuses it. */
  readonly typeOf: (expression: string) => SqlType | undefined;
}

/** What a query may read: tables, planned once, and views. */
export interface Prelude {
  readonly tables: readonly SourceTable[];
  /** CREATE VIEW statements. */
  readonly views: string;
}

/** The tables that CREATE TABLE statements declare. */
export function declaredTables(create: string): readonly SourceTable[] {
  const { declared } = planSql(create, FILE);
  const reads = declared.map((name) => `SELECT * FROM ${name};`);
  return planSql(`${create}\n${reads.join("\n")}`, FILE).tables;
}

/** The columns that a query gives; undefined when headrace refuses it. */
export function columnsOf({ tables, views }: Prelude, query: string): readonly Field[] | undefined {
  try {
    return planSql(`${views}\n${query};`, { ...FILE, tables }).queries[0]?.columns;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** A scope over what stands in FROM. */
export function scopeOf(
  prelude: Prelude,
  leaves: readonly Leaf[],
  clauses: { readonly from: string; readonly groupBy?: string },
): Scope {
  const { from, groupBy } = clauses;
  const tail = groupBy === undefined ? "" : ` GROUP BY ${groupBy}`;
  return {
    leaves,
    typeOf: (expression) =>
      columnsOf(prelude, `SELECT ${expression} AS x FROM ${from}${tail}`)?.[0]?.type,
  };
}
