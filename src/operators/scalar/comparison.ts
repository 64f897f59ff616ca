// = <> < <= > >=, IS [NOT] DISTINCT FROM, GREATEST, LEAST, and the comparer behind them.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { compareBytes, compareText } from "../../core/value/compare.ts";
import { compareDecimal } from "../../core/value/decimal.ts";
import type { Implementation, ScalarFunction, ScalarTable } from "./implementation.ts";
import { argumentType } from "./implementation.ts";

/** Negative, 0, positive; NaN if either is NaN (then only <> holds). Both values non-NULL. */
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

function extreme(sign: 1 | -1): ScalarFunction {
  return (shape) => {
    const compare = comparer(shape.type, shape.type);
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

/** Equality of ARRAY and ROW, element by element; the binder lets only = and <> through. */
function compareComposite(left: SqlType, right: SqlType): Comparer {
  const items = (type: SqlType, index: number): SqlType => {
    if (type.kind === "ARRAY") return type.element;
    const field = type.kind === "ROW" ? type.fields[index] : undefined;
    return field?.type ?? { kind: "NULL", nullable: true };
  };
  return (a: readonly SqlValue[], b: readonly SqlValue[]) => {
    if (a.length !== b.length) return 1;
    const same = a.every((value, index) => {
      const other = b[index] ?? null;
      if (value === null || other === null) return value === other;
      return (
        comparer(items(left, index), items(right, index))(value as never, other as never) === 0
      );
    });
    return same ? 0 : 1;
  };
}
