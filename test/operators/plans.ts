// Plans and batches by hand, for tests of the operators alone.

import { NULL, VALUE, WIDE, newColumn } from "../../src/core/row-batch.ts";
import type { RowBatch } from "../../src/core/row-batch.ts";
import { MAX_LENGTH, columnLayout } from "../../src/core/types.ts";
import type { Field, SqlType, SqlValue } from "../../src/core/types.ts";
import type {
  AggregateCall,
  Expression,
  Query,
  Relation,
  ScanRelation,
  SourceTable,
  TableColumn,
  WindowAggregateRelation,
  WindowProperty,
  WindowSpec,
} from "../../src/sql/plan.ts";

const POSITION = { file: "test.sql", line: 1, column: 1 };

export const INT: SqlType = { kind: "INTEGER", nullable: true };
export const BIGINT: SqlType = { kind: "BIGINT", nullable: true };
export const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };
export const BOOLEAN: SqlType = { kind: "BOOLEAN", nullable: true };
export const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
export const TS3: SqlType = { kind: "TIMESTAMP", precision: 3, nullable: true };
export const DAY_TIME: SqlType = { kind: "INTERVAL_DAY_TIME", nullable: false };

export function decimal(precision: number, scale: number): SqlType {
  return { kind: "DECIMAL", precision, scale, nullable: true };
}

export function literal(value: SqlValue, type: SqlType): Expression {
  return { kind: "literal", value, type };
}

export function input(index: number, type: SqlType): Expression {
  return { kind: "input", index, type };
}

export function call(name: string, type: SqlType, ...parts: readonly Expression[]): Expression {
  return { kind: "call", function: name, arguments: parts, type };
}

export function cast(value: Expression, type: SqlType, isTry = false): Expression {
  return { kind: "cast", input: value, try: isTry, type };
}

/** A table; with `rowtime`, its watermark is that column minus `delayMs`. */
export function table(
  fields: Readonly<Record<string, SqlType>>,
  rowtime?: { readonly column: string; readonly delayMs: number },
): SourceTable {
  const columns = Object.entries(fields).map(([name, type]): TableColumn => ({
    name,
    type,
    source: { kind: "physical" },
  }));
  const index = columns.findIndex(({ name }) => name === rowtime?.column);
  const type = columns[index]?.type;
  return {
    name: "t",
    columns,
    watermark:
      rowtime === undefined || type === undefined
        ? undefined
        : {
            column: index,
            expression: call("-", type, input(index, type), literal(rowtime.delayMs, DAY_TIME)),
          },
    options: {},
    system: false,
    position: POSITION,
  };
}

export function scan(source: SourceTable): ScanRelation {
  return {
    kind: "scan",
    table: source,
    required: source.columns.map((_, index) => index),
    parts: [],
    fields: source.columns.map(({ name, type }) => ({ name, type })),
  };
}

/** The column of a relation by name. */
export function column(relation: Relation, name: string): Expression {
  const index = relation.fields.findIndex((field) => field.name === name);
  const type = relation.fields[index]?.type;
  if (type === undefined) throw new RangeError(`no column ${name}`);
  return input(index, type);
}

export function project(
  from: Relation,
  expressions: Readonly<Record<string, Expression>>,
): Relation {
  return {
    kind: "project",
    input: from,
    expressions: Object.values(expressions),
    fields: fieldsOf(expressions),
  };
}

export function filter(from: Relation, condition: Expression): Relation {
  return { kind: "filter", input: from, condition, fields: from.fields };
}

export function aggregate(
  name: string,
  type: SqlType,
  options: {
    readonly of?: Expression;
    readonly distinct?: boolean;
    readonly filter?: Expression;
  } = {},
): AggregateCall {
  return {
    function: name,
    arguments: options.of === undefined ? [] : [options.of],
    distinct: options.distinct ?? false,
    filter: options.filter,
    type,
  };
}

export interface GroupOptions {
  readonly window: WindowSpec;
  readonly time: string;
  readonly keys: readonly string[];
  readonly aggregates: readonly AggregateCall[];
  readonly properties?: readonly WindowProperty[];
}

export function groupBy(from: Relation, options: GroupOptions): WindowAggregateRelation {
  const properties = options.properties ?? ["window_start", "window_end"];
  const keys = options.keys.map((name) => column(from, name));
  return {
    kind: "window-aggregate",
    input: from,
    windowing: {
      kind: "assign",
      window: options.window,
      timeColumn: from.fields.findIndex((field) => field.name === options.time),
    },
    keys,
    groupingSets: [keys.map((_, index) => index)],
    aggregates: options.aggregates,
    properties,
    fields: [
      ...options.keys.map((name, index) => ({ name, type: keys[index]?.type ?? INT })),
      ...options.aggregates.map(({ type }, index) => ({ name: `a${index}`, type })),
      ...properties.map((name) => ({ name, type: TS3 })),
    ],
  };
}

export function query(root: Relation): Query {
  return { sink: undefined, root, columns: root.fields, position: POSITION, edgeOnly: [] };
}

/** A batch of rows in column order. */
export function batchOf(source: SourceTable, rows: readonly (readonly SqlValue[])[]): RowBatch {
  const columns = source.columns.map(({ type }) => newColumn(columnLayout(type), rows.length));
  for (const [index, values] of rows.entries()) {
    for (const [at, target] of columns.entries()) {
      const value = values[at] ?? null;
      if (target.layout === "value") {
        target.values[index] = value;
      } else if (typeof value === "bigint") {
        target.state[index] = WIDE;
        target.wide.set(index, value);
      } else {
        target.state[index] = value === null ? NULL : VALUE;
        target.values[index] = Number(value);
      }
    }
  }
  return {
    count: rows.length,
    columns,
    origin: Uint32Array.from(rows, (_, index) => index),
    skip: new Uint8Array(rows.length),
    messages: {
      topic: () => "",
      receiveTimeMs: () => 0,
      payload: () => new Uint8Array(),
    },
  };
}

function fieldsOf(expressions: Readonly<Record<string, Expression>>): Field[] {
  return Object.entries(expressions).map(([name, { type }]) => ({ name, type }));
}
