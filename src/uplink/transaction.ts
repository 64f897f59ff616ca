// What goes to Kafka together, while it is being filled: records by partition, in memory only.

import { RecordBatchWriter } from "./record-batch.ts";

/** The records of one partition in a transaction. */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly writer: RecordBatchWriter;
}

export class Transaction {
  readonly #partitions = new Map<string, Map<number, PartitionRecords>>();
  /** Partitions whose batch the broker found too large; known after a failed commit. */
  tooLarge: readonly PartitionRecords[] = [];

  /** The partition's records so far; from now on it takes part in the transaction. */
  partition(topic: string, partition: number): PartitionRecords {
    let byNumber = this.#partitions.get(topic);
    if (byNumber === undefined) this.#partitions.set(topic, (byNumber = new Map()));
    let records = byNumber.get(partition);
    if (records === undefined) {
      records = { topic, partition, writer: new RecordBatchWriter() };
      byNumber.set(partition, records);
    }
    return records;
  }

  all(): PartitionRecords[] {
    return [...this.#partitions.values()].flatMap((byNumber) => [...byNumber.values()]);
  }
}
