// The real services of the fault runs. One Kafka serves them all, since its start costs seconds; topics are each run's
// own and deleted with it. A mosquitto is started for each plant: it is quick, and its sessions are the run's own.

import { Cluster } from "../kit/kafka/cluster.ts";
import { ProxiedBroker } from "../kit/kafka/proxied.ts";
import { readCommitted } from "../kit/kafka/reader.ts";
import type { TopicOptions } from "../kit/kafka/requests.ts";
import { type Mosquitto, startMosquitto } from "../kit/mosquitto.ts";
import { Plant, type PlantOptions } from "../kit/plant/plant.ts";
import { Scenario, type ScenarioOptions } from "../kit/plant/scenario.ts";

/** What a run needs of its Kafka. */
export interface RunKafka {
  /** For the gateway, and for a reader whatever stands between it and the gateway. */
  readonly bootstrap: string;
  readonly internalBootstrap: string;
  createTopic(name: string, options?: TopicOptions): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
}

/** A plant of a fault run: a small scenario in topics of its own. */
export interface FaultPlantOptions extends Pick<PlantOptions, "seed" | "speed" | "yaml"> {
  readonly scenario: Omit<ScenarioOptions, "topicPrefix">;
  /** Of batches; default LINGER_MS. */
  readonly lingerMs?: number;
  /** Default: the one that serves all. */
  readonly kafka?: RunKafka;
  /** Settings of more topics by name, without the run's prefix; and more keys of the section `kafka`. */
  readonly topics?: Readonly<Record<string, NonNullable<TopicOptions["configs"]>>>;
  readonly kafkaKeys?: (topicPrefix: string) => string;
}

export interface PlantRun {
  readonly gatewayId: string;
  readonly topicPrefix: string;
  readonly kafka: RunKafka;
  readonly mosquitto: Mosquitto;
}

/** The devices' time is long past. */
const KEPT = { "retention.ms": -1 };
/** Short: many commits in a short life. */
const LINGER_MS = 10;

export class FaultServices {
  #kafka: Promise<ProxiedBroker> | undefined;
  #cluster: Promise<Cluster> | undefined;
  readonly #build: string | undefined;
  #plants = 0;

  /** `build`: main file of what runs in the plants; default: this headrace, as it was built. */
  constructor({ build }: { readonly build?: string } = {}) {
    this.#build = build;
  }

  /** Started when it is first asked for. Whoever changes the link restores it. */
  async kafka(): Promise<ProxiedBroker> {
    this.#kafka ??= ProxiedBroker.start();
    return await this.#kafka;
  }

  /** Three brokers. */
  async cluster(): Promise<Cluster> {
    this.#cluster ??= Cluster.start();
    return await this.#cluster;
  }

  /** Runs `work` with a plant and its services; everything of it is gone afterwards. A failure carries the log. */
  async withPlant<T>(
    options: FaultPlantOptions,
    work: (plant: Plant, run: PlantRun) => Promise<T>,
  ): Promise<T> {
    const {
      seed,
      speed,
      yaml = "",
      lingerMs = LINGER_MS,
      kafka = await this.kafka(),
      kafkaKeys,
    } = options;
    const gatewayId = this.newName();
    const topicPrefix = `${gatewayId}.`;
    const scenario = new Scenario({ ...options.scenario, topicPrefix });
    const topics = [...scenario.topics, scenario.progressTopic];
    for (const [name, configs] of Object.entries(options.topics ?? {})) {
      await kafka.createTopic(topicPrefix + name, { configs: { ...KEPT, ...configs } });
    }
    for (const topic of topics) {
      await kafka.createTopic(topic, {
        // Events of one alarm keep their order, and their keys differ.
        partitions: topic === scenario.alarmTopic ? 1 : 2,
        configs: topic === scenario.progressTopic ? { "cleanup.policy": "compact" } : KEPT,
      });
    }
    const mosquitto = await startMosquitto();
    let plant: Plant | undefined;
    try {
      plant = await Plant.create({
        seed,
        speed,
        scenario,
        gatewayId,
        yaml: `batch: {linger: ${lingerMs}ms}\n${yaml}`,
        ...(kafkaKeys !== undefined && { kafkaKeys: kafkaKeys(topicPrefix) }),
        services: {
          mosquittoPort: mosquitto.port,
          bootstrap: kafka.bootstrap,
          read: async (names) => await readCommitted(kafka.internalBootstrap, names),
        },
      });
      plant.build = this.#build;
      return await work(plant, { gatewayId, topicPrefix, kafka, mosquitto });
    } catch (error) {
      const log = (await plant?.dispose()) ?? "";
      throw new Error(`${String(error)}\n${log}`, { cause: error });
    } finally {
      await plant?.dispose();
      await mosquitto.stop();
      const more = Object.keys(options.topics ?? {}).map((name) => topicPrefix + name);
      await kafka.deleteTopics([...topics, ...more]);
    }
  }

  /** Of a gateway, and in front of its topics: no two runs may share one. */
  newName(): string {
    return `fault-${process.pid}-${++this.#plants}`;
  }

  async dispose(): Promise<void> {
    await (await this.#kafka)?.remove();
    await (await this.#cluster)?.remove();
  }
}
