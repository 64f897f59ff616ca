// A place in Avro's binary encoding (Apache Avro 1.12, "Binary Encoding"): zigzag varints, little-endian floating point,
// strings and bytes with their length before them, arrays and maps in blocks. The bytes say nothing of their types:
// readers are made from the schema they were written with.

import { WireCursor } from "../wire-cursor.ts";

/** 2^28 and 2^56: varints are read in pieces of four bytes. */
const PIECE = 268_435_456;
const LOW_BITS = 28n;

export class AvroCursor extends WireCursor {
  /** An int: 32 bits. */
  int(): number {
    const { bytes, end } = this;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.pos >= end) {
        this.fail("the message ends too early");
        return 0;
      }
      const byte = bytes[this.pos++] as number;
      value |= (byte & 0x7f) << shift;
      // Bits beyond the 32nd are lost, as in Java.
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    this.fail("an int of more than five bytes", this.pos - 1);
    return 0;
  }

  /** A long: 64 bits, a bigint beyond 2^53. */
  long(): number | bigint {
    const low = this.#piece();
    if (!this.#hasMore) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    const middle = this.#piece();
    if (!this.#hasMore && middle < 0x200_0000) {
      const value = low + middle * PIECE;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    // The last piece has the 8 bits above 56, in at most two bytes; bits beyond are lost, as in Java.
    const from = this.pos;
    const high = this.#hasMore ? this.#piece() & 0xff : 0;
    if (this.#hasMore || this.pos > from + 2) {
      this.fail("a long of more than ten bytes", this.pos - 1);
      return 0;
    }
    const value = BigInt(low) | (BigInt(middle) << LOW_BITS) | (BigInt(high) << (2n * LOW_BITS));
    const signed = (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** A length or a count: 0 and more. */
  size(): number {
    const value = this.long();
    if (typeof value === "number" && value >= 0) return value;
    this.fail("a length that is none");
    return 0;
  }

  /** Any byte but 1 is false, as Avro's own reader has it. */
  boolean(): boolean {
    return this.byte() === 1;
  }

  /** What is not UTF-8 becomes U+FFFD, as in Java. */
  string(): string {
    return this.text(this.size(), true);
  }

  bytesValue(): Uint8Array {
    return this.blob(this.size());
  }

  /**
   * The elements of the next block of an array or map, 0 at its end. `leastBytes` of an element: a count that goes beyond
   * the message is refused; elements that take none are counted against `limit`.
   */
  block(leastBytes: number, limit: number): number {
    let count = this.long();
    if (count < 0) {
      // A negative count is followed by the block's size in bytes, for those who pass over it.
      count = -count;
      this.size();
    }
    const most = leastBytes > 0 ? (this.end - this.pos) / leastBytes : limit;
    if (typeof count === "number" && count <= most) return count;
    this.fail("a block that goes beyond the message");
    return 0;
  }

  #hasMore = false;

  /** Up to 28 bits of a varint; #hasMore says whether more follow. */
  #piece(): number {
    const { bytes, end } = this;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.pos >= end) {
        this.fail("the message ends too early");
        this.#hasMore = false;
        return 0;
      }
      const byte = bytes[this.pos++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#hasMore = false;
        return value;
      }
    }
    this.#hasMore = true;
    return value;
  }
}
