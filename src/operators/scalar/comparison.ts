// = <> < <= > >=, IS [NOT] DISTINCT FROM, GREATEST, LEAST, and the comparer behind them.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { compareBytes, compareText } from "../../core/value/compare.ts";
import { compareDecimal, decimalToNumber } from "../../core/value/decimal.ts";
import type { DecimalShape } from "../../core/value/decimal.ts";
import type { CallShape, Implementation, ScalarFunction, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";

/** Negative, 0, positive; NaN if either is NaN (then only <> holds). Both values non-NULL; collections: 0 or 1. */
export type Comparer = (a: never, b: never) => number;

const OPERATORS = {
  "=": (order: number) => order === 0,
  "<>": (order: number) => order !== 0,
  "<": (order: number) => order < 0,
  "<=": (order: number) => order <= 0,
  ">": (order: number) => order > 0,
  ">=": (order: number) => order >= 0,
} as const;

type Operator = keyof typeof OPERATORS;

const SCRIPT: Readonly<Record<Operator, string>> = {
  "=": "===",
  "<>": "!==",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/** The functions of this file. */
export const COMPARISONS: ScalarTable = {
  "=": compareBy("="),
  "<>": compareBy("<>"),
  "<": compareBy("<"),
  "<=": compareBy("<="),
  ">": compareBy(">"),
  ">=": compareBy(">="),
  "IS DISTINCT FROM": distinct(true),
  "IS NOT DISTINCT FROM": distinct(false),
  GREATEST: extreme(1),
  LEAST: extreme(-1),
};

/** The order of two non-NULL values of these types (one kind; DECIMALs may differ in scale). */
export function comparer(left: SqlType, right: SqlType): Comparer {
  if (left.kind === "CHAR" || left.kind === "VARCHAR") return compareText;
  if (left.kind === "BINARY" || left.kind === "VARBINARY") return compareBytes;
  if (left.kind === "DECIMAL" && right.kind === "DECIMAL" && left.scale !== right.scale) {
    return (a: bigint, b: bigint) => compareDecimal(a, left.scale, b, right.scale);
  }
  if (isComposite(left)) return compareComposite(left, right);
  // Numbers and bigints compare by value in any mixture, booleans as 0 and 1.
  return (a: number, b: number) => (a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN);
}

/** Values of this type compare with JavaScript's own operators. */
function comparesNatively(left: SqlType, right: SqlType): boolean {
  switch (left.kind) {
    case "CHAR":
    case "VARCHAR":
    case "BINARY":
    case "VARBINARY":
      return false;
    case "DECIMAL":
      return right.kind === "DECIMAL" && left.scale === right.scale;
    default:
      return !isComposite(left);
  }
}

function compareBy(operator: Operator): ScalarFunction {
  return (shape): Implementation => {
    const left = argumentType(shape, 0);
    const right = argumentType(shape, 1);
    if (left.kind === "DOUBLE" && right.kind === "DECIMAL") return mixed(operator, shape);
    const compare = comparer(left, right);
    const holds = OPERATORS[operator];
    const isText = left.kind === "CHAR" || left.kind === "VARCHAR";
    const native =
      comparesNatively(left, right) || (isText && (operator === "=" || operator === "<>"));
    return {
      apply: (a: never, b: never) => holds(compare(a, b)),
      inline: native
        ? ([a, b]) => `${a} ${SCRIPT[operator]} ${b}`
        : ([a, b], use) => `${use(compare)}(${a}, ${b}) ${SCRIPT[operator]} 0`,
    };
  };
}

/** How a DOUBLE is compared with a DECIMAL that has become a double, by value and as code: see `compareDoubles`. */
const MIXED: Readonly<Record<string, (x: string, y: string) => string>> = {
  "<": (x, y) => isBelow(x, y),
  "<=": (x, y) => `${x} <= ${y}`,
  ">": (x, y) => `!(${x} <= ${y})`,
  ">=": (x, y) => `!(${isBelow(x, y)})`,
};

/** The DECIMAL is neither NaN nor -0.0. */
function isBelow(x: string, y: string): string {
  return `(${x} < ${y} || ${x} === ${y} && Object.is(${x}, -0))`;
}

/** DOUBLE < DECIMAL: in Flink NaN is above every DECIMAL, and -0.0 below 0. */
function mixed(operator: Operator, shape: CallShape): Implementation {
  const decimal = argumentType(shape, 1) as DecimalShape;
  const holds = OPERATORS[operator];
  const apply = (x: number, y: bigint): boolean =>
    holds(compareDoubles(x, decimalToNumber(y, decimal)));
  const [, literal] = shape.constants;
  const code = MIXED[operator];
  if (typeof literal !== "bigint" || code === undefined) return { apply };
  const constant = decimalToNumber(literal, decimal);
  return { apply, inline: ([x = ""], use) => code(x, use(constant)) };
}

function distinct(wanted: boolean): ScalarFunction {
  return (shape) => {
    const compare = comparer(argumentType(shape, 0), argumentType(shape, 1));
    return {
      acceptsNull: true,
      apply: (a: SqlValue, b: SqlValue) => {
        const differ = a === null || b === null ? a !== b : compare(a as never, b as never) !== 0;
        return differ === wanted;
      },
    };
  };
}

/** As Java's compareTo: NaN is greater than any number, 0.0 than -0.0. */
function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  return Number.isNaN(a) ? 1 : -1;
}

function extreme(sign: 1 | -1): ScalarFunction {
  return (shape) => {
    const { kind } = shape.type;
    const compare: Comparer =
      kind === "DOUBLE" || kind === "FLOAT" ? compareDoubles : comparer(shape.type, shape.type);
    return {
      apply: (...values: never[]) => {
        let best: SqlValue = values[0] ?? null;
        for (const value of values) if (compare(value, best as never) * sign > 0) best = value;
        return best;
      },
    };
  };
}

function isComposite(type: SqlType): boolean {
  return (
    type.kind === "ARRAY" || type.kind === "ROW" || type.kind === "MAP" || type.kind === "MULTISET"
  );
}

/**
 * Equality of ARRAY and ROW; the binder lets only = and <> through. An array with a NULL element equals nothing, not
 * even itself; in rows NULL equals NULL: Flink's comparisons do that.
 */
function compareComposite(left: SqlType, right: SqlType): Comparer {
  if (left.kind === "ARRAY" && right.kind === "ARRAY") {
    const compare = comparer(left.element, right.element) as (a: SqlValue, b: SqlValue) => number;
    const isSame = (a: SqlValue, b: SqlValue): boolean =>
      a !== null && b !== null && compare(a, b) === 0;
    return (a: readonly SqlValue[], b: readonly SqlValue[]) =>
      a.length === b.length && a.every((item, index) => isSame(item, b[index] ?? null)) ? 0 : 1;
  }
  if (left.kind === "ROW" && right.kind === "ROW") {
    const compare = left.fields.map(({ type }, index) =>
      comparer(type, right.fields[index]?.type ?? type),
    ) as ((a: SqlValue, b: SqlValue) => number)[];
    const isSame = (a: SqlValue, b: SqlValue, index: number): boolean =>
      a === null || b === null ? a === b : compare[index]?.(a, b) === 0;
    return (a: readonly SqlValue[], b: readonly SqlValue[]) =>
      a.every((item, index) => isSame(item, b[index] ?? null, index)) ? 0 : 1;
  }
  // The binder refuses to compare maps.
  return () => 1;
}
