// A JSON object into the value of a ROW: its fields in order, NULL for those that are missing or not wanted. Walked as
// the payload itself is, with the order of keys predicted.

import type { SqlValue } from "../../core/types.ts";
import type { JsonCursor } from "./cursor.ts";
import { ObjectShape } from "./object-shape.ts";
import { OPEN_OBJECT } from "./tokens.ts";

/** A wanted field: its index in the ROW, and how its value is read (undefined with a reason when it cannot be). */
export interface RowField {
  readonly index: number;
  readonly name: string;
  readonly convert: (cursor: JsonCursor) => SqlValue | undefined;
}

/** Reads rows of one type, one at a time: a ROW does not hold itself. */
export class RowReader {
  readonly #shape: ObjectShape;
  readonly #nulls: readonly null[];
  readonly #found: boolean[];
  #values: SqlValue[] = [];

  /** `size`: number of all fields. */
  constructor(size: number, wanted: readonly RowField[]) {
    this.#nulls = Array.from({ length: size }, () => null);
    this.#found = this.#nulls.map(() => false);
    this.#shape = new ObjectShape(
      wanted.map((field) => ({
        path: [field.name],
        taker: { take: (cursor) => this.#take(cursor, field) },
      })),
    );
  }

  /** The row at the cursor; undefined with a reason when it is none, or when it must be complete and is not. */
  read(cursor: JsonCursor, mustBeComplete: boolean): SqlValue | undefined {
    if (cursor.next() !== OPEN_OBJECT) return cursor.conversionError("not an object");
    this.#values = this.#nulls.slice();
    this.#found.fill(false);
    if (!this.#shape.walk(cursor, 0)) return undefined;
    if (mustBeComplete && this.#found.includes(false)) {
      return cursor.conversionError("a field is missing");
    }
    return this.#values;
  }

  #take(cursor: JsonCursor, { index, name, convert }: RowField): boolean {
    const value = convert(cursor);
    if (value === undefined) {
      if (!cursor.syntax) cursor.reason = `${name}: ${cursor.reason}`;
      return false;
    }
    this.#values[index] = value;
    this.#found[index] = true;
    return true;
  }
}
