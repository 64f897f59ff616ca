// What nobody reads is not computed: columns of projections, aggregates of windows. So it costs nothing, holds no state,
// and cannot fail, as in Flink.

import {
  WINDOW_PROPERTIES,
  type AggregateCall,
  type Expression,
  type ProjectRelation,
  type Relation,
  type SortRelation,
  type UnionRelation,
  type WindowAggregateRelation,
  type WindowProperty,
  type WindowRelation,
  type WindowSpec,
} from "../plan.ts";
import { children, inputsOf, Rewriter } from "../plan-expressions.ts";
import { BIGINT, isText, withNullable } from "../types.ts";
import { unreadValues } from "./carried-windows.ts";
import { callExpressions, withExpressions, withInputs } from "./relations.ts";

/** A relation that has kept some of its fields; `places` leads from their old index to the new one. */
interface Pruned {
  readonly relation: Relation;
  readonly places: Places;
}

type Places = ReadonlyMap<number, number>;

/** The same relation, all of whose fields are read, without what none of them needs. */
export function prune(relation: Relation): Relation {
  return only(
    relation,
    relation.fields.map((_, index) => index),
  );
}

/** The relation with exactly these fields, in this order. */
function only(relation: Relation, wanted: readonly number[]): Relation {
  const pruned = keeping(relation, new Set(wanted));
  const fields = pick(relation.fields, wanted);
  const order = wanted.map((index) => place(pruned.places, index));
  const isExact =
    order.length === pruned.relation.fields.length && order.every((at, i) => at === i);
  if (isExact) return { ...pruned.relation, fields };
  const expressions = order.map((index, column): Expression => ({
    kind: "input",
    index,
    type: fields[column]?.type ?? { kind: "NULL", nullable: true },
  }));
  return { kind: "project", input: pruned.relation, expressions, fields };
}

/** The relation with at least the `needed` fields. */
function keeping(relation: Relation, needed: ReadonlySet<number>): Pruned {
  switch (relation.kind) {
    case "filter": {
      const read = inputsOf([relation.condition]);
      const input = keeping(relation.input, new Set([...needed, ...read]));
      const moved = moveInputs(relation, input);
      return { relation: { ...moved, fields: input.relation.fields }, places: input.places };
    }
    case "project":
      return projectKeeping(relation, needed);
    case "window":
      return windowKeeping(relation, needed);
    case "window-aggregate":
      return aggregateKeeping(relation, needed);
    case "union":
      return unionKeeping(relation, needed);
    case "sort":
      return sortKeeping(relation, needed);
    case "limit": {
      const { relation: input, places } = keeping(relation.input, needed);
      return { relation: { ...relation, input, fields: input.fields }, places };
    }
    default: {
      const places = new Map(relation.fields.map((_, index) => [index, index]));
      return { relation: withInputs(relation, prune), places };
    }
  }
}

function projectKeeping(relation: ProjectRelation, needed: ReadonlySet<number>): Pruned {
  const kept = ascending(needed);
  const expressions = pick(relation.expressions, kept);
  const input = keeping(relation.input, new Set(inputsOf(expressions)));
  if (expressions.every((expression) => expression.kind === "input")) {
    // It computes nothing: whoever reads it reads its input.
    const places = expressions.map(({ index }) => place(input.places, index));
    return {
      relation: input.relation,
      places: new Map(kept.map((from, i) => [from, places[i] ?? 0])),
    };
  }
  const fields = pick(relation.fields, kept);
  return {
    relation: moveInputs({ ...relation, expressions, fields }, input),
    places: inOrder(kept),
  };
}

/** Its own columns stay behind those of its input. */
function windowKeeping(relation: WindowRelation, needed: ReadonlySet<number>): Pruned {
  const { window, timeColumn, fields } = relation;
  const width = relation.input.fields.length;
  const passed = [...needed].filter((index) => index < width);
  const input = keeping(relation.input, new Set([...passed, timeColumn, ...partitionOf(window)]));
  const newWidth = input.relation.fields.length;
  const own = fields.slice(width);
  const places = new Map(input.places);
  for (const index of own.keys()) places.set(width + index, newWidth + index);
  return {
    relation: {
      ...relation,
      input: input.relation,
      window: movePartition(window, input.places),
      timeColumn: place(input.places, timeColumn),
      fields: [...input.relation.fields, ...own],
    },
    places,
  };
}

/** Keys make the groups and stay; aggregates and window columns go if nobody reads them. */
function aggregateKeeping(relation: WindowAggregateRelation, needed: ReadonlySet<number>): Pruned {
  const { keys, groupingSets, setConditions = [], windowing } = relation;
  const first = keys.length + (groupingSets.length > 1 ? 1 : 0);
  const firstProperty = first + relation.aggregates.length;
  const isRead = (_: unknown, index: number): boolean => needed.has(first + index);
  const mayFall = canFall(keys, relation.aggregates.filter(isRead));
  const isKept = (call: AggregateCall, index: number): boolean =>
    isRead(call, index) || !mayFall(call);
  const calls = relation.aggregates.map((call, index) =>
    isRead(call, index) ? call : countOf(call),
  );
  const aggregates = calls.filter(isKept);
  const properties = relation.properties.filter((_, index) => needed.has(firstProperty + index));
  const kept = [...relation.fields.keys()].filter((index) => {
    const call = calls[index - first];
    return index < first || needed.has(index) || (call !== undefined && !mayFall(call));
  });
  const fields = relation.fields.map(({ name, type }, index) => ({
    name,
    type: calls[index - first]?.type ?? type,
  }));
  const time =
    windowing.kind === "assign"
      ? [windowing.timeColumn, ...partitionOf(windowing.window)]
      : [windowing.endColumn];
  const read = inputsOf([...keys, ...setConditions, ...callExpressions(aggregates)]);
  const input = keeping(relation.input, new Set([...read, ...time]));
  const moved = moveInputs({ ...relation, aggregates, properties }, input);
  const gone = relation.aggregates.filter((call, index) => !isRead(call, index));
  return {
    relation: {
      ...moved,
      windowing: moveWindowing(withUnread(relation, gone), input.places),
      fields: pick(fields, kept),
    },
    places: inOrder(kept),
  };
}

