// Kafka's record batch, format 2: written for Produce, read for the progress records. No object per record on the
// way out: key and value are copied from the outbox blob.
//
//   i64 baseOffset  i32 length  i32 leaderEpoch  i8 magic = 2  u32 crc32c (of all that follows)
//   i16 attributes  i32 lastOffsetDelta  i64 baseTimestamp  i64 maxTimestamp
//   i64 producerId  i16 producerEpoch  i32 baseSequence  i32 records
//   records: { length, i8 attributes, timestampDelta, offsetDelta, key, value, headers }   lengths: zigzag varints
//
// Source: kafka.apache.org/documentation/#messageformat.

import { crc32c } from "./crc32c.ts";

const HEADER_BYTES = 61;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const TRANSACTIONAL = 0x10;
const FIRST_CAPACITY_BYTES = 4096;
const NO_HEAD = Buffer.alloc(0);

/** Who writes the batch, and the number of its first record in the producer's sequence for the partition. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly timestampMs: number;
  readonly transactional: boolean;
}

/**
 * A record's bytes: key [keyStart, keyEnd) or null when `hasKey` is false, value [keyEnd, valueEnd) or null when
 * `hasValue` is false (a tombstone); each behind its head, if it has one.
 */
export interface RecordBytes {
  readonly bytes: Buffer;
  readonly hasKey: boolean;
  readonly hasValue: boolean;
  readonly keyHead?: Buffer | undefined;
  readonly valueHead?: Buffer | undefined;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueEnd: number;
}

/** The records of one transaction for one partition. */
export class RecordBatchWriter {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  #end = HEADER_BYTES;
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** Size of the whole batch so far, as the broker's `max.message.bytes` counts it. */
  get byteLength(): number {
    return this.#end;
  }

  /** Appends a record with one header, named `headrace`. */
  append(record: RecordBytes, header: string): void {
    const { bytes, hasKey, hasValue, keyStart, keyEnd, valueEnd } = record;
    const { keyHead = NO_HEAD, valueHead = NO_HEAD } = record;
    const keyLength = hasKey ? keyHead.length + keyEnd - keyStart : -1;
    const valueLength = hasValue ? valueHead.length + valueEnd - keyEnd : -1;
    const length =
      1 + // attributes
      1 + // timestamp delta, always 0
      varintBytes(this.#records) +
      varintBytes(keyLength) +
      Math.max(keyLength, 0) +
      varintBytes(valueLength) +
      Math.max(valueLength, 0) +
      1 + // one header
      HEADER_NAME.length +
      varintBytes(header.length) +
      header.length;
    this.#reserve(varintBytes(length) + length);
    this.#varint(length);
    this.#bytes[this.#end++] = 0;
    this.#varint(0);
    this.#varint(this.#records++);
    this.#varint(keyLength);
    if (keyLength > 0) this.#part(keyHead, bytes, keyStart, keyEnd);
    this.#varint(valueLength);
    if (valueLength > 0) this.#part(valueHead, bytes, keyEnd, valueEnd);
    this.#varint(1);
    this.#end += HEADER_NAME.copy(this.#bytes, this.#end);
    this.#varint(header.length);
    this.#end += this.#bytes.write(header, this.#end, "latin1");
  }

  /** The finished batch; valid until the next `append`. */
  finish(origin: BatchOrigin): Buffer {
    const b = this.#bytes;
    b.writeBigInt64BE(0n, 0);
    b.writeInt32BE(this.#end - 12, 8);
    b.writeInt32BE(-1, 12);
    b.writeInt8(2, 16);
    b.writeInt16BE(origin.transactional ? TRANSACTIONAL : 0, 21);
    b.writeInt32BE(this.#records - 1, 23);
    b.writeBigInt64BE(BigInt(origin.timestampMs), 27);
    b.writeBigInt64BE(BigInt(origin.timestampMs), 35);
    b.writeBigInt64BE(origin.producerId, 43);
    b.writeInt16BE(origin.producerEpoch, 51);
    b.writeInt32BE(origin.baseSequence, 53);
    b.writeInt32BE(this.#records, 57);
    b.writeUInt32BE(crc32c(b, CHECKED_FROM, this.#end), CRC_AT);
    return b.subarray(0, this.#end);
  }

  #part(head: Buffer, bytes: Buffer, start: number, end: number): void {
    if (head.length > 0) this.#end += head.copy(this.#bytes, this.#end);
    this.#end += bytes.copy(this.#bytes, this.#end, start, end);
  }

  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }

  /** Zigzag varint of a number in [-1, 2^30). */
  #varint(value: number): void {
    let rest = value < 0 ? 1 : value * 2;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.#end++] = (rest & 127) | 128;
    this.#bytes[this.#end++] = rest;
  }
}

const HEADER_NAME = Buffer.from("\u0010headrace"); // its length 8 as a zigzag varint, then the name

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value < 0 ? 1 : value * 2; rest > 127; rest >>>= 7) bytes++;
  return bytes;
}
