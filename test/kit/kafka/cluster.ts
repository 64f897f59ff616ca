// Several brokers that are one cluster, each of them controller too: what is replicated survives the loss of one.

import { randomBytes } from "node:crypto";
import { Broker, type BrokerOptions } from "./broker.ts";
import { freePorts } from "./ports.ts";
import type { BrokerPorts } from "./properties.ts";
import {
  findCoordinator,
  findLeader,
  requestDeletion,
  requestTopic,
  type TopicOptions,
} from "./requests.ts";

const NODES = 3;

/** Everything on all three, acknowledged by two. */
const REPLICATED = {
  "default.replication.factor": NODES,
  "min.insync.replicas": 2,
  "offsets.topic.replication.factor": NODES,
  "transaction.state.log.replication.factor": NODES,
  "transaction.state.log.min.isr": 2,
  "share.coordinator.state.topic.replication.factor": NODES,
  "share.coordinator.state.topic.min.isr": 2,
};

/** A running cluster; node `i` of Kafka is `brokers[i - 1]`. */
export class Cluster {
  readonly brokers: readonly Broker[];

  private constructor(brokers: readonly Broker[]) {
    this.brokers = brokers;
  }

  static async start(set: BrokerOptions["set"] = {}): Promise<Cluster> {
    const ports = await freePorts(NODES * 3);
    const nodes = Array.from({ length: NODES }, (_, i): { id: number; ports: BrokerPorts } => {
      const [client, controller, internal] = ports.slice(i * 3);
      return {
        id: i + 1,
        ports: { client: client!, controller: controller!, internal: internal! },
      };
    });
    const voters = nodes.map(({ id, ports: { controller } }) => `${id}@127.0.0.1:${controller}`);
    const brokers = nodes.map((node) => {
      const quorum = { "node.id": node.id, "controller.quorum.voters": voters.join(",") };
      return Broker.prepare({
        node: { ...node, directoryId: randomBytes(16).toString("base64url") },
        set: { ...REPLICATED, ...quorum, ...set },
      });
    });
    const cluster = new Cluster(brokers);
    try {
      await Promise.all(brokers.map(async (broker) => await broker.start()));
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  /** `host:port` of every broker. */
  get addresses(): string[] {
    return this.brokers.map(({ bootstrap }) => bootstrap);
  }

  get bootstrap(): string {
    return this.addresses.join(",");
  }

  /** By the ports without security. */
  get internalBootstrap(): string {
    return this.brokers.map(({ internalBootstrap }) => internalBootstrap).join(",");
  }

  /** The broker that leads a partition now. */
  async leader(topic: string, partition: number): Promise<Broker> {
    return this.#node(await this.#ask((port) => findLeader(port, topic, partition)));
  }

  /** The broker that coordinates the transactions of an id now. */
  async coordinator(transactionalId: string): Promise<Broker> {
    return this.#node(await this.#ask((port) => findCoordinator(port, transactionalId)));
  }

  async createTopic(name: string, options: TopicOptions = {}): Promise<void> {
    await this.#ask((port) => requestTopic(port, name, { replicas: NODES, ...options }));
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#ask((port) => requestDeletion(port, names));
  }

  async remove(): Promise<void> {
    await Promise.all(this.brokers.map(async (broker) => await broker.remove()));
  }

  #node(id: number): Broker {
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`no node ${id}`);
    return broker;
  }

  /** Asks one that runs. */
  async #ask<T>(question: (port: number) => Promise<T>): Promise<T> {
    const running = this.brokers.filter((broker) => broker.isRunning);
    let failure: unknown;
    for (const { internalPort } of running) {
      try {
        return await question(internalPort);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}
