// How the rows of one batch and lane lie in an outbox blob. The engine writes it once, the store keeps it
// unread, the uplink copies key and value bytes from it straight into Kafka's record format.
//
//   u32  FORMAT
//   u32  rows
//   u32  metadataBytes             JSON {"sinks": [[rule, topic, schemas?], …], "watermarks": {rule: epoch ms}}
//   …    metadata
//   rows × { u32 sink | KEY_BIT | NO_VALUE_BIT | mark, u32 hash, u32 keyEnd, u32 valueEnd }
//   rows × f64 time                epoch ms; NaN: none
//   …    data                      key 0, value 0, key 1, value 1, …
//
// All numbers are little-endian. Ends count from the start of the data; a key starts where the value before it
// ended. `watermarks` are the output watermarks, at the commit that holds the blob, of the lane's rules whose rows
// wait for it: up to there such a rule has put out what it will ever put out. Times, watermarks and marks are for
// the day on which a restored disk image has to find out what has left already (see ARCHITECTURE.md). `schemas` are of
// sinks whose keys or values are sent behind the id of a schema.

import { assert } from "./errors.ts";
import { partitionHash } from "./partition-hash.ts";

const FORMAT = 0x32_4f_52_48; // "HRO2"
const HEADER_BYTES = 12;
const ROW_WORDS = 4;
const ROW_BYTES = ROW_WORDS * 4;
const TIME_BYTES = 8;
const KEY_BIT = 0x8000_0000;
const MARK_SHIFT = 29;
const MARK_MASK = 3;
const NO_VALUE_BIT = 0x1000_0000;
const SINK_MASK = 0x0fff_ffff;
const FIRST_CAPACITY_BYTES = 16 * 1024;
const UNUSED = -1;

/** Epoch milliseconds by rule. A rule that has none yet is absent. */
export type RuleTimes = Readonly<Record<string, number>>;

/** What a row does to the alarm that its key names. */
export const ROW_MARKS = ["none", "raised", "returned"] as const;
export type RowMark = (typeof ROW_MARKS)[number];

/** A row to be added. */
export interface NewRow {
  readonly key: string | Uint8Array | null;
  /** null: a message that says its key is gone (a tombstone). */
  readonly value: string | Uint8Array | null;
  /** Its event time in epoch milliseconds; NaN: it has none. */
  readonly timeMs: number;
  readonly mark?: RowMark;
}

/** A schema that has an id in a registry, under its subject; it is sent before each key or value of its kind. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly schema: string;
}

/** Of the rows of a sink. */
export interface RowSchemas {
  readonly key?: RegisteredSchema | undefined;
  readonly value?: RegisteredSchema | undefined;
}

type BlobSink = readonly [rule: string, topic: string, schemas?: RowSchemas];

/**
 * Gathers the rows of one batch and lane. One writer per lane lives as long as the engine; its buffers are
 * reused. Not re-entrant.
 */
