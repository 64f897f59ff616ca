// JSON messages into rows: one object a message, wanted values into their columns.

import { JsonCursor } from "./cursor.ts";
import { ObjectShape } from "./object-shape.ts";
import type { WantedValue } from "./object-shape.ts";
import { OPEN_OBJECT } from "./tokens.ts";

/** Reads messages of one table. One instance per table, since it remembers the order of keys. */
export class JsonReader {
  readonly #cursor: JsonCursor;
  readonly #shape: ObjectShape;

  /** `cursor` may be shared by readers that never read at the same time. */
  constructor(wanted: readonly WantedValue[], cursor: JsonCursor = new JsonCursor()) {
    this.#cursor = cursor;
    this.#shape = new ObjectShape(wanted);
  }

  get cursor(): JsonCursor {
    return this.#cursor;
  }

  /** Reads the message in bytes [start, end) into row `row`. "" or the reason why it is undecodable. */
  read(bytes: Buffer, range: { start: number; end: number }, row: number): string {
    const cursor = this.#cursor;
    cursor.reset(bytes, range.start, range.end);
    if (hasByteOrderMark(bytes, range.start, range.end)) cursor.pos += 3;
    const first = cursor.next();
    if (first !== OPEN_OBJECT) return notAnObject(cursor, first);
    return this.#shape.walk(cursor, row) ? "" : cursor.reason;
  }
}

function hasByteOrderMark(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start >= 3 &&
    bytes[start] === 0xef &&
    bytes[start + 1] === 0xbb &&
    bytes[start + 2] === 0xbf
  );
}

function notAnObject(cursor: JsonCursor, first: number): string {
  if (first === -1) return "not JSON: empty payload";
  // What is no JSON at all says so; a number or an array is JSON, but no row.
  return cursor.skip() ? "the payload is not a JSON object" : cursor.reason;
}
