// The settings of a single-node broker for tests.

export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
  readonly internal: number;
}

export interface PropertiesOptions {
  readonly dataDirectory: string;
  readonly ports: BrokerPorts;
  /** Where clients are told to connect: a proxy in front. Default: the client port. */
  readonly advertisedPort?: number | undefined;
  /** Any broker setting. */
  readonly set?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** The text of server.properties. */
export function serverProperties(options: PropertiesOptions): string {
  const { dataDirectory, ports, advertisedPort = ports.client, set = {} } = options;
  const settings = {
    "process.roles": "broker,controller",
    "node.id": 1,
    // Clients use PLAINTEXT, perhaps through a proxy; the broker talks to itself on INTERNAL.
    listeners: `PLAINTEXT://127.0.0.1:${ports.client},INTERNAL://127.0.0.1:${ports.internal},CONTROLLER://127.0.0.1:${ports.controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${advertisedPort},INTERNAL://127.0.0.1:${ports.internal}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "INTERNAL",
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": `1@127.0.0.1:${ports.controller}`,
    "log.dirs": dataDirectory,
    "num.partitions": 3,
    // One node: what is replicated by default has one replica.
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "auto.create.topics.enable": false,
    // Quick tests, small memory. A killed broker is let in again when its old session has ended.
    "group.initial.rebalance.delay.ms": 0,
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 400,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.cleaner.dedupe.buffer.size": 8_388_608,
    ...set,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
