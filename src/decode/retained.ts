// Retained messages come again with every subscription. To know them, the payload hash of each topic's last message
// is kept (whatever its retain flag: what came live today comes retained tomorrow). Bounded by RETAINED_TOPICS; the
// topic heard first goes, counted.

import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import { RETAINED_TOPICS } from "../core/limits.ts";

/** The last payload of one topic. */
export interface LastPayload {
  high: number;
  low: number;
  /** False until the topic's first message. */
  known: boolean;
}

export class RetainedTopics {
  evictedTopics = 0;
  readonly #topics = new Map<string, LastPayload>();

  topic(name: string): LastPayload {
    let last = this.#topics.get(name);
    if (last === undefined) {
      if (this.#topics.size >= RETAINED_TOPICS) {
        this.#topics.delete(this.#topics.keys().next().value as string);
        this.evictedTopics++;
      }
      last = { high: 0, low: 0, known: false };
      this.#topics.set(name, last);
    }
    return last;
  }

  write(writer: ByteWriter): void {
    writer.varint(this.evictedTopics);
    writer.varint(this.#topics.size);
    for (const [name, last] of this.#topics) {
      writer.text(name);
      writer.byte(last.known ? 1 : 0);
      writer.zigzag(last.high);
      writer.zigzag(last.low);
    }
  }

  read(reader: ByteReader): void {
    this.evictedTopics = reader.varint();
    for (let topics = reader.varint(); topics > 0; topics--) {
      const name = reader.text();
      const known = reader.byte() === 1;
      this.#topics.set(name, { known, high: reader.zigzag(), low: reader.zigzag() });
    }
  }
}
