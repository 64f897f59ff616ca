// Whether rows carry their window up to the grouping above a windowing table function, or both become one operator. Flink
// merges them where it finds a projection between the two in which no call reads the window. The projection also holds what
// aggregates compute that nobody reads; where it is work for them alone, Flink leaves it out, and so has nothing to merge.

import { readsBeyond } from "../binder/scope.ts";
import type {
  AggregateCall,
  Expression,
  Relation,
  UnreadValues,
  UnsettledWindow,
  WindowAggregateRelation,
  WindowRelation,
} from "../plan.ts";
import { inputsOf } from "../plan-expressions.ts";
import { isApproximate } from "../types.ts";
import { refuseConstruct } from "../unsupported.ts";
import { valuesOf, weightOf, type CallValue } from "./weights.ts";

/** The windowing table function below filters that do not read its columns, with these filters below it. */
export function windowBelow(relation: Relation): WindowRelation | undefined {
  if (relation.kind === "window") return relation;
  if (relation.kind !== "filter") return undefined;
  const window = windowBelow(relation.input);
  if (window === undefined) return undefined;
  const { input } = window;
  if (readsBeyond([relation.condition], input.fields.length)) return undefined;
  const { condition } = relation;
  return { ...window, input: { kind: "filter", input, condition, fields: input.fields } };
}

/** What calls that nobody reads would take of the rows of `input`, with what is known already. */
export function unreadValues(
  input: Relation,
  calls: readonly AggregateCall[],
  known: UnreadValues | undefined,
): UnreadValues | undefined {
  if (calls.length === 0) return known;
  const values = calls.flatMap(valuesOf);
  const weights = values.map(weightOf);
  const below = windowBelow(input);
  const reads = (test: (value: CallValue, window: WindowRelation) => boolean): boolean =>
    below !== undefined && values.some((value) => test(value, below));
  return {
    computed: known?.computed === true || weights.some((weight) => weight !== "column"),
    work: known?.work === true || weights.includes("work"),
    ofWindow: known?.ofWindow === true || reads(callsOnWindow),
    ofTime: known?.ofTime === true || reads(({ value }, window) => readsTime(value, window)),
  };
}

/** Whether rows carry their window. Throws SQL_UNSUPPORTED where Flink confuses columns, or its choice cannot be told. */
export function carriesWindow(
  relation: WindowAggregateRelation,
  keys: readonly Expression[],
  { below, unsettled }: { readonly below: WindowRelation; readonly unsettled: UnsettledWindow },
): boolean {
  const { aggregates, setConditions = [] } = relation;
  const width = below.input.fields.length;
  const values = [
    ...keys.map((value) => ({ value, isFilter: false })),
    ...aggregates.flatMap(valuesOf),
  ];
  if (readsBeyond(setConditions, width)) return true;
  const onWindow = values.filter(({ value }) => readsBeyond([value], width));
  if (onWindow.some((value) => weightOf(value) === "column" || callsOnWindow(value, below))) {
    return true;
  }
  const carries = carriesForUnread(relation, values, { below, unsettled });
  const { position } = unsettled;
  if (onWindow.length > 0 && carries !== true) refuseConstruct("window-field", position);
  if (carries === undefined && shows(relation, unsettled)) {
    refuseConstruct("undecided-window", position);
  }
  return carries === true;
}

/** Whether what nobody reads keeps Flink from merging; undefined where that hangs on how it has turned the query around. */
function carriesForUnread(
  { groupingSets }: WindowAggregateRelation,
  values: readonly CallValue[],
  { below, unsettled }: { readonly below: WindowRelation; readonly unsettled: UnsettledWindow },
): boolean | undefined {
  const { unread, filtered } = unsettled;
  if (unread === undefined) return false;
  const { work, ofWindow, ofTime } = unread;
  const isPlain = values.every((value) => weightOf(value) === "column");
  // Flink casts the time of the rows where it is read, which is a projection.
  const isOfTime = values.some(({ value }) => readsTime(value, below));
  const isBare = isPlain && filtered === undefined && !isOfTime;
  const hasSets = groupingSets.length > 1;
  if (isBare && !hasSets) return work || ofWindow || (ofTime ? undefined : false);
  if (ofWindow && (!isPlain || hasSets)) return true;
  // A column that a filter fixes is a constant, and so not plain.
  if (ofWindow) return filtered === "loosely" && !isOfTime ? false : undefined;
  return isBare && ofTime && !work ? undefined : false;
}

/** Whether the rows of a grouping tell which of both it was. */
function shows(
  { aggregates, windowing }: WindowAggregateRelation,
  { filtered }: UnsettledWindow,
): boolean {
  const isLowered = filtered !== undefined && windowing.window.kind === "session";
  return isLowered || aggregates.some(showsIn);
}

function showsIn({ function: id, arguments: [value], refused }: AggregateCall): boolean {
  if (refused !== undefined) return true;
  if (SUMS.has(id)) return value !== undefined && isApproximate(value.type);
  return !ORDERLESS.has(id);
}

const SUMS: ReadonlySet<string> = new Set(["SUM", "SUM0", "AVG", "SUM/COUNT", "SUM0/COUNT"]);
const ORDERLESS: ReadonlySet<string> = new Set(["COUNT", "MIN", "MAX"]);

/** Whether a value is more of the window's columns than themselves, or a field of a row made of them. */
function callsOnWindow({ value, isFilter }: CallValue, { input }: WindowRelation): boolean {
  const isTested = isFilter && value.type.nullable;
  const isCall = isTested || !(value.kind === "input" || isField(value));
  return isCall && readsBeyond([value], input.fields.length);
}

function isField(value: Expression): boolean {
  if (value.kind !== "call") return false;
  const [first] = value.arguments;
  // Around a decimal that may not fit stands what is written then.
  const isFitted = value.function === "IFNULL" && value.type.kind === "DECIMAL";
  return isFitted && first !== undefined ? isField(first) : value.function === ".";
}

/** Whether a value is of the time of the rows, which may have several names. */
function readsTime(value: Expression, { input, timeColumn }: WindowRelation): boolean {
  const isTime = timeColumns(input, timeColumn);
  return inputsOf([value]).some(isTime);
}

function timeColumns(input: Relation, timeColumn: number): (index: number) => boolean {
  if (input.kind === "filter") return timeColumns(input.input, timeColumn);
  if (input.kind !== "project") return (index) => index === timeColumn;
  const sourceOf = (index: number): number | undefined => {
    const expression = input.expressions[index];
    return expression?.kind === "input" ? expression.index : undefined;
  };
  const source = sourceOf(timeColumn);
  return (index) => index === timeColumn || (source !== undefined && sourceOf(index) === source);
}
