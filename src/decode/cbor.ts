// CBOR (RFC 8949), one item a message. Read are the generic data model, indefinite lengths, and these tags:
//
//   1  epoch time        a moment, where a column asks for one; else the number it is
//   2  3  bignums        exact integers          4  decimal fractions   exact decimals
//   0  text times and all others: the content as if the tag were not there (§3.4: a tag may be ignored)
//
// Refused as not well-formed (appendix F): reserved additional information, simple values below 32 in two bytes, a
// break outside of a container, string chunks of another type; and bytes behind the item.

import { float16 } from "./float16.ts";
import {
  ARRAY_ITEM,
  BIG_ITEM,
  BOOLEAN_ITEM,
  BYTES_ITEM,
  DECIMAL_ITEM,
  FLOAT_ITEM,
  INTEGER_ITEM,
  MAP_ITEM,
  NULL_ITEM,
  TEXT_ITEM,
  TreeCursor,
  UNKNOWN_LENGTH,
} from "./tree/cursor.ts";
import { unsigned64 } from "./wire-cursor.ts";

const BREAK = 0xff;
const INDEFINITE = 31;
const TAG_EPOCH = 1;
const TAG_BIG = 2;
const TAG_NEGATIVE_BIG = 3;
const TAG_DECIMAL = 4;
/** Tags around one item; each costs a byte only, and means nothing more. */
const MAX_TAGS = 16;
/** Digits of a decimal fraction on either side of the point: beyond it no column can hold one. */
const MAX_EXPONENT = 400;
/** Bytes of a bignum: arithmetic on longer ones would cost time in their square. */
const MAX_BIGNUM_BYTES = 64;

export class CborCursor extends TreeCursor {
  override isEpoch = false;
  /** The argument of the head: within 2^53, or `wide`. */
  #argument = 0;
  #wide: bigint | undefined;

  override next(): number {
    this.isEpoch = false;
    for (let tags = 0; ; tags++) {
      const initial = this.byte();
      const major = initial >>> 5;
      const info = initial & 0x1f;
      if (major === 7) return this.#simple(info);
      if (!this.#head(info, major)) return NULL_ITEM;
      if (major !== 6) return this.#item(major);
      if (tags >= MAX_TAGS) this.fail("too many tags");
      const tag = this.#argument;
      if (tag === TAG_BIG || tag === TAG_NEGATIVE_BIG)
        return this.#bignum(tag === TAG_NEGATIVE_BIG);
      if (tag === TAG_DECIMAL) return this.#decimal();
      this.isEpoch = tag === TAG_EPOCH;
    }
  }

  override itemText(): string {
    if (this.length !== UNKNOWN_LENGTH) return super.itemText();
    let text = "";
    while (this.#chunk(3)) text += this.text(this.#argument, false);
    return text;
  }

  override itemBytes(): Uint8Array {
    if (this.length !== UNKNOWN_LENGTH) return super.itemBytes();
    const chunks: Uint8Array[] = [];
    while (this.#chunk(2)) chunks.push(this.blob(this.#argument));
    return Uint8Array.from(Buffer.concat(chunks));
  }

  protected override skipString(isText: boolean): void {
    if (this.length !== UNKNOWN_LENGTH) return super.skipString(isText);
    while (this.#chunk(isText ? 3 : 2)) {
      this.length = this.#argument;
      super.skipString(isText);
    }
  }

  protected override atEndMark(): boolean {
    if (this.pos < this.end && this.bytes[this.pos] !== BREAK) return false;
    this.byte();
    return true;
  }

  #item(major: number): number {
    switch (major) {
      case 0:
        return this.#integer(this.#argument, this.#wide);
      case 1:
        return this.#integer(-1 - this.#argument, this.#wide && -1n - this.#wide);
      case 2:
      case 3:
        this.length =
          this.#argument === UNKNOWN_LENGTH ? UNKNOWN_LENGTH : this.claim(this.#argument, 1);
        return major === 2 ? BYTES_ITEM : TEXT_ITEM;
      default: {
        const least = major === 4 ? 1 : 2;
        this.length =
          this.#argument === UNKNOWN_LENGTH ? UNKNOWN_LENGTH : this.claim(this.#argument, least);
        return major === 4 ? ARRAY_ITEM : MAP_ITEM;
      }
    }
  }

  #integer(number: number, wide: bigint | undefined): number {
    // -1 - (2^53 - 1) is -2^53, one beyond what is exact.
    if (wide === undefined && number >= -Number.MAX_SAFE_INTEGER) {
      this.number = number;
      return INTEGER_ITEM;
    }
    this.big = wide ?? BigInt(number);
    return BIG_ITEM;
  }

  /** Reads the argument behind an initial byte; false with a failure. */
  #head(info: number, major: number): boolean {
    this.#wide = undefined;
    if (info < 24) this.#argument = info;
    else if (info === 24) this.#argument = this.byte();
    else if (info <= 27) this.#long(1 << (info - 24));
    else if (info === INDEFINITE && major >= 2 && major <= 5) this.#argument = UNKNOWN_LENGTH;
    else this.fail("an initial byte that CBOR does not have", this.pos - 1);
    return !this.failed;
  }

