// How many partitions topics have had. Kept with the gateway's data, since a change moves keys: rows of one device then
// stand in two partitions, whose order no reader knows. Our progress records stay in the partition they began in.

import type { Auditor } from "./auditor.ts";
import type { Outbox } from "./outbox.ts";
import type { UplinkSession } from "./session.ts";

export interface PartitionMemoryOptions {
  readonly outbox: Pick<Outbox, "noteTopics">;
  readonly progressTopic: string;
  /** What was kept before. */
  readonly topicPartitions: ReadonlyMap<string, number>;
}

export class PartitionMemory {
  readonly #options: PartitionMemoryOptions;
  readonly #auditor: Auditor;
  readonly #known: Map<string, number>;
  /** What the progress topic has now, once that was told. */
  #progressToldAs: number | undefined;

  constructor(options: PartitionMemoryOptions, auditor: Auditor) {
    this.#options = options;
    this.#auditor = auditor;
    this.#known = new Map(options.topicPartitions);
  }

  known(topic: string): number | undefined {
    return this.#known.get(topic);
  }

  /** Compares with what the topics have now. Resolves when that is kept. */
  async look(session: UplinkSession): Promise<void> {
    const { progressTopic, outbox } = this.#options;
    const news: Record<string, number> = {};
    for (const topic of [...session.topics, progressTopic]) {
      const now = session.partitions(topic);
      const before = this.#known.get(topic);
      if (now === 0 || now === before) continue;
      if (before === undefined || topic !== progressTopic) news[topic] = now;
      else if (this.#progressToldAs === now) continue;
      else this.#progressToldAs = now;
      if (before !== undefined) this.#auditor.partitions(topic, before, now);
    }
    if (Object.keys(news).length === 0) return;
    await outbox.noteTopics(news);
    for (const [topic, count] of Object.entries(news)) this.#known.set(topic, count);
  }
}
