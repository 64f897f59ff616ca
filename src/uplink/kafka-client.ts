// Connections to one Kafka cluster for as long as all goes well: finds brokers, sends requests, limits each wait.
// After any error the owner calls `destroy` and makes a new client; nothing here repeats a request.
//
// `destroy` ends the sockets with an error: kafkajs then rejects what is in flight at once. Closing it the polite
// way would wait for the answers that are not coming.

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { KAFKA_CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "../core/limits.ts";
import { kafkaAnswer, KAFKA_CODE, within } from "./kafka-error.ts";
import {
  loadKafkajs,
  type Kafkajs,
  type KafkajsBroker,
  type KafkajsCluster,
  type KafkajsSocketFactory,
  type KafkaRequest,
} from "./kafkajs.ts";
import { kafkajsSasl, type KafkaSasl } from "./sasl.ts";

const TRANSACTION_COORDINATOR = 1;
/** It is being elected, or its log is being loaded. */
const COORDINATOR_LATER: ReadonlySet<number> = new Set([
  KAFKA_CODE.coordinatorLoadInProgress,
  KAFKA_CODE.coordinatorNotAvailable,
]);
const COORDINATOR_WAIT_MS = 50;
const TCP_KEEP_ALIVE_MS = 60_000;

/** How to reach Kafka. `tls` true: the system's certificate authorities; certificates are always verified. */
export interface KafkaAddress {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: ConnectionOptions | true | undefined;
  readonly sasl?: KafkaSasl | undefined;
}

export interface ClientOptions {
  /** A connection ended that we did not end; may be called more than once. */
  readonly onLinkLost: () => void;
  /** Aborting it is `destroy`. */
  readonly signal: AbortSignal;
}

/** What the metadata says about a topic: its partition count, or the code of its error. */
export type TopicState = { readonly partitions: number } | { readonly kafkaCode: number };

export class KafkaClient {
  readonly #kafkajs: Kafkajs;
  readonly #cluster: KafkajsCluster;
  readonly #sockets = new Set<Socket>();
  readonly #onLinkLost: () => void;
  readonly #signal: AbortSignal;
  #coordinatorNode: number | undefined;
  #destroyed = false;

  private constructor(address: KafkaAddress, options: ClientOptions) {
    this.#onLinkLost = options.onLinkLost;
    this.#signal = options.signal;
    this.#kafkajs = loadKafkajs();
    this.#cluster = this.#kafkajs.createCluster({
      brokers: address.brokers,
      clientId: address.clientId,
      ssl: address.tls === true ? {} : address.tls,
      sasl: address.sasl && kafkajsSasl(address.sasl),
      connectionTimeout: KAFKA_CONNECT_TIMEOUT_MS,
      socketFactory: this.#connectSocket,
    });
  }

  /** Connects to the first broker that answers. */
  static async connect(address: KafkaAddress, options: ClientOptions): Promise<KafkaClient> {
    options.signal.throwIfAborted();
    const client = new KafkaClient(address, options);
    options.signal.addEventListener("abort", client.destroy);
    try {
      const limitMs = KAFKA_CONNECT_TIMEOUT_MS * (address.brokers.length + 1);
      await within(limitMs, "connect to Kafka", client.#cluster.connect());
      return client;
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  /** Sends one request; rejects with `isTimeout` after `limitMs`. Error codes stand in the answer. */
  async send<Answer>(
    broker: KafkajsBroker,
    request: KafkaRequest<Answer>,
    limitMs: number = REQUEST_TIMEOUT_MS,
  ): Promise<Answer> {
    const name = request.request.apiName;
    return await within(limitMs, name, broker.connectionPool.send(request));
  }

  /** A request of kafkajs' own in a fixed version. */
  request<Answer>(name: string, version: number, fields: object): KafkaRequest<Answer> {
    return this.#kafkajs.request<Answer>(name, version, fields);
  }

  /** Asks for the state of `topics`, and follows those that exist: `leader` knows them from then on. */
  async describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>> {
    const states = new Map<string, TopicState>();
    if (topics.length === 0) return states;
    const fields = { topics, allowAutoTopicCreation: false };
    const answer = await this.send(
      await this.anyBroker(),
      this.request<MetadataAnswer>("Metadata", 4, fields),
    );
    for (const { topic, topicErrorCode, partitionMetadata } of answer.topicMetadata) {
      const code =
        topicErrorCode ||
        partitionMetadata.find((p) => p.partitionErrorCode === KAFKA_CODE.leaderNotAvailable)
          ?.partitionErrorCode;
      states.set(topic, code ? { kafkaCode: code } : { partitions: partitionMetadata.length });
    }
    const existing = topics.filter((topic) => "partitions" in (states.get(topic) ?? {}));
    if (existing.length > 0) {
      const follow = this.#cluster.addMultipleTargetTopics(existing);
      await within(REQUEST_TIMEOUT_MS, "read metadata", follow);
    }
    return states;
  }

  /** Asks for the metadata of all followed topics again; also a sign of life. */
  async refresh(): Promise<void> {
    await within(REQUEST_TIMEOUT_MS, "read metadata", this.#cluster.refreshMetadata());
  }

  /** Partitions of a followed topic; 0 for any other. */
  partitions(topic: string): number {
    return this.#cluster.findTopicPartitionMetadata(topic).length;
  }

  /** The broker that leads a partition of a followed topic, connected. */
  async leader(topic: string, partition: number): Promise<KafkajsBroker> {
    const metadata = this.#cluster.findTopicPartitionMetadata(topic);
    const nodeId = metadata.find(({ partitionId }) => partitionId === partition)?.leader;
    if (nodeId === undefined) throw kafkaAnswer("Metadata", KAFKA_CODE.leaderNotAvailable);
    return await this.#broker(nodeId);
  }

  /** The coordinator of a transactional id, connected; looked up once. */
  async coordinator(transactionalId: string): Promise<KafkajsBroker> {
    // Asked ourselves: kafkajs has a look-up of its own, which keeps the reason of a refusal to itself.
    const fields = { groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR };
    const request = this.request<CoordinatorAnswer>("GroupCoordinator", 1, fields);
    const giveUpAtMs = performance.now() + REQUEST_TIMEOUT_MS;
    while (this.#coordinatorNode === undefined) {
      const { errorCode, coordinator } = await this.send(await this.anyBroker(), request);
      if (errorCode === 0) this.#coordinatorNode = coordinator.nodeId;
      else if (!COORDINATOR_LATER.has(errorCode) || performance.now() > giveUpAtMs) {
        throw kafkaAnswer("FindCoordinator", errorCode);
      } else await new Promise((resolve) => setTimeout(resolve, COORDINATOR_WAIT_MS));
    }
    return await this.#broker(this.#coordinatorNode);
  }

  /** Forgets the coordinator: the next call looks it up again. */
  forgetCoordinator(): void {
    this.#coordinatorNode = undefined;
  }

  /** Any broker, connected. */
  async anyBroker(): Promise<KafkajsBroker> {
    const find = this.#cluster.brokerPool.findConnectedBroker();
    return await within(KAFKA_CONNECT_TIMEOUT_MS * 2, "connect to a broker", find);
  }

  /** The broker that takes administrative requests. */
  async controller(): Promise<KafkajsBroker> {
    // Only while no topic is followed yet, which is when the first one has to be created.
    if (this.#cluster.brokerPool.metadata === null) await this.refresh();
    const find = this.#cluster.findControllerBroker();
    return await within(REQUEST_TIMEOUT_MS, "find the controller", find);
  }

  /** Brokers in the cluster. */
  get brokerCount(): number {
    return this.#cluster.brokerPool.metadata?.brokers.length ?? 1;
  }

  get isDestroyed(): boolean {
    return this.#destroyed;
  }

  /** Ends everything at once; what is in flight rejects. Idempotent. */
  readonly destroy = (): void => {
    this.#destroyed = true;
    this.#signal.removeEventListener("abort", this.destroy);
    const sockets = [...this.#sockets];
    this.#sockets.clear();
    for (const socket of sockets) socket.destroy(new Error("the uplink let go of this connection"));
  };

  async #broker(nodeId: number): Promise<KafkajsBroker> {
    const limitMs = KAFKA_CONNECT_TIMEOUT_MS * 2;
    return await within(limitMs, "connect to a broker", this.#cluster.findBroker({ nodeId }));
  }

  readonly #connectSocket: KafkajsSocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#destroyed) throw new Error("the uplink let go of this client");
    const socket =
      ssl === null
        ? connectTcp({ host, port, noDelay: true }, onConnect)
        : connectTls(
            { host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl },
            onConnect,
          );
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    this.#sockets.add(socket);
    socket.once("close", () => {
      if (this.#sockets.delete(socket)) this.#onLinkLost();
    });
    return socket;
  };
}

interface CoordinatorAnswer {
  readonly errorCode: number;
  readonly coordinator: { readonly nodeId: number };
}

interface MetadataAnswer {
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
  }[];
}
