// A query's plan as a tree to read: from the sink down to the tables. Plain data, the same for people and for --json.

import type { SqlType } from "../../core/types.ts";
import type {
  AggregateCall,
  Query,
  Relation,
  ScanRelation,
  SortRelation,
  WindowAggregateRelation,
  WindowSpec,
} from "../plan.ts";
import { scannedTables } from "../binder/finish.ts";
import { formatType } from "../types.ts";
import { durationText, expressionText } from "./expression-text.ts";

/** One operator. `details` are lines of name and value, in the order in which they are read. */
export interface ExplainedOperator {
  readonly operator: string;
  readonly details: Readonly<Record<string, string | readonly string[]>>;
  /** What a grouping will hold; absent for what holds nothing. */
  readonly state?: ExplainedState;
  readonly inputs: readonly ExplainedOperator[];
}

/** Estimated bytes of a key: besides its values once, and in each of its open windows, which consist of panes. */
export interface ExplainedState {
  readonly perKeyBytes: number;
  readonly perPaneBytes: number;
  readonly panesPerWindow: number;
  /** Aggregates that hold more with every value. */
  readonly growing: readonly string[];
}

/** One query: a bare SELECT, or an INSERT with its sink. */
export interface ExplainedQuery {
  readonly line: number;
  readonly sink: { readonly table: string; readonly connector: string | undefined } | undefined;
  readonly columns: readonly string[];
  /** Why it is edge-only semantics; empty: it is plain Flink. */
  readonly edgeOnly: readonly string[];
  readonly plan: ExplainedOperator;
}

export interface DescribeOptions {
  /** The state of a grouping; `growing` are positions of aggregates. */
  readonly state: (
    relation: WindowAggregateRelation,
  ) => Omit<ExplainedState, "growing"> & { readonly growing: readonly number[] };
  /** How many scans of all queries read each table, by its name. */
  readonly readers: ReadonlyMap<string, number>;
}

/** How often each table is read by the queries, by its name. */
export function readersOf(queries: readonly Query[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const { name } of queries.flatMap(({ root }) => scannedTables(root))) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return readers;
}

/** Describes a query. */
export function describeQuery(query: Query, options: DescribeOptions): ExplainedQuery {
  const { sink, root, columns, position, edgeOnly } = query;
  return {
    line: position.line,
    sink: sink && { table: sink.name, connector: sink.options["connector"] },
    columns: columns.map(({ name, type }) => `${name} ${formatType(type)}`),
    edgeOnly,
    plan: describe(root, options),
  };
}

function describe(relation: Relation, options: DescribeOptions): ExplainedOperator {
  const inputs = (relation.kind === "scan" ? [] : inputsOf(relation)).map((input) =>
    describe(input, options),
  );
  switch (relation.kind) {
    case "scan":
      return {
        operator: `scan ${relation.table.name}`,
        details: scanDetails(relation, options),
        inputs,
      };
    case "filter":
      return {
        operator: `filter ${expressionText(relation.condition, namesOf(relation.input))}`,
        details: {},
        inputs,
      };
    case "project": {
      const names = namesOf(relation.input);
      const columns = relation.expressions.map((expression, index) => {
        const text = expressionText(expression, names);
        const name = relation.fields[index]?.name ?? "";
        return text === name ? name : `${name} = ${text}`;
      });
      return { operator: "project", details: { columns }, inputs };
    }
    case "window": {
      const time = namesOf(relation.input)[relation.timeColumn] ?? "";
      return { operator: `window ${windowText(relation.window)} on ${time}`, details: {}, inputs };
    }
    case "window-aggregate":
      return {
        operator: aggregateTitle(relation),
        details: aggregateDetails(relation),
        state: stateOf(relation, options),
        inputs,
      };
    case "union":
      return { operator: "union all", details: {}, inputs };
    case "sort":
      return { operator: sortTitle(relation), details: {}, inputs };
    case "limit": {
      const { count, offset } = relation;
      const after = offset === 0 ? "" : ` after ${offset}`;
      return { operator: `first ${count} rows${after}`, details: {}, inputs };
    }
  }
}

function sortTitle({ input, timeColumn, keys }: SortRelation): string {
  const names = namesOf(input);
  const more = keys.map(({ expression, descending }) => {
    return `, ${expressionText(expression, names)}${descending ? " DESC" : ""}`;
  });
  return `sort by ${names[timeColumn] ?? ""}${more.join("")}`;
}

function inputsOf(relation: Exclude<Relation, { kind: "scan" }>): readonly Relation[] {
  return relation.kind === "union" ? relation.inputs : [relation.input];
}

/** Longer ones are known by their beginning. */
const NAME_CHARACTERS = 60;

