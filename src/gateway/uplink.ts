// The uplink as this gateway has it: what it needs of configuration, worker and machine. Loaded only with a
// `kafka:` section, since the Kafka client is a third of the program.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";

import type { GatewayConfig, KafkaConfig, TokenEndpointConfig } from "../config/gateway.ts";
import { renew } from "../config/secrets.ts";
import type { RenewableText } from "../config/secrets.ts";
import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { EngineReady } from "../core/protocol.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import type { KafkaUplink } from "../uplink/uplink.ts";
import { pemText, pemTexts } from "./pem.ts";
import { makeSchemaRegistry } from "./registry.ts";
import type { Supervisor } from "./supervisor.ts";

export interface UplinkParts {
  readonly config: GatewayConfig;
  readonly kafka: KafkaConfig;
  readonly ruleSet: RuleSet;
  readonly bootId: string;
  readonly ready: EngineReady;
  /** The core worker may be replaced while the uplink goes on. */
  readonly supervisor: Supervisor;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Builds the uplink; `start` begins to connect. */
export async function makeUplink(parts: UplinkParts): Promise<KafkaUplink> {
  const { KafkaUplink } = await import("../uplink/uplink.ts");
  const { config, kafka, supervisor } = parts;
  const registry = await makeSchemaRegistry(config.schemaRegistry);
  return new KafkaUplink({
    gatewayId: config.gateway.id,
    address: await addressOf(kafka, parts.clock),
    owner: {
      hwSerial: machineSerial(),
      dataDirId: parts.ready.dataDirectoryId,
      bootId: parts.bootId,
    },
    lanes: ["alarm", "result", "raw"],
    topics: topicsOf(parts),
    progressTopic: kafka.progressTopic,
    createTopics: kafka.createTopics,
    register: registry && ((schema) => registry.register(schema)),
    delivery: kafka.delivery,
    topicPartitions: new Map(Object.entries(parts.ready.topicPartitions)),
    transactionTimeoutMs: kafka.transactionTimeoutMs,
    outbox: {
      read: (lane, afterSequence, maxRows, maxBytes) =>
        supervisor.worker.readOutbox(lane, afterSequence, { maxRows, maxBytes }),
      confirm: (lane, _incarnation, throughSequence) =>
        supervisor.confirmOutbox(lane, throughSequence),
      reconcile: (marks) => supervisor.worker.reconcile(marks),
      noteTopics: (partitions) => supervisor.worker.noteTopics(partitions),
      endRollback: (isFinal) => supervisor.worker.endRollback(isFinal),
      stopRows: (withheld, undeliverable) => supervisor.worker.stopRows(withheld, undeliverable),
    },
    logger: parts.logger,
    clock: parts.clock,
    onAlarm: (alarm, detail) => supervisor.gatewayAlarm(alarm, detail),
  });
}

function topicsOf({ kafka, ruleSet }: UplinkParts): string[] {
  const sinks = ruleSet.rules
    .filter((rule) => rule.sink.options["connector"] === "kafka")
    .map((rule) => rule.sink.options["topic"]);
  const { alarmTopic, deadLetterTopic, lateTopic, rollbackTopic } = kafka;
  return [...sinks, alarmTopic, deadLetterTopic, lateTopic, rollbackTopic].filter(
    (topic) => topic !== undefined,
  );
}

type Address = ReturnType<ConstructorParameters<typeof KafkaUplink>[0]["address"]>;

/** Credentials and certificates are read at every opening, so that renewed ones take effect. */
async function addressOf(kafka: KafkaConfig, clock: Clock): Promise<() => Address> {
  const sasl = await saslOf(kafka.sasl, clock);
  return () => {
    const { brokers, clientId, tls } = kafka;
    try {
      return { brokers, clientId, tls: tls && pemTexts(tls), sasl: sasl?.() };
    } catch (cause) {
      throw unreadable(cause);
    }
  };
}

async function saslOf(
  sasl: KafkaConfig["sasl"],
  clock: Clock,
): Promise<(() => NonNullable<Address["sasl"]>) | undefined> {
  if (sasl === undefined) return undefined;
  if (sasl.mechanism !== "oauthbearer") {
    const { mechanism, username, password } = sasl;
    return () => ({ mechanism, username: renew(username), password: renew(password) });
  }
  const { mechanism, token, extensions } = sasl;
  const value = "url" in token ? await tokensFrom(token, clock) : async () => fromFile(token);
  return () => ({ mechanism, token: async () => ({ value: await value(), extensions }) });
}

async function tokensFrom(
  endpoint: TokenEndpointConfig,
  clock: Clock,
): Promise<() => Promise<string>> {
  const { TokenSource } = await import("../uplink/token-source.ts");
  const { url, scope, clientId, clientSecret, ca } = endpoint;
  const source = new TokenSource(
    () => ({
      url,
      scope,
      clientId: renew(clientId),
      clientSecret: renew(clientSecret),
      ca: pemText(ca),
    }),
    clock,
  );
  return async () => await source.token();
}

function fromFile(token: RenewableText): string {
  try {
    return renew(token);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): GatewayError {
  return new GatewayError(`credentials cannot be read: ${(cause as Error).message}`, {
    code: "KAFKA_REFUSED",
    blame: "external",
    cause,
  });
}

/** What tells this machine from one that runs a copy of its card. */
function machineSerial(): string {
  for (const file of ["/proc/device-tree/serial-number", "/etc/machine-id"]) {
    try {
      return readFileSync(file, "utf8").replaceAll("\0", "").trim();
    } catch {
      // Not this kind of machine: the next name will do.
    }
  }
  return hostname();
}

/** Somebody has asked something of an uplink that is not configured. */
export function noUplink(): GatewayError {
  return new GatewayError("this gateway has no uplink", {
    code: "CONTROL_FAILED",
    blame: "config",
    hint: "Its gateway.yaml has no kafka section.",
  });
}
