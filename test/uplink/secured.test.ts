// TLS and SASL against a real broker: what is refused is told at once and buffered, what is renewed takes effect without
// a restart.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { KafkaAddress } from "../../src/uplink/kafka-client.ts";
import { systemClock } from "../../src/core/clock.ts";
import { REAUTHENTICATE_MS } from "../../src/core/limits.ts";
import type { KafkaSasl } from "../../src/uplink/sasl.ts";
import { TokenSource } from "../../src/uplink/token-source.ts";
import { makeCertificates, type KeyPair } from "../kit/certificates.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { clientCertificates, securedListener } from "../kit/kafka/security.ts";
import { setScramPassword } from "../kit/kafka/users.ts";
import { requireService } from "../kit/services.ts";
import { delivered, MemoryOutbox, startUplink, testRows, until } from "./kit.ts";
import { TokenServer, unsecuredToken } from "./token-endpoint.ts";

const SECURITY = "org.apache.kafka.common.security";
/** How long the broker lets a token's session be, up to a second less. */
const TOKEN_LIFE_MS = REAUTHENTICATE_MS + 7000;

test("who the gateway is to Kafka", { concurrency: true }, async (t) => {
  if (!requireService(t, "kafka")) return;
  const certificates = makeCertificates();
  t.after(() => certificates.remove());
  const broker = await Broker.start({
    set: {
      ...securedListener("SASL_SSL", certificates),
      "listener.name.plaintext.sasl.enabled.mechanisms":
        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
      "listener.name.plaintext.plain.sasl.jaas.config": `${SECURITY}.plain.PlainLoginModule required user_gateway="right";`,
      "listener.name.plaintext.scram-sha-256.sasl.jaas.config": `${SECURITY}.scram.ScramLoginModule required;`,
      "listener.name.plaintext.scram-sha-512.sasl.jaas.config": `${SECURITY}.scram.ScramLoginModule required;`,
      "listener.name.plaintext.oauthbearer.sasl.jaas.config": `${SECURITY}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
      "listener.name.plaintext.oauthbearer.connections.max.reauth.ms": 3_600_000,
    },
  });
  t.after(async () => await broker.remove());
  const tls = { ca: readFileSync(certificates.ca) };
  const site: Site = { broker, tls };

  // They wait most of the time, and are gateways of their own.
  await Promise.all([
    t.test("a certificate that does not verify", async (s) => await untrusted(s, site)),
    ...(["plain", "scram-sha-256", "scram-sha-512"] as const).map(async (mechanism) => {
      await t.test(`the password of ${mechanism}`, async (s) => await password(s, site, mechanism));
    }),
    t.test("a token from a file that somebody keeps fresh", async (s) => await tokens(s, site)),
    t.test("tokens from an endpoint", async (s) => await endpoint(s, site)),
  ]);
});

interface Site {
  readonly broker: Broker;
  readonly tls: KafkaAddress["tls"];
}

/** A gateway named like its topic, with ten rows for it. */
function startGateway(
  t: TestContext,
  topic: string,
  address: () => Omit<KafkaAddress, "clientId">,
): ReturnType<typeof startUplink> & { readonly outbox: MemoryOutbox } {
  const outbox = new MemoryOutbox(topic);
  outbox.add("result", testRows(topic, 10));
  const options = { gatewayId: topic, address: () => ({ ...address(), clientId: "test" }) };
  return { outbox, ...startUplink(t, "", outbox, options) };
}

async function untrusted(t: TestContext, { broker, tls }: Site): Promise<void> {
  const sasl = { mechanism: "plain", username: "gateway", password: "right" } as const;
  let trusted: KafkaAddress["tls"] = true;
  const { uplink, alarms } = startGateway(t, "untrusted", () => {
    return { brokers: [broker.bootstrap], tls: trusted, sasl };
  });
  await until("the alarm", () => /certificate/i.test(alarms.get("uplink_refused") ?? ""));
  trusted = tls;
  await delivered(uplink);
  assert.equal(alarms.get("uplink_refused"), undefined);
}

async function password(
  t: TestContext,
  { broker, tls }: Site,
  mechanism: "plain" | "scram-sha-256" | "scram-sha-512",
): Promise<void> {
  if (mechanism !== "plain") {
    await setScramPassword(broker.internalPort, { name: "gateway", password: "right" }, mechanism);
  }
  let sasl: KafkaSasl = { mechanism, username: "gateway", password: "wr0ng-one" };
  const { uplink, alarms } = startGateway(t, mechanism, () => {
    return { brokers: [broker.bootstrap], tls, sasl };
  });
  await until("the alarm", () => alarms.has("uplink_refused"));
  assert.doesNotMatch(JSON.stringify([uplink.status, ...alarms]), /wr0ng-one/, "it stays a secret");
  assert.ok(uplink.undeliveredRows > 0);
  sasl = { mechanism, username: "gateway", password: "right" };
  await delivered(uplink);
  assert.equal(alarms.get("uplink_refused"), undefined);
}

async function tokens(t: TestContext, { broker, tls }: Site): Promise<void> {
  let lifeMs = -60_000;
  let asked = 0;
  const token = async (): Promise<{ value: string; extensions: {} }> => {
    asked++;
    return { value: unsecuredToken("gateway", lifeMs), extensions: {} };
  };
  const sasl = { mechanism: "oauthbearer", token } as const;
  const { outbox, uplink, alarms } = startGateway(t, "tokens", () => {
    return { brokers: [broker.bootstrap], tls, sasl };
  });
  await until("the alarm", () => /refuses the token/.test(alarms.get("uplink_refused") ?? ""));
  lifeMs = REAUTHENTICATE_MS - 1000;
  await until("the alarm of a short life", () => {
    return /the token ends too soon: in [34](\.\d)? s; /.test(alarms.get("uplink_refused") ?? "");
  });
  assert.match(
    uplink.status.lastError!,
    /too soon.*; have tokens issued that last for some minutes/,
  );
  lifeMs = TOKEN_LIFE_MS;
  await delivered(uplink);
  assert.equal(alarms.get("uplink_refused"), undefined);
  // The session outlives the token it began with: it presents the next one in time.
  const sessions = uplink.stats.sessions;
  const before = asked;
  for (let seconds = 0; seconds < 14; seconds += 2) {
    outbox.add("result", testRows("tokens", 5, outbox.added.length));
    uplink.notify(outbox.lanes);
    await delivered(uplink);
    await pause(2000);
  }
  assert.ok(asked > before);
  assert.equal(uplink.stats.sessions, sessions, "without a new session");
  // Nobody keeps it fresh any more: rows wait until somebody does.
  lifeMs = -1000;
  await until("the refusal", () => {
    outbox.add("result", testRows("tokens", 1, outbox.added.length));
    uplink.notify(outbox.lanes);
    return alarms.has("uplink_refused");
  });
  lifeMs = 60_000;
  await delivered(uplink);
}

async function endpoint(t: TestContext, { broker, tls }: Site): Promise<void> {
  const server = await TokenServer.start();
  t.after(async () => await server.close());
  server.answer = () => ({ status: 401, body: '{"error":"invalid_client"}' });
  const source = new TokenSource(
    () => ({
      url: server.url,
      clientId: "gw",
      clientSecret: "s3cr3t",
      scope: undefined,
      ca: undefined,
    }),
    systemClock,
  );
  const token = async (): Promise<{ value: string; extensions: {} }> => {
    return { value: await source.token(), extensions: { site: "north" } };
  };
  const sasl = { mechanism: "oauthbearer", token } as const;
  const { uplink, alarms } = startGateway(t, "endpoint", () => {
    return { brokers: [broker.bootstrap], tls, sasl };
  });
  await until("the alarm", () => /invalid_client/.test(alarms.get("uplink_refused") ?? ""));
  assert.doesNotMatch(alarms.get("uplink_refused")!, /s3cr3t/);
  server.issue(60_000);
  await delivered(uplink);
  assert.equal(alarms.get("uplink_refused"), undefined);
}

test("a client certificate that has expired is replaced without a restart", async (t) => {
  if (!requireService(t, "kafka")) return;
  const certificates = makeCertificates();
  t.after(() => certificates.remove());
  const broker = await Broker.start({
    set: {
      ...securedListener("SSL", certificates),
      ...clientCertificates(certificates),
    },
  });
  t.after(async () => await broker.remove());
  let pair: KeyPair | undefined;
  const { uplink, alarms } = startGateway(t, "mutual", () => ({
    brokers: [broker.bootstrap],
    tls: {
      ca: readFileSync(certificates.ca),
      ...(pair && { cert: readFileSync(pair.cert), key: readFileSync(pair.key) }),
    },
  }));
  await until("a refusal without a certificate", () => alarms.has("uplink_refused"));
  const first = alarms.get("uplink_refused");
  pair = certificates.expired;
  await until("another refusal", () => alarms.get("uplink_refused") !== first);
  t.diagnostic(`${first}; then ${alarms.get("uplink_refused")}`);
  pair = certificates.client;
  await delivered(uplink);
  assert.equal(alarms.get("uplink_refused"), undefined);
});
