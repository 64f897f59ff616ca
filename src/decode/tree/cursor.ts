// A place in a self-describing binary format: CBOR and MessagePack are the same tree, written differently. `next` reads
// the head of an item and leaves what it is in the fields below; then its content is taken (`text`, `blob`), walked
// (containers) or passed over (`skip`).

import { PAYLOAD_DEPTH } from "../../core/limits.ts";
import { WireCursor } from "../wire-cursor.ts";

/** What an item is. DECIMAL, INSTANT and BIG are complete with their head. */
export const NULL_ITEM = 0;
export const BOOLEAN_ITEM = 1;
export const INTEGER_ITEM = 2;
export const BIG_ITEM = 3;
export const FLOAT_ITEM = 4;
export const TEXT_ITEM = 5;
export const BYTES_ITEM = 6;
export const ARRAY_ITEM = 7;
export const MAP_ITEM = 8;
export const DECIMAL_ITEM = 9;
export const INSTANT_ITEM = 10;

/** The length of a container or string that ends with a mark instead. */
export const UNKNOWN_LENGTH = -1;

export abstract class TreeCursor extends WireCursor {
  /** Of BOOLEAN (0 or 1), INTEGER (within 2^53) and FLOAT; of INSTANT its milliseconds. */
  number = 0;
  /** Of BIG; of DECIMAL the unscaled value. */
  big = 0n;
  /** Of DECIMAL its scale, of INSTANT the nanoseconds within the millisecond. */
  scale = 0;
  /** Bytes of TEXT and BYTES, elements of ARRAY, pairs of MAP. */
  length = 0;
  #depth = 0;
  /** The number counts seconds since 1970 (CBOR tag 1). */
  isEpoch = false;
  /** What kind of item begins here; its fields are set. */
  abstract next(): number;

  /** Whether a container whose head had `length` has an element after `index` ones; passes over its end mark. */
  more(length: number, index: number): boolean {
    if (this.failed) return false;
    return length === UNKNOWN_LENGTH ? !this.atEndMark() : index < length;
  }

  /** Whether the end mark of a container of unknown length stands here; then passes over it. */
  protected atEndMark(): boolean {
    return true;
  }

  /** The content of a TEXT item. */
  itemText(): string {
    return this.text(this.length, false);
  }

  /** The content of a BYTES item, a copy. */
  itemBytes(): Uint8Array {
    return this.blob(this.length);
  }

  override reset(bytes: Buffer, start: number, end: number): void {
    super.reset(bytes, start, end);
    this.#depth = 0;
  }

  /** A container begins; what is nested too deep fails. Every `enter` has its `leave`. */
  enter(): void {
    if (++this.#depth > PAYLOAD_DEPTH) this.fail(`nested deeper than ${PAYLOAD_DEPTH}`);
  }

  leave(): void {
    this.#depth--;
  }

  /** Passes over the content of an item of `kind`, its syntax checked. */
  skipItem(kind: number): void {
    if (kind === TEXT_ITEM || kind === BYTES_ITEM) return this.skipString(kind === TEXT_ITEM);
    if (kind !== ARRAY_ITEM && kind !== MAP_ITEM) return;
    const { length } = this;
    this.enter();
    for (let i = 0; this.more(length, i); i++) {
      this.skipItem(this.next());
      if (kind === MAP_ITEM) this.skipItem(this.next());
    }
    this.leave();
  }

  protected skipString(isText: boolean): void {
    const at = this.take(this.length);
    if (isText && at >= 0 && !this.isUtf8(at, this.pos)) this.fail("a text is not UTF-8", at);
  }

  /** A claim of elements is refused when there are fewer bytes left than they need at least. */
  protected claim(count: number, leastBytes: number): number {
    if (count * leastBytes <= this.end - this.pos) return count;
    this.fail("a length goes beyond the message");
    return 0;
  }
}
