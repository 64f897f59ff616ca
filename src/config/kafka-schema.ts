// The form of gateway.yaml's `kafka:` section. What belongs together in `sasl` is checked in gateway-checks.ts.

import { DELIVERY_MODES } from "../core/delivery.ts";
import {
  address,
  choice,
  duration,
  field,
  flag,
  list,
  pattern,
  section,
  text,
  withHint,
  wrong,
} from "./fields.ts";
import type { Field } from "./fields.ts";
import { SASL_MECHANISMS } from "./gateway.ts";
import type { KafkaConfig, TokenEndpointConfig } from "./gateway.ts";
import { renewableSecret, renewableText } from "./secrets.ts";
import type { RenewableText, SecretSources } from "./secrets.ts";
import { pemFile, tls } from "./tls-schema.ts";

/** As written, defaults filled in. */
export type KafkaFile = Omit<KafkaConfig, "clientId" | "sasl"> & {
  readonly clientId: string | undefined;
  readonly sasl: SaslFile | undefined;
};

export interface SaslFile {
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly username: RenewableText | undefined;
  readonly password: RenewableText | undefined;
  readonly token: RenewableText | undefined;
  readonly tokenEndpoint: TokenEndpointConfig | undefined;
  readonly extensions: Readonly<Record<string, string>>;
}

/** The `kafka:` section. */
export function kafka(sources: SecretSources): Field<KafkaFile> {
  const topic = (): Field<string> =>
    pattern(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, "a Kafka topic: letters, digits, dots, - or _");
  return section({
    brokers: list(address(false)),
    clientId: text().optional(),
    tls: tls(sources.directory).optional(),
    sasl: saslKeys(sources).optional(),
    createTopics: flag().default(true),
    /** `prefer-exactly-once` settles for at-least-once on a cluster that refuses transactions. */
    delivery: choice(DELIVERY_MODES).default("exactly-once"),
    progressTopic: topic().default("headrace.progress"),
    alarmTopic: topic().default("headrace.alarms"),
    deadLetterTopic: topic().optional(),
    lateTopic: topic().optional(),
    rollbackTopic: topic().optional(),
    /** Kafka's own default maximum is 15 min; an open transaction holds back every read_committed reader. */
    transactionTimeout: duration({ min: 5000, max: 900_000 }).default(15_000),
  }).transform(({ brokers, transactionTimeout, ...rest }): KafkaFile => {
    const { clientId, sasl, deadLetterTopic, lateTopic, rollbackTopic } = rest;
    const topics = { deadLetterTopic, lateTopic, rollbackTopic };
    const optional = { clientId, sasl, ...topics, tls: rest.tls };
    const texts = brokers.map(
      ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
    );
    return { ...rest, ...optional, brokers: texts, transactionTimeoutMs: transactionTimeout };
  });
}

function saslKeys(sources: SecretSources): Field<SaslFile> {
  return section({
    mechanism: choice(SASL_MECHANISMS),
    username: renewableText(sources).optional(),
    password: renewableSecret(sources).optional(),
    token: renewableSecret(sources).optional(),
    tokenEndpoint: section({
      url: endpointUrl(),
      clientId: renewableText(sources),
      clientSecret: renewableSecret(sources),
      scope: text().optional(),
      ca: pemFile(sources.directory).optional(),
    })
      .transform(({ scope, ca, ...rest }): TokenEndpointConfig => ({ ...rest, scope, ca }))
      .optional(),
    extensions: extensions().default({}),
  }).transform(({ mechanism, extensions: pairs, ...rest }): SaslFile => {
    const { username, password, token, tokenEndpoint } = rest;
    return { mechanism, username, password, token, tokenEndpoint, extensions: pairs };
  });
}

function endpointUrl(): Field<string> {
  return field((value) => {
    const url = URL.parse(String(value));
    const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(url?.hostname ?? "");
    if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal)) return String(value);
    return wrong(
      withHint(
        "must be an https:// address",
        "The client secret would be sent in plain text else.",
      ),
    );
  });
}

/** What some services want beside a token; RFC 7628 §3.1 says what may stand in them. */
function extensions(): Field<Readonly<Record<string, string>>> {
  return field((value) => {
    const pairs = Object.entries((value ?? {}) as Record<string, unknown>);
    const isFine = pairs.every(
      ([name, of]) => /^[A-Za-z]+$/.test(name) && /^[\t -~]+$/.test(String(of)),
    );
    if (typeof value !== "object" || !isFine) return wrong("must be names of letters and texts");
    return Object.fromEntries(pairs.map(([name, of]) => [name, String(of)]));
  });
}
