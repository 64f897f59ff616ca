// gateway.yaml as the rest of the program sees it: plain data, every default filled in, durations in
// milliseconds, sizes in bytes, paths absolute, secrets resolved. The file's form, with the reason of each
// default, stands in gateway-schema.ts.

import type { DeliveryMode } from "../core/delivery.ts";
import type { Lane } from "../core/protocol.ts";
import type { Profile } from "./profile.ts";
import type { RenewableText } from "./secrets.ts";

export interface GatewayConfig {
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly gateway: { readonly id: string };
  /** Absolute path of the data folder. */
  readonly data: string;
  readonly mqtt: readonly MqttEntry[];
  /** undefined: no uplink; the lanes are rings. */
  readonly kafka: KafkaConfig | undefined;
  /** undefined: no format that needs one can be used. */
  readonly schemaRegistry: RegistryConfig | undefined;
  readonly sql: SqlConfig;
  readonly store: StoreLimits;
  readonly batch: BatchConfig;
  /** undefined: no HTTP. */
  readonly http: { readonly listen: ListenAddress } | undefined;
  readonly log: { readonly level: LogLevel };
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Port 0 = any free one. `host` without brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** PEM files, absolute paths that were readable at load time. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

interface MqttCommon {
  readonly name: string;
  readonly username: string | undefined;
  /** A secret: never print it. */
  readonly password: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly sessionExpirySeconds: number;
  /** QoS 1 messages of a connection that may be unacknowledged. */
  readonly receiveMaximum: number;
  readonly limits: { readonly packetBytes: number; readonly connections: number };
}

/** Devices connect to us. */
export interface MqttListenEntry extends MqttCommon {
  readonly kind: "listen";
  readonly listen: ListenAddress;
}

/** We connect to a broker. */
export interface MqttClientEntry extends MqttCommon {
  readonly kind: "client";
  readonly url: string;
  readonly clientId: string;
}

export type MqttEntry = MqttListenEntry | MqttClientEntry;

export const PASSWORD_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"] as const;

/** Who the gateway is to Kafka. Renewable texts are secrets: never print what they lead to. */
export type KafkaSaslConfig =
  | {
      readonly mechanism: (typeof PASSWORD_MECHANISMS)[number];
      readonly username: RenewableText;
      readonly password: RenewableText;
    }
  | {
      readonly mechanism: "oauthbearer";
      /** A token that somebody keeps fresh, or where to get one by client credentials. */
      readonly token: RenewableText | TokenEndpointConfig;
      readonly extensions: Readonly<Record<string, string>>;
    };

export interface TokenEndpointConfig {
  readonly url: string;
  readonly clientId: RenewableText;
  readonly clientSecret: RenewableText;
  readonly scope: string | undefined;
  /** PEM file of the endpoint's authority; undefined: the system's. */
  readonly ca: string | undefined;
}

export interface KafkaConfig {
  /** host:port each, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls: TlsFiles | undefined;
  readonly sasl: KafkaSaslConfig | undefined;
  readonly createTopics: boolean;
  readonly delivery: DeliveryMode;
  readonly progressTopic: string;
  readonly alarmTopic: string;
  /** undefined: these rows stay on the gateway. */
  readonly deadLetterTopic: string | undefined;
  readonly lateTopic: string | undefined;
  readonly rollbackTopic: string | undefined;
  readonly transactionTimeoutMs: number;
}

/** The schema registry of formats such as avro-confluent. */
export interface RegistryConfig {
  readonly url: string;
  readonly username: RenewableText | undefined;
  readonly password: RenewableText | undefined;
  readonly tls: TlsFiles | undefined;
}

export const FULL_POLICIES = ["block", "drop-oldest", "drop-newest"] as const;
export type FullPolicy = (typeof FULL_POLICIES)[number];

/** Quotas are logical bytes; `quotaBytes` of the whole is the backstop. */
export interface StoreLimits {
  readonly quotaBytes: number;
  readonly lanes: Readonly<
    Record<Lane, { readonly quotaBytes: number; readonly whenFull: FullPolicy }>
  >;
  readonly journal: { readonly quotaBytes: number; readonly ageMs: number };
  /** Bytes written to the device per day; undefined = no budget. */
  readonly flashBudgetBytesPerDay: number | undefined;
}

export interface SqlConfig {
  /** Of rules that do not set one themselves. */
  readonly localTimeZone: string;
}

export interface BatchConfig {
  /** undefined: 50 ms, growing while the flash budget is exceeded; a number is obeyed. */
  readonly lingerMs: number | undefined;
  readonly messages: number;
  readonly bytes: number;
}

/** A rule file by content, as the journal's config entry keeps it. */
export interface RuleText {
  readonly file: string;
  readonly text: string;
}

export interface LoadedConfig {
  readonly config: GatewayConfig;
  /** Those of files, then those that profiles make of their alarms and uplinks. */
  readonly rules: readonly RuleText[];
  readonly profiles: readonly Profile[];
}