/** What its columns are called above: groups' columns by what they are, the others by their names. */
function namesOf(relation: Relation): string[] {
  switch (relation.kind) {
    case "filter":
    case "sort":
    case "limit":
      return namesOf(relation.input);
    case "window-aggregate": {
      const names = namesOf(relation.input);
      const { keys, groupingSets, aggregates, properties } = relation;
      const set = groupingSets.length > 1 ? ["GROUPING SET"] : [];
      return [
        ...keys.map((key) => expressionText(key, names)),
        ...set,
        ...aggregates.map((call) => callText(call, names)),
        ...properties,
      ].map((name) =>
        name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS)}…` : name,
      );
    }
    default:
      return relation.fields.map(({ name }) => name);
  }
}

function scanDetails(
  { table, required, parts }: ScanRelation,
  { readers }: DescribeOptions,
): ExplainedOperator["details"] {
  const stored = table.columns.flatMap(({ name, source }, index) =>
    source.kind === "computed" ? [] : [{ name, index, isRead: required.includes(index) }],
  );
  const names = table.columns.map(({ name }) => name);
  const computed = table.columns.flatMap(({ name, source }, index) =>
    source.kind === "computed" && required.includes(index)
      ? [`${name} = ${expressionText(source.expression, names)}`]
      : [],
  );
  const skipped = stored.flatMap(({ name, isRead }) => (isRead ? [] : [name]));
  const identity = [table.options["identity.key"], table.options["identity.sequence"]];
  const device = table.options["watermark.per"];
  const times = readers.get(table.name) ?? 1;
  return {
    decoded: stored.flatMap(({ name, index, isRead }) => {
      const part = parts.find(({ column }) => column === index);
      if (part === undefined) return isRead ? [name] : [];
      return part.paths.map((path) => fieldName(name, table.columns[index]?.type, path));
    }),
    ...(skipped.length === 0 ? {} : { "not decoded": skipped }),
    ...(computed.length === 0 ? {} : { computed }),
    watermark:
      table.watermark === undefined
        ? "none: no event time"
        : expressionText(table.watermark.expression, names),
    ...(device === undefined ? {} : { "watermark per": device }),
    ...(identity[0] === undefined ? {} : { identity: identity.flatMap((name) => name ?? []) }),
    ...(times > 1 ? { shared: `read once for ${times} scans` } : {}),
  };
}

/** `column.field.field`. */
function fieldName(name: string, type: SqlType | undefined, path: readonly number[]): string {
  const [index, ...rest] = path;
  if (index === undefined || type?.kind !== "ROW") return name;
  const field = type.fields[index];
  return fieldName(`${name}.${field?.name ?? ""}`, field?.type, rest);
}

function aggregateTitle({ windowing, input }: WindowAggregateRelation): string {
  const names = namesOf(input);
  if (windowing.kind === "attached") return "aggregate over the windows of the rows";
  return `aggregate ${windowText(windowing.window)} on ${names[windowing.timeColumn] ?? ""}`;
}

function aggregateDetails(relation: WindowAggregateRelation): ExplainedOperator["details"] {
  const { keys, groupingSets, setConditions, aggregates, properties, input } = relation;
  const names = namesOf(input);
  const keyTexts = keys.map((key) => expressionText(key, names));
  const sets = groupingSets.map((set, index) => {
    const condition = setConditions?.[index];
    const where = condition && ` where ${expressionText(condition, names)}`;
    return `(${set.map((key) => keyTexts[key] ?? "").join(", ")})${where ?? ""}`;
  });
  return {
    keys: keyTexts.length === 0 ? "none: one group a window" : keyTexts,
    ...(groupingSets.length > 1 ? { "grouping sets": sets } : {}),
    aggregates: aggregates.map((call) => callText(call, names)),
    ...(properties.length === 0 ? {} : { "window columns": properties }),
  };
}

function stateOf(relation: WindowAggregateRelation, { state }: DescribeOptions): ExplainedState {
  const names = namesOf(relation.input);
  const { growing, ...bytes } = state(relation);
  const calls = growing.map((index) => relation.aggregates[index]);
  return {
    ...bytes,
    growing: calls.flatMap((call) => (call === undefined ? [] : [callText(call, names)])),
  };
}

function callText(call: AggregateCall, names: readonly string[]): string {
  const args = call.arguments.map((argument) => expressionText(argument, names)).join(", ");
  const inside = call.arguments.length === 0 ? "*" : `${call.distinct ? "DISTINCT " : ""}${args}`;
  const filter = call.filter && ` FILTER (WHERE ${expressionText(call.filter, names)})`;
  return `${call.function}(${inside})${filter ?? ""}`;
}

function windowText(window: WindowSpec): string {
  return `${lengthText(window)}${window.zone === undefined ? "" : `, ${window.zone}`}`;
}

function lengthText(window: WindowSpec): string {
  const offset =
    "offsetMs" in window && window.offsetMs !== 0
      ? `, offset ${durationText(window.offsetMs)}`
      : "";
  switch (window.kind) {
    case "tumble":
      return `TUMBLE ${durationText(window.sizeMs)}${offset}`;
    case "hop":
      return `HOP ${durationText(window.sizeMs)} every ${durationText(window.slideMs)}${offset}`;
    case "cumulate":
      return `CUMULATE ${durationText(window.sizeMs)} in steps of ${durationText(window.stepMs)}${offset}`;
    case "session":
      return `SESSION with gaps of ${durationText(window.gapMs)}`;
  }
}
