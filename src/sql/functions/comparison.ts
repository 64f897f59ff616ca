// Comparison and logic. Operands are brought to one kind by explicit casts; Flink's missing implicit casts
// (text with numbers, dates with timestamps) are refused. DECIMALs keep their own precision and scale.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { isTemporalKind, parseTemporalText } from "../literals.ts";
import type { Expression } from "../plan.ts";
import {
  BOOLEAN,
  DOUBLE,
  asDecimal,
  commonType,
  formatType,
  isCollection,
  isDatetime,
  isNumeric,
  isText,
  isTimestamp,
  withNullable,
} from "../types.ts";
import { cast, checkCount, typeOf, type CallSite, type ScalarFunction } from "./spec.ts";

/** Brings two operands to one kind for a comparison. Throws SQL_INVALID when Flink compares them not at all. */
export function comparable(
  site: CallSite,
  left: Expression,
  right: Expression,
): [Expression, Expression] {
  if (left.type.kind === "NULL" && right.type.kind === "NULL") {
    return [cast(left, BOOLEAN), cast(right, BOOLEAN)];
  }
  if (left.type.kind === "NULL") return [cast(left, withNullable(right.type, true)), right];
  if (right.type.kind === "NULL") return [left, cast(right, withNullable(left.type, true))];
  if (isCollection(left.type) || isCollection(right.type)) {
    throw site.fail(undefined, "collections cannot be compared", "Compare their elements.");
  }
  if (isNumeric(left.type) && isNumeric(right.type)) return numbers(left, right);
  if (isText(left.type) && isDatetime(right.type)) return [toTime(site, left, right.type), right];
  if (isText(right.type) && isDatetime(left.type)) return [left, toTime(site, right, left.type)];
  const common = commonType([left.type, right.type], "calcite");
  if (common === undefined) throw incomparable(site, left, right);
  return isTimestamp(common) || common.kind === "TIME"
    ? [toType(left, common), toType(right, common)]
    : [left, right];
}

function incomparable(site: CallSite, left: Expression, right: Expression): Error {
  const names = [left, right].map((operand) => formatType(withNullable(operand.type, true)));
  const hint =
    isTimestamp(left.type) && isTimestamp(right.type)
      ? "CAST one side, so that the time zone is decided by you."
      : "CAST one side: Flink converts nothing by itself here.";
  return site.fail(undefined, `${names[0]} and ${names[1]} cannot be compared`, hint);
}

function toType(operand: Expression, type: SqlType): Expression {
  return cast(operand, withNullable(type, operand.type.nullable));
}

/** A text literal beside a point in time must be one: Flink refuses it while planning, too. */
function toTime(site: CallSite, operand: Expression, type: SqlType): Expression {
  if (
    operand.kind === "literal" &&
    typeof operand.value === "string" &&
    isTemporalKind(type.kind)
  ) {
    if (parseTemporalText(type.kind, operand.value) === undefined) {
      throw site.fail(undefined, `'${operand.value}' is no ${type.kind}`);
    }
  }
  return toType(operand, type);
}

function numbers(left: Expression, right: Expression): [Expression, Expression] {
  const types = [left.type, right.type];
  if (types.some((type) => type.kind === "DECIMAL")) {
    const approximate = types.some((type) => type.kind === "DOUBLE" || type.kind === "FLOAT");
    return approximate
      ? [toType(left, DOUBLE), toType(right, DOUBLE)]
      : [toType(left, asDecimal(left.type)), toType(right, asDecimal(right.type))];
  }
  // As Java's binary numeric promotion: long < float compares floats.
  const common = types.some((type) => type.kind === "DOUBLE")
    ? DOUBLE
    : commonType(types, "calcite");
  return [toType(left, common ?? DOUBLE), toType(right, common ?? DOUBLE)];
}

function operands(site: CallSite): [Expression, Expression] {
  checkCount(site, 2, 2);
  const [left, right] = site.arguments;
  if (left === undefined || right === undefined) throw new RangeError("two operands");
  return comparable(site, left, right);
}

const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id} value`],
  description: "Comparison; NULL if a side is NULL.",
  bind(site) {
    const sides = operands(site);
    const nullable = sides.some((side) => side.type.nullable);
    return site.call(id, sides, withNullable(BOOLEAN, nullable));
  },
}));

const DISTINCT_FROM = ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id} value`],
  description: "Comparison in which NULL is a value like any other.",
  bind: (site) => site.call(id, operands(site), withNullable(BOOLEAN, false)),
}));

