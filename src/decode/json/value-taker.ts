// A JSON value for a target that is no plain column: a device profile's transformed measurement, or its time.

import type { PayloadValue } from "../payload-value.ts";
import type { ValueTarget } from "../value-target.ts";
import type { JsonCursor } from "./cursor.ts";
import type { ValueTaker } from "./object-shape.ts";
import { MINUS, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./tokens.ts";

export class JsonValueTaker implements ValueTaker {
  readonly #label: string;
  readonly #target: ValueTarget;

  /** `label` is how reasons name it. */
  constructor(label: string, target: ValueTarget) {
    this.#label = label;
    this.#target = target;
  }

  take(cursor: JsonCursor, row: number): boolean {
    const byte = cursor.next();
    const start = cursor.pos;
    const value = jsonScalar(cursor, byte);
    if (value === undefined) {
      if (!cursor.syntax) cursor.reason = `${this.#label}: ${cursor.reason}`;
      return false;
    }
    const reason = this.#target.take(value, row);
    if (reason === "") return true;
    cursor.conversionError(`${this.#label}: ${reason}`);
    cursor.failedAt = start;
    return false;
  }
}

/** The value that begins with `byte`; undefined with a reason when it is an object or array, or no JSON. */
export function jsonScalar(cursor: JsonCursor, byte: number): PayloadValue | undefined {
  if (byte === QUOTE) return cursor.string();
  if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) {
    const number = cursor.number();
    if (cursor.reason !== "") return undefined;
    return cursor.exact || !cursor.integral ? number : BigInt(cursor.numberText());
  }
  if (byte === 0x74) return cursor.literal("true") ? true : undefined;
  if (byte === 0x66) return cursor.literal("false") ? false : undefined;
  if (byte === 0x6e) return cursor.literal("null") ? null : undefined;
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
    return cursor.conversionError(`an ${byte === OPEN_ARRAY ? "array" : "object"} is no value`);
  }
  cursor.syntaxError(cursor.unexpected());
  return undefined;
}
