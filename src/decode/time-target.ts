// The event time of a device profile, from a number, a text or a moment in the payload, as epoch milliseconds (or, in
// a record with a base time, as milliseconds after that) in a number column.

import type { TimeUnit } from "../core/format/profile-codec.ts";
import { VALUE } from "../core/row-batch.ts";
import type { NumberColumn } from "../core/row-batch.ts";
import { parseTimestamp } from "./json/texts.ts";
import { PayloadDecimal, PayloadInstant, shownValue } from "./payload-value.ts";
import type { PayloadValue } from "./payload-value.ts";
import type { ValueTarget } from "./value-target.ts";

/** Of the units that are numbers. */
export const MS_PER_UNIT = { ns: 1e-6, us: 0.001, ms: 1, s: 1000 } as const;

/** Writes the time into `column`: at the row it is for, or at 0 for a base time that a whole message shares. */
export class TimeTarget implements ValueTarget {
  readonly #unit: TimeUnit;
  readonly #column: NumberColumn;
  readonly #isShared: boolean;

  constructor(unit: TimeUnit, column: NumberColumn, isShared: boolean) {
    this.#unit = unit;
    this.#column = column;
    this.#isShared = isShared;
  }

  /** NULL is no time: it counts as missing. */
  take(value: PayloadValue, row: number): string {
    if (value === null) return "";
    const ms = this.#milliseconds(value);
    if (ms === undefined) return `${shownValue(value)} is no time in ${this.#unit}`;
    const at = this.#isShared ? 0 : row;
    this.#column.values[at] = ms;
    this.#column.state[at] = VALUE;
    return "";
  }

  #milliseconds(value: PayloadValue): number | undefined {
    if (value instanceof PayloadInstant) return value.ms;
    if (typeof value === "number") return this.#fromNumber(value);
    if (typeof value === "bigint") return this.#fromInteger(value);
    if (value instanceof PayloadDecimal) return this.#fromNumber(Number(shownValue(value)));
    if (typeof value !== "string") return undefined;
    return this.#unit === "iso8601" ? instant(value) : this.#fromNumber(numberOf(value));
  }

  /** To the nearest millisecond: 1732300000.123 s is not exact in a double. */
  #fromNumber(value: number): number | undefined {
    if (this.#unit === "iso8601") return undefined;
    const ms = Math.round(value * MS_PER_UNIT[this.#unit]);
    return Number.isSafeInteger(ms) ? ms + 0 : undefined;
  }

  /** Nanoseconds since 1970 are beyond 2^53. */
  #fromInteger(value: bigint): number | undefined {
    return this.#unit === "ns" ? Number(value / 1_000_000n) : this.#fromNumber(Number(value));
  }
}

function numberOf(text: string): number {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** ISO 8601 with Z or an offset, to epoch milliseconds. */
function instant(text: string): number | undefined {
  const match = /^(.*?)(Z|([+-])(\d\d):?(\d\d)?)$/.exec(text);
  if (match === null) return undefined;
  const [, local = "", , sign, hours = "0", minutes = "0"] = match;
  const moment = parseTimestamp(`${local.replace(" ", "T")}Z`, "ISO-8601", true);
  if (moment === undefined) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return moment.ms - (sign === "-" ? -offsetMs : offsetMs);
}
