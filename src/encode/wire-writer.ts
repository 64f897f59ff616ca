// What Avro and protobuf are written with: numbers of 64 bits as varints, texts behind their length.

import { ByteWriter } from "../core/bytes.ts";

const SHORT_ZIGZAG = 2 ** 31;

export class WireWriter extends ByteWriter {
  /** A 64-bit number as an unsigned varint: ten bytes when negative. */
  varint64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) this.varint(value);
    else this.#big(BigInt.asUintN(64, BigInt(value)));
  }

  /** A 64-bit number, small ones of either sign short. */
  zigzag64(value: number | bigint): void {
    if (typeof value === "number" && value >= -SHORT_ZIGZAG && value < SHORT_ZIGZAG) {
      this.zigzag(value);
      return;
    }
    const big = BigInt(value);
    this.#big(BigInt.asUintN(64, big < 0n ? ~(big << 1n) : big << 1n));
  }

  float32(value: number): void {
    this.reserve(4);
    this.pos = this.bytes.writeFloatLE(value, this.pos);
  }

  /** 32 bits, little-endian. */
  fixed32(value: number): void {
    this.reserve(4);
    this.pos = this.bytes.writeInt32LE(value | 0, this.pos);
  }

  /** 64 bits, little-endian. */
  fixed64(value: number | bigint): void {
    this.reserve(8);
    this.pos = this.bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)), this.pos);
  }

  /** UTF-8, without its length. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.pos += this.bytes.write(text, this.pos, "utf8");
  }

  /** What `write` appends, behind its length as a varint. */
  lengthPrefixed(write: () => void): void {
    this.reserve(1);
    const start = ++this.pos;
    write();
    const length = this.pos - start;
    let lengthBytes = 1;
    for (let rest = length; rest > 0x7f; rest >>>= 7) lengthBytes++;
    if (lengthBytes > 1) {
      this.reserve(lengthBytes);
      this.bytes.copyWithin(start - 1 + lengthBytes, start, this.pos);
    }
    this.pos = start - 1;
    this.varint(length);
    this.pos += length;
  }

  #big(value: bigint): void {
    this.reserve(10);
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.pos++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.pos++] = Number(rest);
  }
}
