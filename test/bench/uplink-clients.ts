// Ways to send the same rows in Kafka transactions: the uplink's session, as the product has it; kafkajs as it comes;
// @platformatic/kafka, where somebody has installed it; and bare requests over one socket, with nothing around them, as
// the bound that no client can beat.

import { connect, type Socket } from "node:net";
import { systemClock } from "../../src/core/clock.ts";
import type { PartitionBatch } from "../../src/uplink/produce.ts";
import { produceRequest } from "../../src/uplink/produce.ts";
import { RecordBatchWriter } from "../../src/uplink/record-batch.ts";
import type { RecordBytes } from "../../src/uplink/record-batch.ts";

export const TOPIC = "bench";
export const PARTITIONS = 3;

export interface BenchRow extends RecordBytes {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly partition: number;
  readonly header: string;
}

/** Sends rows and a progress record in one transaction. */
export interface BenchClient {
  send(rows: readonly BenchRow[]): Promise<void>;
  close(): Promise<void>;
}

/** Rows of about 110 bytes over 20 keys. */
export function benchRows(count: number): BenchRow[] {
  return Array.from({ length: count }, (_, i) => {
    const key = Buffer.from(`device-${i % 20}`);
    const value = Buffer.from(
      JSON.stringify({ n: i, at: "2026-01-01 00:00:00", v: i / 7, text: "größer als" }),
    );
    const bytes = Buffer.concat([key, value]);
    return {
      key,
      value,
      bytes,
      hasKey: true,
      hasValue: true,
      keyStart: 0,
      keyEnd: key.length,
      valueEnd: bytes.length,
      partition: i % PARTITIONS,
      header: `bench/0123456789abcdef/result/${i}`,
    };
  });
}

const PROGRESS_KEY = "0123456789abcdef/result";
const progressValue = (): string =>
  JSON.stringify({ lastSeq: Date.now(), frontiers: {}, alarms: {} });

export type ClientName = "headrace" | "bare socket" | "kafkajs" | "platformatic";

/** Undefined when it is not installed. */
export async function openClient(name: ClientName, port: number): Promise<BenchClient | undefined> {
  switch (name) {
    case "headrace":
      return await openSession(port);
    case "bare socket":
      return await BareClient.open(port);
    case "kafkajs":
      return await openKafkajs(port);
    case "platformatic":
      return await openPlatformatic(port);
  }
}

async function openSession(port: number): Promise<BenchClient> {
  const { UplinkSession } = await import("../../src/uplink/session.ts");
  const session = await UplinkSession.open(
    {
      gatewayId: "bench",
      address: { brokers: [`127.0.0.1:${port}`], clientId: "bench" },
      progressTopic: "bench.progress",
      progressPartitions: undefined,
      createTopics: true,
      delivery: "exactly-once",
      transactionTimeoutMs: 15_000,
      wallMs: () => systemClock.wallMs(),
      monotonicMs: () => systemClock.monotonicMs(),
      signal: new AbortController().signal,
      onLinkLost: () => undefined,
    },
    { topics: async () => [TOPIC], hint: undefined },
  );
  return {
    async send(rows) {
      const transaction = session.begin();
      for (const row of rows)
        transaction.partition(TOPIC, row.partition).writer.append(row, row.header);
      session.appendProgress(transaction, PROGRESS_KEY, progressValue());
      await session.commit(transaction);
    },
    close: async () => session.close(),
  };
}

async function openKafkajs(port: number): Promise<BenchClient> {
  const { Kafka, logLevel } = (await import("kafkajs")).default;
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 5 },
  });
  const producer = kafka.producer({ transactionalId: "bench-kafkajs", maxInFlightRequests: 1 });
  await producer.connect();
  return {
    async send(rows) {
      const transaction = await producer.transaction();
      const messages = rows.map(({ key, value, partition, header: headrace }) => {
        return { key, value, partition, headers: { headrace } };
      });
      const progress = { key: PROGRESS_KEY, value: progressValue(), partition: 0 };
      await transaction.sendBatch({
        topicMessages: [
          { topic: TOPIC, messages },
          { topic: "bench.progress", messages: [progress] },
        ],
      });
      await transaction.commit();
    },
    close: async () => await producer.disconnect(),
  };
}

interface PlatformaticModule {
  readonly Producer: new (options: object) => {
    beginTransaction(): Promise<{
      send(options: object): Promise<unknown>;
      commit(): Promise<void>;
    }>;
    close(force: boolean): Promise<void>;
  };
}

