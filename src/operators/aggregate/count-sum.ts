// COUNT, SUM and AVG. Sums stay in the argument's own type and wrap or round there, as Flink's do; AVG of integers
// sums in 64 bits and truncates. A DOUBLE sum starts at -0.0, to which adding changes nothing at all.

import type { SqlValue } from "../../core/types.ts";
import { addDecimal, divideDecimal } from "../../core/value/decimal.ts";
import type { DecimalShape } from "../../core/value/decimal.ts";
import { divideLong, wrapInteger } from "../../core/value/integer.ts";
import type { IntegerKind, Long } from "../../core/value/integer.ts";
import type { CodeWriter, Term } from "../expression/code.ts";
import type { AddTarget, Aggregate, AggregateShape } from "./aggregate.ts";
import { NumericColumn } from "./columns.ts";
import type { AccumulatorColumn, ColumnKind, LongColumn, ValueColumn } from "./columns.ts";

const SAFE = Number.MAX_SAFE_INTEGER;

/** COUNT(*) and COUNT(x). */
export function count(): Aggregate {
  return {
    columns: [{ kind: "f64", initial: 0 }],
    add: ([counts], slot, value) => {
      if (value !== null) bump(counts, slot, 1);
    },
    addCode: (code, { arrays, slot }, argument) => {
      whenPresent(code, argument, `${arrays[0]}[${slot}] += 1;`);
    },
    merge: ([into], slot, [from], fromSlot) => {
      bump(into, slot, numberAt(from, fromSlot));
    },
    result: ([counts], slot) => numberAt(counts, slot),
  };
}

/** SUM; NULL while no value came. */
export function sum({ argument }: AggregateShape): Aggregate {
  switch (argument?.kind) {
    case "TINYINT":
      return numericSum("i8", 0);
    case "SMALLINT":
      return numericSum("i16", 0);
    case "INTEGER":
      return numericSum("i32", 0);
    case "BIGINT":
      return longSum();
    case "FLOAT":
      return numericSum("f32", -0);
    case "DECIMAL":
      return decimalSum(argument.scale);
    default:
      return numericSum("f64", -0);
  }
}

/** SUM as Flink takes it apart beside a variance: from 0 on, and what overflowed stays NULL. */
export function sumFromZero(shape: AggregateShape): Aggregate {
  switch (shape.argument?.kind) {
    case "FLOAT":
      return numericSum("f32", 0);
    case "DOUBLE":
      return numericSum("f64", 0);
    case "DECIMAL":
      return decimalTotal(shape.argument.scale, (total) => total);
    default:
      return sum(shape);
  }
}

/** AVG; NULL while no value came. */
export function average({ argument, result }: AggregateShape): Aggregate {
  switch (argument?.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
      return integerAverage(argument.kind);
    case "DECIMAL":
      return decimalAverage(argument.scale, result as DecimalShape);
    default:
      return doubleAverage(argument?.kind === "FLOAT");
  }
}

/** Runs `statement` unless the argument is NULL. */
export function whenPresent(code: CodeWriter, argument: Term, statement: string): void {
  if (argument.isNull === "true") return;
  code.emit(argument.isNull === "false" ? statement : `if (!${argument.isNull}) { ${statement} }`);
}

/** The number in a numeric column. */
export function numberAt(column: AccumulatorColumn | undefined, slot: number): number {
  return column instanceof NumericColumn ? (column.values[slot] ?? 0) : 0;
}

/** Adds to a numeric column, in its own arithmetic. */
function bump(column: AccumulatorColumn | undefined, slot: number, by: number): void {
  if (column instanceof NumericColumn) column.values[slot] = (column.values[slot] ?? 0) + by;
}

/** Sums that a typed array holds: its stores wrap and round as Java's additions do. */
function numericSum(
  kind: Extract<ColumnKind, "f64" | "f32" | "i32" | "i16" | "i8">,
  initial: number,
): Aggregate {
  return {
    columns: [
      { kind, initial },
      { kind: "u8", initial: 0 },
    ],
    add: ([sums, seen], slot, value) => {
      if (value === null) return;
      bump(sums, slot, value as number);
      mark(seen, slot);
    },
    addCode: (code, { arrays, slot }, argument) => {
      const [sums, seen] = arrays;
      whenPresent(code, argument, `${sums}[${slot}] += ${argument.value}; ${seen}[${slot}] = 1;`);
    },
    merge: ([into, seen], slot, [from, fromSeen], fromSlot) => {
      if (numberAt(fromSeen, fromSlot) === 0) return;
      bump(into, slot, numberAt(from, fromSlot));
      mark(seen, slot);
    },
    result: ([sums, seen], slot) => (numberAt(seen, slot) === 0 ? null : numberAt(sums, slot)),
  };
}

function longSum(): Aggregate {
  return {
    columns: [
      { kind: "long", initial: 0 },
      { kind: "u8", initial: 0 },
    ],
    add: ([sums, seen], slot, value) => {
      if (value === null) return;
      (sums as LongColumn).add(slot, value as Long);
      mark(seen, slot);
    },
    addCode: (code, target, argument) => {
      whenPresent(
        code,
        argument,
        `${addLongCode(code, target, argument)} ${target.arrays[1]}[${target.slot}] = 1;`,
      );
    },
    merge: ([into, seen], slot, [from, fromSeen], fromSlot) => {
      if (numberAt(fromSeen, fromSlot) === 0) return;
      (into as LongColumn).add(slot, (from as LongColumn).get(fromSlot));
      mark(seen, slot);
    },
    result: ([sums, seen], slot) =>
      numberAt(seen, slot) === 0 ? null : (sums as LongColumn).get(slot),
  };
}

