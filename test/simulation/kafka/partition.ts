// A partition's log in memory: record batches as they came, and the markers that end transactions. What a reader of
// committed rows sees hangs on the markers alone, as in Kafka.

import { RecordBatchWriter } from "../../../src/uplink/record-batch.ts";

export interface LogEntry {
  readonly baseOffset: number;
  readonly records: number;
  readonly bytes: Buffer;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactional: boolean;
  readonly marker: "commit" | "abort" | undefined;
}

/** A record as a reader gets it. */
export interface LogRecord {
  readonly offset: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly header: string;
}

interface Marker {
  readonly marker: "commit" | "abort";
  readonly timestampMs: number;
}

const INVALID_PRODUCER_EPOCH = 47;
const OUT_OF_ORDER_SEQUENCE = 45;
const RECORDS_AT = 61;
const TRANSACTIONAL_CONTROL = 0x30;

export class Partition {
  readonly name: string;
  readonly leader: number;
  readonly entries: LogEntry[] = [];
  highWatermark = 0;
  readonly #producers = new Map<bigint, { epoch: number; nextSequence: number }>();

  constructor(name: string, leader: number) {
    this.name = name;
    this.leader = leader;
  }

  /** Appends a producer's batch. Gives Kafka's error code. */
  append(batch: Buffer): number {
    const bytes = Buffer.from(batch);
    const records = bytes.readInt32BE(57);
    const producerId = bytes.readBigInt64BE(43);
    const producerEpoch = bytes.readInt16BE(51);
    const sequence = bytes.readInt32BE(53);
    const known = this.#producers.get(producerId);
    if (known !== undefined && producerEpoch < known.epoch) return INVALID_PRODUCER_EPOCH;
    const expected = known === undefined || known.epoch < producerEpoch ? 0 : known.nextSequence;
    if (sequence !== expected) return OUT_OF_ORDER_SEQUENCE;
    this.#producers.set(producerId, { epoch: producerEpoch, nextSequence: sequence + records });
    const transactional = (bytes.readInt16BE(21) & 0x10) !== 0;
    this.#add({ records, bytes, producerId, producerEpoch, transactional, marker: undefined });
    return 0;
  }

  /** Ends a transaction of the producer, at `timestampMs` by the cluster's clock. */
  end(producerId: bigint, producerEpoch: number, { marker, timestampMs }: Marker): void {
    const known = this.#producers.get(producerId);
    const isNewer = known === undefined || known.epoch < producerEpoch;
    if (isNewer) this.#producers.set(producerId, { epoch: producerEpoch, nextSequence: 0 });
    const writer = new RecordBatchWriter();
    const key = Buffer.of(0, 0, 0, marker === "commit" ? 1 : 0);
    writer.append(
      { bytes: key, hasKey: true, hasValue: true, keyStart: 0, keyEnd: 4, valueEnd: 4 },
      "",
    );
    const bytes = Buffer.from(
      writer.finish({
        producerId,
        producerEpoch,
        baseSequence: -1,
        timestampMs,
        transactional: true,
      }),
    );
    bytes.writeInt16BE(TRANSACTIONAL_CONTROL, 21);
    this.#add({ records: 1, bytes, producerId, producerEpoch, transactional: true, marker });
  }

  /** Whole batches from the one with `offset` on. */
  from(offset: number): Buffer {
    const wanted = this.entries.filter(
      ({ baseOffset, records }) => baseOffset + records > offset && baseOffset >= 0,
    );
    return Buffer.concat(wanted.map(({ bytes }) => bytes));
  }

  /** What a reader of committed rows gets, and how many records wait for a marker that has not come. */
  committed(): { readonly records: readonly LogRecord[]; readonly hanging: number } {
    const open = new Map<bigint, LogEntry[]>();
    const visible: LogEntry[] = [];
    for (const entry of this.entries) {
      if (!entry.transactional) visible.push(entry);
      else if (entry.marker === undefined) {
        open.set(entry.producerId, [...(open.get(entry.producerId) ?? []), entry]);
      } else {
        if (entry.marker === "commit") visible.push(...(open.get(entry.producerId) ?? []));
        open.delete(entry.producerId);
      }
    }
    visible.sort((a, b) => a.baseOffset - b.baseOffset);
    const hanging = [...open.values()].flat().reduce((sum, { records }) => sum + records, 0);
    return { records: visible.flatMap(recordsOf), hanging };
  }

  #add(entry: Omit<LogEntry, "baseOffset">): void {
    const baseOffset = this.highWatermark;
    entry.bytes.writeBigInt64BE(BigInt(baseOffset), 0);
    this.entries.push({ ...entry, baseOffset });
    this.highWatermark += entry.records;
  }
}

function recordsOf({ bytes, baseOffset, records }: LogEntry): LogRecord[] {
  let at = RECORDS_AT;
  const varint = (): number => {
    let raw = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      raw |= (byte & 127) << shift;
      if (byte < 128) return (raw >>> 1) ^ -(raw & 1);
    }
  };
  const field = (): string | undefined => {
    const length = varint();
    if (length < 0) return undefined;
    at += length;
    return bytes.toString("utf8", at - length, at);
  };
  return Array.from({ length: records }, () => {
    varint();
    at++;
    varint();
    const offset = baseOffset + varint();
    const key = field();
    const value = field();
    varint(); // one header
    field();
    return { offset, key, value, header: field() ?? "" };
  });
}
