// The exactly-once uplink to one Kafka cluster: begin, append (to the transaction's partitions), commit, and the progress read at
// the opening. A session lives until its first error; `close` it then and open the next one.
//
// Opening, in this order (every step has its reason in a fault that was seen):
//   connect, topics      the progress topic must be there
//   InitProducerId       fences older producers, ends their transactions
//   sweep                an aborted transaction over every partition the interrupted one may have touched: a broker
//                        with KAFKA-20734 leaves partitions without a marker, and the rows in them would become
//                        visible with our next commit
//   read the progress    up to the high watermark: what has reached Kafka and what has not

import { partitionHash } from "../core/outbox-rows.ts";
import { GatewayError } from "../core/errors.ts";
import { KafkaClient, type KafkaAddress } from "./kafka-client.ts";
import { TransactionalProducer, Transaction } from "./producer.ts";
import { keyValue, type Progress, type ProgressRecord } from "./progress.ts";
import { readProgress, type ProgressHint, type ProgressPlace } from "./progress-reader.ts";
import { ensureTopics } from "./topics.ts";

export interface SessionOptions {
  readonly gatewayId: string;
  readonly address: KafkaAddress;
  readonly progressTopic: string;
  readonly createTopics: boolean;
  readonly transactionTimeoutMs: number;
  readonly wallMs: () => number;
  /** Aborting it ends the session, or its opening, at once. */
  readonly signal: AbortSignal;
  /** A connection broke: `check` tells whether Kafka is still there. */
  readonly onLinkLost: () => void;
}

export interface SessionOpening {
  /**
   * Topics that rows waiting or just delivered go to; asked for once Kafka is there. Missing ones are made if
   * allowed, else left out.
   */
  readonly topics: () => Promise<readonly string[]>;
  /** From the session before this one. */
  readonly hint: ProgressHint | undefined;
}

export class UplinkSession {
  /** How far this gateway's rows had reached Kafka when the session opened. */
  readonly progress: Progress;
  /** For the next opening. */
  readonly hint: ProgressHint;
  /** Those of the opening's topics that do not exist. */
  readonly missingTopics: readonly string[];
  readonly #client: KafkaClient;
  readonly #producer: TransactionalProducer;
  readonly #options: SessionOptions;
  readonly #place: ProgressPlace;

  private constructor(parts: SessionParts) {
    this.hint = parts.hint;
    this.progress = parts.hint.progress;
    this.missingTopics = parts.missingTopics;
    this.#client = parts.client;
    this.#producer = parts.producer;
    this.#options = parts.options;
    this.#place = parts.place;
  }

  /**
   * @throws GatewayError of blame `external`; its context has `missingTopics` when the progress topic is not
   * there and may not be made.
   */
  static async open(options: SessionOptions, opening: SessionOpening): Promise<UplinkSession> {
    const client = await connect(options);
    try {
      const place = await findPlace(client, options);
      const topics = await opening.topics();
      const missingTopics = await ensureTopics(client, {
        topics,
        progressTopic: options.progressTopic,
        create: options.createTopics,
      });
      const producer = await TransactionalProducer.init(client, {
        transactionalId: `headrace-${options.gatewayId}`,
        transactionTimeoutMs: options.transactionTimeoutMs,
        wallMs: options.wallMs,
      });
      await producer.abort(sweep(client, place, topics));
      const hint = await readProgress(client, place, opening.hint);
      return new UplinkSession({ client, producer, options, place, hint, missingTopics });
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** The newest progress record in Kafka, read without disturbing whoever forwards. */
  static async look(
    options: SessionOptions,
    hint: ProgressHint | undefined,
  ): Promise<ProgressRecord | undefined> {
    const client = await connect(options);
    try {
      const place = await findPlace(client, options);
      return (await readProgress(client, place, hint)).progress.newest;
    } finally {
      client.destroy();
    }
  }

  begin(): Transaction {
    return new Transaction();
  }

  /** Adds a progress record; `value` null deletes the one under `key`. */
  appendProgress(transaction: Transaction, key: string, value: string | null): void {
    const { topic, partition, gatewayId } = this.#place;
    const header = `${gatewayId}/${key}`;
    const { writer } = transaction.partition(topic, partition);
    writer.append(keyValue(header, value ?? ""), header, value === null);
  }

  /** Sends and commits. After an error nothing is known about the rows, and the session is of no further use. */
  async commit(transaction: Transaction): Promise<void> {
    await this.#producer.commit(transaction);
  }

  /** Partitions of a topic; 0 when it was not there when last asked for. */
  partitions(topic: string): number {
    return this.#client.partitions(topic);
  }

  /** Looks for `topics` again, and makes them if allowed. Returns those still missing. */
  async ensure(topics: readonly string[]): Promise<string[]> {
    const { progressTopic, createTopics: create } = this.#options;
    return await ensureTopics(this.#client, { topics, progressTopic, create });
  }

  /** Asks Kafka for a sign of life and new partition counts. */
  async check(): Promise<void> {
    await this.#client.refresh();
  }

  /** Ends the connections; a transaction under way is left to be aborted. Idempotent. */
  close(): void {
    this.#client.destroy();
  }
}

interface SessionParts {
  readonly client: KafkaClient;
  readonly producer: TransactionalProducer;
  readonly options: SessionOptions;
  readonly place: ProgressPlace;
  readonly hint: ProgressHint;
  readonly missingTopics: readonly string[];
}

async function connect({ address, signal, onLinkLost }: SessionOptions): Promise<KafkaClient> {
  return await KafkaClient.connect(address, { signal, onLinkLost });
}

async function findPlace(client: KafkaClient, options: SessionOptions): Promise<ProgressPlace> {
  const { gatewayId, progressTopic, createTopics: create } = options;
  const missing = await ensureTopics(client, { topics: [progressTopic], progressTopic, create });
  if (missing.length > 0) {
    throw new GatewayError(`Kafka has no topic ${progressTopic}`, {
      code: "KAFKA_UNAVAILABLE",
      blame: "external",
      hint: "create it (compacted), or set kafka.createTopics: true",
      context: { missingTopics: missing },
    });
  }
  const partition = partitionHash(Buffer.from(gatewayId)) % client.partitions(progressTopic);
  return { topic: progressTopic, partition, gatewayId };
}

function sweep(client: KafkaClient, place: ProgressPlace, topics: readonly string[]): Transaction {
  const transaction = new Transaction();
  const header = `${place.gatewayId}/sweep`;
  const record = keyValue(header, "");
  transaction.partition(place.topic, place.partition).writer.append(record, header);
  for (const topic of topics) {
    for (let partition = 0; partition < client.partitions(topic); partition++) {
      transaction.partition(topic, partition).writer.append(record, header);
    }
  }
  return transaction;
}
