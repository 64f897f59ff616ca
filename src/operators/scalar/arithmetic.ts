// + - * / % NEGATE ABS SIGN on numbers: Java's wrap-around for exact integers, fround for FLOAT, DecimalData's
// rules for DECIMAL. With a time or interval as first argument they stand in temporal.ts.

import type { SourcePosition } from "../../core/errors.ts";
import type { SqlType } from "../../core/types.ts";
import {
  addDecimal,
  decimalToInteger,
  divideDecimal,
  multiplyDecimal,
  remainderDecimal,
} from "../../core/value/decimal.ts";
import type { DecimalShape } from "../../core/value/decimal.ts";
import {
  addLong,
  divideLong,
  multiplyLong,
  negateLong,
  remainderLong,
  subtractLong,
  wrapInteger,
} from "../../core/value/integer.ts";
import type { IntegerKind, Long } from "../../core/value/integer.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";
import { isTemporal, temporalArithmetic, temporalNegate } from "./temporal.ts";

type Operator = "+" | "-" | "*" | "/" | "%";

/** The functions of this file. */
export const ARITHMETIC: ScalarTable = {
  "+": (shape) => binary("+", shape),
  "-": (shape) => binary("-", shape),
  "*": (shape) => binary("*", shape),
  "/": (shape) => binary("/", shape),
  "%": (shape) => binary("%", shape),
  NEGATE: negate,
  ABS: absolute,
  SIGN: sign,
};

/** Wraps an integral double expression or value into a narrow kind. */
const WRAP: Readonly<Record<"TINYINT" | "SMALLINT" | "INTEGER", string>> = {
  TINYINT: "<< 24 >> 24",
  SMALLINT: "<< 16 >> 16",
  INTEGER: "| 0",
};

function binary(operator: Operator, shape: CallShape): Implementation {
  const left = argumentType(shape, 0);
  if (isTemporal(left)) return temporalArithmetic(operator, shape);
  if (left.kind === "DECIMAL") return decimalArithmetic(operator, shape);
  switch (left.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
      return narrowArithmetic(operator, left.kind, shape.position);
    case "BIGINT":
      return longArithmetic(operator, shape.position);
    case "FLOAT":
      return floatArithmetic(operator);
    default:
      return doubleArithmetic(operator);
  }
}

function narrowArithmetic(
  operator: Operator,
  kind: "TINYINT" | "SMALLINT" | "INTEGER",
  position: SourcePosition | undefined,
): Implementation {
  const shift = { TINYINT: 24, SMALLINT: 16, INTEGER: 0 }[kind];
  const wrap = (value: number): number => (value << shift) >> shift;
  const zero = (): never => divisionByZero(position);
  const tail = WRAP[kind];
  switch (operator) {
    case "+":
      return {
        apply: (a: number, b: number) => wrap(a + b),
        inline: ([a, b]) => `(${a} + ${b}) ${tail}`,
      };
    case "-":
      return {
        apply: (a: number, b: number) => wrap(a - b),
        inline: ([a, b]) => `(${a} - ${b}) ${tail}`,
      };
    case "*":
      return {
        apply: (a: number, b: number) => wrap(Math.imul(a, b)),
        inline: ([a, b]) => `Math.imul(${a}, ${b}) ${tail}`,
      };
    default:
      return {
        apply: (a: number, b: number) =>
          b === 0 ? zero() : wrap(operator === "/" ? Math.trunc(a / b) : a % b),
        inline: ([a, b], use) => `${b} === 0 ? ${use(zero)}() : (${a} ${operator} ${b}) ${tail}`,
      };
  }
}

function longArithmetic(operator: Operator, position: SourcePosition | undefined): Implementation {
  const functions = { "+": addLong, "-": subtractLong, "*": multiplyLong };
  if (operator === "+" || operator === "-" || operator === "*") {
    const apply = functions[operator];
    return { apply, inline: ([a, b], use) => `${use(apply)}(${a}, ${b})` };
  }
  const divide = operator === "/" ? divideLong : remainderLong;
  return { apply: (a: Long, b: Long) => (b === 0 ? divisionByZero(position) : divide(a, b)) };
}

function floatArithmetic(operator: Operator): Implementation {
  const { apply } = doubleArithmetic(operator);
  const compute = apply as (a: number, b: number) => number;
  return {
    apply: (a: number, b: number) => Math.fround(compute(a, b)),
    inline: ([a, b]) => `Math.fround(${a} ${operator} ${b})`,
  };
}

