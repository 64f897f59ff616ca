// The uplink's Kafka client with the simulated cluster behind it: the same calls as src/uplink/kafka-client.ts, whose
// place it takes. Produce and Fetch go as the bytes that the uplink's own code writes and reads; of the others, which
// kafkajs would encode, the fields.

import type { KafkaClient, ClientOptions, TopicState } from "../../../src/uplink/kafka-client.ts";
import { REQUEST_TIMEOUT_MS } from "../../../src/core/limits.ts";
import { within } from "../../../src/uplink/kafka-error.ts";
import type { KafkajsBroker, KafkaRequest } from "../../../src/uplink/kafkajs.ts";
import type { Defect } from "../defect.ts";
import type { VirtualTime } from "../virtual-time.ts";
import type { Cluster } from "./cluster.ts";
import type { KafkaNetwork } from "./network.ts";
import { fetchAnswer, produceAnswer, producedBatches } from "./wire.ts";

export interface ClientWorld {
  readonly time: VirtualTime;
  readonly cluster: Cluster;
  readonly network: KafkaNetwork;
  readonly defect: Defect | undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type FieldsRequest = KafkaRequest<unknown>["request"] & { readonly fields?: object };

/** InitProducerId, AddPartitionsToTxn and EndTxn are known; what audits need is not. */
const VERSIONS = { 22: { maxVersion: 1 }, 24: { maxVersion: 1 }, 26: { maxVersion: 1 } };

export class SimulatedClient {
  isDestroyed = false;
  readonly brokerCount = 2;
  readonly #world: ClientWorld;
  readonly #options: ClientOptions;
  readonly #rejects = new Set<(error: Error) => void>();
  readonly #unlink: () => void;
  readonly #brokers: readonly KafkajsBroker[];

