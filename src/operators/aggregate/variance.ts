// STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP as Calcite rewrites them and Flink runs them: from SUM(x * x), SUM(x)
// and COUNT(x), each in the type the rewritten expression has. Cancellation and, for integers, truncation are
// part of the result:  (SUM(x*x) - SUM(x)*SUM(x)/n) / n, or / (n - 1), and its root.

import { assert } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import {
  addDecimal,
  decimalToNumber,
  divideDecimal,
  multiplyDecimal,
  numberToDecimal,
  rescale,
} from "../../core/value/decimal.ts";
import type { DecimalShape } from "../../core/value/decimal.ts";
import {
  divideLong,
  doubleToInteger,
  multiplyLong,
  subtractLong,
  wrapInteger,
} from "../../core/value/integer.ts";
import type { IntegerKind, Long } from "../../core/value/integer.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import { bump, count, numberAt, sum, whenPresent } from "./count-sum.ts";
import type { AccumulatorColumn } from "./columns.ts";

export interface VarianceKind {
  /** Divides by n - 1, and is NULL for one value. */
  readonly isSample: boolean;
  readonly isRoot: boolean;
}

/** One of the four, by argument type. */
export function variance(shape: AggregateShape, kind: VarianceKind): Aggregate {
  const { argument } = shape;
  assert(argument !== undefined, "a variance has one argument");
  switch (argument.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
      return fromSums(shape, integerArithmetic(argument.kind), kind);
    case "DECIMAL":
      return fromSums(shape, decimalArithmetic(shape.result as DecimalShape, argument.scale), kind);
    case "FLOAT":
      return fromSums(shape, floatArithmetic(), kind);
    default:
      return doubleVariance(kind);
  }
}

/** The hot one: three columns of doubles. */
function doubleVariance(kind: VarianceKind): Aggregate {
  return {
    columns: [
      { kind: "f64", initial: 0 },
      { kind: "f64", initial: 0 },
      { kind: "f64", initial: 0 },
    ],
    add: ([squares, sums, counts], slot, value) => {
      if (value === null) return;
      const x = value as number;
      bump(squares, slot, x * x);
      bump(sums, slot, x);
      bump(counts, slot, 1);
    },
    addCode: (code, { arrays, slot }, argument) => {
      const [squares, sums, counts] = arrays;
      const x = argument.value;
      const statement = `${squares}[${slot}] += ${x} * ${x}; ${sums}[${slot}] += ${x}; ${counts}[${slot}] += 1;`;
      whenPresent(code, argument, statement);
    },
    merge: (into, slot, from, fromSlot) => {
      for (const [index, column] of into.entries())
        bump(column, slot, numberAt(from[index], fromSlot));
    },
    result: ([squares, sums, counts], slot) => {
      const n = numberAt(counts, slot);
      const divisor = kind.isSample ? n - 1 : n;
      if (divisor <= 0) return null;
      const total = numberAt(sums, slot);
      const spread = (numberAt(squares, slot) - (total * total) / n) / divisor;
      return kind.isRoot ? Math.sqrt(spread) : spread;
    },
  };
}

/** The arithmetic of the rewritten expression in one type. */
interface Arithmetic {
  /** The argument as it enters, and its square. */
  enter(value: SqlValue): SqlValue;
  square(value: SqlValue): SqlValue;
  readonly valueType: SqlType;
  readonly squareType: SqlType;
  /** (squares - total * total / n) / divisor. */
  spread(squares: SqlValue, total: SqlValue, n: number, divisor: number): SqlValue;
  /** The square root, or the spread itself, as the result type. */
  leave(spread: SqlValue, isRoot: boolean): SqlValue;
}

function fromSums(shape: AggregateShape, arithmetic: Arithmetic, kind: VarianceKind): Aggregate {
  const squareSum = sum({ argument: arithmetic.squareType, result: shape.result });
  const valueSum = sum({ argument: arithmetic.valueType, result: shape.result });
  const counter = count();
  const parts = [squareSum, valueSum, counter];
  const split = (columns: readonly AccumulatorColumn[]): AccumulatorColumn[][] => {
    const first = squareSum.columns.length;
    const second = first + valueSum.columns.length;
    return [columns.slice(0, first), columns.slice(first, second), columns.slice(second)];
  };
  return {
    columns: parts.flatMap((part) => part.columns),
    add: (columns, slot, value) => {
      if (value === null) return;
      const [squares = [], sums = [], counts = []] = split(columns);
      const entered = arithmetic.enter(value);
      squareSum.add(squares, slot, entered === null ? null : arithmetic.square(entered));
      valueSum.add(sums, slot, entered);
      counter.add(counts, slot, value);
    },
    merge: (into, slot, from, fromSlot) => {
      const others = split(from);
      for (const [index, columns] of split(into).entries()) {
        parts[index]?.merge(columns, slot, others[index] ?? [], fromSlot);
      }
    },
    result: (columns, slot) => {
      const [squares = [], sums = [], counts = []] = split(columns);
      const n = counter.result(counts, slot) as number;
      const divisor = kind.isSample ? n - 1 : n;
      const squared = squareSum.result(squares, slot);
      const total = valueSum.result(sums, slot);
      if (divisor <= 0 || squared === null || total === null) return null;
      const spread = arithmetic.spread(squared, total, n, divisor);
      return spread === null ? null : arithmetic.leave(spread, kind.isRoot);
    },
  };
}

