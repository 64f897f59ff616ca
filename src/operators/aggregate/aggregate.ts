// What an aggregate function is at run time: columns of accumulators and what is done to them. `add` is its meaning;
// `addCode` is the same as generated code, for the row loop.

import type { SqlType, SqlValue } from "../../core/types.ts";
import type { CodeWriter, Term } from "../expression/code.ts";
import type { AccumulatorColumn, ColumnShape } from "./columns.ts";
import type { KeyOf } from "./columns-of-many.ts";
import type { HeldValues } from "./held-values.ts";

/** Columns handed to an aggregate are its own, in the order of `columns`. NULL arguments are passed, too. */
export interface Aggregate {
  readonly columns: readonly ColumnShape[];
  /** Throws DataError for a value that no group takes. Asked before a row is added anywhere. */
  refuse?(value: SqlValue): void;
  /** Takes one row; `value` is null for COUNT(*). Never throws. */
  add(columns: readonly AccumulatorColumn[], slot: number, value: SqlValue): void;
  /**
   * Writes the statements for one row. `arrays` are identifiers of the columns' `values`, `columns` of the columns
   * themselves, `slot` of the slot. Absent: `add` is called.
   */
  addCode?(code: CodeWriter, target: AddTarget, argument: Term): void;
  /** Adds slot `fromSlot` of `from` to slot `slot` of `into`. Never throws. */
  merge(
    into: readonly AccumulatorColumn[],
    slot: number,
    from: readonly AccumulatorColumn[],
    fromSlot: number,
  ): void;
  /** The result of a slot. May throw DataError. */
  result(columns: readonly AccumulatorColumn[], slot: number): SqlValue;
  /** Keys of a `set` or `count` column, for restoring it. */
  readonly keyOf?: KeyOf;
  /** What its columns of many values count in; to be checked before a row is added anywhere. No `addCode` then. */
  readonly held?: HeldValues;
  /** A slot grows with the rows, though it holds one value. */
  readonly grows?: boolean;
  /** DISTINCT hands it NULL, too, once. */
  readonly countsNull?: boolean;
}

export interface AddTarget {
  readonly arrays: readonly string[];
  readonly columns: readonly string[];
  readonly slot: string;
}

/** An aggregate call's types. */
export interface AggregateShape {
  readonly argument: SqlType | undefined;
  /** By argument, the value of a literal. */
  readonly constants: readonly (SqlValue | undefined)[];
  readonly result: SqlType;
}

/** Picks the implementation of an aggregate function. */
export type AggregateFunction = (shape: AggregateShape) => Aggregate;
