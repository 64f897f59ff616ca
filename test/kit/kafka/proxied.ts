// A broker with a proxy in front: clients meet whatever the proxy does to the link, a reader passes by it.

import { Broker } from "./broker.ts";
import { KafkaProxy } from "./proxy.ts";
import type { TopicOptions } from "./requests.ts";

export class ProxiedBroker {
  readonly broker: Broker;
  readonly proxy: KafkaProxy;

  private constructor(broker: Broker, proxy: KafkaProxy) {
    this.broker = broker;
    this.proxy = proxy;
  }

  static async start(): Promise<ProxiedBroker> {
    const proxy = await KafkaProxy.start();
    try {
      const broker = await Broker.start({ advertisedPort: proxy.port });
      proxy.target = broker.port;
      return new ProxiedBroker(broker, proxy);
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  /** For clients. */
  get bootstrap(): string {
    return `127.0.0.1:${this.proxy.port}`;
  }

  /** For readers. */
  get internalBootstrap(): string {
    return this.broker.internalBootstrap;
  }

  async createTopic(name: string, options: TopicOptions = {}): Promise<void> {
    await this.broker.createTopic(name, options);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.broker.deleteTopics(names);
  }

  /** The link is as it should be again. */
  restore(): void {
    this.proxy.clear();
    this.proxy.options = {};
  }

  async remove(): Promise<void> {
    await this.broker.remove();
    await this.proxy.close();
  }
}
