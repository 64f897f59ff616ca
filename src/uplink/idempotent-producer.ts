// A producer without transactions, for clusters that have none: at least once. A batch whose answer got lost is sent
// again under its number, so the broker knows it; what becomes of it when that fails too, nobody knows, and the rows
// are sent again under other numbers. The progress records follow when the rows have been taken.

import {
  IDEMPOTENT_RETRY_MAX_MS,
  IDEMPOTENT_RETRY_MS,
  INIT_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from "../core/limits.ts";
import { BatchSender, checkProduced } from "./batch-sender.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaAnswer, KAFKA_CODE, within } from "./kafka-error.ts";
import type { PartitionBatch, ProduceResult } from "./produce.ts";
import type { Producer } from "./producer.ts";
import type { PartitionRecords, Transaction } from "./transaction.ts";

export interface IdempotentOptions {
  /** Within which a transaction's rows must be with the brokers. */
  readonly transactionTimeoutMs: number;
  readonly progressTopic: string;
  readonly wallMs: () => number;
}

/** Answers after which the same batch may be sent again: a leader has moved, or replicas are behind. */
const AGAIN: ReadonlySet<number> = new Set([
  KAFKA_CODE.leaderNotAvailable,
  KAFKA_CODE.notLeader,
  KAFKA_CODE.requestTimedOut,
  KAFKA_CODE.networkException,
  KAFKA_CODE.notEnoughReplicas,
  KAFKA_CODE.notEnoughReplicasAfterAppend,
]);

export class IdempotentProducer implements Producer {
  readonly delivery = "at-least-once";
  readonly #client: KafkaClient;
  readonly #options: IdempotentOptions;
  readonly #sender: BatchSender;

  private constructor(client: KafkaClient, options: IdempotentOptions, sender: BatchSender) {
    this.#client = client;
    this.#options = options;
    this.#sender = sender;
  }

  /** Gets a producer id of its own; fences nobody. */
  static async init(client: KafkaClient, options: IdempotentOptions): Promise<IdempotentProducer> {
    const fields = { transactionalId: null, transactionTimeout: options.transactionTimeoutMs };
    const request = client.request<InitAnswer>("InitProducerId", 1, fields);
    const answer = await client.send(await client.anyBroker(), request, INIT_TIMEOUT_MS);
    if (answer.errorCode !== 0) throw kafkaAnswer("InitProducerId", answer.errorCode);
    const owner = { ...answer, transactionalId: null, wallMs: options.wallMs };
    return new IdempotentProducer(client, options, new BatchSender(client, owner));
  }

  async commit(transaction: Transaction): Promise<void> {
    const { progressTopic, transactionTimeoutMs } = this.#options;
    const all = transaction.all();
    const isProgress = ({ topic }: PartitionRecords): boolean => topic === progressTopic;
    const work = async (): Promise<void> => {
      await this.#deliver(
        transaction,
        all.filter((records) => !isProgress(records)),
      );
      await this.#deliver(transaction, all.filter(isProgress));
    };
    await within(transactionTimeoutMs, "send rows", work());
  }

  async #deliver(transaction: Transaction, records: readonly PartitionRecords[]): Promise<void> {
    let left = records.map((each) => this.#sender.prepare(each));
    for (let waitMs = IDEMPOTENT_RETRY_MS; left.length > 0; waitMs *= 2) {
      const results = await this.#try(left);
      checkProduced(
        transaction,
        results.filter(({ kafkaCode }) => !isTaken(kafkaCode) && !AGAIN.has(kafkaCode)),
      );
      const taken = new Set(results.filter((r) => isTaken(r.kafkaCode)).map(nameOf));
      left = left.filter((batch) => !taken.has(nameOf(batch)));
      if (left.length === 0) return;
      await new Promise((resolve) => {
        setTimeout(resolve, Math.min(waitMs, IDEMPOTENT_RETRY_MAX_MS));
      });
      // Where the leaders are now. The owner's patience, or the end of the client, ends this.
      await this.#client.refresh();
    }
  }

  /** No results: a link broke, nobody knows how far it came. */
  async #try(batches: readonly PartitionBatch[]): Promise<readonly ProduceResult[]> {
    try {
      return await this.#sender.send(batches, REQUEST_TIMEOUT_MS);
    } catch (error) {
      if (this.#client.isDestroyed) throw error;
      return [];
    }
  }
}

function isTaken(kafkaCode: number): boolean {
  return kafkaCode === 0 || kafkaCode === KAFKA_CODE.duplicateSequence;
}

function nameOf({ topic, partition }: Pick<PartitionBatch, "topic" | "partition">): string {
  return `${topic}/${partition}`;
}

interface InitAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}
