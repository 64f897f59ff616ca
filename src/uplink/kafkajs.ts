// The one door to kafkajs, 2.2.4 exactly. It carries connections, TLS, SASL, cluster metadata and the encoding
// of small requests. Its Producer and Consumer stay unused; transactions and records are ours, because
//   - the Producer repeats a send by itself after an error, and asks only which brokers have not answered: when a
//     leader moves meanwhile, rows that one broker took are sent to the next one too, inside one transaction;
//   - it cannot be told to repeat CONCURRENT_TRANSACTIONS (normal right after a commit) and nothing else;
//   - the Consumer's filter takes the aborted transactions of a fetch for sorted by first offset. They are sorted
//     by last offset, so with interleaved writers, as on a progress topic, it shows aborted records.
//   - it authenticates anew at every request where the broker ends sessions sooner than it needs for that, until the
//     broker refuses the order of its requests.
// Staying below them also leaves out three of the known costs: an array copy per message, 512 zeroed bytes per
// record and header, two coordinator look-ups per transaction. The fourth, a timer that runs every millisecond,
// is repaired here.
//
// Nothing of kafkajs is loaded before the first `loadKafkajs()`: a gateway without `kafka:` never pays for it.

import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { assert } from "../core/errors.ts";
import { REAUTHENTICATE_MS } from "../core/limits.ts";
import { shortSession } from "./sasl.ts";

const VERSION = "2.2.4";

/** A request as kafkajs' connections take it. `decode` gets the answer's body, `parse` throws on error codes. */
export interface KafkaRequest<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<KafkajsEncoder>;
  };
  readonly response: {
    readonly decode: (body: Buffer) => Promise<Answer>;
    readonly parse: (answer: Answer) => Promise<Answer>;
  };
}

/** What kafkajs asks of an encoded request: both are the bytes. */
export interface KafkajsEncoder {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

export interface KafkajsBroker {
  readonly nodeId: number;
  /** By API key; once connected. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send<Answer>(request: KafkaRequest<Answer>): Promise<Answer> };
}

export interface KafkajsCluster {
  connect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(node: { nodeId: number }): Promise<KafkajsBroker>;
  findControllerBroker(): Promise<KafkajsBroker>;
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[];
  readonly brokerPool: {
    readonly metadata: { readonly brokers: readonly unknown[] } | null;
    findConnectedBroker(): Promise<KafkajsBroker>;
  };
}

export type KafkajsSocketFactory = (to: {
  host: string;
  port: number;
  ssl: ConnectionOptions | null;
  onConnect: () => void;
}) => Socket;

export interface KafkajsClusterOptions {
  readonly brokers: readonly string[];
  readonly ssl: ConnectionOptions | undefined;
  /** Made by `kafkajsSasl`. */
  readonly sasl: object | undefined;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly socketFactory: KafkajsSocketFactory;
}

/** The parts of kafkajs in use. */
export interface Kafkajs {
  /** A cluster that repeats next to nothing by itself and has no timer of its own while idle. */
  createCluster(options: KafkajsClusterOptions): KafkajsCluster;
  /** The request `name` in a fixed version; `parse` lets every answer through: look at its error codes. */
  request<Answer>(name: string, version: number, fields: object): KafkaRequest<Answer>;
}

let loaded: Kafkajs | undefined;

/** Loads kafkajs with its repair, once. Throws blame `bug` when another version is installed. */
export function loadKafkajs(): Kafkajs {
  loaded ??= load();
  return loaded;
}

function load(): Kafkajs {
  // import.meta.url is right in the source and in the bundle: kafkajs is external to both.
  const require = createRequire(import.meta.url);
  const { version } = require("kafkajs/package.json") as { version: string };
  assert(version === VERSION, `the uplink is made for kafkajs ${VERSION}, found ${version}`);
  repairRequestQueue(require("kafkajs/src/network/requestQueue") as RequestQueueClass);
  refuseShortSessions(require("kafkajs/src/broker/saslAuthenticator") as AuthenticatorClass);

  const Cluster = require("kafkajs/src/cluster") as new (options: object) => KafkajsCluster;
  const { createLogger, LEVELS } = require("kafkajs/src/loggers") as LoggerModule;
  // It logs every refused connection as an error; the uplink reports the one error that matters.
  const logger = createLogger({ level: LEVELS.NOTHING, logCreator: () => () => undefined });
  const { requests } = require("kafkajs/src/protocol/requests") as { requests: RequestTable };

  return {
    createCluster: (options) =>
      new Cluster({
        ...options,
        logger,
        ssl: options.ssl ?? null,
        // One round through the list of brokers; waiting and trying again is the uplink's business.
        retry: { retries: options.brokers.length, initialRetryTime: 20, maxRetryTime: 200 },
        metadataMaxAge: Number.MAX_SAFE_INTEGER,
        reauthenticationThreshold: REAUTHENTICATE_MS,
        allowAutoTopicCreation: false,
        // Its time-outs run on a timer per connection, ten times a second; ours run while we wait only.
        enforceRequestTimeout: false,
      }),
    request: <Answer>(name: string, requestVersion: number, fields: object) => {
      const entry = requests[name];
      assert(entry !== undefined, `kafkajs has no request ${name}`);
      const { request, response } = entry.protocol({ version: requestVersion })(fields);
      return {
        request,
        response: { decode: response.decode, parse: async (answer: unknown) => answer },
      } as KafkaRequest<Answer>;
    },
  };
}

/**
 * Stock kafkajs sets a timer after every answer to look at its queue again, also when nothing waits in it, and
 * with a negative delay, which means one millisecond: 6–7 % of a core while idle.
 */
function repairRequestQueue(queue: RequestQueueClass): void {
  queue.prototype.scheduleCheckPendingRequests = function (): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const waitMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      waitMs > 0 ? waitMs : QUEUE_CHECK_MS,
    );
  };
}

const QUEUE_CHECK_MS = 10;

/** A session that ends before it can be renewed is an error that says so. */
function refuseShortSessions({ prototype }: AuthenticatorClass): void {
  const authenticate = prototype.authenticate;
  prototype.authenticate = async function (): Promise<void> {
    await authenticate.call(this);
    const lifetimeMs = Number(this.sessionLifetime);
    const isUnlimited = lifetimeMs === 0;
    if (isUnlimited || lifetimeMs > REAUTHENTICATE_MS) return;
    throw shortSession(this.connection.sasl.mechanism, lifetimeMs);
  };
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

interface LoggerModule {
  readonly LEVELS: { readonly NOTHING: number };
  createLogger(this: void, options: { level: number; logCreator: () => () => void }): unknown;
}

interface Authenticator {
  readonly connection: { readonly sasl: { readonly mechanism: string } };
  /** Milliseconds that the broker grants; 0: without limit. */
  readonly sessionLifetime: string;
  authenticate(): Promise<void>;
}

interface AuthenticatorClass {
  readonly prototype: Authenticator;
}

type RequestTable = Readonly<
  Record<
    string,
    { protocol(of: { version: number }): (fields: object) => KafkaRequest<unknown> } | undefined
  >
>;
