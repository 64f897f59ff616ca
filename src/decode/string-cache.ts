// Strings from bytes, JSON's among them. Device names, units and states repeat for ever, and making a JavaScript string
// costs several times the bytes' comparison: short ASCII strings are therefore looked up in a table by
// hash and compared byte by byte. It also gives operators the same string object each time, hash and all.

import { isUtf8 } from "node:buffer";

import { STRING_CACHE_BYTES, STRING_CACHE_SLOTS } from "../core/limits.ts";
import type { JsonCursor } from "./json/cursor.ts";
import { BACKSLASH, QUOTE } from "./json/tokens.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SIMPLE_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);

/** A slot: hash, length, and up to STRING_CACHE_BYTES bytes of text; half a cache line, a set is a whole one. */
const SLOT_WORDS = 8;
const HEAD_BYTES = 5;

interface Key {
  readonly start: number;
  readonly length: number;
  readonly hash: number;
}

/** What few devices send fits; a table that is full grows by GROWTH, up to STRING_CACHE_SLOTS. */
const FIRST_SLOTS = 512;
const GROWTH = 4;

/** Two-way associative: the older of a set is replaced. 32 bytes and a string per slot. */
export class StringCache {
  #words = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #bytes = new Uint8Array(this.#words.buffer);
  #strings: string[] = new Array<string>(FIRST_SLOTS).fill("");
  /** Strings that were not found, since it has this size. */
  #missed = 0;

  /** Reads the string whose quote stands at the cursor. undefined with a reason when it is none. */
  read(cursor: JsonCursor): string | undefined {
    const { bytes, end } = cursor;
    const start = cursor.pos + 1;
    let pos = start;
    let hash = FNV_OFFSET;
    let wide = 0;
    for (; pos < end; pos++) {
      const byte = bytes[pos] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) return this.#escaped(cursor, start, pos);
      wide |= byte;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    if (pos >= end) {
      cursor.syntaxError("a string does not end");
      return undefined;
    }
    cursor.pos = pos + 1;
    if (wide > 0x7f) return utf8(cursor, start, pos);
    const length = pos - start;
    if (length === 0) return "";
    if (length > STRING_CACHE_BYTES) return bytes.toString("latin1", start, pos);
    return this.#lookUp(bytes, { start, length, hash });
  }

  /** The text of bytes [start, end); undefined when they are not UTF-8. */
  text(bytes: Buffer, start: number, end: number): string | undefined {
    const length = end - start;
    if (length === 0) return "";
    if (length > STRING_CACHE_BYTES) {
      return isUtf8(bytes.subarray(start, end)) ? bytes.toString("utf8", start, end) : undefined;
    }
    let hash = FNV_OFFSET;
    let wide = 0;
    for (let pos = start; pos < end; pos++) {
      const byte = bytes[pos] as number;
      wide |= byte;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    if (wide <= 0x7f) return this.#lookUp(bytes, { start, length, hash });
    return isUtf8(bytes.subarray(start, end)) ? bytes.toString("utf8", start, end) : undefined;
  }

  /** The string of ASCII bytes [start, start + length), whose hash is known. */
  #lookUp(bytes: Buffer, key: Key): string {
    // Two ways a set, the newer first.
    const slots = this.#strings.length;
    const slot = ((key.hash ^ (key.hash >>> 15)) << 1) & (slots - 1);
    if (this.#holds(slot, bytes, key)) return this.#strings[slot] as string;
    if (this.#holds(slot + 1, bytes, key)) return this.#strings[slot + 1] as string;
    const { start, length, hash } = key;
    const text = bytes.toString("latin1", start, start + length);
    if (++this.#missed > slots && slots < STRING_CACHE_SLOTS) {
      this.#grow();
      return text;
    }
    const word = slot * SLOT_WORDS;
    this.#words.copyWithin(word + SLOT_WORDS, word, word + SLOT_WORDS);
    this.#strings[slot + 1] = this.#strings[slot] as string;
    const at = word * 4;
    this.#words[word] = hash;
    this.#bytes[at + 4] = length;
    for (let i = 0; i < length; i++) this.#bytes[at + HEAD_BYTES + i] = bytes[start + i] as number;
    this.#strings[slot] = text;
    return text;
  }

  /** Begins anew: what is still in use comes back at once. */
  #grow(): void {
    const slots = this.#strings.length * GROWTH;
    this.#words = new Int32Array(slots * SLOT_WORDS);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#strings = new Array<string>(slots).fill("");
    this.#missed = 0;
  }

  #holds(slot: number, bytes: Buffer, key: Key): boolean {
    const { start, length } = key;
    const at = slot * SLOT_WORDS * 4;
    const stored = this.#bytes;
    if (this.#words[slot * SLOT_WORDS] !== key.hash || stored[at + 4] !== length) return false;
    const text = at + HEAD_BYTES;
    for (let i = 0; i < length; i++) if (stored[text + i] !== bytes[start + i]) return false;
    return true;
  }

  /** The slow way: from `start`, with the first backslash at `backslash`. */
  #escaped(cursor: JsonCursor, start: number, backslash: number): string | undefined {
    const { bytes, end } = cursor;
    let text = utf8(cursor, start, backslash);
    let pos = backslash;
    while (text !== undefined && pos < end) {
      if (bytes[pos] === QUOTE) {
        cursor.pos = pos + 1;
        return text;
      }
      if (bytes[pos] === BACKSLASH) {
        const unit = escape(bytes, pos + 1, end);
        if (unit === undefined) {
          cursor.pos = pos;
          cursor.syntaxError("an escape that JSON does not have");
          return undefined;
        }
        text += unit;
        pos += bytes[pos + 1] === 0x75 ? 6 : 2;
        continue;
      }
      const from = pos;
      while (pos < end && bytes[pos] !== QUOTE && bytes[pos] !== BACKSLASH) pos++;
      const part = utf8(cursor, from, pos);
      text = part === undefined ? undefined : text + part;
    }
    if (text !== undefined) cursor.syntaxError("a string does not end");
    return undefined;
  }
}

/** The character behind a backslash; undefined when it is not one that JSON allows. */
function escape(bytes: Buffer, pos: number, end: number): string | undefined {
  if (pos >= end) return undefined;
  const byte = bytes[pos] as number;
  if (byte !== 0x75) return SIMPLE_ESCAPES.get(byte);
  if (pos + 5 > end) return undefined;
  const hex = bytes.toString("latin1", pos + 1, pos + 5);
  return /^[0-9a-fA-F]{4}$/.test(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : undefined;
}

function utf8(cursor: JsonCursor, start: number, end: number): string | undefined {
  if (isUtf8(cursor.bytes.subarray(start, end))) return cursor.bytes.toString("utf8", start, end);
  cursor.syntaxError("a string is not UTF-8");
  return undefined;
}
