// A table of a run's own beside those of the plant: strange messages go into it, sent by a device in the run's hand, while
// the plant goes on and must not be harmed.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type GatewayProcess, listenPort, type Metrics, scrape } from "../kit/gateway-process.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import type { Plant } from "../kit/plant/plant.ts";
import type { FaultServices } from "./services.ts";

/** Messages of one connection that wait for their PUBACK: packet ids come round after 65,535. */
const OPEN_MESSAGES = 5_000;

export interface BesideOptions {
  /** Default: beside. */
  readonly table?: string;
  /** Filter of the topics that it reads; default: all below `beside`. */
  readonly topic?: string;
  /** Its columns, and more of its options, as in SQL. */
  readonly columns: string;
  readonly options?: string;
  /** Queries over it by the name of their output, each with the output's columns; the first of them is the Kafka key. */
  readonly outputs: Readonly<Record<string, { readonly columns: string; readonly query: string }>>;
}

export interface BesideMessage {
  /** Below `beside/`; default: `device`. */
  readonly topic?: string;
  readonly payload: string | Buffer;
  readonly dup?: boolean;
}

/** Made before the gateway's start. */
export class Beside {
  readonly #services: FaultServices;
  readonly #prefix: string;

  private constructor(plant: Plant, services: FaultServices) {
    this.#services = services;
    this.#prefix = plant.topicOf("direct", "rows").replace("direct_rows", "beside_");
  }

  /** Runs `work` with the table; its topics are gone afterwards. */
  static async with<T>(
    plant: Plant,
    services: FaultServices,
    options: BesideOptions,
    work: (beside: Beside) => Promise<T>,
  ): Promise<T> {
    const kafka = await services.kafka();
    const beside = new Beside(plant, services);
    const topics = Object.keys(options.outputs).map((name) => beside.#prefix + name);
    for (const topic of topics) {
      await kafka.createTopic(topic, { partitions: 1, configs: { "retention.ms": -1 } });
    }
    for (const name of Object.keys(options.outputs)) {
      const file = join(plant.workspace.folder, "rules", `beside_${name}.sql`);
      writeFileSync(file, beside.#ruleText(name, options));
    }
    try {
      return await work(beside);
    } finally {
      await kafka.deleteTopics(topics);
    }
  }

  /** A device's connection to the gateway's listener. */
  async connect(gateway: GatewayProcess, clientId = "beside"): Promise<TestClient> {
    const port = await listenPort(gateway);
    return await TestClient.connect({ port, clientId, cleanStart: false });
  }

  /** Sends in this order; resolves when all is acknowledged. */
  async send(client: TestClient, messages: readonly BesideMessage[]): Promise<void> {
    for (let at = 0; at < messages.length; at += OPEN_MESSAGES) {
      const part = messages.slice(at, at + OPEN_MESSAGES);
      const goal = client.pubacks.length + part.length;
      for (const { topic = "device", payload, dup = false } of part) {
        client.post(`beside/${topic}`, payload, { dup });
      }
      await client.until(() => client.pubacks.length >= goal);
    }
  }

  /** The rows of an output that have been committed in Kafka, in order. */
  async rows(output: string): Promise<Record<string, unknown>[]> {
    const { internalBootstrap } = await this.#services.kafka();
    const rows = await readCommitted(internalBootstrap, [this.#prefix + output]);
    return rows.map(({ value }) => JSON.parse(value ?? "null") as Record<string, unknown>);
  }

  #ruleText(name: string, options: BesideOptions): string {
    const { table = "beside", topic = "beside/+", columns, options: more = "", outputs } = options;
    const output = outputs[name] ?? { columns: "", query: "" };
    const key = output.columns.split(" ")[0];
    return `CREATE TABLE ${table} (${columns})
WITH ('connector' = 'mqtt', 'source' = 'direct', 'topic' = '${topic}', 'format' = 'json'${more});

CREATE TABLE beside_${name} (${output.columns})
WITH ('connector' = 'kafka', 'topic' = '${this.#prefix}${name}', 'format' = 'json', 'key.format' = 'raw', 'key.fields' = '${key}');

INSERT INTO beside_${name} ${output.query};
`;
  }
}

/** The metrics of a running gateway. */
export async function metricsOf(gateway: GatewayProcess): Promise<Metrics> {
  const { http } = await gateway.ready;
  return await scrape(http ?? "");
}
