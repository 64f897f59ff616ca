// Puts one JSON value into one column. The usual pairs (number for a number column, text for STRING, true for
// BOOLEAN) are read straight from the bytes; everything else goes through the type's converter.

import { NULL, VALUE, WIDE } from "../../core/row-batch.ts";
import type { Column, NumberColumn, ValueColumn } from "../../core/row-batch.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import { compileConverter } from "./convert.ts";
import type { Converter, JsonOptions } from "./convert.ts";
import type { JsonCursor } from "./cursor.ts";
import type { ValueTaker } from "./object-shape.ts";
import { MINUS, QUOTE } from "./tokens.ts";

/** Quick ways; SLOW has none. */
const SLOW = 0;
const FLOATING = 1;
const WHOLE = 2;
const TEXT = 3;
const BOOLEAN = 4;

const RANGES: Readonly<Record<string, number>> = {
  TINYINT: 0x80,
  SMALLINT: 0x8000,
  INTEGER: 0x8000_0000,
  BIGINT: Infinity,
};

export interface TakerOptions {
  /** As reasons name it: the column's name. */
  readonly name: string;
  readonly type: SqlType;
  readonly column: Column;
  readonly json: JsonOptions;
}

/** Fills one column. `seen` is the cursor's message number of the last value taken. */
export class ColumnTaker implements ValueTaker {
  seen = -1;
  readonly name: string;
  readonly #quick: number;
  readonly #float: boolean;
  /** Whole numbers of this type are in [-range, range). */
  readonly #range: number;
  readonly #numbers: NumberColumn;
  readonly #values: ValueColumn;
  readonly #convert: Converter;

  constructor(options: TakerOptions) {
    const { type, column } = options;
    this.name = options.name;
    this.#quick = quickWay(type);
    this.#float = type.kind === "FLOAT";
    this.#range = RANGES[type.kind] ?? 0;
    // The column of the other layout is never touched; an empty one keeps the hot path free of checks.
    this.#numbers = column.layout === "number" ? column : NO_NUMBERS;
    this.#values = column.layout === "value" ? column : NO_VALUES;
    this.#convert = compileConverter(type, options.json);
  }

  take(cursor: JsonCursor, row: number): boolean {
    const byte = cursor.next();
    this.seen = cursor.message;
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
    const value = this.#convert(cursor);
    if (value === undefined) {
      if (!cursor.syntax) cursor.reason = `field ${this.name}: ${cursor.reason}`;
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

/** Puts any value of the column's type into row `row`. */
export function storeValue(column: Column, row: number, value: SqlValue): void {
  if (column.layout === "value") {
    column.values[row] = value;
  } else if (value === null) {
    column.state[row] = NULL;
  } else if (typeof value === "bigint") {
    column.wide.set(row, value);
    column.state[row] = WIDE;
  } else {
    column.values[row] = Number(value);
    column.state[row] = VALUE;
  }
}

/** Whether row `row` of the column is NULL. */
export function isNull(column: Column, row: number): boolean {
  return column.layout === "value" ? column.values[row] === null : column.state[row] === NULL;
}

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
    default:
      return SLOW;
  }
}
