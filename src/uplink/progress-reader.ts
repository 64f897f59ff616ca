// Reads a gateway's own records of the shared progress partition, up to the high watermark.
//
// Not up to the last stable offset: another gateway's open transaction holds it back and would hide our newest
// record. So the records are fetched uncommitted, and each of ours is judged by the marker of its own producer id,
// which follows it in the same partition. Compaction keeps a marker for as long as it keeps a record of that
// transaction. To be called after InitProducerId: by then every transaction of ours has ended, so a record without
// a marker belongs to one that a broker forgot to end; it was not committed, and the sweep has seen to its end.

import { PROGRESS_FETCH_BYTES } from "../core/limits.ts";
import { GatewayError } from "../core/errors.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaAnswer, KAFKA_CODE } from "./kafka-error.ts";
import type { KafkajsBroker, KafkaRequest } from "./kafkajs.ts";
import { parseProgressKey, Progress, type ProgressValue } from "./progress.ts";
import { scanRecordBatches, type ScannedBatch } from "./record-scan.ts";

const FETCH_WAIT_MS = 500;
/** Empty answers below the high watermark before giving up. */
const EMPTY_ANSWERS_MAX = 20;

export interface ProgressPlace {
  readonly topic: string;
  readonly partition: number;
  readonly gatewayId: string;
}

/** Where a reading may begin next time: everything of ours before `offset` is in `progress`. */
export interface ProgressHint {
  readonly offset: number;
  readonly progress: Progress;
}

/** What a reading has found. */
export interface ProgressReading extends ProgressHint {
  /** When the broker wrote the last marker read, by its clock, epoch milliseconds. */
  readonly markerMs: number | undefined;
}

/** The committed progress of the gateway; `hint` shortens the way and is not changed. */
export async function readProgress(
  client: KafkaClient,
  place: ProgressPlace,
  hint: ProgressHint | undefined,
): Promise<ProgressReading> {
  const broker = await client.leader(place.topic, place.partition);
  const reader = new PartitionReader(client, broker, place);
  const highWatermark = await reader.offsetOf(LATEST);
  const isUsable = hint !== undefined && hint.offset <= highWatermark;
  const judge = new Judge(place.gatewayId, isUsable ? hint.progress : undefined);
  let at = isUsable ? hint.offset : await reader.offsetOf(EARLIEST);
  let emptyAnswers = 0;
  while (at < highWatermark) {
    const bytes = await reader.fetch(at);
    if (bytes === undefined) {
      at = Math.max(at, await reader.offsetOf(EARLIEST)); // deleted under our feet
    } else {
      const before = at;
      for (const batch of scanRecordBatches(bytes)) {
        judge.take(batch);
        at = Math.max(at, batch.nextOffset);
      }
      if (at > before) emptyAnswers = 0;
    }
    if (++emptyAnswers > EMPTY_ANSWERS_MAX) {
      throw new GatewayError("the progress topic cannot be read to its end", {
        code: "KAFKA_UNAVAILABLE",
        blame: "external",
        context: { ...place, at, highWatermark },
      });
    }
  }
  return { offset: highWatermark, progress: judge.progress, markerMs: judge.markerMs };
}

/** Keeps own records apart until the marker of their producer says what became of them. */
class Judge {
  readonly progress = new Progress();
  markerMs: number | undefined;
  readonly #gatewayId: string;
  readonly #open = new Map<bigint, (() => void)[]>();

  constructor(gatewayId: string, known: Progress | undefined) {
    this.#gatewayId = gatewayId;
    for (const record of known?.values() ?? []) this.progress.set(record);
  }