/** Squares and sums wrap in the argument's type; the divisions are BIGINT ones. */
function integerArithmetic(kind: IntegerKind): Arithmetic {
  const type: SqlType = { kind, nullable: true };
  const multiply = (a: SqlValue, b: SqlValue): Long =>
    kind === "BIGINT"
      ? multiplyLong(a as Long, b as Long)
      : wrapInteger(BigInt(a as Long) * BigInt(b as Long), kind);
  return {
    valueType: type,
    squareType: type,
    enter: (value) => value,
    square: (value) => multiply(value, value),
    spread: (squares, total, n, divisor) =>
      divideLong(subtractLong(squares as Long, divideLong(multiply(total, total), n)), divisor),
    leave: (spread, isRoot) =>
      isRoot
        ? doubleToInteger(Math.sqrt(Number(spread as Long)), kind)
        : wrapInteger(BigInt(spread as Long), kind),
  };
}

function floatArithmetic(): Arithmetic {
  const type: SqlType = { kind: "FLOAT", nullable: true };
  const { fround } = Math;
  return {
    valueType: type,
    squareType: type,
    enter: (value) => value,
    square: (value) => fround((value as number) * (value as number)),
    spread: (squares, total, n, divisor) => {
      const squared = fround((total as number) * (total as number));
      return fround(fround((squares as number) - fround(squared / n)) / divisor);
    },
    leave: (spread, isRoot) => (isRoot ? fround(Math.sqrt(spread as number)) : spread),
  };
}

/** The argument is first cast to the result type; products and quotients have Flink's derived types. */
function decimalArithmetic(result: DecimalShape, scale: number): Arithmetic {
  const product = derivedShape(result.scale * 2, result.precision * 2 + 1);
  const decimal = (shape: DecimalShape): SqlType => ({ kind: "DECIMAL", nullable: true, ...shape });
  const sums: DecimalShape = { precision: 38, scale: product.scale };
  const total: DecimalShape = { precision: 38, scale: result.scale };
  const quotient = quotientShape(product);
  const difference = differenceShape(sums, quotient);
  const final = quotientShape(difference);
  return {
    valueType: decimal(total),
    squareType: decimal(sums),
    enter: (value) => rescale(value as bigint, scale, result.scale),
    square: (value) =>
      multiplyDecimal(value as bigint, result.scale, value as bigint, result.scale, product),
    spread: (squares, sumOf, n, divisor) => {
      const squared = multiplyDecimal(
        sumOf as bigint,
        total.scale,
        sumOf as bigint,
        total.scale,
        product,
      );
      const part =
        squared === null ? null : divideDecimal(squared, product.scale, BigInt(n), 0, quotient);
      if (part === null) return null;
      const spread = addDecimal(squares as bigint, sums.scale, -part, quotient.scale, difference);
      return spread === null
        ? null
        : divideDecimal(spread, difference.scale, BigInt(divisor), 0, final);
    },
    leave: (spread, isRoot) => {
      if (!isRoot) return multiplyDecimal(spread as bigint, final.scale, 1n, 0, result);
      return numberToDecimal(Math.sqrt(decimalToNumber(spread as bigint, final)), result);
    },
  };
}

/** Digits of a BIGINT as DECIMAL. */
const BIGINT_DIGITS = 20;

/** LogicalTypeMerging.adjustPrecisionScale: cuts the scale, to no less than 6, to keep integer digits. */
function derivedShape(scale: number, precision: number): DecimalShape {
  if (precision <= 38) return { precision, scale };
  const integerDigits = precision - scale;
  return { precision: 38, scale: Math.max(38 - integerDigits, Math.min(scale, 6)) };
}

function quotientShape({ precision, scale }: DecimalShape): DecimalShape {
  const quotientScale = Math.max(6, scale + BIGINT_DIGITS + 1);
  return derivedShape(quotientScale, precision - scale + quotientScale);
}

function differenceShape(a: DecimalShape, b: DecimalShape): DecimalShape {
  const scale = Math.max(a.scale, b.scale);
  return derivedShape(scale, Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1);
}
