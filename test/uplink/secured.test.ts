// TLS and SASL against a real broker: refused until both are right, then connected without a restart.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { KafkaAddress } from "../../src/uplink/kafka-client.ts";
import { makeCertificates } from "../kit/certificates.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { requireService } from "../kit/services.ts";
import { MemoryOutbox, newUplink, testRows, until } from "./kit.ts";

test("new credentials and certificates take effect at the next opening", async (t) => {
  if (!requireService(t, "kafka")) return;
  const certificates = makeCertificates();
  t.after(() => certificates.remove());
  const broker = await Broker.start({
    set: {
      "listener.security.protocol.map":
        "PLAINTEXT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
      "listener.name.plaintext.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.plaintext.plain.sasl.jaas.config":
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_gateway="right";',
      "listener.name.plaintext.ssl.keystore.type": "PEM",
      "listener.name.plaintext.ssl.keystore.certificate.chain": inline(certificates.server.cert),
      "listener.name.plaintext.ssl.keystore.key": inline(certificates.server.key),
    },
  });
  t.after(async () => await broker.remove());

  const sasl = { mechanism: "plain", username: "gateway", password: "wrong" } as const;
  let address: KafkaAddress = { brokers: [broker.bootstrap], clientId: "test", tls: true, sasl };
  const outbox = new MemoryOutbox();
  outbox.add("result", testRows("secured", 10));
  const uplink = newUplink(broker.bootstrap, outbox, { address: () => address });
  t.after(async () => await uplink.stop(2000));
  uplink.notify(outbox.lanes);
  uplink.start();
  await until("a refused certificate", () => /certificate/i.test(uplink.status.lastError ?? ""));
  address = { ...address, tls: { ca: readFileSync(certificates.ca) } };
  await until("a refused password", () => /auth/i.test(uplink.status.lastError ?? ""));
  assert.doesNotMatch(uplink.status.lastError!, /wrong/, "the password stays out of the error");
  address = { ...address, sasl: { ...sasl, password: "right" } };
  await until("delivery", () => uplink.undeliveredRows === 0);
});

/** A PEM file as the value of a Java property. */
function inline(file: string): string {
  return readFileSync(file, "utf8").trim().replaceAll("\n", "\\n");
}
