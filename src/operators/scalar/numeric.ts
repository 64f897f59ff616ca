// ROUND, TRUNCATE, FLOOR and CEIL (of points in time, too), logarithms, powers and trigonometry.

import type { SqlType, SqlValue } from "../../core/types.ts";
import {
  decimalText,
  divideHalfUp,
  powerOfTen,
  rescale,
  toShape,
} from "../../core/value/decimal.ts";
import { doubleDigits } from "../../core/value/java-digits.ts";
import { cos, cosh, exp, log, log10, sin, tan } from "../../core/value/java-math.ts";
import { wrapInteger } from "../../core/value/integer.ts";
import type { IntegerKind } from "../../core/value/integer.ts";
import { dataError } from "../data-error.ts";
import type { CallShape, Implementation, ScalarFunction, ScalarTable } from "./implementation.ts";
import { argumentType, plain } from "./implementation.ts";
import { isTemporal } from "./temporal.ts";
import { roundTime } from "./time-fields.ts";

/** The functions of this file. */
export const NUMERIC: ScalarTable = {
  ROUND: (shape) => roundTo(shape, divideHalfUp),
  TRUNCATE: (shape) => roundTo(shape, (a, b) => a / b),
  FLOOR: (shape) => floorOrCeil(shape, false),
  CEIL: (shape) => floorOrCeil(shape, true),
  // As POWER(x, 0.5), which Flink makes of it: Infinity for -Infinity.
  SQRT: of((x) => x ** 0.5),
  LN: of(log),
  LOG: plain((a: number, b?: number) => (b === undefined ? log(a) : log(b) / log(a))),
  LOG10: of(log10),
  LOG2: of((x) => log(x) / Math.LN2),
  EXP: of(exp),
  POWER: plain((base: number, exponent: number) => base ** exponent),
  SIN: of(sin),
  COS: of(cos),
  TAN: of(tan),
  COT: of((x) => 1 / tan(x)),
  ASIN: of(Math.asin),
  ACOS: of(Math.acos),
  ATAN: of(Math.atan),
  ATAN2: plain((y: number, x: number) => Math.atan2(y, x)),
  SINH: of(Math.sinh),
  COSH: of(cosh),
  TANH: of(Math.tanh),
  DEGREES: of((x) => x * (180 / Math.PI)),
  RADIANS: of((x) => x * (Math.PI / 180)),
  PI: plain(() => Math.PI),
  E: plain(() => Math.E),
};

function of(compute: (x: number) => number): ScalarFunction {
  return plain(compute);
}

function floorOrCeil(shape: CallShape, up: boolean): Implementation {
  const type = argumentType(shape, 0);
  if (isTemporal(type)) return roundTime(shape, up);
  switch (type.kind) {
    case "DOUBLE":
    case "FLOAT":
      return up
        ? { apply: (x: number) => Math.ceil(x), inline: ([x]) => `Math.ceil(${x})` }
        : { apply: (x: number) => Math.floor(x), inline: ([x]) => `Math.floor(${x})` };
    case "DECIMAL": {
      const unit = powerOfTen(type.scale);
      const scale = scaleOf(shape.type);
      return {
        apply: (x: bigint) => {
          const whole = x / unit;
          const isExact = whole * unit === x;
          const moved = isExact
            ? whole
            : up && x > 0n
              ? whole + 1n
              : !up && x < 0n
                ? whole - 1n
                : whole;
          return rescale(moved, 0, scale);
        },
      };
    }
    default:
      return { apply: (x: SqlValue) => x };
  }
}

const MAX_PRECISION = 38;

type Quotient = (a: bigint, b: bigint) => bigint;

/** `quotient` decides what happens to the digits beyond the n-th decimal place. */
function roundTo(shape: CallShape, quotient: Quotient): Implementation {
  const type = argumentType(shape, 0);
  switch (type.kind) {
    case "DECIMAL": {
      const to = scaleOf(shape.type);
      return {
        nullable: true,
        // What has too many digits at the place rounded to is NULL; of a place that is no literal the type knows nothing.
        apply: (x: bigint, n = 0) => {
          const scale = Math.min(Math.max(0, n), type.scale);
          const rounded = toShape(atPlace(x, type.scale, n, quotient), type.scale, {
            precision: MAX_PRECISION,
            scale,
          });
          return rounded === null ? null : rescale(rounded, scale, to);
        },
      };
    }
    case "DOUBLE":
    case "FLOAT": {
      const narrow = type.kind === "FLOAT" ? Math.fround : (x: number): number => x;
      return { apply: (x: number, n = 0) => narrow(roundDouble(x, n, quotient, shape)) };
    }
    default:
      return {
        apply: (x: number | bigint, n = 0) =>
          n >= 0 ? x : wrapInteger(atPlace(BigInt(x), 0, n, quotient), type.kind as IntegerKind),
      };
  }
}

/** On the decimal text of the double, as BigDecimal.valueOf has it. */
function roundDouble(x: number, n: number, quotient: Quotient, shape: CallShape): number {
  if (!Number.isFinite(x)) return dataError(`${String(x)} cannot be rounded`, shape.position);
  // A BigDecimal has no -0.
  if (x === 0) return 0;
  const { digits, point } = doubleDigits(Math.abs(x));
  const exact = digits.length - point;
  const scale = Math.max(0, exact);
  if (n >= scale) return x;
  const size = BigInt(digits) * powerOfTen(Math.max(0, -exact));
  const unscaled = x < 0 ? -size : size;
  return Number(decimalText(atPlace(unscaled, scale, n, quotient), scale));
}

function atPlace(unscaled: bigint, scale: number, place: number, quotient: Quotient): bigint {
  if (place >= scale) return unscaled;
  // Beyond all digits everything rounds to 0; also bounds the power.
  const drop = Math.min(scale - place, 700);
  const unit = powerOfTen(drop);
  return quotient(unscaled, unit) * unit;
}

function scaleOf(type: SqlType): number {
  return type.kind === "DECIMAL" ? type.scale : 0;
}
