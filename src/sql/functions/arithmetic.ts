// Arithmetic operators and numeric functions. Operands are brought to one kind by explicit casts, so that
// operators/ computes in the result's kind; DECIMALs keep their own scales (see registry.ts).

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  DOUBLE,
  arithmeticType,
  asDecimal,
  decimal,
  isApproximate,
  isDatetime,
  isExact,
  isInteger,
  isInterval,
  isNumeric,
  formatType,
  roundedDecimal,
  withNullable,
} from "../types.ts";
import {
  always,
  cast,
  checkCount,
  defineFunction,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

type Pair = readonly [left: Expression, right: Expression];

function pair(site: CallSite): Pair {
  checkCount(site, 2, 2);
  refuseNull(site, 0);
  refuseNull(site, 1);
  const [left, right] = site.arguments;
  if (left === undefined || right === undefined) throw new RangeError("two operands");
  return [left, right];
}

function mismatch(site: CallSite, operator: string, operands: Pair): Error {
  const [left, right] = operands.map((operand) => formatType(withNullable(operand.type, true)));
  return site.fail(undefined, `${operator} does not work on ${left} and ${right}`);
}

/** Both operands numeric: casts them to the kind they are computed in, and the result to its type. */
function numeric(site: CallSite, operator: string, operands: Pair): Expression {
  const [left, right] = operands;
  const nullable = left.type.nullable || right.type.nullable;
  const type = withNullable(arithmeticType(operator, left.type, right.type), nullable);
  const working = workingType(left.type, right.type, type);
  if (working === undefined) {
    const shaped = operands.map((operand) =>
      cast(operand, withNullable(asDecimal(operand.type), operand.type.nullable)),
    );
    return site.call(operator, shaped, type);
  }
  const casted = operands.map((operand) =>
    cast(operand, withNullable(working, operand.type.nullable)),
  );
  return cast(site.call(operator, casted, withNullable(working, nullable)), type);
}

/** The kind that both operands take; undefined for DECIMALs, which keep their own precision and scale. */
function workingType(left: SqlType, right: SqlType, result: SqlType): SqlType | undefined {
  if (left.kind === "DOUBLE" || right.kind === "DOUBLE" || result.kind === "DOUBLE") return DOUBLE;
  if (isApproximate(result)) return result;
  if (left.kind === "DECIMAL" || right.kind === "DECIMAL") return undefined;
  return arithmeticType("+", left, right);
}

function additive(
  operator: "+" | "-",
  syntax: readonly string[],
  description: string,
): ScalarFunction {
  return {
    id: operator,
    names: [],
    category: "arithmetic",
    syntax,
    description,
    bind(site) {
      const operands = pair(site);
      const [left, right] = operands;
      if (isNumeric(left.type) && isNumeric(right.type)) return numeric(site, operator, operands);
      if (isDatetime(left.type) && isInterval(right.type)) return shifted(site, operator, operands);
      if (operator === "+" && isInterval(left.type) && isDatetime(right.type)) {
        return shifted(site, operator, [right, left]);
      }
      if (isInterval(left.type) && left.type.kind === right.type.kind) {
        return site.call(operator, operands, eitherNullable(left.type, operands));
      }
      if (operator === "-" && isDatetime(left.type) && isDatetime(right.type)) {
        const hint = "Use TIMESTAMPDIFF(SECOND, earlier, later).";
        throw site.fail(undefined, "points in time cannot be subtracted", hint);
      }
      throw mismatch(site, operator, operands);
    },
  };
}

function eitherNullable(type: SqlType, operands: Pair): SqlType {
  return withNullable(type, operands[0].type.nullable || operands[1].type.nullable);
}

function shifted(site: CallSite, operator: "+" | "-", operands: Pair): Expression {
  const [point] = operands;
  if (point.type.kind === "TIME" && operands[1].type.kind === "INTERVAL_YEAR_MONTH") {
    throw mismatch(site, operator, operands);
  }
  return site.call(operator, operands, eitherNullable(point.type, operands));
}

/** Division by a literal 0 would fail every row. */
function refuseZero(site: CallSite, [left, right]: Pair): void {
  const zero = right.kind === "literal" && (right.value === 0 || right.value === 0n);
  if (zero && isExact(left.type) && isExact(right.type)) throw site.fail(1, "division by zero");
}

const MULTIPLY: ScalarFunction = {
  id: "*",
  names: [],
  category: "arithmetic",
  syntax: ["number * number", "integer * interval"],
  description: "Product. Integers wrap as in Java.",
  bind(site) {
    const operands = pair(site);
    const [left, right] = operands;
    if (isNumeric(left.type) && isNumeric(right.type)) return numeric(site, "*", operands);
    const scaled: Pair = isInterval(left.type) ? operands : [right, left];
    if (isInterval(scaled[0].type) && isInteger(scaled[1].type)) {
      return site.call("*", scaled, eitherNullable(scaled[0].type, operands));
    }
    throw mismatch(site, "*", operands);
  },
};

const DIVIDE: ScalarFunction = {
  id: "/",
  names: [],
  category: "arithmetic",
  syntax: ["number / number"],
  description:
    "Quotient. Integers truncate towards zero; division of an exact number by 0 fails the row.",
  bind(site) {
    const operands = pair(site);
    if (!operands.every((operand) => isNumeric(operand.type))) throw mismatch(site, "/", operands);
    refuseZero(site, operands);
    return numeric(site, "/", operands);
  },
};

const MODULO: ScalarFunction = {
  id: "%",
  names: [],
  category: "arithmetic",
  syntax: ["number % number"],
  description: "Remainder with the sign of the dividend; exact numbers only.",
  bind(site) {
    const operands = pair(site);
    if (!operands.every((operand) => isExact(operand.type))) throw mismatch(site, "%", operands);
    refuseZero(site, operands);
    return numeric(site, "%", operands);
  },
};

const NEGATE: ScalarFunction = {
  id: "NEGATE",
  names: [],
  category: "arithmetic",
  syntax: ["- number"],
  description: "Changed sign.",
  bind(site) {
    checkCount(site, 1, 1);
    refuseNull(site, 0);
    const type = typeOf(site.arguments, 0);
    if (!isNumeric(type) && !isInterval(type)) {
      throw site.fail(0, `- does not work on ${formatType(withNullable(type, true))}`);
    }
    return site.call("NEGATE", site.arguments, type);
  },
};

function rounding(id: "ROUND" | "TRUNCATE", description: string): ScalarFunction {
  return {
    id,
    category: "arithmetic",
    syntax: [`${id}(number[, digits])`],
    description,
    bind(site) {
      checkCount(site, 1, 2);
      refuseNull(site, 0);
      const type = typeOf(site.arguments, 0);
      if (!isNumeric(type)) throw site.fail(0, `argument 1 of ${id} must be a number`);
      const digits = site.arguments[1];
      if (digits !== undefined && digits.type.kind !== "INTEGER") {
        throw site.fail(1, `argument 2 of ${id} must be an INT`);
      }
      const nullable = site.arguments.some((argument) => argument.type.nullable);
      return site.call(id, site.arguments, withNullable(roundedType(type, digits), nullable));
    },
  };
}

function roundedType(type: SqlType, digits: Expression | undefined): SqlType {
  if (type.kind !== "DECIMAL") return type;
  if (digits === undefined) return roundedDecimal(type, 0);
  const value = digits.kind === "literal" ? digits.value : undefined;
  return typeof value === "number" ? roundedDecimal(type, value) : type;
}

/** Functions of DOUBLEs; every number is taken. */
const DOUBLE_FUNCTIONS: readonly (readonly [id: string, description: string])[] = [
  ["SQRT", "Square root."],
  ["LN", "Natural logarithm."],
  ["LOG10", "Logarithm to base 10."],
  ["LOG2", "Logarithm to base 2."],
  ["EXP", "e to the power of a number."],
  ["SIN", "Sine."],
  ["COS", "Cosine."],
  ["TAN", "Tangent."],
  ["COT", "Cotangent."],
  ["ASIN", "Arc sine."],
  ["ACOS", "Arc cosine."],
  ["ATAN", "Arc tangent."],
  ["SINH", "Hyperbolic sine."],
  ["COSH", "Hyperbolic cosine."],
  ["TANH", "Hyperbolic tangent."],
  ["DEGREES", "Radians as degrees."],
  ["RADIANS", "Degrees as radians."],
];

export const ARITHMETIC_FUNCTIONS: readonly ScalarFunction[] = [
  additive(
    "+",
    ["number + number", "time + interval", "interval + interval"],
    "Sum. Integers wrap as in Java; months are clamped to the month's end.",
  ),
  additive(
    "-",
    ["number - number", "time - interval", "interval - interval"],
    "Difference. Points in time are subtracted by TIMESTAMPDIFF.",
  ),
  MULTIPLY,
  DIVIDE,
  MODULO,
  { ...MODULO, names: ["MOD"], syntax: ["MOD(number, number)"] },
  NEGATE,
  rounding("ROUND", "Rounded half up to a number of fraction digits (0)."),
  rounding("TRUNCATE", "Cut to a number of fraction digits (0)."),
  defineFunction({
    id: "ABS",
    category: "arithmetic",
    syntax: ["ABS(number)"],
    description: "Absolute value.",
    parameters: ["numeric"],
    result: (args) => typeOf(args, 0),
  }),
  defineFunction({
    id: "SIGN",
    category: "arithmetic",
    syntax: ["SIGN(number)"],
    description: "-1, 0 or 1.",
    parameters: ["numeric"],
    result: (args) => typeOf(args, 0),
  }),
  ...DOUBLE_FUNCTIONS.map(([id, description]) =>
    defineFunction({
      id,
      category: "arithmetic",
      syntax: [`${id}(number)`],
      description,
      parameters: ["double"],
      result: always(DOUBLE),
    }),
  ),
  defineFunction({
    id: "POWER",
    category: "arithmetic",
    syntax: ["POWER(number, number)"],
    description: "The first number to the power of the second.",
    parameters: ["double", "double"],
    result: always(DOUBLE),
  }),
  defineFunction({
    id: "ATAN2",
    category: "arithmetic",
    syntax: ["ATAN2(y, x)"],
    description: "Arc tangent of a point.",
    parameters: ["double", "double"],
    result: always(DOUBLE),
  }),
  defineFunction({
    id: "LOG",
    category: "arithmetic",
    syntax: ["LOG(number)", "LOG(base, number)"],
    description: "Logarithm, natural or to a base.",
    parameters: ["double", "double"],
    optional: 1,
    result: always(DOUBLE),
  }),
  defineFunction({
    id: "PI",
    category: "arithmetic",
    syntax: ["PI()"],
    description: "The number pi.",
    parameters: [],
    result: always(DOUBLE),
  }),
  defineFunction({
    id: "E",
    category: "arithmetic",
    syntax: ["E()"],
    description: "Euler's number.",
    parameters: [],
    result: always(DOUBLE),
  }),
];

/** FLOOR and CEIL of a number: its kind; a DECIMAL loses its fraction. */
export function flooredType(type: SqlType): SqlType {
  return type.kind === "DECIMAL" ? withNullable(decimal(type.precision, 0), type.nullable) : type;
}
