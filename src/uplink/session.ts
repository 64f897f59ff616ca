// The uplink to one Kafka cluster: begin, append (to the transaction's partitions), commit, and the progress read at the
// opening. A session lives until its first error; `close` it then and open the next one.
//
// Opening, in this order (every step has its reason in a fault that was seen):
//   connect, topics      the progress topic must be there
//   InitProducerId       fences older producers, ends their transactions
//   sweep                an aborted transaction over every partition the interrupted one may have touched: a broker
//                        with KAFKA-20734 leaves partitions without a marker, and the rows in them would become
//                        visible with our next commit
//   read the progress    up to the high watermark: what has reached Kafka and what has not
//
// Without transactions (delivery.ts) there is nothing to fence and to sweep.

import type { Delivery, DeliveryMode } from "../core/delivery.ts";
import { partitionHash } from "../core/partition-hash.ts";
import { GatewayError } from "../core/errors.ts";
import { UPLINK_AUDIT_MS } from "../core/limits.ts";
import { auditCluster, openTransactions, type ClusterAudit } from "./cluster-audit.ts";
import type { OpenTransaction } from "./describe-producers.ts";
import { openProducer, type OpenedProducer } from "./delivery.ts";
import { KafkaClient, type KafkaAddress } from "./kafka-client.ts";
import { KAFKA_CODE, kafkaCodeOf, timeRefused } from "./kafka-error.ts";
import { TransactionalProducer } from "./producer.ts";
import { keyValue, type Progress, type ProgressRecord } from "./progress.ts";
import { readProgress, type ProgressHint, type ProgressPlace } from "./progress-reader.ts";
import { ensureTopics } from "./topics.ts";
import { Transaction } from "./transaction.ts";

export interface SessionOptions {
  readonly gatewayId: string;
  readonly address: KafkaAddress;
  /** Default: over the network. */
  readonly connect?: typeof KafkaClient.connect | undefined;
  readonly progressTopic: string;
  readonly createTopics: boolean;
  readonly delivery: DeliveryMode;
  readonly transactionTimeoutMs: number;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /**
   * Partitions that the progress topic had when this gateway first used it; undefined: this is the first time. More
   * may have come since: our records stay where they were.
   */
  readonly progressPartitions: number | undefined;
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
  /** Those that do. */
  readonly topics: readonly string[];
  /** Our own transactions that a broker had forgotten to end: the sweep has. */
  readonly hung: readonly OpenTransaction[];
  /** Monotonic: when to end it and open the next one, though nothing is wrong. */
  readonly renewAtMs: number;
  /** Why readers do not get exactly-once though that is wanted. */
  readonly degraded: string | undefined;
  readonly #client: KafkaClient;
  readonly #producer: OpenedProducer["producer"];
  readonly #options: SessionOptions;
  readonly #place: ProgressPlace;

  private constructor(parts: SessionParts) {
    this.hint = parts.hint;
    this.progress = parts.hint.progress;
    this.missingTopics = parts.missingTopics;
    this.topics = parts.topics;
    this.hung = parts.hung;
    this.#client = parts.client;
    this.#producer = parts.opened.producer;
    this.degraded = parts.opened.degraded;
    const isDegraded = this.degraded !== undefined;
    this.renewAtMs = isDegraded ? parts.options.monotonicMs() + UPLINK_AUDIT_MS : Infinity;
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
      const wanted = await opening.topics();
      const missingTopics = await ensureTopics(client, {
        topics: wanted,
        progressTopic: options.progressTopic,
        create: options.createTopics,
      });
      const opened = await openProducer(client, { ...options, mode: options.delivery });
      const { producer } = opened;
      let hung: readonly OpenTransaction[] = [];
      if (producer instanceof TransactionalProducer) {
        const open = await openTransactions(client, [...new Set([...wanted, place.topic])]);
        hung = open.filter(({ producerId }) => producerId === producer.producerId);
        try {
          await producer.abort(sweep(client, place, wanted));
        } catch (error) {
          if (kafkaCodeOf(error) !== KAFKA_CODE.invalidTimestamp) throw error;
          throw timeRefused(await clockAheadMs(client, options, { place, hint: opening.hint }));
        }
      }
      const hint = await readProgress(client, place, opening.hint);
      const topics = wanted.filter((topic) => !missingTopics.includes(topic));
      const found = { topics, missingTopics, hung };
      return new UplinkSession({ client, opened, options, place, hint, ...found });
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

  get delivery(): Delivery {
    return this.#producer.delivery;
  }

  begin(): Transaction {
    return new Transaction();
  }

  /** Adds a progress record; `value` null deletes the one under `key`. */
  appendProgress(transaction: Transaction, key: string, value: string | null): void {
    const { topic, partition, gatewayId } = this.#place;
    const header = `${gatewayId}/${key}`;
    const { writer } = transaction.partition(topic, partition);
    writer.append(keyValue(header, value), header);
  }

  /** Sends and commits. After an error nothing is known about the rows, and the session is of no further use. */
  async commit(transaction: Transaction): Promise<void> {
    await this.#producer.commit(transaction);
  }

  /** Partitions of a topic; 0 when it was not there when last asked for. */
  partitions(topic: string): number {
    return this.#client.partitions(topic);
  }

  /** A look at what harms readers. */
  async audit(): Promise<ClusterAudit> {
    const { topics } = this;
    const { progressTopic } = this.#options;
    return await auditCluster(this.#client, { topics, progressTopic });
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
  readonly opened: OpenedProducer;
  readonly hung: readonly OpenTransaction[];
  readonly topics: readonly string[];
  readonly options: SessionOptions;
  readonly place: ProgressPlace;
  readonly hint: ProgressHint;
  readonly missingTopics: readonly string[];
}

async function connect(options: SessionOptions): Promise<KafkaClient> {
  const { address, signal, onLinkLost, connect: open = KafkaClient.connect } = options;
  return await open(address, { signal, onLinkLost });
}

async function findPlace(client: KafkaClient, options: SessionOptions): Promise<ProgressPlace> {
  const { gatewayId, progressTopic, progressPartitions, createTopics: create } = options;
  const missing = await ensureTopics(client, { topics: [progressTopic], progressTopic, create });
  if (missing.length > 0) {
    throw new GatewayError(`Kafka has no topic ${progressTopic}`, {
      code: "KAFKA_UNAVAILABLE",
      blame: "external",
      hint: "create it (compacted), or set kafka.createTopics: true",
      context: { missingTopics: missing },
    });
  }
  const there = client.partitions(progressTopic);
  const count = Math.min(progressPartitions ?? there, there);
  const partition = partitionHash(Buffer.from(gatewayId)) % count;
  return { topic: progressTopic, partition, gatewayId };
}

/**
 * How far this gateway's clock is ahead of the broker's. No request asks for a broker's time, but the marker of a
 * transaction bears it: InitProducerId ends the one whose records were refused.
 */
async function clockAheadMs(
  client: KafkaClient,
  options: SessionOptions,
  { place, hint }: { readonly place: ProgressPlace; readonly hint: ProgressHint | undefined },
): Promise<number | undefined> {
  await openProducer(client, { ...options, mode: "exactly-once" });
  const { markerMs } = await readProgress(client, place, hint);
  return markerMs === undefined ? undefined : options.wallMs() - markerMs;
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
