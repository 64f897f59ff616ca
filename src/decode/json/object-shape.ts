// Walks a JSON object and hands each wanted value to its taker, in one pass. Devices send the same keys in the
// same order every time, so the key that came k-th last time is compared first, as raw bytes; only another one
// is looked up by name. The prediction changes speed, never results.
//
// Duplicate keys: the last one wins. Keys nobody takes are skipped, their syntax is checked. What follows the
// closing brace of the outermost object is not read, as in Flink.

import { EACH } from "../../core/format/profile-codec.ts";
import { JSON_DEPTH, PREDICTED_KEYS } from "../../core/limits.ts";
import type { RecordRows } from "../record-rows.ts";
import type { JsonCursor } from "./cursor.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./tokens.ts";
import { separator } from "./tree-text.ts";

/** Takes the value at the cursor for row `row`. False with a reason in the cursor when the message must fail. */
export interface ValueTaker {
  take(cursor: JsonCursor, row: number): boolean;
}

/** Where a wanted value stands: the path from the payload's root by keys and array indexes. */
export interface WantedValue {
  readonly path: readonly string[];
  readonly taker: ValueTaker;
}

interface Predicted {
  /** Bytes from the opening quote to the colon. */
  length: number;
  /** Those bytes, four at a time (little-endian); the last four overlap where the length is no multiple. */
  words: Int32Array;
  taker: ValueTaker | undefined;
  misses: number;
}

/** After so many misses in a row a position learns its new key. */
const MISSES_TO_LEARN = 8;
const WORD = 4;

/** Where a shape stands: the rows that its `*` makes, and how deep it is. */
export interface ShapeContext {
  readonly rows?: RecordRows | undefined;
  readonly depth?: number;
}

/** The taker of an object or array in which `wanted` stand (paths relative to it, none empty). */
export class ObjectShape implements ValueTaker {
  readonly #takers: ReadonlyMap<string, ValueTaker>;
  readonly #indexed: readonly (ValueTaker | undefined)[];
  /** What is wanted of every element of an array, each in a row of its own. */
  readonly #each: ValueTaker | undefined;
  readonly #rows: RecordRows | undefined;
  readonly #predicted: Predicted[] = [];
  readonly #depth: number;

  constructor(wanted: readonly WantedValue[], { rows, depth = 1 }: ShapeContext = {}) {
    this.#depth = depth;
    this.#rows = rows;
    const takers = group(wanted, { rows, depth });
    this.#each = takers.get(EACH);
    takers.delete(EACH);
    this.#takers = takers;
    this.#indexed = byIndex(takers);
  }

