// The tables and views of one file. Each file is a namespace of its own; the system tables and the tables
// that device profiles declare are in every one of them.

import { MAX_LENGTH, type Field, type SqlType } from "../../core/types.ts";
import type { Identifier } from "../ast.ts";
import type { Expression, Relation, SinkTable, SourceTable, TableColumn } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { timestampLtz } from "../types.ts";
import { withProcessingTimes, type ProcessingTime } from "./processing-time.ts";
import { inputRef, type BoundColumn, type BoundTable } from "./scope.ts";

export interface TableEntry {
  readonly kind: "table";
  readonly table: SourceTable;
  readonly processingTimes: readonly ProcessingTime[];
  /** What INSERT INTO writes: no computed and no virtual columns; undefined for read-only tables. */
  readonly sink: SinkTable | undefined;
}

export interface ViewEntry {
  readonly kind: "view";
  readonly bound: BoundTable;
}

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };

/** Columns of each of the system tables. */
const SYSTEM_COLUMNS: readonly Field[] = [
  { name: "rule", type: STRING },
  { name: "table", type: STRING },
  { name: "topic", type: STRING },
  { name: "receive_time", type: timestampLtz(3) },
  { name: "event_time", type: timestampLtz(3) },
  { name: "reason", type: STRING },
  { name: "payload", type: { kind: "VARBINARY", length: MAX_LENGTH, nullable: true } },
];

/**
 * Rows that came too late, what could not be read, and what a restored disk image does not send again: fed by the
 * engine itself.
 */
const SYSTEM_TABLES: readonly SourceTable[] = [
  "headrace_late",
  "headrace_dead_letter",
  "headrace_rollback",
].map((name) => ({
  name,
  columns: SYSTEM_COLUMNS.map((field) => ({ ...field, source: { kind: "physical" } })),
  watermark: undefined,
  options: {},
  system: true,
  position: { file: "headrace", line: 1, column: 1 },
}));

/** Names to tables and views. */
export class Catalog {
  readonly #source: SourceText;
  readonly #entries = new Map<string, TableEntry | ViewEntry>();
  /** Names of CREATE TABLE, in text order. */
  readonly declaredTables: string[] = [];

  constructor(source: SourceText, predeclared: readonly SourceTable[]) {
    this.#source = source;
    for (const table of [...SYSTEM_TABLES, ...predeclared]) {
      this.#entries.set(table.name, {
        kind: "table",
        table,
        processingTimes: [],
        sink: undefined,
      });
    }
  }

  /** Declares a name. With IF NOT EXISTS a second declaration is skipped; else it is refused. */
  declare(name: Identifier, entry: TableEntry | ViewEntry, ifNotExists: boolean): void {
    if (this.#entries.has(name.name)) {
      if (ifNotExists) return;
      throw this.#source.invalid(name, `${name.name} is declared already`, "Give it another name.");
    }
    this.#entries.set(name.name, entry);
    if (entry.kind === "table") this.declaredTables.push(name.name);
  }

  /** What the name stands for. Throws SQL_INVALID for unknown names. */
  find(name: Identifier): TableEntry | ViewEntry {
    const entry = this.#entries.get(name.name);
    if (entry !== undefined) return entry;
    const hint = didYouMean(name.name, this.#entries.keys()) ?? "Declare it with CREATE TABLE.";
    throw this.#source.invalid(name, `table ${name.name} does not exist`, hint);
  }
}

/**
 * A table as FROM sees it: its scan, and the columns with computed ones inlined, but for the rowtime and the one that
 * names devices: by them the rest of the plan is recognized.
 */
export function scanTable({
  table,
  processingTimes,
}: Pick<TableEntry, "table" | "processingTimes">): BoundTable {
  const fields = table.columns.map(({ name, type }) => ({ name, type }));
  const relation: Relation = { kind: "scan", table, required: [], parts: [], fields };
  const device = table.columns.findIndex(({ name }) => name === table.options["watermark.per"]);
  const kept = { rowtime: table.watermark?.column, device };
  const columns = tableColumns(table.columns, kept, relation);
  return { relation, columns: withProcessingTimes(columns, processingTimes) };
}

/** The columns of a table definition. `kept` are the indexes of columns that are not inlined. */
export function tableColumns(
  columns: readonly TableColumn[],
  { rowtime, device }: { readonly rowtime: number | undefined; readonly device: number },
  relation: Relation,
): BoundColumn[] {
  return columns.map(({ name, source }, index) => {
    const isInlined = source.kind === "computed" && index !== rowtime && index !== device;
    const inlined: Expression | undefined = isInlined ? source.expression : undefined;
    return {
      name,
      expression: inlined ?? inputRef(relation, index),
      role: index === rowtime ? "rowtime" : undefined,
    };
  });
}
