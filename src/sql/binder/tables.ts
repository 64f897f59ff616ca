// CREATE TABLE: columns, computed columns, the rowtime and its watermark, the primary key.

import type { Field, SqlType } from "../../core/types.ts";
import type { ColumnDefinition, CreateTable, Identifier } from "../ast.ts";
import type { Expression, SourceTable, TableColumn } from "../plan.ts";
import { didYouMean, type SourceText } from "../source.ts";
import { bindOptions } from "./options.ts";
import type { OptionContent } from "./options.ts";
import { formatType, isTimestamp, withNullable } from "../types.ts";
import { tableColumns, type TableEntry } from "./catalog.ts";
import { ExpressionBinder, refuseBareNull } from "./expressions.ts";
import {
  isProcessingTime,
  processingTimesOf,
  refuseProcessingTime,
  withProcessingTimes,
  type ProcessingTime,
} from "./processing-time.ts";
import type { BoundTable, Scope } from "./scope.ts";
import { checkWatermarkOptions } from "./watermark-options.ts";

/** The table that a CREATE TABLE declares, as a source and as a sink. `content`: of the files that options name. */
export function bindCreateTable(
  source: SourceText,
  statement: CreateTable,
  content: OptionContent | undefined,
): TableEntry {
  refuseDuplicates(source, statement.columns);
  checkPrimaryKey(source, statement);
  const processingTimes = processingTimesOf(statement.columns);
  const definitions = statement.columns.filter((column) => !isProcessingTime(column));
  const keys = new Set(statement.primaryKey.map((key) => key.name));
  const scope = physicalScope(definitions, processingTimes);
  const columns = withRowtime(bindColumns(source, definitions, { keys, scope }), statement);
  checkWatermarkOptions(source, statement, columns);
  const { options, places } = bindOptions(source, statement.options, content);
  const table: SourceTable = {
    name: statement.name.name,
    columns,
    watermark: bindWatermark(source, statement, { columns, processingTimes }),
    options,
    system: false,
    position: source.position(statement.name),
    places,
  };
  const sink = {
    name: table.name,
    columns: sinkColumns(definitions, columns),
    options,
    position: table.position,
    places,
  };
  return { kind: "table", table, processingTimes, sink };
}

function refuseDuplicates(source: SourceText, columns: readonly ColumnDefinition[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.name)) throw source.invalid(name, `column ${name.name} is declared twice`);
    seen.add(name.name);
  }
}

function checkPrimaryKey(source: SourceText, statement: CreateTable): void {
  for (const key of statement.primaryKey) {
    const column = statement.columns.find((each) => each.name.name === key.name);
    if (column === undefined) throw unknownColumn(source, key, statement);
    if (column.kind !== "physical") {
      throw source.invalid(key, "a PRIMARY KEY consists of physical columns only");
    }
  }
  const [first] = statement.primaryKey;
  if (first !== undefined && statement.options.get("connector")?.value === "kafka") {
    throw source.invalid(
      first,
      "a table with the connector kafka has no PRIMARY KEY: it only appends",
      "Use 'key.fields' to set the message key.",
    );
  }
}

function unknownColumn(source: SourceText, name: Identifier, statement: CreateTable): Error {
  const names = statement.columns.map((column) => column.name.name);
  const hint = didYouMean(name.name, names) ?? `Columns are ${names.join(", ")}.`;
  return source.invalid(name, `column ${name.name} does not exist`, hint);
}

/** Computed columns read physical and metadata columns, never other computed ones (as in Flink). */
function bindColumns(
  source: SourceText,
  definitions: readonly ColumnDefinition[],
  { keys, scope }: { readonly keys: ReadonlySet<string>; readonly scope: Scope },
): TableColumn[] {
  const binder = new ExpressionBinder({ source, scope, clause: "a computed column" });
  return definitions.map((definition): TableColumn => {
    const { name } = definition.name;
    switch (definition.kind) {
      case "computed": {
        const expression = binder.bind(definition.expression);
        refuseBareNull(source, definition.expression, expression);
        return { name, type: expression.type, source: { kind: "computed", expression } };
      }
      case "metadata":
        return {
          name,
          type: definition.type,
          source: { kind: "metadata", key: definition.key ?? name },
        };
      default: {
        const type = keys.has(name) ? withNullable(definition.type, false) : definition.type;
        return { name, type, source: { kind: "physical" } };
      }
    }
  });
}

