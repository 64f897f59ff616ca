// Reads the fields of one control packet, never beyond its end. A field that is not there, is not UTF-8 or is too long
// makes the whole packet malformed (`bad`); reading goes on with empty values, so that a parser checks once, at the end.
// @see MQTT 5.0 §1.5, §2.2.2

import { isUtf8 } from "node:buffer";

/** Property identifiers that ingest knows by name. */
export const SESSION_EXPIRY_INTERVAL = 0x11;
export const ASSIGNED_CLIENT_IDENTIFIER = 0x12;
export const AUTHENTICATION_METHOD = 0x15;
export const RECEIVE_MAXIMUM_PROPERTY = 0x21;
export const MAXIMUM_QOS = 0x24;
const USER_PROPERTY = 0x26;
export const MAXIMUM_PACKET_SIZE = 0x27;

export type PropertyValue = number | string | Buffer;

type FieldKind = "u8" | "u16" | "u32" | "varint" | "utf8" | "binary" | "pair";

/** Every property of MQTT 5.0 by identifier. */
const PROPERTY_KINDS: ReadonlyMap<number, FieldKind> = new Map<number, FieldKind>([
  [0x01, "u8"],
  [0x02, "u32"],
  [0x03, "utf8"],
  [0x08, "utf8"],
  [0x09, "binary"],
  [0x0b, "varint"],
  [SESSION_EXPIRY_INTERVAL, "u32"],
  [ASSIGNED_CLIENT_IDENTIFIER, "utf8"],
  [0x13, "u16"],
  [AUTHENTICATION_METHOD, "utf8"],
  [0x16, "binary"],
  [0x17, "u8"],
  [0x18, "u32"],
  [0x19, "u8"],
  [0x1a, "utf8"],
  [0x1c, "utf8"],
  [0x1f, "utf8"],
  [RECEIVE_MAXIMUM_PROPERTY, "u16"],
  [0x22, "u16"],
  [0x23, "u16"],
  [MAXIMUM_QOS, "u8"],
  [0x25, "u8"],
  [USER_PROPERTY, "pair"],
  [MAXIMUM_PACKET_SIZE, "u32"],
  [0x28, "u8"],
  [0x29, "u8"],
  [0x2a, "u8"],
]);

/** See the header. */
export class PacketReader {
  bad = false;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.#has(1) ? this.#bytes[this.#at++]! : 0;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    this.bad = true;
    return 0;
  }

  /** A copy. */
  binary(): Buffer {
    const length = this.u16();
    if (!this.#has(length)) return Buffer.alloc(0);
    this.#at += length;
    return Buffer.from(this.#bytes.subarray(this.#at - length, this.#at));
  }

  /** Without U+0000, which MQTT forbids in strings. */
  utf8(): string {
    const bytes = this.binary();
    if (!isUtf8(bytes) || bytes.includes(0)) this.bad = true;
    return bytes.toString("utf8");
  }

  /** A property section by identifier. User properties are skipped; any other property twice is malformed. */
  properties(): ReadonlyMap<number, PropertyValue> {
    const found = new Map<number, PropertyValue>();
    const length = this.varint();
    if (!this.#has(length)) return found;
    const end = this.#at + length;
    while (this.#at < end && !this.bad) {
      const id = this.varint();
      const value = this.#property(id);
      if (id === USER_PROPERTY) continue;
      if (found.has(id)) this.bad = true;
      found.set(id, value);
    }
    if (this.#at !== end) this.bad = true;
    return found;
  }

  #property(id: number): PropertyValue {
    switch (PROPERTY_KINDS.get(id)) {
      case "u8":
        return this.u8();
      case "u16":
        return this.u16();
      case "u32":
        return this.u32();
      case "varint":
        return this.varint();
      case "binary":
        return this.binary();
      case "utf8":
        return this.utf8();
      case "pair":
        return this.utf8() + this.utf8();
      case undefined:
        this.bad = true;
        return 0;
    }
  }

  #has(bytes: number): boolean {
    if (this.#at + bytes <= this.#bytes.length) return true;
    this.bad = true;
    this.#at = this.#bytes.length;
    return false;
  }
}
