// MessagePack (the specification at github.com/msgpack/msgpack, spec.md), one object a message. The timestamp extension
// (-1) is a moment; other extensions are NULL to whoever asks for them, and passed over by whoever does not. Refused:
// 0xc1, which is never used, and bytes behind the object.

import {
  ARRAY_ITEM,
  BIG_ITEM,
  BOOLEAN_ITEM,
  BYTES_ITEM,
  FLOAT_ITEM,
  INSTANT_ITEM,
  INTEGER_ITEM,
  MAP_ITEM,
  NULL_ITEM,
  TEXT_ITEM,
  TreeCursor,
} from "./tree/cursor.ts";
import { signed64, unsigned64 } from "./wire-cursor.ts";

const TIMESTAMP = -1;

export class MsgpackCursor extends TreeCursor {
  override next(): number {
    const head = this.byte();
    if (head < 0x80) return this.#whole(head);
    if (head >= 0xe0) return this.#whole(head - 0x100);
    if (head < 0x90) return this.#container(MAP_ITEM, head & 0x0f);
    if (head < 0xa0) return this.#container(ARRAY_ITEM, head & 0x0f);
    if (head < 0xc0) return this.#string(TEXT_ITEM, head & 0x1f);
    return this.#marked(head);
  }

  #marked(head: number): number {
    switch (head) {
      case 0xc0:
        return NULL_ITEM;
      case 0xc2:
      case 0xc3:
        this.number = head - 0xc2;
        return BOOLEAN_ITEM;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#string(BYTES_ITEM, this.#unsigned(1 << (head - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (head - 0xc7)));
      case 0xca:
        this.number = this.float32(false);
        return FLOAT_ITEM;
      case 0xcb:
        this.number = this.float64(false);
        return FLOAT_ITEM;
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#whole(this.#unsigned(1 << (head - 0xcc)));
      case 0xcf:
      case 0xd3:
        return this.#long(head === 0xd3);
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#whole(this.#signed(1 << (head - 0xd0)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (head - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(TEXT_ITEM, this.#unsigned(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#container(ARRAY_ITEM, this.#unsigned(2 << (head - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.#container(MAP_ITEM, this.#unsigned(2 << (head - 0xde)));
      default:
        this.fail("0xc1, which MessagePack does not have", this.pos - 1);
        return NULL_ITEM;
    }
  }

  #whole(value: number): number {
    this.number = value;
    return INTEGER_ITEM;
  }

  #string(kind: number, length: number): number {
    this.length = this.claim(length, 1);
    return kind;
  }

  #container(kind: number, length: number): number {
    this.length = this.claim(length, kind === MAP_ITEM ? 2 : 1);
    return kind;
  }

  #unsigned(bytes: number): number {
    const at = this.take(bytes);
    if (at < 0) return 0;
    if (bytes === 1) return this.view.getUint8(at);
    return bytes === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  #signed(bytes: number): number {
    const at = this.take(bytes);
    if (at < 0) return 0;
    if (bytes === 1) return this.view.getInt8(at);
    return bytes === 2 ? this.view.getInt16(at) : this.view.getInt32(at);
  }

  #long(isSigned: boolean): number {
    const at = this.take(8);
    if (at < 0) return NULL_ITEM;
    const { view } = this;
    const low = view.getUint32(at + 4);
    const value = isSigned ? signed64(view.getInt32(at), low) : unsigned64(view.getUint32(at), low);
    if (typeof value === "number") return this.#whole(value);
    this.big = value;
    return BIG_ITEM;
  }

  #extension(length: number): number {
    const at = this.take(1);
    if (at < 0) return NULL_ITEM;
    const type = this.view.getInt8(at);
    const from = this.take(length);
    if (from < 0 || type !== TIMESTAMP) return NULL_ITEM;
    const { view } = this;
    if (length === 4) return this.#instant(view.getUint32(from), 0);
    if (length === 8) {
      // 30 bits of nanoseconds, 34 of seconds.
      const high = view.getUint32(from);
      return this.#instant((high & 3) * 4_294_967_296 + view.getUint32(from + 4), high >>> 2);
    }
    if (length === 12) {
      const seconds = signed64(view.getInt32(from + 4), view.getUint32(from + 8));
      return this.#instant(Number(seconds), view.getUint32(from));
    }
    this.fail(`a timestamp of ${length} bytes`, from);
    return NULL_ITEM;
  }

  #instant(seconds: number, nanos: number): number {
    if (nanos > 999_999_999 || !Number.isSafeInteger(seconds * 1000)) {
      this.fail("a timestamp out of range");
      return NULL_ITEM;
    }
    this.number = seconds * 1000 + Math.floor(nanos / 1e6);
    this.scale = nanos % 1_000_000;
    return INSTANT_ITEM;
  }
}
