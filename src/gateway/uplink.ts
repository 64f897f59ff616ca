// The uplink as this gateway has it: what it needs of configuration, worker and machine. Loaded only with a
// `kafka:` section, since the Kafka client is a third of the program.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";

import type { GatewayConfig, KafkaConfig } from "../config/gateway.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { EngineReady } from "../core/protocol.ts";
import type { RuleSet } from "../engine/rule-set.ts";
import type { KafkaUplink } from "../uplink/uplink.ts";
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
  return new KafkaUplink({
    gatewayId: config.gateway.id,
    address: () => address(kafka),
    owner: {
      hwSerial: machineSerial(),
      dataDirId: parts.ready.dataDirectoryId,
      bootId: parts.bootId,
    },
    lanes: ["alarm", "result", "raw"],
    topics: topicsOf(parts),
    progressTopic: kafka.progressTopic,
    createTopics: kafka.createTopics,
    transactionTimeoutMs: kafka.transactionTimeoutMs,
    outbox: {
      read: (lane, afterSequence, maxRows, maxBytes) =>
        supervisor.worker.readOutbox(lane, afterSequence, { maxRows, maxBytes }),
      confirm: (lane, _incarnation, throughSequence) =>
        supervisor.confirmOutbox(lane, throughSequence),
    },
    logger: parts.logger,
    clock: parts.clock,
    onUndeliverable: (rows) => supervisor.undeliverable(rows),
    onAlarm: (alarm, detail) => supervisor.gatewayAlarm(alarm, detail),
  });
}

function topicsOf({ kafka, ruleSet }: UplinkParts): string[] {
  const sinks = ruleSet.rules
    .filter((rule) => rule.sink.options["connector"] === "kafka")
    .map((rule) => rule.sink.options["topic"]);
  return [...sinks, kafka.alarmTopic, kafka.deadLetterTopic, kafka.lateTopic].filter(
    (topic) => topic !== undefined,
  );
}

/** Certificates are read at every opening, so that renewed ones take effect. */
function address(
  kafka: KafkaConfig,
): ReturnType<ConstructorParameters<typeof KafkaUplink>[0]["address"]> {
  const { tls, sasl } = kafka;
  const pem = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readFileSync(file, "utf8");
  return {
    brokers: kafka.brokers,
    clientId: kafka.clientId,
    tls: tls && { ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key) },
    sasl,
  };
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
