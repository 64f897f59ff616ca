// Windowing table functions: which argument is what, and the checks that Flink makes on sizes and offsets.
// The function adds window_start, window_end and window_time to the columns of its input.

import type { Field } from "../../core/types.ts";
import type { Expr, WindowArgument, WindowTableRef } from "../ast.ts";
import type { Relation, WindowSpec } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { formatType, timestamp, withNullable } from "../types.ts";
import {
  inheritedRole,
  inputRef,
  materialize,
  resolveColumn,
  type BoundColumn,
  type BoundTable,
} from "./scope.ts";
import { windowArguments } from "./window-arguments.ts";
import { bindLength, windowSpec } from "./window-lengths.ts";
import { isOpenWindow } from "./window-origin.ts";
import { requireRuns } from "../unsupported.ts";

export type BindData = (argument: WindowArgument) => BoundTable;

/** FROM TUMBLE( … ); `bindData` binds the first argument. */
export function bindWindowFunction(
  source: SourceText,
  ref: WindowTableRef,
  bindData: BindData,
): BoundTable {
  const [data, descriptor, ...lengths] = windowArguments(source, ref);
  if (data === undefined || descriptor === undefined) throw new RangeError("checked above");
  const isPartitioned = data.value.kind === "data" && data.value.partition.length > 0;
  if (isPartitioned && ref.name.name !== "SESSION") {
    throw source.invalid(
      ref.name,
      `PARTITION BY goes with SESSION only, not with ${ref.name.name}`,
      "Leave it out, and add the key to GROUP BY.",
    );
  }
  const bound = bindData(data);
  const keys = isPartitioned ? partition(source, data, bound) : [];
  // A session looks its key up in the row, where a computed column is not. And a column that has two names is two to
  // Flink: the average of one is not that of the key that the other one is.
  const isComputed = keys.some(({ expression }) => expression.kind !== "input");
  const input = isComputed || hasTwoNames(bound) ? materialize(bound) : bound;
  const timeColumn = bindTimeColumn(source, descriptor, input);
  refuseUnion(source, data);
  const millis = lengths.map((argument) => bindLength(source, ref.name, lengthOf(argument)));
  const window = windowSpec(source, ref.name, millis, "function");
  if (window.kind !== "session") return windowTable(input, window, timeColumn);
  const isWindowTime = input.columns.some(
    ({ role, expression }) =>
      role === "window_time" && expression.kind === "input" && expression.index === timeColumn,
  );
  if (isWindowTime && isOpenWindow(input.relation)) {
    requireRuns(source, ref.name, "session-of-open-window");
  }
  const fields = input === bound ? keys : partition(source, data, input);
  return windowTable(input, { ...window, partition: fields.map(fieldIndex) }, timeColumn);
}

function hasTwoNames({ columns }: BoundTable): boolean {
  const fields = columns.flatMap(({ expression }) =>
    expression.kind === "input" ? [expression.index] : [],
  );
  return new Set(fields).size < fields.length;
}

/** As Flink plans it, all inputs but the first would be lost. */
function refuseUnion(source: SourceText, { value }: WindowArgument): void {
  const query =
    value.kind === "data" && value.table.kind === "derived" ? value.table.query : undefined;
  const body = query?.kind === "with" ? query.body : query;
  if (body?.kind !== "union") return;
  throw source.unsupported(
    body.inputs[1] ?? body,
    "Flink reads only the first input of a UNION ALL that stands in a windowing table function",
    "Write (SELECT * FROM (… UNION ALL …)), or make it a view.",
  );
}

function lengthOf(argument: WindowArgument): { expression: Expr | undefined; span: Span } {
  const { value } = argument;
  return { expression: value.kind === "expression" ? value.expression : undefined, span: argument };
}

/** The rowtime named by DESCRIPTOR(…), as an index into the input's fields. */
function bindTimeColumn(source: SourceText, argument: WindowArgument, input: BoundTable): number {
  const { value } = argument;
  if (value.kind !== "descriptor") {
    throw source.invalid(
      argument,
      "the second argument is DESCRIPTOR(rowtime)",
      "Write DESCRIPTOR(ts) with the column of WATERMARK FOR.",
    );
  }
  if (value.columns.length !== 1) {
    throw source.unsupported(argument, "a window goes by one column", "Write DESCRIPTOR(rowtime).");
  }
  const column = resolveColumn(source, { table: input, qualifier: undefined }, value.columns);
  const { expression, role } = column;
  if ((role === "rowtime" || role === "window_time") && expression.kind === "input") {
    return expression.index;
  }
  const type = formatType(withNullable(expression.type, true));
  throw source.invalid(
    value.columns[0] ?? argument,
    `${column.name} is ${type}, not a time attribute`,
    "Windows need the column of WATERMARK FOR, or window_time, passed on unchanged.",
  );
}

/** The columns of PARTITION BY. */
function partition(
  source: SourceText,
  argument: WindowArgument,
  table: BoundTable,
): readonly BoundColumn[] {
  if (argument.value.kind !== "data") return [];
  const scope = { table, qualifier: undefined };
  return argument.value.partition.map((name) => resolveColumn(source, scope, [name]));
}

function fieldIndex({ expression }: BoundColumn): number {
  if (expression.kind !== "input") throw new RangeError("a materialized table has plain columns");
  return expression.index;
}

/** Older window columns become ordinary ones; an older window_time stays a time attribute. */
function windowTable(input: BoundTable, window: WindowSpec, timeColumn: number): BoundTable {
  const kind = input.relation.fields[timeColumn]?.type.kind ?? "TIMESTAMP";
  const bound = withNullable(timestamp(3), false);
  const time =
    kind === "TIMESTAMP_LTZ" ? ({ kind, precision: 3, nullable: false } as const) : bound;
  const added: readonly Field[] = [
    { name: "window_start", type: bound },
    { name: "window_end", type: bound },
    { name: "window_time", type: time },
  ];
  const fields = [...input.relation.fields, ...added];
  const relation: Relation = { kind: "window", input: input.relation, window, timeColumn, fields };
  const width = input.relation.fields.length;
  const inherited = input.columns.map((column): BoundColumn => ({
    ...column,
    role: inheritedRole(column),
  }));
  const roles = ["window_start", "window_end", "window_time"] as const;
  const columns = roles.map((role, index): BoundColumn => ({
    name: role,
    role,
    expression: inputRef(relation, width + index),
  }));
  return { relation, columns: [...inherited, ...columns] };
}
