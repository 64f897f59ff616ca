// How the rows of one batch and lane lie in an outbox blob. The engine writes it once, the store keeps it
// unread, the uplink copies key and value bytes from it straight into Kafka's record format.
//
//   u32  FORMAT
//   u32  rows
//   u32  metadataBytes             JSON {"sinks": [[rule, topic], …], "watermarks": {rule: epoch ms}}
//   …    metadata
//   rows × { u32 sink | KEY_BIT, u32 hash, u32 keyEnd, u32 valueEnd }
//   …    data                      key 0, value 0, key 1, value 1, …
//
// All numbers are little-endian. Ends count from the start of the data; a key starts where the value before it
// ended. `watermarks` are the rules' output watermarks at the commit that holds the blob.

import { assert } from "./errors.ts";

const FORMAT = 0x31_4f_52_48; // "HRO1"
const HEADER_BYTES = 12;
const ROW_WORDS = 4;
const ROW_BYTES = ROW_WORDS * 4;
const KEY_BIT = 0x8000_0000;
const FIRST_CAPACITY_BYTES = 16 * 1024;

/** Output watermark by rule, epoch milliseconds. A rule that has none yet is absent. */
export type RuleWatermarks = Readonly<Record<string, number>>;

/**
 * Gathers the rows of one batch and lane. One writer per lane lives as long as the engine; its buffers are
 * reused. Not re-entrant.
 */
export class OutboxRowWriter {
  readonly #keylessHash: number;
  readonly #sinks: (readonly [rule: string, topic: string])[] = [];
  readonly #sinkNumbers = new Map<string, number>();
  #table = new Uint32Array(64 * ROW_WORDS);
  #data = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
  #rows = 0;
  #end = 0;

  /** Rows without a key go to the partition of `gatewayId`, so that their order is kept. */
  constructor(gatewayId: string) {
    this.#keylessHash = partitionHash(Buffer.from(gatewayId));
  }

  /** Rows gathered since the last `finish`. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes the blob takes so far, without its metadata. */
  get byteLength(): number {
    return HEADER_BYTES + this.#rows * ROW_BYTES + this.#end;
  }

  /** The number to give to `add` for rows of `rule` into `topic`; the same pair has the same number for good. */
  sink(rule: string, topic: string): number {
    const name = `${rule}\u0000${topic}`;
    let sink = this.#sinkNumbers.get(name);
    if (sink === undefined) {
      sink = this.#sinks.push([rule, topic]) - 1;
      this.#sinkNumbers.set(name, sink);
    }
    return sink;
  }

