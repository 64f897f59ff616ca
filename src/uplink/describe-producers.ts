// The DescribeProducers request, version 0: who has a transaction open in a partition. kafkajs does not know it.
// It is in the flexible encoding: lengths are unsigned varints plus one, and every structure ends in tagged fields
// (none here: a zero byte), the request's header too.
//
//   request    [ topic  [ i32 partition ] ]
//   response   i32 throttleMs  [ topic  [ i32 partition  i16 code  text message
//                [ i64 producerId  i32 epoch  i32 lastSequence  i64 lastTimestamp  i32 coordinatorEpoch
//                  i64 transactionStart ] ] ]

import type { KafkaRequest } from "./kafkajs.ts";

export const DESCRIBE_PRODUCERS = 61;

/** A transaction that is open in a partition. */
export interface OpenTransaction {
  readonly topic: string;
  readonly partition: number;
  readonly producerId: bigint;
  /** Of its first record there. */
  readonly startOffset: bigint;
}

/** For the broker that leads the partitions. Partitions that it refuses to tell about are left out. */
export function describeProducersRequest(
  partitions: ReadonlyMap<string, readonly number[]>,
): KafkaRequest<readonly OpenTransaction[]> {
  return {
    request: {
      apiKey: DESCRIBE_PRODUCERS,
      apiVersion: 0,
      apiName: "DescribeProducers",
      encode: async () => {
        const bytes = encode(partitions);
        return { buf: bytes, buffer: bytes };
      },
    },
    response: { decode: async (body) => decode(body), parse: async (answer) => answer },
  };
}

function encode(byTopic: ReadonlyMap<string, readonly number[]>): Buffer {
  const parts: Buffer[] = [NO_TAGS, length(byTopic.size)];
  for (const [topic, partitions] of byTopic) {
    const name = Buffer.from(topic);
    parts.push(length(name.length), name, length(partitions.length));
    for (const partition of partitions) {
      const number = Buffer.alloc(4);
      number.writeInt32BE(partition);
      parts.push(number);
    }
    parts.push(NO_TAGS);
  }
  return Buffer.concat([...parts, NO_TAGS]);
}

function decode(body: Buffer): OpenTransaction[] {
  const reader = new FlexibleReader(body);
  reader.tags(); // of the header
  reader.skip(4);
  const found: OpenTransaction[] = [];
  reader.array(() => {
    const topic = reader.text();
    reader.array(() => {
      const partition = reader.int32();
      reader.skip(2);
      reader.text();
      reader.array(() => {
        const producerId = reader.int64();
        reader.skip(20);
        const startOffset = reader.int64();
        if (startOffset >= 0n) found.push({ topic, partition, producerId, startOffset });
      });
    });
  });
  return found;
}

class FlexibleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Calls `item` for each element of an array of structures. */
  array(item: () => void): void {
    for (let left = this.#varint() - 1; left > 0; left--) {
      item();
      this.tags();
    }
  }

  /** "" for null. */
  text(): string {
    const bytes = Math.max(0, this.#varint() - 1);
    this.#at += bytes;
    return this.#bytes.toString("utf8", this.#at - bytes, this.#at);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}

const NO_TAGS = Buffer.of(0);

/** A length as an unsigned varint, plus one. */
function length(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value + 1;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
