// Puts one JSON value into one column. The usual pairs (number for a number column, text for STRING, true for
// BOOLEAN, the plain form of a TIMESTAMP) are read straight from the bytes; everything else goes through the type's converter.

import { VALUE } from "../../core/row-batch.ts";
import type { Column, NumberColumn, ValueColumn } from "../../core/row-batch.ts";
import type { SqlType } from "../../core/types.ts";
import type { FieldPaths } from "../payload-reader.ts";
import { storeValue } from "../value-target.ts";
import { compileConverter, WHOLE_RANGES } from "./convert.ts";
import type { Converter, JsonOptions } from "./convert.ts";
import type { JsonCursor } from "./cursor.ts";
import type { ValueTaker } from "./object-shape.ts";
import { plainTimestamp, timestampForm } from "./plain-timestamp.ts";
import type { TimestampForm } from "./plain-timestamp.ts";
import { MINUS, QUOTE } from "./tokens.ts";

/** Quick ways; SLOW has none. */
const SLOW = 0;
const FLOATING = 1;
const WHOLE = 2;
const TEXT = 3;
const BOOLEAN = 4;
const TIMESTAMP = 5;

export interface TakerOptions {
  /** As reasons name it: `field temperature`. */
  readonly label: string;
  readonly type: SqlType;
  readonly column: Column;
  readonly json: JsonOptions;
  /** Of a ROW column, the fields read. */
  readonly fields?: FieldPaths | undefined;
}

/** Fills one column. `seen` is the cursor's row number of the last value taken. */
export class ColumnTaker implements ValueTaker {
  seen = -1;
  readonly label: string;
  readonly #quick: number;
  readonly #float: boolean;
  /** Whole numbers of this type are in [-range, range). */
  readonly #range: number;
  readonly #numbers: NumberColumn;
  readonly #values: ValueColumn;
  readonly #form: TimestampForm;
  readonly #convert: Converter;

  constructor(options: TakerOptions) {
    const { type, column } = options;
    this.label = options.label;
    this.#quick = quickWay(type);
    this.#float = type.kind === "FLOAT";
    this.#range = WHOLE_RANGES[type.kind] ?? 0;
    // The column of the other layout is never touched; an empty one keeps the hot path free of checks.
    this.#numbers = column.layout === "number" ? column : NO_NUMBERS;
    this.#values = column.layout === "value" ? column : NO_VALUES;
    this.#form = timestampForm(options.json.timestampFormat, type.kind === "TIMESTAMP_LTZ");
    this.#convert = compileConverter(type, options.json, options.fields);
  }

  take(cursor: JsonCursor, row: number): boolean {
    const byte = cursor.next();
    this.seen = cursor.rows;
    const quick = this.#quick;
    if (quick === TEXT) {
      if (byte === QUOTE) {
        const text = cursor.string();
        if (text === undefined) return false;
        this.#values.values[row] = text;
        return true;
      }
    } else if (quick === BOOLEAN) {
      if (byte === 0x74 || byte === 0x66) return this.#boolean(cursor, byte === 0x74, row);
    } else if (quick === TIMESTAMP) {
      const ms = plainTimestamp(cursor, this.#form);
      if (!Number.isNaN(ms)) {
        this.#set(row, ms);
        return true;
      }
    } else if (quick !== SLOW && (byte === MINUS || (byte >= 0x30 && byte <= 0x39))) {
      const start = cursor.pos;
      const value = cursor.number();
      if (cursor.reason !== "") return false;
      if (quick === FLOATING) {
        this.#set(row, this.#float ? Math.fround(value) : value);
        return true;
      }
      if (cursor.exact && cursor.integral && value >= -this.#range && value < this.#range) {
        // + 0 makes -0 a plain zero.
        this.#set(row, value + 0);
        return true;
      }
      cursor.pos = start;
    }
    return this.#slow(cursor, row);
  }

  #set(row: number, value: number): void {
    this.#numbers.values[row] = value;
    this.#numbers.state[row] = VALUE;
  }

  #boolean(cursor: JsonCursor, value: boolean, row: number): boolean {
    if (!cursor.literal(value ? "true" : "false")) return false;
    this.#set(row, value ? 1 : 0);
    return true;
  }

  #slow(cursor: JsonCursor, row: number): boolean {
    const start = cursor.pos;
    const value = this.#convert(cursor);
    if (value === undefined) {
      if (!cursor.syntax) {
        cursor.reason = `${this.label}: ${cursor.reason}`;
        cursor.failedAt = start;
      }
      return false;
    }
    storeValue(this.#numbers === NO_NUMBERS ? this.#values : this.#numbers, row, value);
    return true;
  }
}

const NO_NUMBERS: NumberColumn = {
  layout: "number",
  values: new Float64Array(0),
  state: new Uint8Array(0),
  wide: new Map(),
};
const NO_VALUES: ValueColumn = { layout: "value", values: [] };

function quickWay(type: SqlType): number {
  switch (type.kind) {
    case "FLOAT":
    case "DOUBLE":
      return FLOATING;
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
      return WHOLE;
    case "CHAR":
    case "VARCHAR":
      return TEXT;
    case "BOOLEAN":
      return BOOLEAN;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3 ? TIMESTAMP : SLOW;
    default:
      return SLOW;
  }
}