function sortKeeping(relation: SortRelation, needed: ReadonlySet<number>): Pruned {
  const read = inputsOf(relation.keys.map((key) => key.expression));
  const input = keeping(relation.input, new Set([...needed, relation.timeColumn, ...read]));
  const moved = moveInputs(relation, input);
  const timeColumn = place(input.places, relation.timeColumn);
  const { fields } = input.relation;
  return { relation: { ...moved, timeColumn, fields }, places: input.places };
}

function withUnread(
  { input, windowing }: WindowAggregateRelation,
  calls: readonly AggregateCall[],
): WindowAggregateRelation["windowing"] {
  if (windowing.kind === "assign" || windowing.unsettled === undefined) return windowing;
  const { unsettled } = windowing;
  const unread = unreadValues(input, calls, unsettled.unread);
  return unread === undefined ? windowing : { ...windowing, unsettled: { ...unsettled, unread } };
}

/** The same arguments in an aggregate that never fails itself and holds little. */
function countOf({ arguments: [value], filter }: AggregateCall): AggregateCall {
  const type = withNullable(BIGINT, false);
  const args = value === undefined ? [] : [value];
  return { function: "COUNT", arguments: args, distinct: false, filter, type };
}

/**
 * Which aggregates that nobody reads can go. Flink lets all go; but where it computes something else for the groups, it
 * computes their arguments, too, and fails if these fail.
 */
function canFall(
  keys: readonly Expression[],
  read: readonly AggregateCall[],
): (call: AggregateCall) => boolean {
  const isPlain = [...keys, ...callExpressions(read)].every(({ kind }) => kind === "input");
  return (call) => isPlain || !callExpressions([call]).some(mayFail);
}

/** What never fails, whatever its arguments. */
const SAFE = new Set(
  "+ - * NEGATE = <> < <= > >= AND OR NOT IN LIKE COALESCE || UPPER LOWER .".split(" "),
);

function mayFail(expression: Expression): boolean {
  const isSafe =
    expression.kind === "call"
      ? SAFE.has(expression.function) || expression.function.startsWith("IS ")
      : expression.kind !== "cast" || expression.try || isText(expression.type);
  return !isSafe || children(expression).some(mayFail);
}

/** All inputs of a union have the same columns. */
function unionKeeping(relation: UnionRelation, needed: ReadonlySet<number>): Pruned {
  const kept = ascending(needed);
  const inputs = relation.inputs.map((input) => only(input, kept));
  return {
    relation: { ...relation, inputs, fields: pick(relation.fields, kept) },
    places: inOrder(kept),
  };
}

/** The relation over a pruned input, its expressions reading the new places. */
function moveInputs<Kind extends Exclude<Relation, { kind: "scan" | "union" }>>(
  relation: Kind,
  input: Pruned,
): Kind {
  const rewriter = new Rewriter((part) =>
    part.kind === "input" ? { ...part, index: place(input.places, part.index) } : part,
  );
  const move = (expression: Expression): Expression => rewriter.of(expression);
  const moved = withExpressions(relation, { value: move, condition: move }) as Kind;
  return { ...moved, input: input.relation };
}

function moveWindowing(
  windowing: WindowAggregateRelation["windowing"],
  places: Places,
): WindowAggregateRelation["windowing"] {
  if (windowing.kind === "attached") {
    const moved = { ...windowing, endColumn: place(places, windowing.endColumn) };
    const { unsettled } = windowing;
    if (unsettled === undefined) return moved;
    const columns: Partial<Record<WindowProperty, number>> = {};
    for (const property of WINDOW_PROPERTIES) {
      const column = places.get(unsettled.columns[property] ?? -1);
      if (column !== undefined) columns[property] = column;
    }
    return { ...moved, unsettled: { ...unsettled, columns } };
  }
  const window = movePartition(windowing.window, places);
  return { ...windowing, window, timeColumn: place(places, windowing.timeColumn) };
}

function partitionOf(window: WindowSpec): readonly number[] {
  return window.kind === "session" ? window.partition : [];
}

function movePartition(window: WindowSpec, places: Places): WindowSpec {
  if (window.kind !== "session") return window;
  return { ...window, partition: window.partition.map((index) => place(places, index)) };
}

function place(places: Places, index: number): number {
  const found = places.get(index);
  if (found === undefined) throw new RangeError(`field ${index} has been pruned`);
  return found;
}

function ascending(needed: ReadonlySet<number>): number[] {
  return [...needed].sort((a, b) => a - b);
}

function inOrder(kept: readonly number[]): Places {
  return new Map(kept.map((index, at) => [index, at]));
}

function pick<T>(all: readonly T[], indexes: readonly number[]): T[] {
  return indexes.flatMap((index) => all[index] ?? []);
}
