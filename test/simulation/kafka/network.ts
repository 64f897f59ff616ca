// What happens to requests on their way to Kafka and back. Faults are armed by the history: each takes the next request
// of its kind.

import type { Draw } from "../../faults/draw.ts";

export const KAFKA_APIS = [
  "InitProducerId",
  "AddPartitionsToTxn",
  "Produce",
  "EndTxn",
  "Fetch",
] as const;
export type KafkaApi = (typeof KAFKA_APIS)[number];

/** `late`: it arrives after its sender has given up. `silent`: no answer, and the connection stays. */
export const FATES = ["request-lost", "answer-lost", "late", "silent"] as const;
export type Fate = (typeof FATES)[number];

/** A request's way: when it arrives, whether, and when the answer does. */
export interface Way {
  readonly fate: Fate | undefined;
  readonly thereMs: number;
  readonly backMs: number;
}

/** A client's connections. */
export interface NetworkLink {
  /** They have broken. */
  lost(): void;
  abandon(): void;
}

const LATE_MS = 14_000;

export class KafkaNetwork {
  /** No connection is possible, and none stands. */
  down = false;
  /** On top of what a way takes, each way. */
  slowMs = 0;
  readonly #draw: Draw;
  readonly #armed: { readonly api: KafkaApi; readonly fate: Fate }[] = [];
  readonly #links = new Set<NetworkLink>();

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  arm(api: KafkaApi, fate: Fate): void {
    this.#armed.push({ api, fate });
  }

  /** No fault waits any more. */
  disarm(): void {
    this.#armed.length = 0;
    this.down = false;
  }

  way(api: string): Way {
    const index = this.#armed.findIndex((armed) => armed.api === api);
    const [armed] = index < 0 ? [] : this.#armed.splice(index, 1);
    const lateMs = armed?.fate === "late" ? LATE_MS : 0;
    const thereMs = this.#draw.between(1, 3) + this.slowMs + lateMs;
    return { fate: armed?.fate, thereMs, backMs: this.#draw.between(1, 3) + this.slowMs };
  }

  /** The result forgets it. */
  link(link: NetworkLink): () => void {
    this.#links.add(link);
    return () => this.#links.delete(link);
  }

  breakAll(): void {
    const links = [...this.#links];
    for (const link of links) link.lost();
  }

  /** The process that had them is gone: nobody hears of it. What has left arrives. */
  abandonAll(): void {
    for (const link of this.#links) link.abandon();
    this.#links.clear();
  }
}
