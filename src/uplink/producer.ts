// A transactional producer: one producer id, one transaction at a time, three round trips each
// (AddPartitionsToTxn, Produce to every leader at once, EndTxn).
//
// Nothing but CONCURRENT_TRANSACTIONS is repeated, because nothing else is known to have had no effect. After any
// error the producer is broken for good: the owner opens a new one and reads from the progress topic what became
// of the transaction. Requests of a broken producer that arrive late are refused: its successor's
// InitProducerId raises the epoch.

import type { Delivery } from "../core/delivery.ts";
import { assert } from "../core/errors.ts";
import { crashPoint } from "../core/fault-points.ts";
import {
  CONCURRENT_RETRY_MAX_MS,
  CONCURRENT_RETRY_MS,
  INIT_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  SEND_TIME_SHARE,
} from "../core/limits.ts";
import { BatchSender, checkProduced } from "./batch-sender.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaAnswer, KAFKA_CODE, within } from "./kafka-error.ts";
import type { KafkaRequest } from "./kafkajs.ts";
import type { PartitionRecords, Transaction } from "./transaction.ts";

/** InitProducerId before the coordinator can take it: all of them without effect. */
const INIT_AGAIN: ReadonlySet<number> = new Set([
  KAFKA_CODE.concurrentTransactions,
  KAFKA_CODE.coordinatorLoadInProgress,
  KAFKA_CODE.coordinatorNotAvailable,
  KAFKA_CODE.notCoordinator,
]);

/** What a session sends through. After an error it is of no further use. */
export interface Producer {
  readonly delivery: Delivery;
  /** When this returns, what is in `transaction` is where a reader sees it. */
  commit(transaction: Transaction): Promise<void>;
}

export interface ProducerOptions {
  readonly transactionalId: string;
  /** Kafka aborts a transaction that is open for longer. */
  readonly transactionTimeoutMs: number;
  readonly wallMs: () => number;
}

export class TransactionalProducer implements Producer {
  readonly delivery = "exactly-once";
  readonly #client: KafkaClient;
  readonly #options: ProducerOptions;
  readonly #producerId: string;
  readonly #producerEpoch: number;
  readonly #sender: BatchSender;

  private constructor(client: KafkaClient, options: ProducerOptions, init: InitAnswer) {
    this.#client = client;
    this.#options = options;
    this.#producerId = init.producerId;
    this.#producerEpoch = init.producerEpoch;
    this.#sender = new BatchSender(client, { ...options, ...init });
  }

  get producerId(): bigint {
    return BigInt(this.#producerId);
  }

  /**
   * InitProducerId: fences every other producer of the transactional id, aborts the transaction it left open and
   * waits for one whose end was already decided.
   */
  static async init(client: KafkaClient, options: ProducerOptions): Promise<TransactionalProducer> {
    const init = within(INIT_TIMEOUT_MS, "InitProducerId", initProducerId(client, options));
    return new TransactionalProducer(client, options, await init);
  }

  /** Sends and commits. When this returns, a broker has answered that the transaction is committed. */
  async commit(transaction: Transaction): Promise<void> {
    await this.#send(transaction);
    crashPoint("uplink-before-end-txn");
    await this.#end(true);
    crashPoint("uplink-after-end-txn");
  }

  /** Sends and aborts: leaves an abort marker in every partition of `transaction`. */
  async abort(transaction: Transaction): Promise<void> {
    await this.#send(transaction);
    await this.#end(false);
  }

  async #send(transaction: Transaction): Promise<void> {
    const partitions = transaction.all();
    assert(partitions.length > 0, "a transaction without a record");
    const limitMs = this.#options.transactionTimeoutMs * SEND_TIME_SHARE;
    const sent = this.#addPartitions(partitions).then(() => this.#produce(transaction, limitMs));
    await within(limitMs, "send a transaction", sent);
  }

  async #addPartitions(partitions: readonly PartitionRecords[]): Promise<void> {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const topics = Array.from(byTopic, ([topic, list]) => ({
      topic,
      partitions: list.map(({ partition }) => partition),
    }));
    const request = this.#request<AddPartitionsAnswer>("AddPartitionsToTxn", { topics });
    const coordinator = await this.#client.coordinator(this.#options.transactionalId);
    for (let waitMs = CONCURRENT_RETRY_MS; ; waitMs = longer(waitMs)) {
      const { errors } = await this.#client.send(coordinator, request);
      const codes = errors.flatMap((topic) => topic.partitionErrors.map((p) => p.errorCode));
      const code = codes.find((c) => c !== 0 && c !== OPERATION_NOT_ATTEMPTED);
      if (code === undefined) return;
      // The transaction before this one is committed, but its markers are still being written.
      if (code !== KAFKA_CODE.concurrentTransactions) throw kafkaAnswer("AddPartitionsToTxn", code);
      await sleep(waitMs);
    }
  }

  async #produce(transaction: Transaction, limitMs: number): Promise<void> {
    const batches = transaction.all().map((records) => this.#sender.prepare(records));
    checkProduced(transaction, await this.#sender.send(batches, limitMs));
  }

  async #end(commit: boolean): Promise<void> {
    const request = this.#request<{ errorCode: number }>("EndTxn", { transactionResult: commit });
    const coordinator = await this.#client.coordinator(this.#options.transactionalId);
    const { errorCode } = await this.#client.send(coordinator, request, REQUEST_TIMEOUT_MS);
    if (errorCode !== 0) throw kafkaAnswer("EndTxn", errorCode);
  }

  #request<Answer>(name: string, fields: object): KafkaRequest<Answer> {
    return this.#client.request<Answer>(name, 1, {
      transactionalId: this.#options.transactionalId,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      ...fields,
    });
  }
}

const OPERATION_NOT_ATTEMPTED = 55;

interface InitAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface AddPartitionsAnswer {
  readonly errors: readonly {
    readonly partitionErrors: readonly { readonly errorCode: number }[];
  }[];
}

async function initProducerId(client: KafkaClient, options: ProducerOptions): Promise<InitAnswer> {
  const { transactionalId, transactionTimeoutMs: transactionTimeout } = options;
  const fields = { transactionalId, transactionTimeout };
  const request = client.request<InitAnswer>("InitProducerId", 1, fields);
  for (let waitMs = CONCURRENT_RETRY_MS; ; waitMs = longer(waitMs)) {
    const answer = await client.send(await client.coordinator(transactionalId), request);
    if (answer.errorCode === 0) return answer;
    if (!INIT_AGAIN.has(answer.errorCode)) throw kafkaAnswer("InitProducerId", answer.errorCode);
    client.forgetCoordinator();
    await sleep(waitMs);
  }
}

function longer(waitMs: number): number {
  return Math.min(waitMs * 1.5, CONCURRENT_RETRY_MAX_MS);
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
