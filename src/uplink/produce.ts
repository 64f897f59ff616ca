// The Produce request, version 7: one record batch per partition, sent as a whole. kafkajs encodes message objects;
// ours are bytes already.
//
//   nullable string transactionalId  i16 acks = -1  i32 timeoutMs
//   [ string topic  [ i32 partition  i32 length  batch ] ]

import { REQUEST_TIMEOUT_MS } from "../core/limits.ts";
import type { KafkaRequest } from "./kafkajs.ts";

const PRODUCE = 0;
const VERSION = 7;
const ALL_REPLICAS = -1;

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** What the broker says about one partition's batch. */
export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  readonly kafkaCode: number;
  readonly baseOffset: number;
}

/** A request for the broker that leads all of `batches`. `transactionalId` null: they are in no transaction. */
export function produceRequest(
  transactionalId: string | null,
  batches: readonly PartitionBatch[],
): KafkaRequest<readonly ProduceResult[]> {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: "Produce",
      encode: async () => {
        const bytes = encode(transactionalId, batches);
        return { buf: bytes, buffer: bytes };
      },
    },
    response: { decode: async (body) => decode(body), parse: async (results) => results },
  };
}

function encode(transactionalId: string | null, batches: readonly PartitionBatch[]): Buffer {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const parts: Buffer[] = [
    nullableText(transactionalId),
    int16(ALL_REPLICAS),
    int32(REQUEST_TIMEOUT_MS),
  ];
  parts.push(int32(byTopic.size));
  for (const [topic, partitions] of byTopic) {
    parts.push(text(topic), int32(partitions.length));
    for (const { partition, batch } of partitions) {
      parts.push(int32(partition), int32(batch.length), batch);
    }
  }
  return Buffer.concat(parts);
}

/** [ string topic  [ i32 partition  i16 code  i64 baseOffset  i64 appendTime  i64 logStart ] ]  i32 throttleMs */
function decode(body: Buffer): ProduceResult[] {
  const results: ProduceResult[] = [];
  let at = 4;
  for (let topics = body.readInt32BE(0); topics > 0; topics--) {
    const nameEnd = at + 2 + body.readInt16BE(at);
    const topic = body.toString("utf8", at + 2, nameEnd);
    at = nameEnd + 4;
    for (let left = body.readInt32BE(nameEnd); left > 0; left--) {
      results.push({
        topic,
        partition: body.readInt32BE(at),
        kafkaCode: body.readInt16BE(at + 4),
        baseOffset: Number(body.readBigInt64BE(at + 6)),
      });
      at += 30;
    }
  }
  return results;
}

function nullableText(value: string | null): Buffer {
  return value === null ? int16(-1) : text(value);
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
