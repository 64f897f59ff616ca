// Which table a line of the input belongs to: where a SQL file declares several, each line says so with "$table".

import { afterByteOrderMark } from "../../decode/byte-order-mark.ts";
import { JsonCursor } from "../../decode/json/cursor.ts";
import { ObjectShape } from "../../decode/json/object-shape.ts";
import type { ValueTaker } from "../../decode/json/object-shape.ts";
import { OPEN_OBJECT, QUOTE } from "../../decode/json/tokens.ts";

/** The tables that events may be of. */
export interface InputTables {
  /** Those that a query reads. */
  readonly read: readonly string[];
  /** All of the SQL file, those among them too: events of the others are passed over. */
  readonly declared: readonly string[];
}

/** Bytes [start, end). */
export interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Finds the tables of lines. */
export class LineTable implements ValueTaker {
  readonly #tables: InputTables;
  /** Whose the lines are that name no table. */
  readonly #unnamed: string | undefined;
  #name: string | undefined;
  readonly #cursor = new JsonCursor();
  readonly #shape = new ObjectShape([{ path: ["$table"], taker: this }]);

  constructor(tables: InputTables) {
    this.#tables = tables;
    const { read, declared } = tables;
    this.#unnamed = read.length === 1 ? read[0] : declared.length === 1 ? declared[0] : undefined;
  }

  /** The table's name, which is a declared one; undefined if the line should name one and does not. */
  of(line: Line): string | undefined {
    // With one table the line is the payload, whatever its members are called.
    if (this.#tables.declared.length === 1) return this.#unnamed;
    this.#name = undefined;
    if (!this.#read(line) || this.#name === undefined) return this.#unnamed;
    return this.#tables.declared.includes(this.#name) ? this.#name : undefined;
  }

  take(cursor: JsonCursor): boolean {
    if (cursor.next() !== QUOTE) {
      this.#name = "";
      return cursor.skip();
    }
    this.#name = cursor.string();
    return this.#name !== undefined;
  }
  #read({ bytes, start, end }: Line): boolean {
    const cursor = this.#cursor;
    cursor.reset(bytes, afterByteOrderMark(bytes, start, end), end);
    return cursor.next() === OPEN_OBJECT && this.#shape.walk(cursor, 0);
  }
}
