// Self-contained binary records: what journal entries and state snapshots are written with. Varints are LEB128
// (7 bits a byte, low bits first, up to 2^53), signed ones zigzag, floats and fixed words little-endian.
// A reader trusts that the bytes are whole (the store checks a CRC); running off their end is a bug.

import { assert } from "./errors.ts";

/** Appends to a growing buffer. */
export class ByteWriter {
  bytes: Buffer;
  pos = 0;

  constructor(capacityBytes: number = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Begins again, keeping the buffer. */
  clear(): void {
    this.pos = 0;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const need = this.pos + count;
    if (need <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(need, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.pos);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.pos++] = value;
  }

  /** 0 ≤ value ≤ 2^53 - 1. */
  varint(value: number): void {
    this.reserve(8);
    const { bytes } = this;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.pos++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    bytes[this.pos++] = rest;
  }

  /** |value| ≤ 2^31 - 1: small numbers of either sign are short. */
  zigzag(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  float64(value: number): void {
    this.reserve(8);
    this.pos = this.bytes.writeDoubleLE(value, this.pos);
  }

  /** Length and bytes. */
  blob(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.raw(value);
  }

  /** The bytes alone. */
  raw(value: Uint8Array): void {
    this.reserve(value.byteLength);
    this.bytes.set(value, this.pos);
    this.pos += value.byteLength;
  }

  text(value: string): void {
    this.blob(Buffer.from(value));
  }

  /** What has been written: a view, overwritten by the next use of this writer. */
  view(): Buffer {
    return this.bytes.subarray(0, this.pos);
  }

  /** What has been written, for good: the writer is not to be used again. */
  take(): Uint8Array {
    return this.view();
  }
}

/** Reads what a ByteWriter has written, in the same order. */
export class ByteReader {
  readonly bytes: Buffer;
  pos = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether everything has been read. */
  get atEnd(): boolean {
    return this.pos === this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.pos++];
    assert(value !== undefined, "a binary record ends too early");
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  zigzag(): number {
    const value = this.varint();
    return (value >>> 1) ^ -(value & 1);
  }

  float64(): number {
    const value = this.bytes.readDoubleLE(this.pos);
    this.pos += 8;
    return value;
  }

  /** A view into the record. */
  blob(): Buffer {
    return this.raw(this.varint());
  }

  /** A view of the next `count` bytes. */
  raw(count: number): Buffer {
    assert(this.pos + count <= this.bytes.length, "a binary record ends too early");
    const view = this.bytes.subarray(this.pos, this.pos + count);
    this.pos += count;
    return view;
  }

  text(): string {
    return this.blob().toString("utf8");
  }
}
