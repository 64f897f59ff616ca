// Puts one item of a tree into one column. The usual pairs (a number for a number column, text for STRING) go straight
// in; everything else becomes a payload value first.

import { VALUE } from "../../core/row-batch.ts";
import type { NumberColumn, ValueColumn } from "../../core/row-batch.ts";
import type { Wanted } from "../payload-reader.ts";
import type { ValueTarget } from "../value-target.ts";
import { BOOLEAN_ITEM, FLOAT_ITEM, INTEGER_ITEM, TEXT_ITEM } from "./cursor.ts";
import type { TreeCursor } from "./cursor.ts";
import { itemValue } from "./value.ts";

/** Whole numbers of these types are in [-range, range). */
const RANGES: Readonly<Record<string, number>> = {
  TINYINT: 0x80,
  SMALLINT: 0x8000,
  INTEGER: 0x8000_0000,
  BIGINT: Infinity,
};

export class TreeTaker {
  readonly label: string;
  readonly #target: ValueTarget;
  readonly #isFloating: boolean;
  readonly #isFloat: boolean;
  readonly #isBoolean: boolean;
  readonly #range: number;
  readonly #numbers: NumberColumn | undefined;
  readonly #texts: ValueColumn | undefined;

  constructor({ label, target, type, column, plain }: Wanted) {
    this.label = label;
    this.#target = target;
    this.#isFloat = type.kind === "FLOAT";
    this.#isFloating = this.#isFloat || type.kind === "DOUBLE";
    this.#isBoolean = type.kind === "BOOLEAN";
    this.#range = RANGES[type.kind] ?? 0;
    const isQuick = this.#isFloating || this.#isBoolean || this.#range > 0;
    this.#numbers = plain && isQuick && column.layout === "number" ? column : undefined;
    const isText = type.kind === "VARCHAR" || type.kind === "CHAR";
    this.#texts = plain && isText && column.layout === "value" ? column : undefined;
  }

  /** Takes the item whose head, of `kind`, was read and began at `start`. */
  take(cursor: TreeCursor, kind: number, row: number, start: number): void {
    const numbers = this.#numbers;
    if (kind === INTEGER_ITEM || kind === FLOAT_ITEM) {
      if (numbers !== undefined && this.#isNumber(cursor.number, kind)) {
        numbers.values[row] = this.#isFloat ? Math.fround(cursor.number) : cursor.number;
        numbers.state[row] = VALUE;
        return;
      }
    } else if (kind === TEXT_ITEM) {
      if (this.#texts !== undefined) {
        this.#texts.values[row] = cursor.itemText();
        return;
      }
    } else if (kind === BOOLEAN_ITEM && this.#isBoolean && numbers !== undefined) {
      numbers.values[row] = cursor.number;
      numbers.state[row] = VALUE;
      return;
    }
    this.#slow(cursor, kind, row, start);
  }

  /** Whether the number may go in as it is. */
  #isNumber(value: number, kind: number): boolean {
    if (this.#isFloating) return true;
    return kind === INTEGER_ITEM && value >= -this.#range && value < this.#range;
  }

  #slow(cursor: TreeCursor, kind: number, row: number, start: number): void {
    const value = itemValue(cursor, kind);
    if (cursor.failed) return;
    const reason = this.#target.take(value, row);
    if (reason !== "") cursor.refuse(`${this.label}: ${reason}`, start);
  }
}
