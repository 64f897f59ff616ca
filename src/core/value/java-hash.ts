// The order in which a java.util.HashMap gives its entries. Flink keeps the maps that it reads from JSON, collects in
// aggregates and makes of text in one, so that this order shows in MAP_KEYS, MAP_VALUES, CAST AS STRING and in what a
// merged DISTINCT aggregate saw first. It is a pure function of the keys in the order of their insertion.
//
// Left out: of 64 buckets on, one that holds more than eight keys becomes a tree in Java, and its root moves to the
// front. Only keys that collide a lot get there, as whole numbers in a FLOAT.

import type { SqlType, SqlValue } from "../types.ts";
import { nanosOfMilli, timestampMillis } from "./timestamp.ts";
import type { TimestampValue } from "./timestamp.ts";

export type HashCode = (key: SqlValue) => number;

const SEED = 42;
const FIRST_CAPACITY = 16;
const LOAD = 0.75;
const CROWDED = 8;
const LEAST_WITH_TREES = 64;

/**
 * Indexes of `keys` (all different, in order of insertion) in the order of a HashMap; a NULL key is in bucket 0.
 * `expected` is what its constructor was told to expect.
 */
export function hashMapOrder(
  keys: readonly SqlValue[],
  hashCode: HashCode,
  expected: number = FIRST_CAPACITY,
): number[] {
  const hashes = keys.map((key) => {
    const hash = key === null ? 0 : hashCode(key);
    return hash ^ (hash >>> 16);
  });
  const mask = capacity(hashes, expected) - 1;
  const buckets = hashes.map((hash) => hash & mask);
  return keys
    .map((_, index) => index)
    .sort((a, b) => (buckets[a] ?? 0) - (buckets[b] ?? 0) || a - b);
}

/** Buckets of a HashMap that `hashes` were put into: it grows when it is full, and while it is small, when one bucket is. */
function capacity(hashes: readonly number[], expected: number): number {
  let buckets = 1;
  while (buckets < expected) buckets *= 2;
  let lengths = new Uint32Array(buckets);
  for (const [index, hash] of hashes.entries()) {
    const length = (lengths[hash & (buckets - 1)] ?? 0) + 1;
    lengths[hash & (buckets - 1)] = length;
    const grown = length > CROWDED && buckets < LEAST_WITH_TREES ? buckets * 2 : buckets;
    const wanted = index + 1 > grown * LOAD ? grown * 2 : grown;
    if (wanted === buckets) continue;
    buckets = wanted;
    lengths = new Uint32Array(buckets);
    for (const each of hashes.slice(0, index + 1)) {
      lengths[each & (buckets - 1)] = (lengths[each & (buckets - 1)] ?? 0) + 1;
    }
  }
  return buckets;
}

/** hashCode of Flink's internal form of a type's values; undefined for types whose hash is not reproduced. */
export function hashCodeOf(type: SqlType): HashCode | undefined {
  switch (type.kind) {
    case "CHAR":
    case "VARCHAR":
      return (key) => flinkTextHash(key as string);
    case "BOOLEAN":
      return (key) => (key === true ? 1231 : 1237);
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "DATE":
    case "TIME":
    case "INTERVAL_YEAR_MONTH":
      return (key) => key as number;
    case "BIGINT":
    case "INTERVAL_DAY_TIME":
      return (key) => longHash(BigInt(key as number | bigint));
    case "FLOAT":
      return (key) => floatBits(key as number);
    case "DOUBLE":
      return (key) => longHash(doubleBits(key as number));
    case "DECIMAL":
      return (key) => decimalHash(key as bigint, type.scale);
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return (key) => timestampHash(key as TimestampValue);
    default:
      return undefined;
  }
}

/** Flink's hash of a text: that of its UTF-8 bytes. */
export function flinkTextHash(text: string): number {
  return murmur(Buffer.from(text));
}

/** Bytes of a text that stand in the row itself; longer ones stand behind it. */
const INLINE_BYTES = 7;
const WORD_BYTES = 8;

