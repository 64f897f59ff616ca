// Arithmetic operators and numeric functions. Operands are brought to one kind by explicit casts, so that
// operators/ computes in the result's kind; DECIMALs keep their own scales (see registry.ts).

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  DOUBLE,
  arithmeticType,
  asDecimal,
  isApproximate,
  isDatetime,
  isExact,
  isInteger,
  isInterval,
  isNumeric,
  formatType,
  withNullable,
} from "../types.ts";
import {
  cast,
  checkCount,
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
];
