// Numeric functions: rounding keeps the kind of its argument, the others compute in DOUBLE.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import { DOUBLE, decimal, isNumeric, roundedDecimal, withNullable } from "../types.ts";
import {
  always,
  checkCount,
  checkedFunction,
  defineFunction,
  refuseNull,
  typeOf,
  type ScalarFunction,
} from "./spec.ts";

/** Functions of DOUBLEs; every number is taken. */
const DOUBLE_FUNCTIONS: readonly (readonly [id: string, description: string])[] = [
  ["SQRT", "Square root."],
  ["LN", "Natural logarithm."],
  ["LOG10", "Logarithm to base 10."],
  ["LOG2", "Logarithm to base 2."],
  ["EXP", "Euler's number to the power of a number."],
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

/** Flink plans it for a DECIMAL beside another kind, and then has no code for it. */
const ATAN2: ScalarFunction = checkedFunction(
  {
    id: "ATAN2",
    category: "arithmetic",
    syntax: ["ATAN2(y, x)"],
    description: "Arc tangent of a point.",
    parameters: ["double", "double"],
    result: always(DOUBLE),
  },
  (site) => {
    const decimals = site.arguments.filter(({ type }) => type.kind === "DECIMAL").length;
    if (decimals !== 1) return;
    const message = "ATAN2 does not mix DECIMAL with other numbers";
    throw site.fail(undefined, message, "CAST it AS DOUBLE.");
  },
);

export const NUMBER_FUNCTIONS: readonly ScalarFunction[] = [
  rounding("ROUND", "Rounded half up to a number of fraction digits (0)."),
  notOfSmall(rounding("TRUNCATE", "Cut to a number of fraction digits (0).")),
  defineFunction({
    id: "ABS",
    category: "arithmetic",
    syntax: ["ABS(number)"],
    description: "Absolute value.",
    parameters: ["numeric"],
    result: (args) => typeOf(args, 0),
  }),
  notOfSmall(
    defineFunction({
      id: "SIGN",
      category: "arithmetic",
      syntax: ["SIGN(number)"],
      description: "-1, 0 or 1.",
      parameters: ["numeric"],
      result: (args) => typeOf(args, 0),
    }),
  ),
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
  ATAN2,
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
      const kinds = id === "ROUND" ? ["TINYINT", "SMALLINT", "INTEGER"] : ["INTEGER"];
      if (digits !== undefined && !kinds.includes(digits.type.kind)) {
        throw site.fail(1, `argument 2 of ${id} must be an INT`, "CAST it AS INT.");
      }
      const nullable = site.arguments.some((argument) => argument.type.nullable);
      return site.call(id, site.arguments, withNullable(roundedType(type, digits), nullable));
    },
  };
}

/** What Flink takes and cannot compile for TINYINT and SMALLINT. */
function notOfSmall(entry: ScalarFunction): ScalarFunction {
  return {
    ...entry,
    bind(site) {
      const kind = site.arguments[0]?.type.kind;
      if (kind === "TINYINT" || kind === "SMALLINT") {
        throw site.fail(0, `${entry.id} does not work on ${kind}`, "CAST it AS INT.");
      }
      return entry.bind(site);
    },
  };
}

function roundedType(type: SqlType, digits: Expression | undefined): SqlType {
  if (type.kind !== "DECIMAL") return type;
  if (digits === undefined) return roundedDecimal(type, 0);
  const value = digits.kind === "literal" ? digits.value : undefined;
  return typeof value === "number" ? roundedDecimal(type, value) : type;
}

/** FLOOR and CEIL of a number: its kind; a DECIMAL loses its fraction. */
export function flooredType(type: SqlType): SqlType {
  return type.kind === "DECIMAL" ? withNullable(decimal(type.precision, 0), type.nullable) : type;
}
