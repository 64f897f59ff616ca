// Where a value of a payload goes: into its column as SQL converts it, or through a device profile's transformation.
// The arithmetic is EdgeX': raw → mask → shift → base → scale → offset → value type, in this order, in doubles from
// `base` on. Mask and shift are integer operations and exact up to 64 bits; the value type rounds.

import type { Transform } from "../core/format/profile-codec.ts";
import { NULL, VALUE, WIDE } from "../core/row-batch.ts";
import type { Column, NumberColumn } from "../core/row-batch.ts";
import type { SqlType, SqlValue } from "../core/types.ts";
import { payloadConverter, refusedValue, typeName } from "./payload-convert.ts";
import type { PayloadConverter } from "./payload-convert.ts";
import { shownValue } from "./payload-value.ts";
import type { PayloadValue } from "./payload-value.ts";

export interface ValueTarget {
  /** Puts `value` into row `row`. "" or why it cannot. */
  take(value: PayloadValue, row: number): string;
}

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

/** A column as it is. */
export class ColumnTarget implements ValueTarget {
  readonly #type: SqlType;
  readonly #column: Column;
  readonly #convert: PayloadConverter;

  constructor(type: SqlType, column: Column) {
    this.#type = type;
    this.#column = column;
    this.#convert = payloadConverter(type);
  }

  take(value: PayloadValue, row: number): string {
    const converted = this.#convert(value);
    if (converted === undefined) return refusedValue(value, this.#type);
    storeValue(this.#column, row, converted);
    return "";
  }
}

/** Whether it leaves every value as it is. */
export function isIdentity(transform: Transform): boolean {
  return isLinear(transform) && transform.scale === 1 && transform.offset === 0;
}

/** Whether it is × scale + offset and no more. */
export function isLinear({ mask, shift, base, words }: Transform): boolean {
  return mask === undefined && shift === 0 && base === undefined && words === undefined;
}

const INTEGER_RANGES: Readonly<Record<string, number>> = {
  TINYINT: 2 ** 7,
  SMALLINT: 2 ** 15,
  INTEGER: 2 ** 31,
  BIGINT: 2 ** 53,
};

/** A measurement of a device profile: transformed, then rounded to its column's type. */
export class MeasurementTarget implements ValueTarget {
  readonly #type: SqlType;
  readonly #column: Column;
  readonly #transform: Transform;
  readonly #plain: ColumnTarget;
  readonly #number: PayloadConverter = payloadConverter({ kind: "DOUBLE", nullable: true });
  readonly #integer: PayloadConverter = payloadConverter({ kind: "BIGINT", nullable: true });

  constructor(transform: Transform, type: SqlType, column: Column) {
    this.#transform = transform;
    this.#type = type;
    this.#column = column;
    this.#plain = new ColumnTarget(type, column);
  }

  take(value: PayloadValue, row: number): string {
    const { mask, shift, base, scale, offset, words } = this.#transform;
    let raw = value;
    if (words !== undefined && typeof raw === "string") {
      const isOn = words.on.includes(raw);
      if (!isOn && !words.off.includes(raw)) {
        return `${shownValue(raw)} is neither ${words.on.join(", ")} nor ${words.off.join(", ")}`;
      }
      raw = isOn;
    }
    if (raw !== null && (mask !== undefined || shift !== 0)) {
      const whole = typeof raw === "bigint" ? raw : this.#integer(raw);
      if (typeof whole !== "bigint" && typeof whole !== "number") return refused(raw);
      raw = bits(whole, mask, shift);
    }
    if (this.#type.kind === "BOOLEAN") {
      const isNumber = typeof raw === "number" || typeof raw === "bigint";
      // A flag is set by any bit of it.
      return this.#plain.take(isNumber ? Number(raw) !== 0 : raw, row);
    }
    const isScaled = base !== undefined || scale !== 1 || offset !== 0;
    if (raw === null || (!isScaled && !this.#rounds(raw))) return this.#plain.take(raw, row);
    const number = this.#number(raw);
    if (typeof number !== "number") return refused(raw);
    return this.#store((base === undefined ? number : base ** number) * scale + offset, row);
  }

  /** A number with a fraction for an integer column is rounded here; conversion would cut it. */
  #rounds(raw: PayloadValue): boolean {
    return typeof raw === "number" && INTEGER_RANGES[this.#type.kind] !== undefined;
  }

  #store(value: number, row: number): string {
    const { kind } = this.#type;
    const range = INTEGER_RANGES[kind];
    if (range === undefined) return this.#plain.take(value, row);
    const whole = Math.round(value) + 0;
    if (!(whole >= -range && whole < range)) return `${value} is out of range of ${kind}`;
    storeValue(this.#column, row, whole);
    return "";
  }
}

function refused(value: PayloadValue): string {
  return `${shownValue(value)} is not a ${typeName({ kind: "DOUBLE", nullable: true })}`;
}

/** Mask and shift; 32-bit operations where they give the same. */
function bits(value: number | bigint, mask: bigint | undefined, shift: number): number | bigint {
  let whole = BigInt(value);
  if (mask !== undefined) whole &= mask;
  whole = shift >= 0 ? whole >> BigInt(shift) : whole << BigInt(-shift);
  return whole >= -(2n ** 53n) && whole <= 2n ** 53n ? Number(whole) : whole;
}

/** A number column of its own, for values that are used and not kept. */
export function scratchColumn(): NumberColumn {
  return {
    layout: "number",
    values: new Float64Array(1),
    state: new Uint8Array(1).fill(NULL),
    wide: new Map(),
  };
}