  /** Appends a row. Strings are stored as UTF-8. */
  add(sink: number, key: string | Uint8Array | null, value: string | Uint8Array): void {
    const row = this.#rows * ROW_WORDS;
    if (row === this.#table.length) {
      const grown = new Uint32Array(row * 2);
      grown.set(this.#table);
      this.#table = grown;
    }
    const table = this.#table;
    if (key === null) {
      table[row] = sink;
      table[row + 1] = this.#keylessHash;
    } else {
      const start = this.#end;
      this.#append(key);
      table[row] = sink | KEY_BIT;
      table[row + 1] = partitionHash(this.#data, start, this.#end);
    }
    table[row + 2] = this.#end;
    this.#append(value);
    table[row + 3] = this.#end;
    this.#rows++;
  }

  /** The blob, in memory of its own; the writer is empty afterwards. */
  finish(watermarks: RuleWatermarks): Uint8Array {
    const metadata = Buffer.from(JSON.stringify({ sinks: this.#sinks, watermarks }));
    const tableBytes = this.#rows * ROW_BYTES;
    const blob = Buffer.allocUnsafeSlow(HEADER_BYTES + metadata.length + tableBytes + this.#end);
    blob.writeUInt32LE(FORMAT, 0);
    blob.writeUInt32LE(this.#rows, 4);
    blob.writeUInt32LE(metadata.length, 8);
    blob.set(metadata, HEADER_BYTES);
    // Every supported machine (x86-64, arm64) is little-endian, as the layout is.
    blob.set(new Uint8Array(this.#table.buffer, 0, tableBytes), HEADER_BYTES + metadata.length);
    this.#data.copy(blob, HEADER_BYTES + metadata.length + tableBytes, 0, this.#end);
    this.discard();
    return blob;
  }

  /** Forgets the rows gathered since the last `finish`. */
  discard(): void {
    this.#rows = 0;
    this.#end = 0;
  }

  #append(text: string | Uint8Array): void {
    // A UTF-16 unit takes at most 3 bytes of UTF-8.
    const needed = this.#end + (typeof text === "string" ? text.length * 3 : text.length);
    if (needed > this.#data.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#data.length * 2));
      this.#data.copy(grown, 0, 0, this.#end);
      this.#data = grown;
    }
    if (typeof text === "string") this.#end += this.#data.write(text, this.#end, "utf8");
    else {
      this.#data.set(text, this.#end);
      this.#end += text.length;
    }
  }
}

/** Reads an outbox blob without copying it. Rows count from 0. */
export class OutboxRows {
  readonly rows: number;
  readonly watermarks: RuleWatermarks;
  /** Where keys and values stand; positions below are positions in here. */
  readonly bytes: Buffer;
  readonly #sinks: readonly (readonly [rule: string, topic: string])[];
  readonly #tableStart: number;
  readonly #dataStart: number;

  /** Throws blame `bug` when the blob is not one of ours: its CRC was checked by the store. */
  constructor(blob: Uint8Array) {
    const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    assert(bytes.length >= HEADER_BYTES && bytes.readUInt32LE(0) === FORMAT, "not an outbox blob");
    this.bytes = bytes;
    this.rows = bytes.readUInt32LE(4);
    this.#tableStart = HEADER_BYTES + bytes.readUInt32LE(8);
    this.#dataStart = this.#tableStart + this.rows * ROW_BYTES;
    assert(this.#dataStart <= bytes.length, "outbox blob is cut short");
    const metadata: unknown = JSON.parse(bytes.toString("utf8", HEADER_BYTES, this.#tableStart));
    const { sinks, watermarks } = metadata as {
      sinks: [string, string][];
      watermarks: RuleWatermarks;
    };
    this.#sinks = sinks;
    this.watermarks = watermarks;
    if (this.rows > 0)
      assert(this.valueEnd(this.rows - 1) <= bytes.length, "outbox blob is cut short");
  }

  /** Topics that rows may go to. */
  get topics(): readonly string[] {
    return this.#sinks.map(([, topic]) => topic);
  }

  /** The rule that made the row. */
  rule(row: number): string {
    return this.#sink(row)[0];
  }

  /** The Kafka topic the row goes to. */
  topic(row: number): string {
    return this.#sink(row)[1];
  }

  hasKey(row: number): boolean {
    return (this.#word(row, 0) & KEY_BIT) !== 0;
  }

  /** Non-negative 31-bit murmur2; the partition is `hash mod partitionCount`. */
  hash(row: number): number {
    return this.#word(row, 1);
  }

  keyStart(row: number): number {
    return row === 0 ? this.#dataStart : this.valueEnd(row - 1);
  }

  /** End of the key and start of the value. */
  keyEnd(row: number): number {
    return this.#dataStart + this.#word(row, 2);
  }

  valueEnd(row: number): number {
    return this.#dataStart + this.#word(row, 3);
  }

  #sink(row: number): readonly [string, string] {
    const sink = this.#sinks[this.#word(row, 0) & ~KEY_BIT];
    assert(sink !== undefined, "outbox row names no sink");
    return sink;
  }

  #word(row: number, word: number): number {
    return this.bytes.readUInt32LE(this.#tableStart + row * ROW_BYTES + word * 4);
  }
}

/**
 * Kafka's default partitioner's hash of the bytes [start, end): `murmur2 & 0x7fffffff`.
 * @see org.apache.kafka.common.utils.Utils.murmur2 and toPositive
 */
export function partitionHash(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const m = 0x5bd1e995;
  const length = end - start;
  let h = 0x9747b28c ^ length;
  let at = start;
  for (const stop = start + (length & ~3); at < stop; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = length & 3;
  if (rest === 3) h ^= bytes[at + 2]! << 16;
  if (rest >= 2) h ^= bytes[at + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[at]!, m);
  h = Math.imul(h ^ (h >>> 13), m);
  return (h ^ (h >>> 15)) & 0x7fff_ffff;
}
