// A Kafka of two brokers in virtual time: topics, and the transaction coordinator with its states as they are in Kafka
// 4 (transactions of version 1, which the uplink speaks). Requests come from kafka/client.ts; what happens to them on
// their way is said by kafka/network.ts.
//
//   empty ──AddPartitions──▶ ongoing ──EndTxn──▶ ending ──markers written──▶ empty
//                              └──time-out, InitProducerId──▶ ending (abort, the epoch goes up)
//
// Two things of real brokers that readers of the protocol do not expect: markers come a while after EndTxn was answered
// (CONCURRENT_TRANSACTIONS until then), and a rollback may leave partitions without one (KAFKA-20734).

import { EPOCH_MS, type VirtualTime } from "../virtual-time.ts";
import { Partition } from "./partition.ts";

const CODE = {
  unknownTopic: 3,
  invalidTimestamp: 32,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  concurrentTransactions: 51,
} as const;

interface TransactionalId {
  readonly producerId: bigint;
  epoch: number;
  state: "empty" | "ongoing" | "ending";
  readonly partitions: Set<Partition>;
  timeoutMs: number;
  /** Names the transaction, for its time-out. */
  serial: number;
}

interface Sender {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface ClusterOptions {
  readonly time: VirtualTime;
  readonly topics: Readonly<Record<string, number>>;
  /** Whether a leader asks the coordinator before it takes a batch (Kafka 3.6 and later). */
  readonly verifies: boolean;
  /** Records of times further ahead of the cluster's clock are refused (log.message.timestamp.after.max.ms). */
  readonly aheadMaxMs: number;
}

const MARKER_MS = 3;

export class Cluster {
  /** Partitions of a transaction that is rolled back keep no marker: once, half of them. */
  skipsMarkers = false;
  /** Markers take so much longer than usual: once. */
  markerDelayMs = 0;
  readonly #options: ClusterOptions;
  readonly #topics: ReadonlyMap<string, readonly Partition[]>;
  readonly #ids = new Map<string, TransactionalId>();
  #producerIds = 1000n;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#topics = new Map(
      Object.entries(options.topics).map(([topic, count]) => [
        topic,
        Array.from({ length: count }, (_, i) => new Partition(`${topic}/${i}`, 1 + (i % 2))),
      ]),
    );
  }

  partitions(topic: string): readonly Partition[] {
    return this.#topics.get(topic) ?? [];
  }

  all(): Partition[] {
    return [...this.#topics.values()].flat();
  }

  initProducerId(transactionalId: string, timeoutMs: number): object {
    let id = this.#ids.get(transactionalId);
    if (id === undefined) {
      id = {
        producerId: this.#producerIds++,
        epoch: -1,
        state: "empty",
        partitions: new Set(),
        timeoutMs,
        serial: 0,
      };
      this.#ids.set(transactionalId, id);
    }
    if (id.state === "ongoing") this.#rollBack(id);
    if (id.state !== "empty") return { errorCode: CODE.concurrentTransactions };
    id.epoch++;
    id.timeoutMs = timeoutMs;
    return { errorCode: 0, producerId: String(id.producerId), producerEpoch: id.epoch };
  }

  addPartitions(sender: Sender, names: readonly { topic: string; partition: number }[]): number {
    const id = this.#find(sender);
    if (id === undefined) return CODE.invalidProducerEpoch;
    if (id.state === "ending") return CODE.concurrentTransactions;
    if (id.state === "empty") this.#begin(id);
    for (const { topic, partition } of names) {
      const found = this.partitions(topic)[partition];
      if (found === undefined) return CODE.unknownTopic;
      id.partitions.add(found);
    }
    return 0;
  }

  /** Gives Kafka's error code. */
  produce(transactionalId: string | null, partition: Partition, batch: Buffer): number {
    if (transactionalId !== null && this.#options.verifies) {
      const id = this.#ids.get(transactionalId);
      if (id === undefined || id.epoch !== batch.readInt16BE(51)) return CODE.invalidProducerEpoch;
      if (id.state !== "ongoing" || !id.partitions.has(partition)) {
        return CODE.invalidTransactionState;
      }
    }
    const aheadMs = Number(batch.readBigInt64BE(35)) - this.#wallMs;
    return aheadMs > this.#options.aheadMaxMs ? CODE.invalidTimestamp : partition.append(batch);
  }

  endTransaction(sender: Sender, commit: boolean): number {
    const id = this.#find(sender);
    if (id === undefined) return CODE.invalidProducerEpoch;
    if (id.state === "ending") return CODE.concurrentTransactions;
    if (id.state === "empty") return CODE.invalidTransactionState;
    this.#end(id, commit ? "commit" : "abort", id.partitions);
    return 0;
  }

  /** The gateway's clock may be another. */
  get #wallMs(): number {
    return EPOCH_MS + this.#options.time.monotonicMs();
  }

  #find({ transactionalId, producerId, producerEpoch }: Sender): TransactionalId | undefined {
    const id = this.#ids.get(transactionalId);
    const isCurrent = id?.epoch === producerEpoch && String(id.producerId) === producerId;
    return isCurrent ? id : undefined;
  }

  #begin(id: TransactionalId): void {
    id.state = "ongoing";
    const serial = ++id.serial;
    this.#options.time.after(id.timeoutMs, () => {
      if (id.state === "ongoing" && id.serial === serial) this.#rollBack(id);
    });
  }

  /** Not asked for by its producer. */
  #rollBack(id: TransactionalId): void {
    id.epoch++;
    let marked = [...id.partitions];
    if (this.skipsMarkers) {
      this.skipsMarkers = false;
      marked = marked.filter((_, index) => index % 2 === 1);
    }
    this.#end(id, "abort", marked);
  }

  #end(id: TransactionalId, how: "commit" | "abort", marked: Iterable<Partition>): void {
    id.state = "ending";
    const partitions = [...marked];
    const { epoch } = id;
    const delayMs = MARKER_MS + this.markerDelayMs;
    this.markerDelayMs = 0;
    this.#options.time.after(delayMs, () => {
      const marker = { marker: how, timestampMs: this.#wallMs };
      for (const partition of partitions) partition.end(id.producerId, epoch, marker);
      id.partitions.clear();
      id.state = "empty";
    });
  }
}
