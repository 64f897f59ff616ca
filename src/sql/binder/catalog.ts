// The tables and views of one file. Each file is a namespace of its own; the system tables and the tables
// that device profiles declare are in every one of them.

import { MAX_LENGTH, type Field, type SqlType } from "../../core/types.ts";
import type { Identifier } from "../ast.ts";
import type { Expression, Relation, SinkTable, SourceTable, TableColumn } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { timestampLtz } from "../types.ts";
import { inputRef, type BoundColumn, type BoundTable } from "./scope.ts";

export interface TableEntry {
  readonly kind: "table";
  readonly table: SourceTable;
  /** What INSERT INTO writes: no computed and no virtual columns; undefined for read-only tables. */
  readonly sink: SinkTable | undefined;
}

export interface ViewEntry {
  readonly kind: "view";
  readonly bound: BoundTable;
}

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };

/** Columns of headrace_late and headrace_dead_letter. */
const SYSTEM_COLUMNS: readonly Field[] = [
  { name: "rule", type: STRING },
  { name: "table", type: STRING },
  { name: "topic", type: STRING },
  { name: "receive_time", type: timestampLtz(3) },
  { name: "event_time", type: timestampLtz(3) },
  { name: "reason", type: STRING },
  { name: "payload", type: { kind: "VARBINARY", length: MAX_LENGTH, nullable: true } },
];

/** Rows that came too late, and what could not be read: fed by the engine itself. */
const SYSTEM_TABLES: readonly SourceTable[] = ["headrace_late", "headrace_dead_letter"].map(
  (name) => ({
    name,
    columns: SYSTEM_COLUMNS.map((field) => ({ ...field, source: { kind: "physical" } })),
    watermark: undefined,
    options: {},
    system: true,
    position: { file: "headrace", line: 1, column: 1 },
  }),
);

/** Names to tables and views. */
export class Catalog {
  readonly #source: SourceText;
  readonly #entries = new Map<string, TableEntry | ViewEntry>();

  constructor(source: SourceText, predeclared: readonly SourceTable[]) {
    this.#source = source;
    for (const table of [...SYSTEM_TABLES, ...predeclared]) {
      this.#entries.set(table.name, { kind: "table", table, sink: undefined });
    }
  }

  /** Declares a name. With IF NOT EXISTS a second declaration is skipped; else it is refused. */
  declare(name: Identifier, entry: TableEntry | ViewEntry, ifNotExists: boolean): void {
    if (this.#entries.has(name.name)) {
      if (ifNotExists) return;
      throw this.#source.invalid(name, `${name.name} is declared already`, "Give it another name.");
    }
    this.#entries.set(name.name, entry);
  }

  /** What the name stands for. Throws SQL_INVALID for unknown names. */
  find(name: Identifier): TableEntry | ViewEntry {
    const entry = this.#entries.get(name.name);
    if (entry !== undefined) return entry;
    const hint = didYouMean(name.name, this.#entries.keys()) ?? "Declare it with CREATE TABLE.";
    throw this.#source.invalid(name, `table ${name.name} does not exist`, hint);
  }
}

/** A table as FROM sees it: its scan, and the columns with computed ones inlined (but for the rowtime). */
export function scanTable(table: SourceTable): BoundTable {
  const fields = table.columns.map(({ name, type }) => ({ name, type }));
  const relation: Relation = { kind: "scan", table, required: [], fields };
  return { relation, columns: tableColumns(table.columns, table.watermark?.column, relation) };
}

/** The columns of a table definition; `rowtime` is the index of the rowtime column. */
export function tableColumns(
  columns: readonly TableColumn[],
  rowtime: number | undefined,
  relation: Relation,
): BoundColumn[] {
  return columns.map(({ name, source }, index) => {
    const inlined: Expression | undefined =
      source.kind === "computed" && index !== rowtime ? source.expression : undefined;
    return {
      name,
      expression: inlined ?? inputRef(relation, index),
      role: index === rowtime ? "rowtime" : undefined,
    };
  });
}
