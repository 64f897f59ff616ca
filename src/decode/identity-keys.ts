// Identity keys as dense slots, at most IDENTITY_KEYS. When full, a clock hand gives the slot of a key unused since
// its last pass to the new one. Deterministic: hand and marks are part of the snapshot.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";

export type IdentityKey = string | number | bigint | boolean;

export class IdentityKeys {
  evictions = 0;
  readonly #slots = new Map<IdentityKey, number>();
  readonly #keys: IdentityKey[] = [];
  readonly #used: Uint8Array;
  #hand = 0;

  constructor(maximum: number) {
    this.#used = new Uint8Array(maximum);
  }

  /** Slots given out so far; a slot is below it. */
  get size(): number {
    return this.#keys.length;
  }

  /** The key's slot, marked as used; -1 when the key is not known. */
  find(key: IdentityKey): number {
    const slot = this.#slots.get(key) ?? -1;
    if (slot >= 0) this.#used[slot] = 1;
    return slot;
  }

  /** A slot for a key that is not known: a fresh one, or that of an evicted key. */
  add(key: IdentityKey): number {
    let slot = this.#keys.length;
    if (slot < this.#used.length) this.#keys.push(key);
    else {
      slot = this.#evict();
      this.#keys[slot] = key;
    }
    this.#slots.set(key, slot);
    this.#used[slot] = 1;
    return slot;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.evictions);
    writer.varint(this.#hand);
    writer.varint(this.#keys.length);
    for (const key of this.#keys) writeKey(writer, key);
    writer.raw(this.#used.subarray(0, this.#keys.length));
  }

  read(reader: ByteReader): void {
    this.evictions = reader.varint();
    this.#hand = reader.varint();
    for (let slot = 0, slots = reader.varint(); slot < slots; slot++) {
      const key = readKey(reader);
      this.#keys.push(key);
      this.#slots.set(key, slot);
    }
    this.#used.set(reader.raw(this.#keys.length));
  }

  #evict(): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.#used.length;
      if (this.#used[slot] === 1) {
        this.#used[slot] = 0;
        continue;
      }
      this.#slots.delete(this.#keys[slot] as IdentityKey);
      this.evictions++;
      return slot;
    }
  }
}

function writeKey(writer: ByteWriter, key: IdentityKey): void {
  if (typeof key === "number") {
    writer.byte(1);
    writer.float64(key);
  } else {
    writer.byte(typeof key === "string" ? 0 : typeof key === "bigint" ? 2 : 3);
    writer.text(String(key));
  }
}

function readKey(reader: ByteReader): IdentityKey {
  const kind = reader.byte();
  if (kind === 1) return reader.float64();
  const text = reader.text();
  return kind === 0 ? text : kind === 2 ? BigInt(text) : text === "true";
}