  /** An object is walked, an array too where its elements are asked for; anything else holds none of `wanted`. */
  take(cursor: JsonCursor, row: number): boolean {
    const byte = cursor.next();
    if (this.#each !== undefined) return this.#walkEach(cursor, byte, this.#each);
    if (byte === OPEN_OBJECT) return this.walk(cursor, row);
    if (byte === OPEN_ARRAY && this.#indexed.length > 0) return this.#walkArray(cursor, row);
    return cursor.skip(this.#depth);
  }

  /** Walks the object that begins at the cursor. */
  walk(cursor: JsonCursor, row: number): boolean {
    cursor.pos++;
    let byte = cursor.next();
    if (byte === CLOSE_OBJECT) {
      cursor.pos++;
      return true;
    }
    for (let k = 0; ; k++) {
      if (byte !== QUOTE) return cursor.syntaxError(cursor.unexpected());
      const predicted = this.#predicted[k];
      let taker: ValueTaker | undefined;
      if (predicted !== undefined && startsWith(cursor, predicted)) {
        cursor.pos += predicted.length;
        predicted.misses = 0;
        taker = predicted.taker;
      } else {
        const start = cursor.pos;
        const name = cursor.string();
        if (name === undefined || !cursor.colon()) return false;
        taker = this.#takers.get(name);
        this.#learn(k, cursor.bytes.subarray(start, cursor.pos), taker);
      }
      if (taker === undefined ? !cursor.skip(this.#depth) : !taker.take(cursor, row)) return false;
      byte = cursor.next();
      if (byte === CLOSE_OBJECT) {
        cursor.pos++;
        return true;
      }
      if (byte !== COMMA) return cursor.syntaxError(cursor.unexpected());
      cursor.pos++;
      byte = cursor.next();
    }
  }

  #walkArray(cursor: JsonCursor, row: number): boolean {
    cursor.pos++;
    if (cursor.next() === CLOSE_ARRAY) {
      cursor.pos++;
      return true;
    }
    for (let i = 0; ; i++) {
      const taker = this.#indexed[i];
      if (taker === undefined ? !cursor.skip(this.#depth) : !taker.take(cursor, row)) return false;
      const byte = cursor.next();
      if (byte !== COMMA && byte !== CLOSE_ARRAY) return cursor.syntaxError(cursor.unexpected());
      cursor.pos++;
      if (byte === CLOSE_ARRAY) return true;
    }
  }

  /** Every element in a row of its own; null is an array without any. */
  #walkEach(cursor: JsonCursor, first: number, taker: ValueTaker): boolean {
    if (first === 0x6e) return cursor.literal("null");
    if (first !== OPEN_ARRAY) {
      cursor.conversionError("an array of records was expected");
      return false;
    }
    cursor.pos++;
    let byte = cursor.next();
    while (byte !== CLOSE_ARRAY) {
      const row = this.#rows?.next() ?? -1;
      if (row < 0) {
        cursor.conversionError(this.#rows?.reason ?? "");
        return false;
      }
      if (!taker.take(cursor, row)) return false;
      byte = separator(cursor, CLOSE_ARRAY);
      if (byte === -1) return false;
    }
    cursor.pos++;
    return true;
  }

  #learn(k: number, key: Uint8Array, taker: ValueTaker | undefined): void {
    if (k >= PREDICTED_KEYS || key.length < WORD) return;
    const predicted = this.#predicted[k];
    if (predicted === undefined) {
      // Positions are filled in order, so the array has no holes.
      if (k === this.#predicted.length) {
        this.#predicted.push({ length: key.length, words: wordsOf(key), taker, misses: 0 });
      }
    } else if (++predicted.misses >= MISSES_TO_LEARN) {
      predicted.length = key.length;
      predicted.words = wordsOf(key);
      predicted.taker = taker;
      predicted.misses = 0;
    }
  }
}

/** Several takers for one value: each reads it from its beginning. */
class SharedTaker implements ValueTaker {
  readonly #takers: readonly ValueTaker[];

  constructor(takers: readonly ValueTaker[]) {
    this.#takers = takers;
  }

  take(cursor: JsonCursor, row: number): boolean {
    const start = cursor.pos;
    for (const taker of this.#takers) {
      cursor.pos = start;
      if (!taker.take(cursor, row)) return false;
    }
    return true;
  }
}

/** Whether the predicted key stands at the cursor. */
function startsWith(cursor: JsonCursor, { length, words }: Predicted): boolean {
  const { view, pos } = cursor;
  if (pos + length > cursor.end) return false;
  const last = words.length - 1;
  // From the end: keys of one device often begin alike.
  if (view.getInt32(pos + length - WORD, true) !== words[last]) return false;
  for (let i = 0; i < last; i++) {
    if (view.getInt32(pos + i * WORD, true) !== words[i]) return false;
  }
  return true;
}

function wordsOf(key: Uint8Array): Int32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const words = new Int32Array(Math.ceil(key.length / WORD));
  for (let i = 0; i < words.length; i++) {
    words[i] = view.getInt32(Math.min(i * WORD, key.length - WORD), true);
  }
  return words;
}

function group(
  wanted: readonly WantedValue[],
  { rows, depth = 1 }: ShapeContext,
): Map<string, ValueTaker> {
  const byKey = new Map<string, WantedValue[]>();
  for (const { path, taker } of wanted) {
    const [key = "", ...rest] = path;
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [{ path: rest, taker }]);
    else list.push({ path: rest, taker });
  }
  const takers = new Map<string, ValueTaker>();
  for (const [key, list] of byKey) {
    const own = list.filter(({ path }) => path.length === 0).map(({ taker }) => taker);
    const below = list.filter(({ path }) => path.length > 0);
    if (below.length > 0) {
      own.push(new ObjectShape(below, { rows, depth: Math.min(depth + 1, JSON_DEPTH) }));
    }
    takers.set(key, own.length === 1 ? (own[0] as ValueTaker) : new SharedTaker(own));
  }
  return takers;
}

/** Keys that are array indexes (RFC 6901 §4: no leading zeros), as an array. */
function byIndex(takers: ReadonlyMap<string, ValueTaker>): (ValueTaker | undefined)[] {
  const indexed: (ValueTaker | undefined)[] = [];
  for (const [key, taker] of takers) {
    if (/^(0|[1-9][0-9]{0,3})$/.test(key)) indexed[Number(key)] = taker;
  }
  return indexed;
}