/** Flink's hash of a row of texts: that of its BinaryRowData. A word of flags comes first, then a word for each field. */
export function flinkRowHash(texts: readonly (string | null)[]): number {
  const row = Buffer.alloc(WORD_BYTES * (1 + texts.length));
  const parts = [row];
  let end = row.length;
  for (const [index, text] of texts.entries()) {
    const at = WORD_BYTES * (1 + index);
    const bytes = Buffer.from(text ?? "");
    // The first eight flags are the kind of the change.
    if (text === null) row[1 + (index >> 3)] = (row[1 + (index >> 3)] ?? 0) | (1 << (index & 7));
    else if (bytes.length <= INLINE_BYTES) {
      bytes.copy(row, at);
      row[at + INLINE_BYTES] = 0x80 | bytes.length;
    } else {
      row.writeInt32LE(bytes.length, at);
      row.writeInt32LE(end, at + 4);
      const padded = Buffer.alloc(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
      bytes.copy(padded);
      parts.push(padded);
      end += padded.length;
    }
  }
  return murmur(Buffer.concat(parts));
}

/** Murmur3, in which the last one to three bytes are mixed one by one. */
function murmur(bytes: Buffer): number {
  const aligned = bytes.length & ~3;
  let hash = SEED;
  for (let at = 0; at < aligned; at += 4) hash = mixHash(hash, bytes.readInt32LE(at));
  for (let at = aligned; at < bytes.length; at++) hash = mixHash(hash, bytes.readInt8(at));
  hash ^= bytes.length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** String.hashCode of Java. */
export function javaTextHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}

/**
 * The bucket of a window in Flink's HashSet of windows that merge (never more than three): the first of them takes in
 * the others. Its hash is start + the inverse of 2 * end + 1, modulo 2^32.
 */
export function windowBucket(startMs: number, endMs: number): number {
  const odd = (Number(BigInt.asIntN(32, BigInt(endMs) << 1n)) + 1) | 0;
  // Newton's iteration doubles the correct bits: 4, 8, 16, 32.
  let inverse = Math.imul(Math.imul(odd, odd), odd);
  for (let bits = 4; bits < 32; bits *= 2)
    inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  const hash = Number(BigInt.asIntN(32, BigInt(startMs) + BigInt(inverse)));
  return (hash ^ (hash >>> 16)) & (FIRST_CAPACITY - 1);
}

function mixHash(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  const next = hash ^ mixed;
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function longHash(value: bigint): number {
  return Number(BigInt.asIntN(32, value ^ (BigInt.asUintN(64, value) >> 32n)));
}

/** BigDecimal.hashCode: up to 18 digits or so by their long, more by their BigInteger. */
function decimalHash(unscaled: bigint, scale: number): number {
  const magnitude = unscaled < 0n ? -unscaled : unscaled;
  let hash = 0;
  for (const word of wordsOf(magnitude)) hash = (Math.imul(hash, 31) + word) | 0;
  return (Math.imul(unscaled < 0n ? -hash : hash, 31) + scale) | 0;
}

/** The 32-bit words of a number that is not negative, the highest first. */
function wordsOf(magnitude: bigint): number[] {
  const words: number[] = [];
  for (let rest = magnitude; rest > 0n; rest >>= 32n) words.unshift(Number(rest & 0xffff_ffffn));
  return words;
}

function timestampHash(value: TimestampValue): number {
  return (Math.imul(longHash(BigInt(timestampMillis(value))), 31) + nanosOfMilli(value)) | 0;
}

const scratch = new DataView(new ArrayBuffer(8));

/** NaN has one pattern, as Java's floatToIntBits makes it. */
function floatBits(value: number): number {
  scratch.setFloat32(0, value);
  return Number.isNaN(value) ? 0x7fc00000 : scratch.getInt32(0);
}

function doubleBits(value: number): bigint {
  scratch.setFloat64(0, value);
  return Number.isNaN(value) ? 0x7ff8000000000000n : scratch.getBigInt64(0);
}
