// Reads topics as a read_committed consumer does: up to the last stable offset, aborted records left out by the
// broker's own list. Apart from the uplink: kafkajs' decoding, no line of the product but the repair of kafkajs' timer, which
// else asks for a negative delay after every answer.

import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";
import { loadKafkajs } from "../../../src/uplink/kafkajs.ts";

const require = createRequire(import.meta.url);

/** A committed record. */
export interface ReadRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** Null: a tombstone. */
  readonly value: string | null;
  /** The value as it is: not all are text. */
  readonly bytes: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * `bootstrap`: addresses, separated by commas. All committed rows of `topics`, by partition in order of offsets. A topic that does not exist has none. While a
 * partition has no leader it is read again, as any reader would.
 */
export async function readCommitted(
  bootstrap: string,
  topics: readonly string[],
): Promise<ReadRow[]> {
  for (let left = 100; ; left--) {
    try {
      return await readOnce(bootstrap, topics);
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || left === 0) throw error;
      await pause(100);
    }
  }
}

async function readOnce(bootstrap: string, topics: readonly string[]): Promise<ReadRow[]> {
  loadKafkajs();
  const { Kafka, logLevel } = require("kafkajs") as KafkajsModule;
  const kafka = new Kafka({
    clientId: "kit",
    brokers: bootstrap.split(","),
    logLevel: logLevel.NOTHING,
  });
  const makeCluster = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  )!;
  const cluster = kafka[makeCluster]!({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
  try {
    await cluster.connect();
    const rows: ReadRow[] = [];
    for (const topic of topics) {
      try {
        await cluster.addTargetTopic(topic);
      } catch (error) {
        if ((error as { type?: string }).type === "UNKNOWN_TOPIC_OR_PARTITION") continue;
        throw error;
      }
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        for (const row of await readPartition(cluster, topic, partitionId)) rows.push(row);
      }
    }
    return rows;
  } finally {
    await cluster.disconnect();
  }
}

async function readPartition(
  cluster: Cluster,
  topic: string,
  partition: number,
): Promise<ReadRow[]> {
  const leader = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))[0]!;
  const broker = await cluster.findBroker({ nodeId: leader });
  const offsetAt = async (timestamp: number): Promise<number> => {
    const request = { topic, partitions: [{ partition, timestamp }] };
    const options = { replicaId: -1, isolationLevel: READ_COMMITTED, topics: [request] };
    const { responses } = await broker.listOffsets(options);
    return Number(responses[0]!.partitions[0]!.offset);
  };
  const stable = await offsetAt(-1);
  let at = await offsetAt(-2);
  const rows: ReadRow[] = [];
  const filter = new AbortFilter();
  let empty = 0;
  while (at < stable) {
    const { responses } = await broker.fetch({
      replicaId: -1,
      isolationLevel: READ_COMMITTED,
      maxWaitTime: 200,
      minBytes: 1,
      maxBytes: 8 << 20,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(at), maxBytes: 8 << 20 }] }],
    });
    const answer = responses[0]!.partitions[0]!;
    filter.expect(answer.abortedTransactions ?? []);
    if (answer.errorCode !== 0)
      throw new Error(`fetch of ${topic}: Kafka code ${answer.errorCode}`);
    if (answer.messages.length === 0 && ++empty > EMPTY_ANSWERS_MAX) {
      throw new Error(`${topic}/${partition}: nothing at ${at}, but the log ends at ${stable}`);
    }
    for (const message of answer.messages) {
      const offset = Number(message.offset);
      if (offset < at || !filter.passes(message, offset)) continue;
      const { key, value } = message;
      const headers = Object.entries(message.headers).map(([k, v]) => [k, v.toString()]);
      rows.push({
        topic,
        partition,
        offset,
        key: key === null ? null : key.toString(),
        value: value === null ? null : value.toString(),
        bytes: value,
        headers: Object.fromEntries(headers) as Record<string, string>,
      });
    }
    at = Number(answer.messages.at(-1)?.offset ?? at - 1) + 1;
  }
  return rows;
}

/** Leaves out markers, and what lies between the start of an aborted transaction and its marker. */
class AbortFilter {
  readonly #known = new Set<string>();
  readonly #starts = new Map<string, number[]>();
  readonly #aborting = new Set<string>();

  expect(aborted: readonly { producerId: string; firstOffset: string }[]): void {
    for (const { producerId, firstOffset } of aborted) {
      const name = `${producerId}@${firstOffset}`;
      if (this.#known.has(name)) continue; // a later fetch tells of it again
      this.#known.add(name);
      const starts = [...(this.#starts.get(producerId) ?? []), Number(firstOffset)];
      this.#starts.set(
        producerId,
        starts.toSorted((x, y) => x - y),
      );
    }
  }

  passes({ isControlRecord, batchContext }: Message, offset: number): boolean {
    const { producerId, inTransaction } = batchContext;
    const starts = this.#starts.get(producerId) ?? [];
    if (starts.length > 0 && starts[0]! <= offset) {
      starts.shift();
      this.#aborting.add(producerId);
    }
    if (isControlRecord) {
      this.#aborting.delete(producerId);
      return false;
    }
    return !(inTransaction && this.#aborting.has(producerId));
  }
}

const READ_COMMITTED = 1;
const EMPTY_ANSWERS_MAX = 20;

interface Message {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

interface FetchedPartition {
  readonly errorCode: number;
  readonly messages: readonly Message[];
  readonly abortedTransactions: readonly { producerId: string; firstOffset: string }[] | null;
}

interface Broker {
  listOffsets(options: object): Promise<{ responses: { partitions: { offset: string }[] }[] }>;
  fetch(options: object): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
}

interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number }[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
}

interface KafkajsModule {
  readonly logLevel: { readonly NOTHING: number };
  readonly Kafka: new (options: object) => Record<symbol, (options: object) => Cluster>;
}