async function openPlatformatic(port: number): Promise<BenchClient | undefined> {
  const name = "@platformatic/kafka";
  const module = await (import(name) as Promise<PlatformaticModule>).catch(() => undefined);
  if (module === undefined) return undefined;
  const producer = new module.Producer({
    clientId: "bench",
    bootstrapBrokers: [`127.0.0.1:${port}`],
    transactionalId: "bench-platformatic",
    idempotent: true,
    producerId: -1n,
    producerEpoch: -1,
    retries: 50,
    retryDelay: 5,
  });
  return {
    async send(rows) {
      const transaction = await producer.beginTransaction();
      const messages: object[] = rows.map(({ key, value, partition, header }) => {
        const headers = new Map([[Buffer.from("headrace"), Buffer.from(header)]]);
        return { topic: TOPIC, partition, key, value, headers };
      });
      const progress = { key: Buffer.from(PROGRESS_KEY), value: Buffer.from(progressValue()) };
      messages.push({ topic: "bench.progress", partition: 0, ...progress });
      await transaction.send({ messages, acks: -1 });
      await transaction.commit();
    },
    close: async () => await producer.close(true),
  };
}

/** Knows that there is one broker, and no error. */
class BareClient implements BenchClient {
  readonly #socket: Socket;
  #producer: Buffer = Buffer.alloc(0);
  readonly #sequences = new Map<string, number>();
  #received: Buffer = Buffer.alloc(0);
  #waiting: ((answer: Buffer) => void) | undefined;
  #correlation = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (data: Buffer) => {
      this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
      if (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE(0))
        return;
      const answer = this.#received.subarray(8);
      this.#received = Buffer.alloc(0);
      this.#waiting?.(answer);
    });
  }

  static async open(port: number): Promise<BareClient> {
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const client = new BareClient(socket);
    for (let left = 100; left > 0; left--) {
      // Asking for the coordinator makes its topic, which then has to be loaded.
      await client.#ask(10, 1, Buffer.concat([ID, Buffer.of(1)]));
      const answer = await client.#ask(22, 1, Buffer.concat([ID, int32(15_000)]));
      if (answer.readInt16BE(4) === 0) {
        client.#producer = Buffer.from(answer.subarray(6, 16));
        return client;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("no producer id");
  }

  async send(rows: readonly BenchRow[]): Promise<void> {
    const writers = new Map<
      string,
      { topic: string; partition: number; writer: RecordBatchWriter }
    >();
    const writerOf = (topic: string, partition: number): RecordBatchWriter => {
      const name = `${topic}/${partition}`;
      const known = writers.get(name) ?? { topic, partition, writer: new RecordBatchWriter() };
      writers.set(name, known);
      return known.writer;
    };
    for (const row of rows) writerOf(TOPIC, row.partition).append(row, row.header);
    const [progress] = benchRows(1);
    writerOf("bench.progress", 0).append(progress!, progress!.header);
    const topics = Map.groupBy(writers.values(), ({ topic }) => topic);
    const partitions = Array.from(topics, ([topic, list]) =>
      Buffer.concat([
        text(topic),
        int32(list.length),
        ...list.map((each) => int32(each.partition)),
      ]),
    );
    const add = Buffer.concat([ID, this.#producer, int32(topics.size), ...partitions]);
    while (!isAdded(await this.#ask(24, 1, add))) await new Promise((r) => setTimeout(r, 4));
    const { request } = produceRequest("bench-bare", this.#batches(writers.values()));
    await this.#ask(0, 7, (await request.encode()).buffer);
    await this.#ask(26, 1, Buffer.concat([ID, this.#producer, Buffer.of(1)]));
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  #batches(
    writers: Iterable<{ topic: string; partition: number; writer: RecordBatchWriter }>,
  ): PartitionBatch[] {
    return Array.from(writers, ({ topic, partition, writer }) => {
      const name = `${topic}/${partition}`;
      const baseSequence = this.#sequences.get(name) ?? 0;
      this.#sequences.set(name, baseSequence + writer.records);
      const batch = writer.finish({
        producerId: this.#producer.readBigInt64BE(0),
        producerEpoch: this.#producer.readInt16BE(8),
        baseSequence,
        timestampMs: Date.now(),
        transactional: true,
      });
      return { topic, partition, batch };
    });
  }

  async #ask(api: number, version: number, body: Buffer): Promise<Buffer> {
    const head = Buffer.concat([
      int16(api),
      int16(version),
      int32(++this.#correlation),
      text("bench"),
    ]);
    this.#socket.write(Buffer.concat([int32(head.length + body.length), head, body]));
    return await new Promise((resolve) => (this.#waiting = resolve));
  }
}

/** Whether the first partition's code is 0: all of them are or none. */
function isAdded(answer: Buffer): boolean {
  const topicEnd = 4 + 4 + 2 + answer.readInt16BE(8);
  return answer.readInt16BE(topicEnd + 4 + 4) === 0;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

const ID = text("bench-bare");
