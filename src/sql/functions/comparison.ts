// Comparison and logic. Operands are brought to one kind by explicit casts; Flink's missing implicit casts
// (text with numbers, dates with timestamps) are refused. DECIMALs keep their own precision and scale.

import type { SqlType } from "../../core/types.ts";
import { isTemporalKind, parseTemporalText } from "../literals.ts";
import { ExpressionNumbers } from "../plan-expressions.ts";
import type { Expression } from "../plan.ts";
import {
  BOOLEAN,
  DOUBLE,
  asDecimal,
  commonType,
  formatType,
  isApproximate,
  isCollection,
  isDatetime,
  isNumeric,
  isText,
  isTimestamp,
  withNullable,
} from "../types.ts";
import { holdsNull } from "../collection-types.ts";
import { checkCollections } from "./collection-equality.ts";
import { isElement, tested } from "./missing.ts";
import { textsAsNumbers } from "./text-order.ts";
import { cast, checkCount, typeOf, type CallSite, type ScalarFunction } from "./spec.ts";

/** Brings two operands to one kind for `=`. Throws SQL_INVALID when Flink compares them not at all. */
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
  if (isCollection(left.type) && isCollection(right.type)) {
    checkCollections(site, left, right);
  }
  if (isNumeric(left.type) && isNumeric(right.type)) return numbers(left, right);
  if (isText(left.type) && isDatetime(right.type)) return [toTime(site, left, right.type), right];
  if (isText(right.type) && isDatetime(left.type)) return [left, toTime(site, right, left.type)];
  // The session's zone is UTC, in which a TIMESTAMP and a TIMESTAMP_LTZ of the same digits are the same instant.
  const rules = isTimestamp(left.type) && isTimestamp(right.type) ? "flink" : "calcite";
  const common = commonType([left.type, right.type], rules);
  if (common === undefined) throw incomparable(site, left, right);
  return isTimestamp(common) || common.kind === "TIME" || isCollection(common)
    ? [toType(left, common), toType(right, common)]
    : [left, right];
}

function incomparable(site: CallSite, left: Expression, right: Expression): Error {
  const names = [left, right].map((operand) => formatType(withNullable(operand.type, true)));
  const hint = "CAST one side: Flink converts nothing by itself here.";
  const message = `${names[0]} and ${names[1]} cannot be compared`;
  // Flink finds collections of different kinds of elements unequal, as far as it comes.
  return isCollection(left.type)
    ? site.unsupported(undefined, message, hint)
    : site.fail(undefined, message, hint);
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

/** For `=`: Flink takes the right side as what the left one is, where it casts; for an order both as they are. */
function numbers(left: Expression, right: Expression): [Expression, Expression] {
  if (isMixed(left, right)) return [left, toType(right, left.type)];
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

function isMixed(left: Expression, right: Expression): boolean {
  return left.type.kind === "FLOAT" && right.type.kind === "DOUBLE";
}

function operands(site: CallSite, id: string): [Expression, Expression] {
  checkCount(site, 2, 2);
  const [left, right] = site.arguments;
  if (left === undefined || right === undefined) throw new RangeError("two operands");
  const isEquality = id === "=" || id === "<>";
  const sides: [Expression, Expression] =
    FLIPPED[id] === undefined ? [left, right] : textsAsNumbers(left, right);
  const [first, second] = sides;
  return comparable(
    site,
    isMixed(first, second) && !isEquality ? toType(first, DOUBLE) : first,
    second,
  );
}

const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id} value`],
  description: "Comparison; NULL if a side is NULL.",
  bind(site) {
    if (id === "=" && site.arguments.every(isRowConstructor)) return fieldsEqual(site);
    const sides = operands(site, id);
    const type = withNullable(
      BOOLEAN,
      sides.some((side) => holdsNull(side.type)),
    );
    return mixedOrder(site, id, type) ?? site.call(id, sides, type);
  },
}));

type Constructor = Extract<Expression, { kind: "call" }>;

/** ROW(a, b) or (a, b), no row of a column. */
export function isRowConstructor(operand: Expression): operand is Constructor {
  return operand.kind === "call" && operand.function === "ROW";
}

/** (a, b) = (c, d) is a = c AND b = d; rows that are no constructors are compared as values. */
export function fieldsEqual(site: CallSite): Expression {
  const [left, right] = site.arguments.filter(isRowConstructor);
  if (left === undefined || right === undefined) throw new RangeError("two rows");
  if (left.arguments.length !== right.arguments.length) {
    const [a, b] = [left, right].map((row) => row.arguments.length);
    throw site.fail(undefined, `the rows have ${a} and ${b} fields`);
  }
  const equal = COMPARISONS[0];
  const tests = left.arguments.map((item, index) => {
    const other = right.arguments[index] ?? item;
    // Fields are not cast as the sides of = are.
    return equal?.bind({
      ...site,
      arguments: [isMixed(item, other) ? toType(item, DOUBLE) : item, other],
    });
  });
  const all = tests.filter((test) => test !== undefined);
  const nullable = all.some((test) => test.type.nullable);
  return site.call("AND", all, withNullable(BOOLEAN, nullable));
}

const FLIPPED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/**
 * FLOAT or DOUBLE before or after a DECIMAL: not cast, since Flink orders them in a way of its own (NaN is above every
 * DECIMAL). The DECIMAL stands right.
 */
function mixedOrder(site: CallSite, id: string, type: SqlType): Expression | undefined {
  const [left, right] = site.arguments;
  const flipped = FLIPPED[id];
  if (left === undefined || right === undefined || flipped === undefined) return undefined;
  if (isApproximate(left.type) && right.type.kind === "DECIMAL") {
    return site.call(id, [toType(left, DOUBLE), right], type);
  }
  if (left.type.kind === "DECIMAL" && isApproximate(right.type)) {
    return site.call(flipped, [toType(right, DOUBLE), left], type);
  }
  return undefined;
}

const DISTINCT_FROM = ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id} value`],
  description: "Comparison in which NULL is a value like any other.",
  bind(site) {
    const [left, right] = operands(site, id);
    const type = withNullable(BOOLEAN, false);
    // To Flink a missing element is not NULL here, so that it equals nothing, NULL neither.
    const forms = new ExpressionNumbers();
    const isPlain = !site.arguments.some(isElement) || forms.of(left) === forms.of(right);
    const equal = isPlain ? undefined : COMPARISONS[0]?.bind(site);
    if (equal === undefined) return site.call(id, [left, right], type);
    return site.call(id === "IS DISTINCT FROM" ? "IS NOT TRUE" : "IS TRUE", [equal], type);
  },
}));

const NULL_TESTS = ["IS NULL", "IS NOT NULL"].map((id): ScalarFunction => ({
  id,
  names: [],
  category: "comparison",
  syntax: [`value ${id}`],
  description: "Whether a value is NULL or not.",
  bind(site) {
    checkCount(site, 1, 1);
    return site.call(id, site.arguments.map(tested), withNullable(BOOLEAN, false));
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
    const args = booleans(site, id).map(tested);
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

export const COMPARISON_FUNCTIONS: readonly ScalarFunction[] = [
  ...COMPARISONS,
  ...DISTINCT_FROM,
  ...NULL_TESTS,
  ...CONNECTIVES,
  NOT,
  ...TRUTH_TESTS,
  ...UNKNOWN_TESTS,
];
