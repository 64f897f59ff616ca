// JSON messages into rows (RFC 8259, read as Flink's json format reads it): wanted values into their columns.
//
//   a table of SQL      an object is a row; of an array every element is one, null is none
//   a device profile    an object is a row; where pointers have a `*`, every element of that array is one, and what
//                       stands outside of it is in all of its rows

import { holdsOtherKeys } from "../../core/format/json-keys.ts";
import { FormatOptions } from "../../core/format/options.ts";
import { EACH } from "../../core/format/profile-codec.ts";
import { afterByteOrderMark } from "../byte-order-mark.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { RecordRows } from "../record-rows.ts";
import type { DecodeTable } from "../table.ts";
import { ColumnTaker } from "./column-taker.ts";
import type { JsonOptions } from "./convert.ts";
import type { JsonCursor } from "./cursor.ts";
import { ObjectShape } from "./object-shape.ts";
import type { ValueTaker } from "./object-shape.ts";
import { jsonOptions } from "./options.ts";
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY, OPEN_OBJECT } from "./tokens.ts";
import { JsonValueTaker } from "./value-taker.ts";

/** Reads messages of one table. One instance per table, since it remembers the order of keys. */
export class JsonReader implements PayloadReader {
  readonly ignoresErrors: boolean;
  reason = "";
  position = 0;
  readonly #cursor: JsonCursor;
  readonly #shape: ObjectShape;
  readonly #rows: RecordRows;
  /** Rows come from the elements of an array that the addresses name. */
  readonly #hasRecords: boolean;
  readonly #isTable: boolean;
  /** What a row must have, under `json.fail-on-missing-field`. */
  readonly #mustBePresent: readonly ColumnTaker[];

  /** Throws blame `config` for bad json options. */
  constructor({ table, wanted, space, codec, cursor }: ReaderInput) {
    const json = jsonOptions(table);
    checkKeys(table, wanted);
    this.ignoresErrors = json.ignoreParseErrors;
    this.#cursor = cursor;
    this.#isTable = codec === undefined;
    this.#rows = new RecordRows(space);
    const values = wanted.map((each) => {
      return { path: pathOf(each), taker: takerOf(each, json, codec === undefined) };
    });
    this.#hasRecords = values.some(({ path }) => path.includes(EACH));
    this.#shape = new ObjectShape(values, { rows: this.#rows });
    const takers = values.map(({ taker }) => taker).filter((taker) => taker instanceof ColumnTaker);
    this.#mustBePresent = json.failOnMissingField ? takers : [];
  }

  read({ bytes, start, end }: Payload, row: number): number {
    const cursor = this.#cursor;
    cursor.reset(bytes, afterByteOrderMark(bytes, start, end), end);
    const first = cursor.next();
    const rows = this.#read(cursor, first, row);
    if (rows >= 0) return rows;
    this.reason = cursor.reason;
    this.position = cursor.failedAt - start;
    return -1;
  }

  #read(cursor: JsonCursor, first: number, row: number): number {
    if (first === -1) {
      cursor.syntaxError("empty payload");
      return -1;
    }
    if (this.#hasRecords) {
      this.#rows.begin(row);
      cursor.rows++;
      return this.#shape.take(cursor, row) ? this.#rows.count : -1;
    }
    if (first === OPEN_OBJECT) return this.#object(cursor, row) ? 1 : -1;
    if (first === OPEN_ARRAY && this.#isTable) return this.#array(cursor, row);
    notAnObject(cursor, "the payload is not a JSON object");
    return -1;
  }

  #object(cursor: JsonCursor, row: number): boolean {
    cursor.rows++;
    if (!this.#shape.walk(cursor, row)) return false;
    const missing = this.#mustBePresent.find(({ seen }) => seen !== cursor.rows);
    if (missing === undefined) return true;
    cursor.conversionError(`${missing.label}: missing ('json.fail-on-missing-field' is 'true')`);
    return false;
  }

  /** The rows of an array's elements. Under `ignore-parse-errors` the bad ones are left out, as in Flink. */
  #array(cursor: JsonCursor, row: number): number {
    const rows = this.#rows;
    rows.begin(row);
    cursor.pos++;
    let byte = cursor.next();
    if (byte === CLOSE_ARRAY) return 0;
    for (;;) {
      if (byte === 0x6e) {
        if (!cursor.literal("null")) return this.#broken();
      } else if (!this.#element(cursor, byte)) return this.#broken();
      byte = cursor.next();
      if (byte === CLOSE_ARRAY) return rows.count;
      if (byte !== COMMA) {
        cursor.syntaxError(cursor.unexpected());
        return this.#broken();
      }
      cursor.pos++;
      byte = cursor.next();
    }
  }

  #element(cursor: JsonCursor, byte: number): boolean {
    const row = this.#rows.next();
    if (row < 0) {
      cursor.conversionError(this.#rows.reason);
      return false;
    }
    if (byte === OPEN_OBJECT && this.#object(cursor, row)) return true;
    this.#rows.undo();
    if (byte === OPEN_OBJECT) return false;
    notAnObject(cursor, "an element of the array is not a JSON object");
    if (cursor.syntax || !this.ignoresErrors) return false;
    cursor.reason = "";
    return true;
  }

  /** What came before the damage stays, where errors are ignored. */
  #broken(): number {
    return this.ignoresErrors && this.#rows.count > 0 ? this.#rows.count : -1;
  }
}

/** Whatever format the table has: `headrace sql` reads all of them as JSON. */
function checkKeys(table: DecodeTable, wanted: readonly Wanted[]): void {
  const bad = wanted.find(({ type, plain }) => plain && holdsOtherKeys(type));
  if (bad === undefined) return;
  throw new FormatOptions(table, "json.").refuseFormat(
    `${bad.label}: keys in JSON are text`,
    "Declare the keys as STRING.",
  );
}

/** What is no JSON at all says so; a number or an array is JSON, but no row. */
function notAnObject(cursor: JsonCursor, reason: string): void {
  const start = cursor.pos;
  if (!cursor.skip()) return;
  cursor.conversionError(reason);
  cursor.failedAt = start;
}

function pathOf({ address }: Wanted): readonly string[] {
  return address.kind === "path" ? address.path : [];
}

function takerOf(wanted: Wanted, json: JsonOptions, isTable: boolean): ValueTaker {
  const { label, type, column, target, plain, fields } = wanted;
  // Flink takes every text but "true" for FALSE. A device that sends "on" means something else.
  const isOwn = isTable || type.kind !== "BOOLEAN";
  if (!plain || !isOwn) return new JsonValueTaker(label, target);
  return new ColumnTaker({ label, type, column, json, fields });
}