  private constructor(world: ClientWorld, options: ClientOptions) {
    this.#world = world;
    this.#options = options;
    this.#unlink = world.network.link({
      lost: () => this.#lost(),
      abandon: () => this.#abandon(),
    });
    const connectionPool = { send: () => Promise.reject(new Error("not this way")) };
    this.#brokers = [1, 2].map((nodeId) => ({ nodeId, versions: VERSIONS, connectionPool }));
    options.signal.addEventListener("abort", this.destroy);
  }

  /** For `KafkaUplinkOptions.connect`. */
  static connector(world: ClientWorld): typeof KafkaClient.connect {
    return async (_, options) => {
      options.signal.throwIfAborted();
      if (world.network.down) throw new Error("connection refused");
      // Its private members are nobody's business: structurally it is all that the uplink uses.
      return new SimulatedClient(world, options) as unknown as KafkaClient;
    };
  }

  async send<Answer>(
    broker: KafkajsBroker,
    request: KafkaRequest<Answer>,
    limitMs: number = REQUEST_TIMEOUT_MS,
  ): Promise<Answer> {
    const { apiName } = request.request;
    const answer = await within(limitMs, apiName, this.#exchange(broker, request.request));
    return Buffer.isBuffer(answer) ? await request.response.decode(answer) : (answer as Answer);
  }

  request<Answer>(name: string, apiVersion: number, fields: object): KafkaRequest<Answer> {
    const encode = (): Promise<never> => Promise.reject(new Error("fields are not encoded"));
    const request: FieldsRequest = { apiKey: 0, apiVersion, apiName: name, encode, fields };
    const decode = (): Promise<never> => Promise.reject(new Error("fields are not decoded"));
    return { request, response: { decode, parse: async (answer) => answer } };
  }

  async describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState>> {
    await this.refresh();
    return new Map(
      topics.map((topic) => {
        const partitions = this.partitions(topic);
        return [topic, partitions > 0 ? { partitions } : { kafkaCode: 3 }];
      }),
    );
  }

  async refresh(): Promise<void> {
    await this.send(this.#brokers[0]!, this.request("Metadata", 4, {}));
  }

  partitions(topic: string): number {
    return this.#world.cluster.partitions(topic).length;
  }

  async leader(topic: string, partition: number): Promise<KafkajsBroker> {
    const { leader } = this.#world.cluster.partitions(topic)[partition]!;
    return this.#brokers[leader - 1]!;
  }

  async coordinator(): Promise<KafkajsBroker> {
    return this.#brokers[0]!;
  }

  forgetCoordinator(): void {}

  async anyBroker(): Promise<KafkajsBroker> {
    return this.#brokers[0]!;
  }

  async controller(): Promise<KafkajsBroker> {
    return this.#brokers[0]!;
  }

  readonly destroy = (): void => {
    this.isDestroyed = true;
    this.#unlink();
    this.#fail("the uplink let go of this connection");
  };

  #lost(): void {
    if (this.isDestroyed) return;
    this.#fail("connection lost");
    this.#options.onLinkLost();
  }

  #abandon(): void {
    this.isDestroyed = true;
    this.#rejects.clear();
  }

  #fail(why: string): void {
    for (const reject of this.#rejects) reject(new Error(why));
    this.#rejects.clear();
  }

  /** A request that has left arrives even when its sender is dead by then. */
  async #exchange(broker: KafkajsBroker, request: FieldsRequest): Promise<unknown> {
    const { time, network } = this.#world;
    const bytes = await encoded(request);
    return await new Promise((resolve, reject) => {
      if (this.isDestroyed || network.down) {
        reject(new Error("not connected"));
        return;
      }
      this.#rejects.add(reject);
      const { fate, thereMs, backMs } = network.way(request.apiName);
      time.after(thereMs, () => {
        if (fate === "request-lost") {
          this.#lost();
          return;
        }
        const answer = this.#handle(broker.nodeId, request, bytes);
        if (fate === "silent") return;
        time.after(backMs, () => {
          if (fate === "answer-lost") this.#lost();
          else if (this.#rejects.delete(reject)) resolve(answer);
        });
      });
    });
  }

  #handle(nodeId: number, request: FieldsRequest, bytes: Buffer): unknown {
    const fields = (request.fields ?? {}) as Fields;
    const { cluster } = this.#world;
    switch (request.apiName) {
      case "Metadata":
        return {};
      case "InitProducerId":
        return cluster.initProducerId(
          String(fields["transactionalId"]),
          Number(fields["transactionTimeout"]),
        );
      case "AddPartitionsToTxn": {
        const { topics } = fields as unknown as { topics: TopicPartitions[] };
        const names = topics.flatMap(({ topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        );
        const errorCode = cluster.addPartitions(fields as never, names);
        return { errors: [{ partitionErrors: [{ errorCode }] }] };
      }
      case "EndTxn":
        return {
          errorCode: cluster.endTransaction(fields as never, fields["transactionResult"] === true),
        };
      case "Produce":
        return this.#produce(nodeId, bytes);
      case "ListOffsets":
        return this.#offsets(fields);
      case "Fetch":
        return this.#fetch(fields);
      default:
        throw new Error(`the simulated Kafka knows no ${request.apiName}`);
    }
  }

  #produce(nodeId: number, bytes: Buffer): Buffer {
    const { transactionalId, batches } = producedBatches(bytes);
    const results = batches.map(({ topic, partition, batch }) => {
      const of = this.#world.cluster.partitions(topic)[partition]!;
      const isLeader = of.leader === nodeId;
      const code = isLeader ? this.#world.cluster.produce(transactionalId, of, batch) : 6;
      return { topic, partition, code };
    });
    return produceAnswer(results);
  }

  #offsets(fields: Fields): object {
    const { topic, partition, timestamp } = onePartition(fields);
    const { highWatermark } = this.#world.cluster.partitions(topic)[partition]!;
    const offset = String(timestamp === -1 ? highWatermark : 0);
    return { responses: [{ partitions: [{ errorCode: 0, offset }] }] };
  }

  #fetch(fields: Fields): Buffer {
    const { topic, partition, fetchOffset } = onePartition(fields);
    const of = this.#world.cluster.partitions(topic)[partition]!;
    const isBlind = this.#world.defect === "ignores-progress";
    const batches = of.from(Number(fetchOffset));
    return fetchAnswer(topic, partition, isBlind ? withoutRecords(batches) : batches);
  }
}

/** The same batches as ones that are no transaction's and hold no record. */
function withoutRecords(batches: Buffer): Buffer {
  const empty = Buffer.from(batches);
  for (let at = 0; at < empty.length; at += 12 + empty.readInt32BE(at + 8)) {
    empty.writeInt16BE(0, at + 21);
    empty.writeInt32BE(0, at + 57);
  }
  return empty;
}

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: number[];
}

interface OnePartition {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: number;
  readonly fetchOffset: string;
}

function onePartition(fields: Fields): OnePartition {
  const [of] = fields["topics"] as { topic: string; partitions: OnePartition[] }[];
  return { ...of!.partitions[0]!, topic: of!.topic };
}

/** Copied: the uplink uses its buffers again. */
async function encoded(request: FieldsRequest): Promise<Buffer> {
  if (request.fields !== undefined) return Buffer.alloc(0);
  return Buffer.from((await request.encode()).buf);
}
