// Topic names by number. A name is looked up by its bytes, so that a known topic costs no string and no allocation;
// UTF-8 and topic-name rules are checked once, when a name is new.
//
// A number is a slot below TOPICS_MAX. When the table is full (count or bytes), a second-chance hand evicts a name
// unused since its last pass, and the slot is given to a new name: whoever reads batches in order learns that from
// the name that comes with the slot's first use. A slot used by the open batch is never evicted, so a slot means one
// name within a batch.

import { isUtf8 } from "node:buffer";
import { randomInt } from "node:crypto";

import { TOPIC_TABLE_BYTES, TOPICS_MAX } from "../core/limits.ts";

/** `intern` answers this for bytes that are not a topic name. */
export const INVALID_TOPIC = -1;

export interface TopicTableOptions {
  readonly slots?: number;
  readonly bytes?: number;
}

const INITIAL_SLOTS = 256;

/** Bounded interning of topic names. */
export class TopicTable {
  evictions = 0;
  readonly #maxSlots: number;
  readonly #maxBytes: number;
  /** Makes collisions unpredictable to whoever chooses topics. */
  readonly #seed = randomInt(2 ** 31);
  #names: (Buffer | undefined)[] = [];
  /** Hash chains over slot + 1, 0 = end. */
  #heads = new Int32Array(INITIAL_SLOTS * 2);
  #next = new Int32Array(INITIAL_SLOTS);
  #hashes = new Int32Array(INITIAL_SLOTS);
  /** Serial of the batch that used the slot last, and the topic's index in it. */
  #usedIn = new Float64Array(INITIAL_SLOTS);
  #indexIn = new Uint32Array(INITIAL_SLOTS);
  /** Bit 0: used since the hand passed. Bit 1: the reader of the batches knows the name. */
  #flags = new Uint8Array(INITIAL_SLOTS);
  #free: number[] = [];
  #bytes = 0;
  #hand = 0;
  #serial = 1;

  constructor(options: TopicTableOptions = {}) {
    this.#maxSlots = options.slots ?? TOPICS_MAX;
    this.#maxBytes = options.bytes ?? TOPIC_TABLE_BYTES;
  }

  /** Names in the table, and their bytes. */
  get size(): { readonly names: number; readonly bytes: number } {
    return { names: this.#names.length - this.#free.length, bytes: this.#bytes };
  }

  /** The slot of the name bytes[start, end), or INVALID_TOPIC. */
  intern(bytes: Buffer, start: number, end: number): number {
    let hash = this.#seed ^ (end - start);
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    let slot = this.#heads[hash & (this.#heads.length - 1)]! - 1;
    while (slot >= 0) {
      const name = this.#names[slot]!;
      const same = this.#hashes[slot] === hash && name.length === end - start;
      if (same && standsAt(name, bytes, start)) return slot;
      slot = this.#next[slot]! - 1;
    }
    return isTopicName(bytes, start, end)
      ? this.#insert(hash, Buffer.from(bytes.subarray(start, end)))
      : INVALID_TOPIC;
  }

  /** The topic's index in the open batch; undefined when that batch has not used it yet. */
  indexInBatch(slot: number): number | undefined {
    return this.#usedIn[slot] === this.#serial ? this.#indexIn[slot] : undefined;
  }

  /** Notes that the open batch uses `slot` as its topic number `index`. True when the name has to go with it. */
  use(slot: number, index: number): boolean {
    this.#usedIn[slot] = this.#serial;
    this.#indexIn[slot] = index;
    const known = (this.#flags[slot]! & 2) !== 0;
    this.#flags[slot] = 3;
    return !known;
  }

  name(slot: number): string {
    return this.#names[slot]!.toString("utf8");
  }

  nameBytes(slot: number): number {
    return this.#names[slot]!.length;
  }

  /** The open batch was closed: its slots may be evicted again. */
  nextBatch(): void {
    this.#serial++;
  }

  /** The reader of the batches is a new one: every name has to be sent again. */
  forgetSent(): void {
    for (let slot = 0; slot < this.#names.length; slot++) this.#flags[slot]! &= 1;
  }

  #insert(hash: number, name: Buffer): number {
    while (this.#bytes + name.length > this.#maxBytes && this.#evictOne());
    if (this.#free.length === 0 && this.#names.length === this.#maxSlots) this.#evictOne();
    const slot = this.#free.pop() ?? this.#append();
    this.#names[slot] = name;
    this.#bytes += name.length;
    this.#hashes[slot] = hash;
    this.#flags[slot] = 1;
    this.#usedIn[slot] = 0;
    this.#link(slot);
    return slot;
  }

  #append(): number {
    const slot = this.#names.length;
    if (slot === this.#next.length) this.#grow();
    this.#names.push(undefined);
    return slot;
  }

  #grow(): void {
    const slots = this.#next.length * 2;
    this.#next = new Int32Array(slots);
    this.#hashes = copyInto(new Int32Array(slots), this.#hashes);
    this.#usedIn = copyInto(new Float64Array(slots), this.#usedIn);
    this.#indexIn = copyInto(new Uint32Array(slots), this.#indexIn);
    this.#flags = copyInto(new Uint8Array(slots), this.#flags);
    this.#heads = new Int32Array(slots * 2);
    for (let slot = 0; slot < this.#names.length; slot++) this.#link(slot);
  }

  #link(slot: number): void {
    const head = this.#hashes[slot]! & (this.#heads.length - 1);
    this.#next[slot] = this.#heads[head]!;
    this.#heads[head] = slot + 1;
  }

  /** Moves the hand to a slot that may go and frees it. False when two turns found none: all are in the open batch. */
  #evictOne(): boolean {
    for (let steps = this.#names.length * 2; steps > 0; steps--) {
      const slot = this.#hand;
      this.#hand = slot + 1 >= this.#names.length ? 0 : slot + 1;
      const name = this.#names[slot];
      if (name === undefined || this.#usedIn[slot] === this.#serial) continue;
      if ((this.#flags[slot]! & 1) !== 0) {
        this.#flags[slot]! &= 2;
        continue;
      }
      this.#unlink(slot);
      this.#bytes -= name.length;
      this.#names[slot] = undefined;
      this.#free.push(slot);
      this.evictions++;
      return true;
    }
    return false;
  }

  #unlink(slot: number): void {
    const head = this.#hashes[slot]! & (this.#heads.length - 1);
    let at = this.#heads[head]! - 1;
    if (at === slot) {
      this.#heads[head] = this.#next[slot]!;
      return;
    }
    while (this.#next[at]! - 1 !== slot) at = this.#next[at]! - 1;
    this.#next[at] = this.#next[slot]!;
  }
}

/** @see MQTT 5.0 §4.7: at least one character, no wildcards, no U+0000, valid UTF-8. */
function isTopicName(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === 0 || byte === 0x23 || byte === 0x2b) return false;
  }
  return isUtf8(bytes.subarray(start, end));
}

function standsAt(name: Buffer, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}

function copyInto<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(
  to: T,
  from: T,
): T {
  to.set(from);
  return to;
}
