// What per-row code throws when the data breaks it where Flink's job would die: 1/0, CAST of bad text. Caught per
// row and rule, reported through the host; it never leaves the operators.

import type { SourcePosition } from "../core/errors.ts";

/** Not an Error on purpose: no stack is captured, so a device that sends only bad rows costs little. */
export class DataError {
  /** For people: what was wrong with the value. */
  readonly reason: string;
  /** The expression in the SQL text. */
  readonly position: SourcePosition | undefined;
  /** The row is refused because a bound on state is reached; its values are as good as any. */
  readonly isFull: boolean;

  constructor(reason: string, position?: SourcePosition, isFull = false) {
    this.reason = reason;
    this.position = position;
    this.isFull = isFull;
  }
}

/** Throws the DataError of a row that an operator has no room for. */
export function fullError(reason: string): never {
  throw new DataError(reason, undefined, true);
}

/** Throws a DataError. */
export function dataError(reason: string, position?: SourcePosition): never {
  throw new DataError(reason, position);
}

/** A value as it is quoted in reasons: short, and one line. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}
