// A value of a payload before it is known where it goes: what the codecs of formats that Flink does not have (and of
// device profiles) hand to a target. Exact: integers beyond 2^53 are bigints, decimal fractions keep their scale.

import { decimalText } from "../core/value/decimal.ts";
import { timestampText } from "../core/value/time-text.ts";

/** A decimal number as sent: unscaled × 10^-scale. */
export class PayloadDecimal {
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }
}

/** A moment as sent: epoch milliseconds and the nanoseconds within the last of them. */
export class PayloadInstant {
  readonly ms: number;
  readonly nanos: number;

  constructor(ms: number, nanos: number) {
    this.ms = ms;
    this.nanos = nanos;
  }
}

export type PayloadValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PayloadDecimal
  | PayloadInstant
  | readonly PayloadValue[]
  | ReadonlyMap<PayloadValue, PayloadValue>;

const SHOWN_CHARACTERS = 40;

/** The value for a reason: short, text in quotes. Reasons go to dead letters only, never into logs. */
export function shownValue(value: PayloadValue): string {
  if (typeof value === "string") {
    return value.length <= SHOWN_CHARACTERS
      ? `'${value}'`
      : `'${value.slice(0, SHOWN_CHARACTERS)}…'`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof PayloadDecimal) return decimalText(value.unscaled, value.scale);
  if (value instanceof PayloadInstant) return `${timestampText(value.ms, "T", 3)}Z`;
  return Array.isArray(value) ? "an array" : "a map";
}
