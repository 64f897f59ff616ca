// Reads the record batches of a Fetch answer (layout: record-batch.ts). Tells what a transaction's fate hangs on:
// producer id, whether the batch is transactional, and the markers (control batches).

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { GatewayError } from "../core/errors.ts";

const LENGTH_END = 12;
const HEADER_BYTES = 61;
const MAGIC_AT = 16;
const COMPRESSION = 0x07;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const COMMIT_MARKER = 1;

export interface ScannedBatch {
  readonly baseOffset: number;
  /** Where to read on. */
  readonly nextOffset: number;
  readonly producerId: bigint;
  /** The newest of its records; a marker's is the broker's clock. */
  readonly timestampMs: number;
  readonly transactional: boolean;
  /** Set for a marker, which ends its producer's transaction in this partition. */
  readonly marker: "commit" | "abort" | undefined;
  /** Calls back for each record that has a key. The buffers are views into the answer. */
  forEach(visit: (key: Buffer, value: Buffer | null, offset: number) => void): void;
}

/** The complete batches in `bytes`; a last one cut short by the broker is left out. */
export function* scanRecordBatches(bytes: Buffer): Generator<ScannedBatch> {
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + 8);
    if (end > bytes.length) return;
    yield scanBatch(bytes.subarray(at, end));
    at = end;
  }
}

function scanBatch(batch: Buffer): ScannedBatch {
  if (batch[MAGIC_AT] !== 2) throw unreadable("record batch of an old format");
  const baseOffset = Number(batch.readBigInt64BE(0));
  const attributes = batch.readInt16BE(21);
  const count = batch.readInt32BE(57);
  const forEach: ScannedBatch["forEach"] = (visit) => {
    const reader = new RecordReader(decompress(attributes & COMPRESSION, batch.subarray(61)));
    for (let i = 0; i < count; i++) {
      const { key, value, offsetDelta } = reader.next();
      if (key !== null) visit(key, value, baseOffset + offsetDelta);
    }
  };
  let marker: ScannedBatch["marker"];
  if (attributes & CONTROL) {
    forEach((key) => (marker = key.readInt16BE(2) === COMMIT_MARKER ? "commit" : "abort"));
  }
  return {
    baseOffset,
    nextOffset: baseOffset + batch.readInt32BE(23) + 1,
    producerId: batch.readBigInt64BE(43),
    timestampMs: Number(batch.readBigInt64BE(35)),
    transactional: (attributes & TRANSACTIONAL) !== 0,
    marker,
    forEach,
  };
}

/** Batches of ours are plain; a topic with a `compression.type` of its own makes the broker compress them. */
function decompress(codec: number, records: Buffer): Buffer {
  if (codec === 0) return records;
  if (codec === 1) return gunzipSync(records);
  if (codec === 4) return zstdDecompressSync(records);
  throw unreadable("progress topic compressed with snappy or lz4");
}

function unreadable(what: string): GatewayError {
  return new GatewayError(what, {
    code: "KAFKA_UNAVAILABLE",
    blame: "external",
    hint: "set compression.type=producer on the progress topic",
  });
}

class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): { key: Buffer | null; value: Buffer | null; offsetDelta: number } {
    const length = this.#varint();
    const end = this.#at + length;
    this.#at++; // attributes
    this.#skipVarint(); // timestamp delta
    const offsetDelta = this.#varint();
    const key = this.#field();
    const value = this.#field();
    this.#at = end;
    return { key, value, offsetDelta };
  }

  #field(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const field = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return field;
  }

  #varint(): number {
    let raw = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      raw |= (byte & 127) << shift;
      if (byte < 128) return (raw >>> 1) ^ -(raw & 1);
    }
  }

  #skipVarint(): void {
    while (this.#bytes.readUInt8(this.#at++) > 127);
  }
}
