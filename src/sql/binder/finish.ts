// The last step of a query: its columns become a relation, unsupported shapes are refused, and every scan
// learns which columns are read.

import type { Expression, Relation, SourceTable } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { collectInputs, hasOpenWindow, materialize, type BoundTable } from "./scope.ts";
import { requireRuns } from "../unsupported.ts";

/** A query's plan: all columns computed, `required` of its scans filled in. */
export function finishQuery(source: SourceText, span: Span, table: BoundTable): Relation {
  refuseSeveralRowtimes(source, span, table);
  const relation = withNames(materialize(table).relation, table);
  if (hasOpenWindow(relation, "session")) requireRuns(source, span, "bare-session");
  return withRequired(
    relation,
    relation.fields.map((_, index) => index),
  );
}

/** A result whose columns are the operator's own fields needs no projection, but its names. */
function withNames(relation: Relation, table: BoundTable): Relation {
  const fields = table.columns.map(({ name, expression }) => ({ name, type: expression.type }));
  return { ...relation, fields };
}

/** Flink refuses to write rows with two time attributes: it could not tell which one is the row's time. */
function refuseSeveralRowtimes(source: SourceText, span: Span, table: BoundTable): void {
  const attributes = table.columns.filter(
    (column) => column.role === "rowtime" || column.role === "window_time",
  );
  if (attributes.length < 2) return;
  const names = attributes.map((column) => column.name).join(", ");
  throw source.invalid(
    span,
    `the result has more than one rowtime attribute: ${names}`,
    "CAST all but one AS TIMESTAMP(3), or leave them out.",
  );
}

/** The relation with its scans' `required` set to what `needed` fields of it lead back to. */
function withRequired(relation: Relation, needed: readonly number[]): Relation {
  switch (relation.kind) {
    case "scan":
      return { ...relation, required: scanColumns(relation.table, needed) };
    case "filter":
      return {
        ...relation,
        input: withRequired(relation.input, [...needed, ...inputsOf([relation.condition])]),
      };
    case "project": {
      const read = needed.flatMap((index) => relation.expressions[index] ?? []);
      return { ...relation, input: withRequired(relation.input, inputsOf(read)) };
    }
    case "window": {
      const passed = needed.filter((index) => index < relation.input.fields.length);
      return {
        ...relation,
        input: withRequired(relation.input, [...passed, ...windowInputs(relation)]),
      };
    }
    case "window-aggregate": {
      const calls = relation.aggregates.flatMap(({ arguments: args, filter }) =>
        filter === undefined ? args : [...args, filter],
      );
      const read = [...inputsOf([...relation.keys, ...calls]), ...aggregateInputs(relation)];
      return { ...relation, input: withRequired(relation.input, read) };
    }
    default:
      return { ...relation, inputs: relation.inputs.map((input) => withRequired(input, needed)) };
  }
}

function windowInputs(relation: Relation & { kind: "window" }): number[] {
  const { window, timeColumn } = relation;
  return window.kind === "session" ? [timeColumn, ...window.partition] : [timeColumn];
}

function aggregateInputs({ windowing }: Relation & { kind: "window-aggregate" }): number[] {
  if (windowing.kind === "attached") return [windowing.startColumn, windowing.endColumn];
  const { window, timeColumn } = windowing;
  return window.kind === "session" ? [timeColumn, ...window.partition] : [timeColumn];
}

function inputsOf(expressions: readonly Expression[]): number[] {
  const inputs = new Set<number>();
  for (const expression of expressions) collectInputs(expression, inputs);
  return [...inputs];
}

/** Columns to read from a table: those needed, the rowtime, identity, and what computing them reads. */
function scanColumns(table: SourceTable, needed: readonly number[]): number[] {
  const required = new Set(needed);
  const { watermark, columns, options } = table;
  if (watermark !== undefined) {
    required.add(watermark.column);
    collectInputs(watermark.expression, required);
  }
  columns.forEach((column, index) => {
    const identity = [options["identity.key"], options["identity.sequence"]].includes(column.name);
    if (identity) required.add(index);
  });
  // A set visits what is added on the way; computed columns read physical ones, so that it ends.
  for (const index of required) {
    const column = columns[index];
    if (column?.source.kind === "computed") collectInputs(column.source.expression, required);
  }
  return [...required].sort((left, right) => left - right);
}

/** The tables that a plan reads, in the order of their first scan. */
export function scannedTables(relation: Relation): SourceTable[] {
  switch (relation.kind) {
    case "scan":
      return [relation.table];
    case "union":
      return relation.inputs.flatMap(scannedTables);
    default:
      return scannedTables(relation.input);
  }
}