/** A rowtime has three fraction digits, however many its declaration says. */
function withRowtime(columns: readonly TableColumn[], { watermark }: CreateTable): TableColumn[] {
  return columns.map((column) => {
    const { type } = column;
    const isRowtime = column.name === watermark?.column.name;
    return isRowtime && (type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ")
      ? { ...column, type: { ...type, precision: Math.max(3, type.precision) } }
      : column;
  });
}

/** Columns that computed columns can read, at their index in the table. */
function physicalScope(
  definitions: readonly ColumnDefinition[],
  processingTimes: readonly ProcessingTime[],
): Scope {
  const columns = definitions.flatMap((definition, index) =>
    definition.kind === "computed"
      ? []
      : [
          {
            name: definition.name.name,
            expression: { kind: "input", index, type: definition.type } satisfies Expression,
            role: undefined,
          },
        ],
  );
  const table = withoutRelation(withProcessingTimes(columns, processingTimes));
  return { table, qualifier: undefined };
}

/** Expressions inside a table definition refer to its columns, not to a relation. */
function withoutRelation(
  columns: BoundTable["columns"],
  fields: readonly Field[] = [],
): BoundTable {
  return { relation: { kind: "union", inputs: [], fields }, columns };
}

interface DeclaredColumns {
  readonly columns: readonly TableColumn[];
  readonly processingTimes: readonly ProcessingTime[];
}

function bindWatermark(
  source: SourceText,
  statement: CreateTable,
  { columns, processingTimes }: DeclaredColumns,
): SourceTable["watermark"] {
  const { watermark } = statement;
  if (watermark === undefined) return undefined;
  const { name: rowtime } = watermark.column;
  if (processingTimes.some((time) => time.name === rowtime)) {
    throw refuseProcessingTime(source, watermark.column, rowtime);
  }
  const index = columns.findIndex((column) => column.name === rowtime);
  const column = columns[index];
  if (column === undefined) throw unknownColumn(source, watermark.column, statement);
  checkRowtime(source, watermark.column, column.type);
  const fields = columns.map(({ name, type }) => ({ name, type }));
  const table = withoutRelation([], fields);
  // The rowtime is an ordinary value here: there is no watermark yet to ask for.
  const values = tableColumns(columns, { rowtime: index, device: -1 }, table.relation).map(
    (each) => ({ ...each, role: undefined }),
  );
  const scope: Scope = {
    table: { ...table, columns: withProcessingTimes(values, processingTimes) },
    qualifier: undefined,
  };
  const binder = new ExpressionBinder({ source, scope, clause: "WATERMARK" });
  const expression = binder.bind(watermark.expression);
  if (expression.type.kind !== column.type.kind || precisionOf(expression.type) > 3) {
    const wanted = formatType(withNullable(column.type, true));
    const found = formatType(withNullable(expression.type, true));
    throw source.invalid(
      watermark.expression,
      `the watermark must be a ${wanted} as the rowtime is, not ${found}`,
    );
  }
  return { column: index, expression };
}

function precisionOf(type: SqlType): number {
  return "precision" in type ? type.precision : 0;
}

function checkRowtime(source: SourceText, name: Identifier, type: SqlType): void {
  if (isTimestamp(type) && precisionOf(type) <= 3) return;
  throw source.invalid(
    name,
    `the rowtime must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p up to 3, not ${formatType(type)}`,
    type.kind === "BIGINT"
      ? "Add a computed column: event_time AS TO_TIMESTAMP_LTZ(ts, 3)."
      : "TIMESTAMP without a precision is TIMESTAMP(6): write TIMESTAMP(3).",
  );
}

function sinkColumns(
  definitions: readonly ColumnDefinition[],
  columns: readonly TableColumn[],
): Field[] {
  return columns.flatMap(({ name, type }, index) => {
    const definition = definitions[index];
    const written =
      definition?.kind === "physical" || (definition?.kind === "metadata" && !definition.virtual);
    return written ? [{ name, type }] : [];
  });
}