export class OutboxRowWriter {
  readonly #keylessHash: number;
  readonly #sinks: BlobSink[] = [];
  readonly #sinkNumbers = new Map<string, number>();
  /** Sinks of the rows gathered, in order of first use: a blob says nothing of others. And by sink, where it is there. */
  #used: number[] = [];
  readonly #usedAs: number[] = [];
  #table = new Uint32Array(64 * ROW_WORDS);
  #times = new Float64Array(64);
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
    return HEADER_BYTES + this.#rows * (ROW_BYTES + TIME_BYTES) + this.#end;
  }

  /** The number to give to `add` for rows of `rule` into `topic`; the same ones have the same number for good. */
  sink(rule: string, topic: string, schemas?: RowSchemas): number {
    const named: BlobSink = schemas === undefined ? [rule, topic] : [rule, topic, schemas];
    const name = JSON.stringify(named);
    let sink = this.#sinkNumbers.get(name);
    if (sink === undefined) {
      sink = this.#sinks.push(named) - 1;
      this.#sinkNumbers.set(name, sink);
      this.#usedAs[sink] = UNUSED;
    }
    return sink;
  }

  /** Appends a row. Strings are stored as UTF-8. */
  add(sink: number, { key, value, timeMs, mark = "none" }: NewRow): void {
    const row = this.#rows * ROW_WORDS;
    if (row === this.#table.length) this.#grow();
    const table = this.#table;
    let used = this.#usedAs[sink] as number;
    if (used === UNUSED) this.#usedAs[sink] = used = this.#used.push(sink) - 1;
    let word = used | (ROW_MARKS.indexOf(mark) << MARK_SHIFT);
    if (value === null) word |= NO_VALUE_BIT;
    if (key === null) {
      table[row] = word;
      table[row + 1] = this.#keylessHash;
    } else {
      const start = this.#end;
      this.#append(key);
      table[row] = word | KEY_BIT;
      table[row + 1] = partitionHash(this.#data, start, this.#end);
    }
    this.#times[this.#rows] = timeMs;
    table[row + 2] = this.#end;
    if (value !== null) this.#append(value);
    table[row + 3] = this.#end;
    this.#rows++;
  }

  /** The blob, in memory of its own; the writer is empty afterwards. */
  finish(watermarks: RuleTimes): Uint8Array {
    const sinks = this.#used.map((sink) => this.#sinks[sink]);
    const metadata = Buffer.from(JSON.stringify({ sinks, watermarks }));
    const tableAt = HEADER_BYTES + metadata.length;
    const timesAt = tableAt + this.#rows * ROW_BYTES;
    const dataAt = timesAt + this.#rows * TIME_BYTES;
    const blob = Buffer.allocUnsafeSlow(dataAt + this.#end);
    blob.writeUInt32LE(FORMAT, 0);
    blob.writeUInt32LE(this.#rows, 4);
    blob.writeUInt32LE(metadata.length, 8);
    blob.set(metadata, HEADER_BYTES);
    // Every supported machine (x86-64, arm64) is little-endian, as the layout is.
    blob.set(new Uint8Array(this.#table.buffer, 0, timesAt - tableAt), tableAt);
    blob.set(new Uint8Array(this.#times.buffer, 0, dataAt - timesAt), timesAt);
    this.#data.copy(blob, dataAt, 0, this.#end);
    this.discard();
    return blob;
  }

  /** Forgets the rows gathered since the last `finish`. */
  discard(): void {
    this.#rows = 0;
    this.#end = 0;
    for (const sink of this.#used) this.#usedAs[sink] = UNUSED;
    this.#used = [];
  }

  #grow(): void {
    const table = new Uint32Array(this.#table.length * 2);
    table.set(this.#table);
    this.#table = table;
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
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
  readonly watermarks: RuleTimes;
  /** Where keys and values stand; positions below are positions in here. */
  readonly bytes: Buffer;
  readonly #sinks: readonly BlobSink[];
  readonly #tableStart: number;
  readonly #timesStart: number;
  readonly #dataStart: number;

  /** Throws blame `bug` when the blob is not one of ours: its CRC was checked by the store. */
  constructor(blob: Uint8Array) {
    const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    assert(bytes.length >= HEADER_BYTES && bytes.readUInt32LE(0) === FORMAT, "not an outbox blob");
    this.bytes = bytes;
    this.rows = bytes.readUInt32LE(4);
    this.#tableStart = HEADER_BYTES + bytes.readUInt32LE(8);
    this.#timesStart = this.#tableStart + this.rows * ROW_BYTES;
    this.#dataStart = this.#timesStart + this.rows * TIME_BYTES;
    assert(this.#dataStart <= bytes.length, "outbox blob is cut short");
    const metadata: unknown = JSON.parse(bytes.toString("utf8", HEADER_BYTES, this.#tableStart));
    const { sinks, watermarks } = metadata as {
      sinks: BlobSink[];
      watermarks: RuleTimes;
    };
    this.#sinks = sinks;
    this.watermarks = watermarks;
    if (this.rows > 0)
      assert(this.valueEnd(this.rows - 1) <= bytes.length, "outbox blob is cut short");
  }

  /** Topics that rows go to. */
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

  /** What has to be registered before the row is sent. */
  schemas(row: number): RowSchemas | undefined {
    return this.#sink(row)[2];
  }

  hasKey(row: number): boolean {
    return (this.#word(row, 0) & KEY_BIT) !== 0;
  }

  /** False for a message that says its key is gone (a tombstone). */
  hasValue(row: number): boolean {
    return (this.#word(row, 0) & NO_VALUE_BIT) === 0;
  }

  /** Non-negative 31-bit murmur2; the partition is `hash mod partitionCount`. */
  hash(row: number): number {
    return this.#word(row, 1);
  }

  /** Its event time, epoch milliseconds; NaN: none. */
  timeMs(row: number): number {
    return this.bytes.readDoubleLE(this.#timesStart + row * TIME_BYTES);
  }

  mark(row: number): RowMark {
    return ROW_MARKS[(this.#word(row, 0) >>> MARK_SHIFT) & MARK_MASK] ?? "none";
  }

  key(row: number): string {
    return this.bytes.toString("utf8", this.keyStart(row), this.keyEnd(row));
  }

  value(row: number): Buffer {
    return this.bytes.subarray(this.keyEnd(row), this.valueEnd(row));
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

  #sink(row: number): BlobSink {
    const sink = this.#sinks[this.#word(row, 0) & SINK_MASK];
    assert(sink !== undefined, "outbox row names no sink");
    return sink;
  }

  #word(row: number, word: number): number {
    return this.bytes.readUInt32LE(this.#tableStart + row * ROW_BYTES + word * 4);
  }
}
