// x IN (v, …).

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { holdsNull } from "../collection-types.ts";
import { BOOLEAN, commonType, isNumeric, isText, isTimestamp, withNullable } from "../types.ts";
import { comparable, fieldsEqual, isRowConstructor } from "./comparison.ts";
import { cast, type CallSite, type ScalarFunction } from "./spec.ts";

/**
 * x IN (v, …): values of another kind are cast to the type of x, so that 1.9 is in no list of INT but as 1; those of the
 * same kind keep their digits.
 */
export const IN: ScalarFunction = {
  id: "IN",
  names: [],
  category: "comparison",
  syntax: ["value [NOT] IN (value, …)"],
  description:
    "Whether a value equals one of a list, whose values are cast to its type; NULL if none does and one of them is NULL.",
  bind(site) {
    const [value, ...list] = site.arguments;
    if (value === undefined) throw new RangeError("IN has an operand");
    if (site.arguments.every(isRowConstructor)) return rowIn(site, value, list);
    const types = list.map((item) => item.type);
    const typed = list.find((item) => item.type.kind !== "NULL");
    if (typed !== undefined && commonType(types, "calcite") === undefined) {
      throw site.fail(undefined, "the values of IN have no common type", "CAST them to one type.");
    }
    const subject =
      value.type.kind === "NULL" ? cast(value, withNullable(typed?.type ?? BOOLEAN, true)) : value;
    const items = list.map((item, index) => listItem(site, subject, { item, index: index + 1 }));
    const aligned = withOnePrecision([subject, ...items]);
    const nullable = aligned.some((each) => holdsNull(each.type));
    return site.call("IN", aligned, withNullable(BOOLEAN, nullable));
  },
};

/** (a, b) IN ((c, d), …) as (a, b) = (c, d) OR …. */
function rowIn(site: CallSite, value: Expression, list: readonly Expression[]): Expression {
  const tests = list.map((item) => fieldsEqual({ ...site, arguments: [value, item] }));
  const nullable = tests.some((test) => test.type.nullable);
  const [only] = tests;
  return only !== undefined && tests.length === 1
    ? only
    : site.call("OR", tests, withNullable(BOOLEAN, nullable));
}

function listItem(
  site: CallSite,
  subject: Expression,
  entry: { readonly item: Expression; readonly index: number },
): Expression {
  const { item, index } = entry;
  const { type } = subject;
  if (item.type.kind === type.kind && type.kind === "TIME" && item.type.kind === "TIME") {
    if (item.type.precision === type.precision) return item;
    throw site.fail(index, "TIMEs of different precision are not compared", "CAST one of them.");
  }
  if (isConverted(item.type, type)) return cast(item, withNullable(type, item.type.nullable));
  const place = {
    ...site,
    fail: (_: unknown, ...why: [string, string?]) => site.fail(index, ...why),
  };
  return comparable(place, subject, item)[1];
}

/** Whether Flink casts a value of the list that is of another kind. */
function isConverted(from: SqlType, to: SqlType): boolean {
  if (from.kind === to.kind || (from.kind === "CHAR" && to.kind === "VARCHAR")) return false;
  if (isNumeric(from)) return isNumeric(to) || isText(to);
  if (isText(from)) return isNumeric(to) || isText(to) || to.kind === "BOOLEAN";
  return isTimestamp(from) && isTimestamp(to);
}

/** TIMESTAMPs of several precisions are compared in the finest of them. */
function withOnePrecision(values: readonly Expression[]): readonly Expression[] {
  const precisions = values.map(({ type }) => (isTimestamp(type) ? type.precision : 0));
  const finest = Math.max(...precisions);
  return values.map((value) =>
    isTimestamp(value.type) ? cast(value, { ...value.type, precision: finest }) : value,
  );
}
