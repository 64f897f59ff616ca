// Windowing table functions: which argument is what, and the checks that Flink makes on sizes and offsets.
// The function adds window_start, window_end and window_time to the columns of its input.

import type { Field } from "../../core/types.ts";
import type { Expr, Identifier, WindowArgument, WindowTableRef } from "../ast.ts";
import type { Relation, WindowSpec } from "../plan.ts";
import type { SourceText, Span } from "../source.ts";
import { formatType, timestamp, withNullable } from "../types.ts";
import { bindLiteral } from "../literals.ts";
import {
  hasOpenWindow,
  inputRef,
  resolveColumn,
  type BoundColumn,
  type BoundTable,
} from "./scope.ts";
import { requireRuns } from "../unsupported.ts";

interface Signature {
  readonly names: readonly string[];
  readonly required: number;
}

const SIGNATURES: Readonly<Record<string, Signature>> = {
  TUMBLE: { names: ["DATA", "TIMECOL", "SIZE", "OFFSET"], required: 3 },
  HOP: { names: ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"], required: 4 },
  CUMULATE: { names: ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"], required: 4 },
  SESSION: { names: ["DATA", "TIMECOL", "GAP"], required: 3 },
};

export type BindData = (argument: WindowArgument) => BoundTable;

/** FROM TUMBLE( … ); `bindData` binds the first argument. */
export function bindWindowFunction(
  source: SourceText,
  ref: WindowTableRef,
  bindData: BindData,
): BoundTable {
  const signature = SIGNATURES[ref.name.name];
  if (signature === undefined) throw new RangeError(`no window function ${ref.name.name}`);
  checkArguments(source, ref, signature);
  const [data, descriptor, ...lengths] = ref.arguments;
  if (data === undefined || descriptor === undefined) throw new RangeError("checked above");
  const input = bindData(data);
  const timeColumn = bindTimeColumn(source, descriptor, input);
  const millis = lengths.map((argument) => bindLength(source, ref.name, argument));
  const window = windowSpec(source, { ref, millis, partition: partition(source, data, input) });
  if (hasOpenWindow(input.relation)) requireRuns(source, ref.name, "open-cascade");
  return windowTable(input, window, timeColumn);
}

function checkArguments(source: SourceText, ref: WindowTableRef, signature: Signature): void {
  const { name } = ref.name;
  const { names, required } = signature;
  const named = ref.arguments.filter((argument) => argument.name !== undefined);
  if (named.length > 0 && named.length < ref.arguments.length) {
    throw source.invalid(ref.name, "positional and named arguments cannot be mixed");
  }
  ref.arguments.forEach((argument, index) => {
    const wanted = names[index];
    if (argument.name === undefined || argument.name.name === wanted) return;
    throw source.invalid(
      argument.name,
      `argument ${index + 1} of ${name} is ${wanted ?? "one too many"}, not ${argument.name.name}`,
      `The order is ${names.join(", ")}; OFFSET needs backticks.`,
    );
  });
  const count = ref.arguments.length;
  if (count < required || count > names.length) {
    const form = names.slice(0, required).join(", ");
    const rest = names.length > required ? `[, ${names[required]}]` : "";
    throw source.invalid(ref.name, `${name} takes ${form}${rest}, not ${count} arguments`);
  }
}

/** The rowtime named by DESCRIPTOR(…), as an index into the input's fields. */
function bindTimeColumn(source: SourceText, argument: WindowArgument, input: BoundTable): number {
  const { value } = argument;
  if (value.kind !== "descriptor" || value.columns.length !== 1) {
    throw source.invalid(argument, "the second argument is DESCRIPTOR(rowtime)");
  }
  const column = resolveColumn(source, { table: input, qualifier: undefined }, value.columns);
  const { expression, role } = column;
  if ((role === "rowtime" || role === "window_time") && expression.kind === "input") {
    return expression.index;
  }
  const type = formatType(withNullable(expression.type, true));
  throw source.invalid(
    value.columns[0] ?? argument,
    `${column.name} is a ${type}, not a time attribute`,
    "Windows need the column of WATERMARK FOR, or window_time, passed on unchanged.",
  );
}

/** A literal interval in milliseconds. */
function bindLength(source: SourceText, name: Identifier, argument: WindowArgument): number {
  const { value } = argument;
  const expression: Expr | undefined = value.kind === "expression" ? value.expression : undefined;
  const bound = expression?.kind === "interval" ? bindLiteral(source, expression) : undefined;
  if (bound?.kind !== "literal" || typeof bound.value !== "number") {
    throw source.invalid(
      argument,
      `${name.name} takes literal intervals`,
      "Write INTERVAL '1' MINUTE.",
    );
  }
  if (bound.type.kind === "INTERVAL_YEAR_MONTH") {
    throw source.invalid(argument, "a window cannot be measured in months", "Use days or less.");
  }
  return bound.value;
}

function partition(source: SourceText, argument: WindowArgument, input: BoundTable): number[] {
  if (argument.value.kind !== "data") return [];
  return argument.value.partition.map((name) => {
    const { expression } = resolveColumn(source, { table: input, qualifier: undefined }, [name]);
    if (expression.kind === "input") return expression.index;
    throw source.unsupported(name, "PARTITION BY a computed column is not supported");
  });
}

interface WindowArguments {
  readonly ref: WindowTableRef;
  readonly millis: readonly number[];
  readonly partition: readonly number[];
}

function windowSpec(source: SourceText, args: WindowArguments): WindowSpec {
  const { ref, millis, partition: keys } = args;
  const { name } = ref.name;
  const [first = 0, second = 0, third = 0] = millis;
  if (keys.length > 0 && name !== "SESSION") {
    throw source.invalid(ref.name, `PARTITION BY goes with SESSION only, not with ${name}`);
  }
  const check = { source, ref };
  if (name === "SESSION") {
    positive(check, 2, first);
    return { kind: "session", gapMs: first, partition: keys };
  }
  if (name === "TUMBLE") {
    positive(check, 2, first);
    offsetWithin(check, 3, { offset: second, size: first });
    return { kind: "tumble", sizeMs: first, offsetMs: second };
  }
  positive(check, 2, first);
  positive(check, 3, second);
  if (second % first !== 0) {
    const step = name === "HOP" ? "slide" : "step";
    throw source.invalid(
      ref.arguments[3] ?? ref.name,
      `the size of ${name} must be a multiple of its ${step}`,
      `The order is ${step}, size.`,
    );
  }
  offsetWithin(check, 4, { offset: third, size: second });
  return name === "HOP"
    ? { kind: "hop", slideMs: first, sizeMs: second, offsetMs: third }
    : { kind: "cumulate", stepMs: first, sizeMs: second, offsetMs: third };
}

interface Check {
  readonly source: SourceText;
  readonly ref: WindowTableRef;
}

function positive({ source, ref }: Check, index: number, millis: number): void {
  if (millis > 0) return;
  const span: Span = ref.arguments[index] ?? ref.name;
  throw source.invalid(span, "the length of a window must be positive");
}

function offsetWithin(
  { source, ref }: Check,
  index: number,
  lengths: { readonly offset: number; readonly size: number },
): void {
  if (Math.abs(lengths.offset) < lengths.size) return;
  const span: Span = ref.arguments[index] ?? ref.name;
  throw source.invalid(span, "the offset of a window must be shorter than the window");
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
    role: column.role === "rowtime" || column.role === "window_time" ? "rowtime" : undefined,
  }));
  const roles = ["window_start", "window_end", "window_time"] as const;
  const columns = roles.map((role, index): BoundColumn => ({
    name: role,
    role,
    expression: inputRef(relation, width + index),
  }));
  return { relation, columns: [...inherited, ...columns] };
}