  #long(bytes: number): void {
    const at = this.take(bytes);
    if (at < 0) return;
    const { view } = this;
    if (bytes === 2) this.#argument = view.getUint16(at);
    else if (bytes === 4) this.#argument = view.getUint32(at);
    else {
      const value = unsigned64(view.getUint32(at), view.getUint32(at + 4));
      if (typeof value === "number") this.#argument = value;
      else {
        this.#wide = value;
        this.#argument = Number.MAX_SAFE_INTEGER;
      }
    }
  }

  #simple(info: number): number {
    switch (info) {
      case 20:
      case 21:
        this.number = info - 20;
        return BOOLEAN_ITEM;
      case 25: {
        const at = this.take(2);
        this.number = at < 0 ? 0 : float16(this.view.getUint16(at));
        return FLOAT_ITEM;
      }
      case 26:
        this.number = this.float32(false);
        return FLOAT_ITEM;
      case 27:
        this.number = this.float64(false);
        return FLOAT_ITEM;
      case 24:
        if (this.byte() < 32) this.fail("a simple value that CBOR does not have", this.pos - 1);
        return NULL_ITEM;
      default:
        // null, undefined and what nobody has given a meaning.
        if (info > 24) this.fail("an initial byte that CBOR does not have", this.pos - 1);
        return NULL_ITEM;
    }
  }

  /** One chunk of a string of unknown length: its size is the argument. */
  #chunk(major: number): boolean {
    if (this.failed || this.atEndMark()) return false;
    const initial = this.byte();
    if (initial >>> 5 !== major || (initial & 0x1f) === INDEFINITE) {
      this.fail("a chunk of another type", this.pos - 1);
      return false;
    }
    if (!this.#head(initial & 0x1f, major)) return false;
    this.claim(this.#argument, 1);
    return !this.failed;
  }

  #bignum(isNegative: boolean): number {
    const initial = this.byte();
    if (initial >>> 5 !== 2 || !this.#head(initial & 0x1f, 2) || this.#argument < 0) {
      this.fail("a bignum that is no byte string");
      return NULL_ITEM;
    }
    if (this.#argument > MAX_BIGNUM_BYTES) this.fail(`a bignum of ${this.#argument} bytes`);
    const at = this.take(this.#argument);
    if (at < 0) return NULL_ITEM;
    const hex = this.bytes.toString("hex", at, this.pos);
    const size = hex === "" ? 0n : BigInt(`0x${hex}`);
    const value = isNegative ? -1n - size : size;
    const number = Number(value);
    return this.#integer(number, Number.isSafeInteger(number) ? undefined : value);
  }

  /** [exponent, mantissa]: mantissa × 10^exponent. */
  #decimal(): number {
    if (this.next() !== ARRAY_ITEM || this.length !== 2) {
      this.fail("a decimal fraction that is no pair");
      return NULL_ITEM;
    }
    const exponent = this.next() === INTEGER_ITEM ? this.number : Number.NaN;
    const kind = this.next();
    if (!(Math.abs(exponent) <= MAX_EXPONENT) || (kind !== INTEGER_ITEM && kind !== BIG_ITEM)) {
      this.fail("a decimal fraction without exponent or mantissa");
      return NULL_ITEM;
    }
    const mantissa = kind === BIG_ITEM ? this.big : BigInt(this.number);
    this.big = exponent > 0 ? mantissa * 10n ** BigInt(exponent) : mantissa;
    this.scale = Math.max(0, -exponent);
    this.isEpoch = false;
    return DECIMAL_ITEM;
  }
}
