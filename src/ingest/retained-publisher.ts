// Keeps retained messages at a broker: what stands there is brought to what is wanted, one message at a time, QoS 1.
// Best effort, and outside of every promise about messages and rows: what is wanted is in memory, and the broker is asked
// what it has at every connection.
//
// - A connection of its own, with a session that ends with it: nothing of it can be in the way of the messages that the
//   gateway takes.
// - At most RETAINED_MESSAGES are wanted; further ones are counted and not published.
// - A retained message that is found is shown to `judge`: whoever published it may be another gateway, or a life of this
//   one with another configuration.

import type { Logger } from "../core/log.ts";
import { RETAINED_MESSAGES } from "../core/limits.ts";
import { brokerAddress } from "./broker-address.ts";
import type { BrokerUrl } from "./broker-address.ts";
import { mqtt, type MqttClient } from "./mqttjs.ts";

export interface RetainedOptions {
  readonly entry: BrokerUrl & {
    readonly name: string;
    readonly clientId: string;
    readonly username: string | undefined;
    readonly password: string | undefined;
  };
  /** Topic filters where messages of ours may stand. */
  readonly filters: readonly string[];
  /** Stands there when we are gone; undefined: nothing. */
  readonly will: { readonly topic: string; readonly payload: string } | undefined;
  readonly logger: Logger;
  /** Runs once, when nothing has come and nothing waits for so long after the broker was asked; undefined: we stay. */
  readonly quiet: { readonly afterMs: number; call(): void } | undefined;
  /** What should stand where this stands, "" for nothing; undefined: it is not ours. */
  judge(topic: string, payload: string): string | undefined;
}

export interface RetainedStats {
  published: number;
  /** Not published: too many were wanted already. */
  dropped: number;
}

const RECONNECT_MS = 5000;
const CONNECT_TIMEOUT_MS = 30_000;

/** See the header. */
export class RetainedPublisher {
  readonly name: string;
  readonly stats: RetainedStats = { published: 0, dropped: 0 };
  readonly #options: RetainedOptions;
  /** Payloads by topic; "": nothing is to stand there. */
  readonly #wanted = new Map<string, string>();
  /** Topics whose payload the broker does not have yet. */
  readonly #waiting = new Set<string>();
  #client: MqttClient | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #isSending = false;
  #problem = "";

  constructor(options: RetainedOptions) {
    this.#options = options;
    this.name = options.entry.name;
  }

  /** Messages that wait for the broker. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Begins to connect, and goes on for ever; does not wait. */
  start(): void {
    const { entry, filters, will } = this.#options;
    const { username, password, clientId } = entry;
    const { host, port, secure } = brokerAddress(entry);
    const client = mqtt.connect({
      host,
      port,
      protocol: secure === undefined ? "mqtt" : "mqtts",
      ...secure,
      clientId: `${clientId}-publish`,
      clean: true,
      reconnectPeriod: RECONNECT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(will && {
        will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
      }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    this.#client = client;
    client.on("connect", () => {
      this.#problem = "";
      // A broker may have lost what it retained.
      for (const topic of this.#wanted.keys()) this.#waiting.add(topic);
      client.subscribe([...filters], { qos: 1 }, () => {
        this.#stir();
        this.#send();
      });
    });
    client.on("message", (topic, payload, { retain }) => {
      this.#stir();
      if (retain && payload.length > 0) this.#found(topic, payload.toString());
    });
    client.on("close", () => clearTimeout(this.#quiet));
    client.on("error", ({ message: problem }) => {
      if (problem !== this.#problem) {
        this.#options.logger.warn("nothing can be published", { source: entry.name, problem });
      }
      this.#problem = problem;
    });
  }

  /** From now on this is to stand there. */
  want(topic: string, payload: string): void {
    const before = this.#wanted.get(topic);
    if (before === payload) return;
    if (before === undefined && this.#wanted.size >= RETAINED_MESSAGES) {
      this.stats.dropped++;
      return;
    }
    this.#wanted.set(topic, payload);
    this.#waiting.add(topic);
    this.#send();
  }

  /** As `want`, also where the same stands there: whoever reads it is to know that it was said again. */
  renew(topic: string, payload: string): void {
    this.want(topic, payload);
    if (!this.#wanted.has(topic)) return;
    this.#waiting.add(topic);
    this.#send();
  }

  /** What waits is given up: the next life finds what the broker has. No DISCONNECT: the will is to be published. */
  async stop(): Promise<void> {
    clearTimeout(this.#quiet);
    await this.#client?.endAsync(true);
  }

  /** Something has happened: the quiet begins anew. */
  #stir(): void {
    const { quiet } = this.#options;
    if (quiet === undefined) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (this.#waiting.size === 0) quiet.call();
      else this.#stir();
    }, quiet.afterMs);
    this.#quiet.unref();
  }

  #found(topic: string, payload: string): void {
    const wanted = this.#wanted.get(topic) ?? this.#options.judge(topic, payload);
    if (wanted === undefined) return;
    if (wanted !== payload) {
      this.want(topic, wanted);
      return;
    }
    this.#waiting.delete(topic);
    // To be told again to a broker that loses it.
    if (this.#wanted.size < RETAINED_MESSAGES) this.#wanted.set(topic, payload);
  }

  #send(): void {
    const client = this.#client;
    const [topic] = this.#waiting;
    if (client?.connected !== true || this.#isSending || topic === undefined) return;
    const payload = this.#wanted.get(topic) ?? "";
    this.#isSending = true;
    client.publish(topic, payload, { qos: 1, retain: true }, (error) => {
      this.#isSending = false;
      // The connection has ended: all of it is looked at again at the next one.
      if (error !== undefined && error !== null) return;
      this.stats.published++;
      // It may be another one by now.
      if ((this.#wanted.get(topic) ?? "") === payload) this.#waiting.delete(topic);
      if (payload === "") this.#wanted.delete(topic);
      this.#send();
    });
  }
}
