// A place in JSON bytes, and the reading of what stands there: white space, literals, numbers. It accepts what Flink's
// json format accepts, i.e. Jackson with unescaped control characters allowed. Nothing here throws: a reader returns
// false (or undefined) and leaves the reason.
//
// Two kinds of failure. A *syntax* failure makes the whole message undecodable. A *conversion* failure (text
// where a number should be) concerns one field: with `json.ignore-parse-errors` that field becomes NULL.

import { JSON_NUMBER_CHARACTERS } from "../../core/limits.ts";
import { skipValue } from "./skip.ts";
import { StringCache } from "../string-cache.ts";
import { COLON, MINUS, ZERO } from "./tokens.ts";

/** Powers of ten that a double holds exactly: a mantissa of ≤ 15 digits times or by one of them is correctly rounded. */
const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const EXACT_DIGITS = 15;

export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  /** The same bytes, for reading four at a time. */
  view: DataView = new DataView(new ArrayBuffer(0));
  pos = 0;
  end = 0;
  /** Why the last reading failed; "" when none did. */
  reason = "";
  /** The last failure was one of syntax. */
  syntax = false;
  /** Where the last failure was found, as a place in `bytes`. */
  failedAt = 0;
  /** Of the last number: no fraction and no exponent; value exact in a double; its text is [numberStart, pos). */
  integral = true;
  exact = true;
  numberStart = 0;
  /** Counts objects that become rows, so that takers can tell which fields this one had. */
  rows = 0;
  #mantissa = 0;
  readonly strings: StringCache;

  /** `strings` may be shared with whatever else reads text. */
  constructor(strings: StringCache = new StringCache()) {
    this.strings = strings;
  }

  /** Stands at the first byte of [start, end). */
  reset(bytes: Buffer, start: number, end: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.pos = start;
    this.end = end;
    this.reason = "";
    this.syntax = false;
  }

  /** The next byte, -1 at the end. */
  peek(): number {
    return this.pos < this.end ? (this.bytes[this.pos] as number) : -1;
  }

  /** Skips white space and gives the next byte, -1 at the end. */
  next(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end) {
      const byte = bytes[pos] as number;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.pos = pos;
        return byte;
      }
      pos++;
    }
    this.pos = pos;
    return -1;
  }

  /** Records a failure of syntax; always false. */
  syntaxError(what: string): false {
    this.reason = `not JSON: ${what}`;
    this.syntax = true;
    this.failedAt = this.pos;
    return false;
  }

  /** Records a failure to convert; always undefined. */
  conversionError(reason: string): undefined {
    this.reason = reason;
    this.syntax = false;
    this.failedAt = this.pos;
    return undefined;
  }

  /** What stands here, for a message: `"}"`, `byte 0x01` or `the end`. */
  unexpected(): string {
    const byte = this.peek();
    if (byte === -1) return "unexpected end";
    const shown =
      byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte ${byte} (decimal)`;
    return `unexpected ${shown}`;
  }

  /** Text of [start, end) where it is known to be ASCII. */
  ascii(start: number, end: number): string {
    return this.bytes.toString("latin1", start, end);
  }

  /**
   * Reads a number that begins here. NaN with a reason set when it is not one. The value is the double nearest
   * to the text; where `exact` is false and the column needs all digits, read the text.
   */
  number(): number {
    const { bytes, end } = this;
    const start = this.pos;
    let pos = start;
    const negative = bytes[pos] === MINUS;
    if (negative) pos++;
    // Nine digits at a time in 32-bit integers, which is twice as fast as in doubles.
    let whole = 0;
    const first = pos;
    let digit = pos < end ? (bytes[pos] as number) - ZERO : -1;
    let stop = Math.min(end, pos + 9);
    while (digit >= 0 && digit <= 9) {
      whole = (Math.imul(whole, 10) + digit) | 0;
      digit = ++pos < stop ? (bytes[pos] as number) - ZERO : -1;
    }
    let digits = pos - first;
    if (digits === 0) return this.#badNumber(pos, "");
    let mantissa = whole;
    if (digits === 9) {
      pos = this.#moreDigits(pos, mantissa);
      mantissa = this.#mantissa;
      digits = pos - first;
    }
    if (bytes[first] === ZERO && digits > 1) return this.#badNumber(pos, "a leading zero");
    this.numberStart = start;
    this.integral = true;
    let exponent = 0;
    let byte = pos < end ? (bytes[pos] as number) : -1;
    if (byte === 0x2e) {
      this.integral = false;
      const fraction = ++pos;
      let part = 0;
      stop = Math.min(end, pos + 9);
      digit = pos < end ? (bytes[pos] as number) - ZERO : -1;
      while (digit >= 0 && digit <= 9) {
        part = (Math.imul(part, 10) + digit) | 0;
        digit = ++pos < stop ? (bytes[pos] as number) - ZERO : -1;
      }
      const count = pos - fraction;
      if (count === 0) return this.#badNumber(pos, "a decimal point without digits");
      mantissa = mantissa * (POWERS[count] as number) + part;
      if (count === 9) {
        pos = this.#moreDigits(pos, mantissa);
        mantissa = this.#mantissa;
      }
      exponent = fraction - pos;
      digits -= exponent;
      byte = pos < end ? (bytes[pos] as number) : -1;
    }
    this.pos = pos;
    if ((byte | 0x20) === 0x65) exponent += this.#exponent();
    if (this.pos - start > EXACT_DIGITS && !this.#checkLength()) return Number.NaN;
    this.exact = digits <= EXACT_DIGITS;
    const value = this.exact ? this.#scaled(mantissa, exponent) : this.#fromText();
    return negative ? -value : value;
  }

  #scaled(mantissa: number, exponent: number): number {
    if (exponent === 0) return mantissa;
    if (exponent < 0 && exponent >= -22) return mantissa / (POWERS[-exponent] as number);
    if (exponent > 0 && exponent <= 22) return mantissa * (POWERS[exponent] as number);
    return this.#fromText();
  }

  /** The size of the last number, correctly rounded from its text. */
  #fromText(): number {
    return Math.abs(Number(this.numberText()));
  }

  #checkLength(): boolean {
    if (this.pos - this.numberStart <= JSON_NUMBER_CHARACTERS) return true;
    return this.syntaxError(`a number with more than ${JSON_NUMBER_CHARACTERS} characters`);
  }

  /** Text of the last number. */
  numberText(): string {
    return this.ascii(this.numberStart, this.pos);
  }

  /** `true`, `false` or `null` in full; its first letter has been seen. */
  literal(word: string): boolean {
    const stop = this.pos + word.length;
    if (stop > this.end || this.ascii(this.pos, stop) !== word) {
      return this.syntaxError(this.unexpected());
    }
    this.pos = stop;
    return true;
  }

  /** Reads a string that begins here with its quote. undefined with a reason when it is none. */
  string(): string | undefined {
    return this.strings.read(this);
  }

  /** Passes over one value of any kind, checking its syntax; `depth` is how deep it stands. */
  skip(depth: number = 0): boolean {
    return skipValue(this, depth);
  }

  /** Reads digits on from `pos`; the mantissa so far and the new digits are left in #mantissa. */
  #moreDigits(from: number, mantissa: number): number {
    const { bytes, end } = this;
    let pos = from;
    for (; pos < end; pos++) {
      const digit = (bytes[pos] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
    }
    this.#mantissa = mantissa;
    return pos;
  }

  /** Passes over the colon behind a key. */
  colon(): boolean {
    if (this.next() !== COLON) return this.syntaxError(this.unexpected());
    this.pos++;
    return true;
  }

  /** Reads `e±digits` at `pos`. */
  #exponent(): number {
    const { bytes, end } = this;
    this.integral = false;
    let pos = this.pos + 1;
    const sign = pos < end ? bytes[pos] : 0;
    if (sign === 0x2b || sign === MINUS) pos++;
    const first = pos;
    let power = 0;
    for (; pos < end; pos++) {
      const digit = (bytes[pos] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      // Beyond this every double is 0 or Infinity; the text decides.
      if (power < 100_000) power = power * 10 + digit;
    }
    this.pos = pos;
    if (pos === first) this.#badNumber(pos, "an exponent without digits");
    return sign === MINUS ? -power : power;
  }

  #badNumber(pos: number, what: string): number {
    this.pos = pos;
    this.syntaxError(what === "" ? this.unexpected() : `a number with ${what}`);
    return Number.NaN;
  }
}
