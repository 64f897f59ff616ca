// A place in the bytes of a binary format. Reading past the end, or anything else that is wrong, is noted once and
// stays: everything read after it is 0 and empty, and the place is the end. So a codec reads on without a check at
// each step, and looks at `failed` where it loops and at the end. Lengths are compared with what is left before
// anything is made of them.

import { isUtf8 } from "node:buffer";

import type { StringCache } from "./string-cache.ts";

const NO_BYTES = Buffer.alloc(0);
/** 2^32 and 2^21: a high word below the second is a number without loss. */
const WORD = 4_294_967_296;
const SAFE_HIGH = 0x20_0000;

export class WireCursor {
  bytes: Buffer = NO_BYTES;
  view: DataView = new DataView(NO_BYTES.buffer, 0, 0);
  pos = 0;
  end = 0;
  /** Why reading failed first; "" while it has not. */
  reason = "";
  /** The byte of the message where that was found. */
  failedAt = 0;
  /** The message is well-formed so far, but a value does not go where it is wanted. */
  isValueFailure = false;
  readonly strings: StringCache;
  #start = 0;

  constructor(strings: StringCache) {
    this.strings = strings;
  }

  get failed(): boolean {
    return this.reason !== "";
  }

  /** Stands at the first byte of [start, end). */
  reset(bytes: Buffer, start: number, end: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.pos = start;
    this.end = end;
    this.#start = start;
    this.reason = "";
    this.isValueFailure = false;
  }

  /** Notes a failure at the current place, or at `pos`, unless there is one already. */
  fail(reason: string, pos: number = this.pos): void {
    if (this.reason === "") {
      this.reason = reason;
      this.failedAt = pos - this.#start;
    }
    this.pos = this.end;
  }

  /** Notes that the value at `pos` does not go where it is wanted. */
  refuse(reason: string, pos: number): void {
    if (this.reason === "") this.isValueFailure = true;
    this.fail(reason, pos);
  }

  /** Puts what the failed value is for before the reason. */
  name(label: string): void {
    this.reason = `${label}: ${this.reason}`;
  }

  /** Passes over `count` bytes and gives where they began; false (with a failure) when there are fewer. */
  take(count: number): number {
    const { pos } = this;
    if (count > this.end - pos || count < 0) {
      this.fail("the message ends too early");
      return -1;
    }
    this.pos = pos + count;
    return pos;
  }

  byte(): number {
    if (this.pos < this.end) return this.bytes[this.pos++] as number;
    this.fail("the message ends too early");
    return 0;
  }

  float32(isLittle: boolean): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.view.getFloat32(at, isLittle);
  }

  float64(isLittle: boolean): number {
    const at = this.take(8);
    return at < 0 ? 0 : this.view.getFloat64(at, isLittle);
  }

  /** Little-endian 32 bits, signed. */
  int32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : this.view.getInt32(at, true);
  }

  /** Little-endian 64 bits, signed: a bigint beyond 2^53. */
  int64(): number | bigint {
    const at = this.take(8);
    if (at < 0) return 0;
    return signed64(this.view.getInt32(at + 4, true), this.view.getUint32(at, true));
  }

  /** The text of the next `length` bytes; with `isLoose` what is not UTF-8 becomes U+FFFD, else it is a failure. */
  text(length: number, isLoose: boolean): string {
    const at = this.take(length);
    if (at < 0) return "";
    const text = this.strings.text(this.bytes, at, this.pos);
    if (text !== undefined) return text;
    if (isLoose) return this.bytes.toString("utf8", at, this.pos);
    this.fail("a text is not UTF-8", at);
    return "";
  }

  /** Whether bytes [from, to) are UTF-8. */
  isUtf8(from: number, to: number): boolean {
    const { bytes } = this;
    for (let pos = from; pos < to; pos++) {
      if ((bytes[pos] as number) > 0x7f) return isUtf8(bytes.subarray(from, to));
    }
    return true;
  }

  /** A copy of the next `length` bytes. */
  blob(length: number): Uint8Array {
    const at = this.take(length);
    return at < 0 ? new Uint8Array(0) : Uint8Array.from(this.bytes.subarray(at, this.pos));
  }
}

/** The signed 64-bit number of two 32-bit words (the high one signed). */
export function signed64(high: number, low: number): number | bigint {
  if (high >= -SAFE_HIGH && high < SAFE_HIGH) {
    const value = high * WORD + low;
    if (value !== -9_007_199_254_740_992) return value;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The unsigned 64-bit number of two unsigned 32-bit words. */
export function unsigned64(high: number, low: number): number | bigint {
  return high < SAFE_HIGH ? high * WORD + low : (BigInt(high) << 32n) | BigInt(low);
}
