// Per slot: the highest number seen and a bitmap of the last `window` ones, in typed arrays. The bit of number n
// stands at n modulo the bitmap's length, so moving up only clears what is passed over.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";

const FIRST_SLOTS = 64;
const BITS = 32;

export class SequenceWindows {
  /** Numbers that were passed over and not noted since. Negative where another one's slot was copied. */
  missing = 0;
  readonly #window: number;
  /** Bitmap length: the window rounded up to whole words. */
  readonly #bits: number;
  readonly #wordsPerSlot: number;
  #words: Uint32Array;
  #highest: Float64Array;
  #first: Float64Array;
  #generation: Float64Array;
  #active: Uint8Array;

  /** `window` ≥ 1 numbers per slot. Slots grow as they are used. */
  constructor(window: number) {
    this.#window = window;
    this.#wordsPerSlot = Math.ceil(window / BITS);
    this.#bits = this.#wordsPerSlot * BITS;
    this.#words = new Uint32Array(0);
    this.#highest = new Float64Array(0);
    this.#first = new Float64Array(0);
    this.#generation = new Float64Array(0);
    this.#active = new Uint8Array(0);
  }

  /** Whether the slot has a bitmap. */
  active(slot: number): boolean {
    return this.#active[slot] === 1;
  }

  highest(slot: number): number {
    return this.#highest[slot] as number;
  }

  /** The number the bitmap began with. */
  first(slot: number): number {
    return this.#first[slot] as number;
  }

  generation(slot: number): number {
    return this.#generation[slot] as number;
  }

  /** Begins a bitmap whose only number is `number`. */
  start(slot: number, number: number, generation: number): void {
    this.#reserve(slot + 1);
    this.#words.fill(0, slot * this.#wordsPerSlot, (slot + 1) * this.#wordsPerSlot);
    this.#highest[slot] = number;
    this.#first[slot] = number;
    this.#generation[slot] = generation;
    this.#active[slot] = 1;
    this.#set(slot, number);
  }

  clear(slot: number): void {
    if (slot < this.#active.length) this.#active[slot] = 0;
  }

  /** Takes over the slot of `from`, whose window is the same. */
  copy(slot: number, from: SequenceWindows): void {
    this.#reserve(slot + 1);
    const words = this.#wordsPerSlot;
    this.#words.set(from.#words.subarray(slot * words, (slot + 1) * words), slot * words);
    this.#highest[slot] = from.highest(slot);
    this.#first[slot] = from.first(slot);
    this.#generation[slot] = from.generation(slot);
    this.#active[slot] = 1;
  }

  /** Below the bitmap. */
  tooOld(slot: number, number: number): boolean {
    return number <= this.highest(slot) - this.#window;
  }

  /** Within the bitmap. */
  covers(slot: number, number: number): boolean {
    return number <= this.highest(slot) && !this.tooOld(slot, number);
  }

  /** Notes a number that is not too old. False when it was there already. */
  mark(slot: number, number: number): boolean {
    const highest = this.highest(slot);
    if (number > highest) {
      const words = this.#wordsPerSlot;
      if (number - highest >= this.#bits) this.#words.fill(0, slot * words, (slot + 1) * words);
      else for (let n = highest + 1; n < number; n++) this.#unset(slot, n);
      this.missing += number - highest - 1;
      this.#highest[slot] = number;
      this.#set(slot, number);
      return true;
    }
    const at = this.#wordOf(slot, number);
    const bit = 1 << (this.#bitOf(number) % BITS);
    if (((this.#words[at] as number) & bit) !== 0) return false;
    this.#words[at] = (this.#words[at] as number) | bit;
    // Those before the first were not passed over.
    if (number > this.first(slot)) this.missing--;
    return true;
  }

  write(writer: ByteWriter, slots: number): void {
    for (let slot = 0; slot < slots; slot++) {
      const active = this.active(slot);
      writer.byte(active ? 1 : 0);
      if (!active) continue;
      writer.float64(this.highest(slot));
      writer.float64(this.first(slot));
      writer.float64(this.generation(slot));
      const words = this.#words.subarray(
        slot * this.#wordsPerSlot,
        (slot + 1) * this.#wordsPerSlot,
      );
      for (const word of words) writer.varint(word);
    }
  }

  read(reader: ByteReader, slots: number): void {
    for (let slot = 0; slot < slots; slot++) {
      if (reader.byte() === 0) continue;
      this.#reserve(slots);
      this.#active[slot] = 1;
      this.#highest[slot] = reader.float64();
      this.#first[slot] = reader.float64();
      this.#generation[slot] = reader.float64();
      for (let w = 0; w < this.#wordsPerSlot; w++) {
        this.#words[slot * this.#wordsPerSlot + w] = reader.varint();
      }
    }
  }

  #bitOf(number: number): number {
    return ((number % this.#bits) + this.#bits) % this.#bits;
  }

  #wordOf(slot: number, number: number): number {
    return slot * this.#wordsPerSlot + Math.floor(this.#bitOf(number) / BITS);
  }

  #set(slot: number, number: number): void {
    const at = this.#wordOf(slot, number);
    this.#words[at] = (this.#words[at] as number) | (1 << (this.#bitOf(number) % BITS));
  }

  #unset(slot: number, number: number): void {
    const at = this.#wordOf(slot, number);
    this.#words[at] = (this.#words[at] as number) & ~(1 << (this.#bitOf(number) % BITS));
  }

  #reserve(slots: number): void {
    const have = this.#active.length;
    if (slots <= have) return;
    const capacity = Math.max(slots, have * 2, FIRST_SLOTS);
    this.#words = grown(this.#words, new Uint32Array(capacity * this.#wordsPerSlot));
    this.#highest = grown(this.#highest, new Float64Array(capacity));
    this.#first = grown(this.#first, new Float64Array(capacity));
    this.#generation = grown(this.#generation, new Float64Array(capacity));
    this.#active = grown(this.#active, new Uint8Array(capacity));
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