/** Adds to a long column: the number path in place; NaN (a wide sum), a bigint or an overflow takes the slow one. */
function addLongCode(
  code: CodeWriter,
  { arrays, columns, slot }: AddTarget,
  argument: Term,
): string {
  const next = code.fresh("t");
  const { value } = argument;
  return (
    `const ${next} = typeof ${value} === "number" ? ${arrays[0]}[${slot}] + ${value} : NaN; ` +
    `if (${next} <= ${SAFE} && ${next} >= -${SAFE}) ${arrays[0]}[${slot}] = ${next}; ` +
    `else ${columns[0]}.add(${slot}, ${value});`
  );
}

/** An overflow makes the sum NULL, and the next value begins a new one: so does Flink's. */
function decimalSum(scale: number): Aggregate {
  const shape: DecimalShape = { precision: 38, scale };
  const plus = (total: SqlValue, value: SqlValue): SqlValue =>
    total === null ? value : addDecimal(total as bigint, scale, value as bigint, scale, shape);
  return {
    columns: [{ kind: "value", initial: 0 }],
    add: ([sums], slot, value) => {
      const { values } = sums as ValueColumn;
      if (value !== null) values[slot] = plus(values[slot] ?? null, value);
    },
    merge: ([into], slot, [from], fromSlot) => {
      const { values } = into as ValueColumn;
      const other = (from as ValueColumn).values[fromSlot] ?? null;
      if (other !== null) values[slot] = plus(values[slot] ?? null, other);
    },
    result: ([sums], slot) => (sums as ValueColumn).values[slot] ?? null,
  };
}

function integerAverage(kind: IntegerKind): Aggregate {
  return {
    columns: [
      { kind: "long", initial: 0 },
      { kind: "f64", initial: 0 },
    ],
    add: ([sums, counts], slot, value) => {
      if (value === null) return;
      (sums as LongColumn).add(slot, value as Long);
      bump(counts, slot, 1);
    },
    addCode: (code, target, argument) => {
      whenPresent(
        code,
        argument,
        `${addLongCode(code, target, argument)} ${target.arrays[1]}[${target.slot}] += 1;`,
      );
    },
    merge: ([into, counts], slot, [from, fromCounts], fromSlot) => {
      (into as LongColumn).add(slot, (from as LongColumn).get(fromSlot));
      bump(counts, slot, numberAt(fromCounts, fromSlot));
    },
    result: ([sums, counts], slot) => {
      const n = numberAt(counts, slot);
      if (n === 0) return null;
      const quotient = divideLong((sums as LongColumn).get(slot), n);
      return kind === "BIGINT" ? quotient : wrapInteger(BigInt(quotient), kind);
    },
  };
}

function doubleAverage(isFloat: boolean): Aggregate {
  return {
    columns: [
      { kind: "f64", initial: 0 },
      { kind: "f64", initial: 0 },
    ],
    add: ([sums, counts], slot, value) => {
      if (value === null) return;
      bump(sums, slot, value as number);
      bump(counts, slot, 1);
    },
    addCode: (code, { arrays, slot }, argument) => {
      const [sums, counts] = arrays;
      whenPresent(
        code,
        argument,
        `${sums}[${slot}] += ${argument.value}; ${counts}[${slot}] += 1;`,
      );
    },
    merge: ([into, counts], slot, [from, fromCounts], fromSlot) => {
      bump(into, slot, numberAt(from, fromSlot));
      bump(counts, slot, numberAt(fromCounts, fromSlot));
    },
    result: ([sums, counts], slot) => {
      const n = numberAt(counts, slot);
      if (n === 0) return null;
      const quotient = numberAt(sums, slot) / n;
      return isFloat ? Math.fround(quotient) : quotient;
    },
  };
}

function decimalAverage(scale: number, result: DecimalShape): Aggregate {
  return decimalTotal(scale, (total, n) => divideDecimal(total, scale, BigInt(n), 0, result));
}

/** An overflow makes the sum NULL for good. `finish` makes the result of the sum of `n` values. */
function decimalTotal(scale: number, finish: (total: bigint, n: number) => SqlValue): Aggregate {
  const shape: DecimalShape = { precision: 38, scale };
  const sumOf = (
    sums: AccumulatorColumn | undefined,
    counts: AccumulatorColumn | undefined,
    slot: number,
  ): SqlValue => (numberAt(counts, slot) === 0 ? 0n : ((sums as ValueColumn).values[slot] ?? null));
  const plus = (a: SqlValue, b: SqlValue): SqlValue =>
    a === null || b === null ? null : addDecimal(a as bigint, scale, b as bigint, scale, shape);
  return {
    columns: [
      { kind: "value", initial: 0 },
      { kind: "f64", initial: 0 },
    ],
    add: ([sums, counts], slot, value) => {
      if (value === null) return;
      (sums as ValueColumn).values[slot] = plus(sumOf(sums, counts, slot), value);
      bump(counts, slot, 1);
    },
    merge: ([into, counts], slot, [from, fromCounts], fromSlot) => {
      if (numberAt(fromCounts, fromSlot) === 0) return;
      const total = plus(sumOf(into, counts, slot), sumOf(from, fromCounts, fromSlot));
      (into as ValueColumn).values[slot] = total;
      bump(counts, slot, numberAt(fromCounts, fromSlot));
    },
    result: ([sums, counts], slot) => {
      const n = numberAt(counts, slot);
      const total = sumOf(sums, counts, slot);
      return n === 0 || total === null ? null : finish(total as bigint, n);
    },
  };
}

function mark(column: AccumulatorColumn | undefined, slot: number): void {
  if (column instanceof NumericColumn) column.values[slot] = 1;
}