function doubleArithmetic(operator: Operator): Implementation {
  const inline: Implementation["inline"] = ([a, b]) => `${a} ${operator} ${b}`;
  switch (operator) {
    case "+":
      return { apply: (a: number, b: number) => a + b, inline };
    case "-":
      return { apply: (a: number, b: number) => a - b, inline };
    case "*":
      return { apply: (a: number, b: number) => a * b, inline };
    case "/":
      return { apply: (a: number, b: number) => a / b, inline };
    case "%":
      return { apply: (a: number, b: number) => a % b, inline };
  }
}

function decimalArithmetic(operator: Operator, shape: CallShape): Implementation {
  const sa = scaleOf(argumentType(shape, 0));
  const sb = scaleOf(argumentType(shape, 1));
  const { type, position } = shape;
  if (type.kind !== "DECIMAL") return decimalRemainderToInteger(shape, sa, sb);
  const result: DecimalShape = type;
  const checked = (b: bigint): void => {
    if (b === 0n) divisionByZero(position);
  };
  const functions: Readonly<Record<Operator, (a: bigint, b: bigint) => bigint | null>> = {
    "+": (a, b) => addDecimal(a, sa, b, sb, result),
    "-": (a, b) => addDecimal(a, sa, -b, sb, result),
    "*": (a, b) => multiplyDecimal(a, sa, b, sb, result),
    "/": (a, b) => {
      checked(b);
      return divideDecimal(a, sa, b, sb, result);
    },
    "%": (a, b) => {
      checked(b);
      return remainderDecimal(a, sa, b, sb, result);
    },
  };
  return { apply: functions[operator], nullable: true };
}

/** MOD(DECIMAL, INT) is INT in Flink, which first makes a long of the DECIMAL: its lowest 64 bits. */
function decimalRemainderToInteger(shape: CallShape, sa: number, sb: number): Implementation {
  const kind = shape.type.kind as IntegerKind;
  return {
    apply: (a: bigint, b: bigint) => {
      const divisor = wrapInteger(decimalToInteger(b, sb), "BIGINT");
      if (divisor === 0) divisionByZero(shape.position);
      const dividend = wrapInteger(decimalToInteger(a, sa), "BIGINT");
      return wrapInteger(BigInt(remainderLong(dividend, divisor)), kind);
    },
  };
}

function negate(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  if (isTemporal(type)) return temporalNegate();
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER": {
      const shift = { TINYINT: 24, SMALLINT: 16, INTEGER: 0 }[type.kind];
      const tail = WRAP[type.kind];
      return {
        apply: (a: number) => (-a << shift) >> shift,
        inline: ([a]) => `(-${a}) ${tail}`,
      };
    }
    case "BIGINT":
      return { apply: negateLong };
    default:
      return { apply: (a: number | bigint) => -a, inline: ([a]) => `-${a}` };
  }
}

function absolute(shape: CallShape): Implementation {
  const type = argumentType(shape, 0);
  switch (type.kind) {
    case "BIGINT":
      return { apply: (a: Long) => (a < 0 ? negateLong(a) : a) };
    case "DECIMAL":
      return { apply: (a: bigint) => (a < 0n ? -a : a) };
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER": {
      // ABS(INT_MIN) is INT_MIN, as in Java.
      const shift = { TINYINT: 24, SMALLINT: 16, INTEGER: 0 }[type.kind];
      return { apply: (a: number) => (Math.abs(a) << shift) >> shift };
    }
    default:
      return { apply: (a: number) => Math.abs(a), inline: ([a]) => `Math.abs(${a})` };
  }
}

function sign(shape: CallShape): Implementation {
  const { type } = shape;
  if (type.kind === "DECIMAL") {
    const one = 10n ** BigInt(type.scale);
    return { apply: (a: bigint) => (a > 0n ? one : a < 0n ? -one : 0n) };
  }
  if (type.kind === "BIGINT") return { apply: (a: Long) => (a > 0 ? 1 : a < 0 ? -1 : 0) };
  return { apply: (a: number) => Math.sign(a) };
}

function divisionByZero(position: SourcePosition | undefined): never {
  return dataError("division by zero", position);
}

function scaleOf(type: SqlType): number {
  return type.kind === "DECIMAL" ? type.scale : 0;
}