  take(batch: ScannedBatch): void {
    if (batch.marker !== undefined) {
      this.markerMs = batch.timestampMs;
      const effects = this.#open.get(batch.producerId);
      this.#open.delete(batch.producerId);
      if (batch.marker === "commit") for (const effect of effects ?? []) effect();
      return;
    }
    batch.forEach((keyBytes, value, offset) => {
      const key = parseProgressKey(this.#gatewayId, keyBytes.toString());
      if (key === undefined) return;
      const effect = (): void => {
        if (value === null) this.progress.delete(key.incarnation, key.lane);
        else {
          const parsed = JSON.parse(value.toString()) as ProgressValue;
          this.progress.set({ ...NOTHING_PUT_OUT, ...parsed, ...key, offset });
        }
      };
      if (!batch.transactional) effect();
      else {
        const effects = this.#open.get(batch.producerId);
        if (effects === undefined) this.#open.set(batch.producerId, [effect]);
        else effects.push(effect);
      }
    });
  }
}

/** For what a record leaves out. */
const NOTHING_PUT_OUT = { frontiers: {}, alarms: {} };
const LATEST = -1;
const EARLIEST = -2;
const READ_UNCOMMITTED = 0;
const CLIENT = -1;

class PartitionReader {
  readonly #client: KafkaClient;
  readonly #broker: KafkajsBroker;
  readonly #place: ProgressPlace;

  constructor(client: KafkaClient, broker: KafkajsBroker, place: ProgressPlace) {
    this.#client = client;
    this.#broker = broker;
    this.#place = place;
  }

  /** `timestamp`: LATEST gives the high watermark, EARLIEST the start of the log. */
  async offsetOf(timestamp: number): Promise<number> {
    const { topic, partition } = this.#place;
    const request = this.#client.request<ListOffsetsAnswer>("ListOffsets", 3, {
      replicaId: CLIENT,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic, partitions: [{ partition, timestamp }] }],
    });
    const answer = (await this.#client.send(this.#broker, request)).responses[0]?.partitions[0];
    if (answer === undefined || answer.errorCode !== 0) {
      throw kafkaAnswer("ListOffsets", answer?.errorCode ?? -1);
    }
    return Number(answer.offset);
  }

  /** Record batches from the one that holds `offset` on; undefined when the log no longer has it. */
  async fetch(offset: number): Promise<Buffer | undefined> {
    const { topic, partition } = this.#place;
    const stock = this.#client.request<never>("Fetch", 11, {
      replicaId: CLIENT,
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: PROGRESS_FETCH_BYTES,
      topics: [
        {
          topic,
          partitions: [{ partition, fetchOffset: String(offset), maxBytes: PROGRESS_FETCH_BYTES }],
        },
      ],
    });
    const request: KafkaRequest<FetchAnswer> = {
      request: stock.request,
      response: { decode: async (body) => decodeFetch(body), parse: async (answer) => answer },
    };
    const { kafkaCode, batches } = await this.#client.send(this.#broker, request);
    if (kafkaCode === KAFKA_CODE.offsetOutOfRange) return undefined;
    if (kafkaCode !== 0) throw kafkaAnswer("Fetch", kafkaCode);
    return batches;
  }
}

interface ListOffsetsAnswer {
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}

interface FetchAnswer {
  readonly kafkaCode: number;
  readonly batches: Buffer;
}

/**
 * Fetch answer, version 11, with one topic and one partition:
 *   i32 throttle  i16 code  i32 session  i32 = 1  string topic  i32 = 1
 *   i32 partition  i16 code  i64 highWatermark  i64 lastStableOffset  i64 logStart
 *   [ i64 producerId  i64 firstOffset ] aborted  i32 preferredReplica  i32 length  batches
 */
function decodeFetch(body: Buffer): FetchAnswer {
  const sessionCode = body.readInt16BE(4);
  if (sessionCode !== 0) return { kafkaCode: sessionCode, batches: Buffer.alloc(0) };
  const partitionAt = 14 + 2 + body.readInt16BE(14) + 4;
  const kafkaCode = body.readInt16BE(partitionAt + 4);
  const abortedAt = partitionAt + 30;
  const aborted = Math.max(0, body.readInt32BE(abortedAt));
  const lengthAt = abortedAt + 4 + aborted * 16 + 4;
  const length = Math.max(0, body.readInt32BE(lengthAt));
  return { kafkaCode, batches: body.subarray(lengthAt + 4, lengthAt + 4 + length) };
}