const NULL_TESTS = ["IS NULL", "IS NOT NULL"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id}`],
  description: "Whether a value is NULL or not.",
  bind(site) {
    checkCount(site, 1, 1);
    return site.call(id, site.arguments, withNullable(BOOLEAN, false));
  },
}));

function booleans(site: CallSite, id: string): readonly Expression[] {
  return site.arguments.map((argument, index) => {
    if (argument.type.kind === "BOOLEAN") return argument;
    const type = formatType(withNullable(argument.type, true));
    throw site.fail(index, `${id} takes BOOLEAN, not ${type}`);
  });
}

const TRUTH_TESTS = ["IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"].map(
  (id): ScalarFunction => ({
    id,
    names: [],
    category: "logical",
    syntax: [`boolean ${id}`],
    description: "Test of a BOOLEAN that is never NULL.",
    bind: (site) => site.call(id, booleans(site, id), withNullable(BOOLEAN, false)),
  }),
);

const UNKNOWN_TESTS = ["IS UNKNOWN", "IS NOT UNKNOWN"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "logical",
  syntax: [`boolean ${id}`],
  description: "Whether a BOOLEAN is NULL or not.",
  bind(site) {
    // Operators know no UNKNOWN: it is NULL of type BOOLEAN.
    const args = booleans(site, id);
    return site.call(id.replace("UNKNOWN", "NULL"), args, withNullable(BOOLEAN, false));
  },
}));

const CONNECTIVES = ["AND", "OR"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "logical",
  syntax: [`boolean ${id} boolean`],
  description: "Three-valued logic.",
  bind(site) {
    const args = booleans(site, id);
    const nullable = args.some((argument) => argument.type.nullable);
    return site.call(id, args, withNullable(BOOLEAN, nullable));
  },
}));

const NOT: ScalarFunction = {
  id: "NOT",
  names: [],
  category: "logical",
  syntax: ["NOT boolean"],
  description: "Three-valued logic: NOT NULL is NULL.",
  bind(site) {
    const args = booleans(site, "NOT");
    return site.call("NOT", args, typeOf(args, 0));
  },
};

/** x IN (v, …): values take the type of x, as Flink compares there; what would lose digits is refused. */
const IN: ScalarFunction = {
  id: "IN",
  names: [],
  category: "comparison",
  syntax: ["value [NOT] IN (value, …)"],
  description: "Whether a value equals one of a list; NULL if none does and one of them is NULL.",
  bind(site) {
    const [value, ...list] = site.arguments;
    if (value === undefined) throw new RangeError("IN has an operand");
    const types = list.map((item) => item.type);
    const typed = list.find((item) => item.type.kind !== "NULL");
    if (typed !== undefined && commonType(types, "calcite") === undefined) {
      throw site.fail(undefined, "the values of IN have no common type", "CAST them to one type.");
    }
    const subject =
      value.type.kind === "NULL" ? cast(value, withNullable(typed?.type ?? BOOLEAN, true)) : value;
    const items = list.map((item, index) => listItem(site, subject, { item, index: index + 1 }));
    const nullable = [subject, ...items].some((each) => each.type.nullable);
    return site.call("IN", [subject, ...items], withNullable(BOOLEAN, nullable));
  },
};

function listItem(
  site: CallSite,
  subject: Expression,
  entry: { readonly item: Expression; readonly index: number },
): Expression {
  const { item, index } = entry;
  const [left, right] = comparable(
    { ...site, fail: (_argument, ...rest) => site.fail(index, ...rest) },
    subject,
    item,
  );
  if (left.type.kind === subject.type.kind) return right;
  if (item.kind === "literal" && fitsInteger(item.value, subject.type)) {
    return { kind: "literal", value: item.value, type: withNullable(subject.type, false) };
  }
  const hint = "CAST the value before IN, or the value in the list.";
  throw site.fail(index, "this value is of a wider type than the one before IN", hint);
}

const INTEGER_LIMIT: Readonly<Record<string, number>> = {
  TINYINT: 127,
  SMALLINT: 32_767,
  INTEGER: 2_147_483_647,
};

/** 1 is an INT literal, but as good a TINYINT. */
function fitsInteger(value: SqlValue, type: SqlType): boolean {
  const limit = INTEGER_LIMIT[type.kind];
  return limit !== undefined && Number.isInteger(value) && Math.abs(Number(value)) <= limit;
}

export const COMPARISON_FUNCTIONS: readonly ScalarFunction[] = [
  ...COMPARISONS,
  ...DISTINCT_FROM,
  ...NULL_TESTS,
  IN,
  ...CONNECTIVES,
  NOT,
  ...TRUTH_TESTS,
  ...UNKNOWN_TESTS,
];
