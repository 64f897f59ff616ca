// A place in a protobuf message (Protocol Buffers Language Guide, "Encoding"): tags, varints, and passing over fields
// that nobody knows. A submessage is read by moving the end to its own and back.

import { PAYLOAD_DEPTH } from "../../core/limits.ts";
import { signed64, unsigned64, WireCursor } from "../wire-cursor.ts";

/** Wire types. A group (3, 4) is only ever passed over. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const GROUP = 3;
const GROUP_END = 4;
export const FIXED32 = 5;

const VARINT_BYTES = 10;

export class ProtobufCursor extends WireCursor {
  /** Of the last varint: its lower and upper 32 bits. */
  low = 0;
  high = 0;
  #depth = 0;

  override reset(bytes: Buffer, start: number, end: number): void {
    super.reset(bytes, start, end);
    this.#depth = 0;
  }

  /** The next tag: field number × 8 + wire type, as an unsigned number. */
  tag(): number {
    const { pos } = this;
    this.varint();
    const tag = this.low >>> 0;
    if (tag < 8) this.fail("a field without a number", pos);
    return tag;
  }

  /** Reads a varint into `low` and `high`. */
  varint(): void {
    const { bytes, end } = this;
    let { pos } = this;
    let low = 0;
    let high = 0;
    for (let i = 0; i < VARINT_BYTES; i++) {
      if (pos >= end) return this.#noVarint("the message ends too early");
      const byte = bytes[pos++] as number;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.pos = pos;
        this.low = low;
        this.high = high;
        return;
      }
    }
    this.#noVarint("a number of more than ten bytes");
  }

  /** A varint cut to 32 bits, signed. */
  varint32(): number {
    this.varint();
    return this.low;
  }

  /** A varint as a signed 64-bit number: a bigint beyond 2^53. */
  varint64(): number | bigint {
    this.varint();
    return signed64(this.high, this.low >>> 0);
  }

  unsignedVarint64(): number | bigint {
    this.varint();
    return unsigned64(this.high >>> 0, this.low >>> 0);
  }

  /** ZigZag of 64 bits. */
  zigzag64(): number | bigint {
    this.varint();
    const sign = -(this.low & 1);
    const low = ((this.low >>> 1) | (this.high << 31)) ^ sign;
    return signed64((this.high >>> 1) ^ sign, low >>> 0);
  }

  unsignedFixed64(): number | bigint {
    const at = this.take(8);
    if (at < 0) return 0;
    return unsigned64(this.view.getUint32(at + 4, true), this.view.getUint32(at, true));
  }

  /** The length before a text, bytes or a message; those bytes are there. */
  size(): number {
    const { pos } = this;
    this.varint();
    const length = this.low;
    if (length >= 0 && length <= this.end - this.pos) return length;
    this.fail("the message ends too early", pos);
    return 0;
  }

  /** Moves the end to that of the piece whose length stands here; gives the end to come back to. */
  within(): number {
    const { end } = this;
    const length = this.size();
    this.end = this.pos + length;
    return end;
  }

  /** The piece was read: on to what follows it. */
  back(end: number): void {
    this.end = end;
    if (this.failed) this.pos = end;
  }

  /** `within` for a submessage. */
  enter(): number {
    this.#descend();
    return this.within();
  }

  /** `back` from a submessage. */
  leave(end: number): void {
    this.#depth--;
    this.back(end);
  }

  /** Passes over the field whose tag was read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        return this.varint();
      case FIXED64:
        return void this.take(8);
      case LENGTH:
        return void this.take(this.size());
      case GROUP:
        return this.#skipGroup(tag);
      case GROUP_END:
        return this.fail("the end of a group that has not begun");
      case FIXED32:
        return void this.take(4);
      default:
        return this.fail(`wire type ${tag & 7}, which does not exist`);
    }
  }

  #skipGroup(start: number): void {
    this.#descend();
    while (!this.failed) {
      const tag = this.tag();
      if (tag === start + 1) break;
      this.skip(tag);
    }
    this.#depth--;
  }

  #descend(): void {
    if (this.#depth >= PAYLOAD_DEPTH) this.fail(`nested deeper than ${PAYLOAD_DEPTH} messages`);
    this.#depth++;
  }

  #noVarint(reason: string): void {
    this.fail(reason);
    this.low = 0;
    this.high = 0;
  }
}
