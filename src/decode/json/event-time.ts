// The event time of a device profile, from a number or text in the payload.

import type { JsonCursor } from "./cursor.ts";
import type { ValueTaker } from "./object-shape.ts";
import { parseTimestamp } from "./texts.ts";
import { MINUS, QUOTE } from "./tokens.ts";

const MS_PER_UNIT = { ms: 1, s: 1000, us: 0.001 } as const;

/** Takes the time of one message. `seen` is the cursor's message number when a time was there (JSON null is none). */
export class EventTimeTaker implements ValueTaker {
  seen = -1;
  /** Epoch milliseconds. */
  ms = 0;
  readonly #pointer: string;
  readonly #unit: "ms" | "s" | "us" | "iso8601";

  constructor(pointer: string, unit: "ms" | "s" | "us" | "iso8601") {
    this.#pointer = pointer;
    this.#unit = unit;
  }

  take(cursor: JsonCursor): boolean {
    const byte = cursor.next();
    if (byte === 0x6e) return cursor.literal("null");
    let ms: number | undefined;
    const start = cursor.pos;
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) {
      const value = cursor.number();
      if (cursor.reason !== "") return false;
      ms = this.#fromNumber(value);
    } else if (byte === QUOTE) {
      const text = cursor.string();
      if (text === undefined) return false;
      ms = this.#unit === "iso8601" ? instant(text) : this.#fromNumber(numberOf(text));
    } else if (!cursor.skip()) return false;
    if (ms === undefined) {
      const shown = cursor.ascii(start, Math.min(cursor.pos, start + 40));
      cursor.conversionError(`time ${this.#pointer}: ${shown} is no time in ${this.#unit}`);
      return false;
    }
    this.ms = ms;
    this.seen = cursor.message;
    return true;
  }

  /** To the nearest millisecond: 1732300000.123 s is not exact in a double. */
  #fromNumber(value: number): number | undefined {
    if (this.#unit === "iso8601") return undefined;
    const ms = Math.round(value * MS_PER_UNIT[this.#unit]);
    return Number.isSafeInteger(ms) ? ms + 0 : undefined;
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
