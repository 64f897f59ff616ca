// Sends record batches under one producer id: numbers them, and asks every leader at once.

import { assert } from "../core/errors.ts";
import type { KafkaClient } from "./kafka-client.ts";
import { kafkaAnswer, KAFKA_CODE } from "./kafka-error.ts";
import type { KafkajsBroker } from "./kafkajs.ts";
import { produceRequest, type PartitionBatch, type ProduceResult } from "./produce.ts";
import type { PartitionRecords, Transaction } from "./transaction.ts";

const SEQUENCES = 2 ** 31;

/** Who sends. */
export interface BatchOwner {
  /** Null: the records are in no transaction. */
  readonly transactionalId: string | null;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly wallMs: () => number;
}

export class BatchSender {
  readonly #client: KafkaClient;
  readonly #owner: BatchOwner;
  readonly #sequences = new Map<string, number>();

  constructor(client: KafkaClient, owner: BatchOwner) {
    this.#client = client;
    this.#owner = owner;
  }

  /** The partition's records as the next batch for it. It may be sent again, and is then known to be the same. */
  prepare({ topic, partition, writer }: PartitionRecords): PartitionBatch {
    const name = `${topic}/${partition}`;
    const baseSequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, (baseSequence + writer.records) % SEQUENCES);
    const { transactionalId, producerId, producerEpoch, wallMs } = this.#owner;
    const batch = writer.finish({
      producerId: BigInt(producerId),
      producerEpoch,
      baseSequence,
      timestampMs: wallMs(),
      transactional: transactionalId !== null,
    });
    return { topic, partition, batch };
  }

  /** A result for every batch. Rejects when a leader does not answer within `limitMs`. */
  async send(batches: readonly PartitionBatch[], limitMs: number): Promise<ProduceResult[]> {
    const byLeader = new Map<number, { leader: KafkajsBroker; batches: PartitionBatch[] }>();
    for (const batch of batches) {
      const leader = await this.#client.leader(batch.topic, batch.partition);
      const of = byLeader.get(leader.nodeId);
      if (of === undefined) byLeader.set(leader.nodeId, { leader, batches: [batch] });
      else of.batches.push(batch);
    }
    const answers = await Promise.all(
      Array.from(byLeader.values(), ({ leader, batches: own }) => {
        const request = produceRequest(this.#owner.transactionalId, own);
        return this.#client.send(leader, request, limitMs);
      }),
    );
    const results = answers.flat();
    assert(results.length === batches.length, "Produce left a partition unanswered");
    return results;
  }
}

/** Throws for the worst of `results`; notes in `transaction` which of its batches were too large. */
export function checkProduced(transaction: Transaction, results: readonly ProduceResult[]): void {
  const failed = results.filter(({ kafkaCode }) => kafkaCode !== 0);
  transaction.tooLarge = failed
    .filter(({ kafkaCode }) => TOO_LARGE.has(kafkaCode))
    .map(({ topic, partition }) => transaction.partition(topic, partition));
  const worst = failed.find(({ kafkaCode }) => !TOO_LARGE.has(kafkaCode)) ?? failed[0];
  if (worst !== undefined) throw kafkaAnswer("Produce", worst.kafkaCode);
}

const TOO_LARGE: ReadonlySet<number> = new Set([
  KAFKA_CODE.messageTooLarge,
  KAFKA_CODE.recordListTooLarge,
]);
