import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test, type TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";

import type { MqttClientSource } from "../../src/ingest/client.ts";
import type { ListenerEntry } from "../../src/ingest/listener.ts";
import { type Certificates, makeCertificates } from "../kit/certificates.ts";
import { TestClient } from "../kit/mqtt-client.ts";
import { requireService } from "../kit/services.ts";
import { IngestRig } from "./support.ts";

let made: Certificates | undefined;
after(() => made?.remove());

/** Made by the first test that needs them. */
function certificates(): Certificates {
  return (made ??= makeCertificates());
}

async function listen(
  t: TestContext,
  tls: ListenerEntry["tls"],
): Promise<{ readonly rig: IngestRig; readonly port: number; refused(): number }> {
  const rig = new IngestRig();
  rig.worker.autoCommit = true;
  const listener = rig.listener({ tls });
  const { port } = await listener.listen();
  t.after(async () => {
    const closed = listener.close();
    rig.time.advance(1000);
    await closed;
  });
  return { rig, port, refused: () => listener.stats.refused };
}

async function secure(port: number, options: object = {}): Promise<TLSSocket> {
  const ca = readFileSync(certificates().ca);
  const socket = connect({ port, host: "127.0.0.1", ca, ...options });
  await once(socket, "secureConnect");
  return socket;
}

test("a device connects by TLS and its messages are acknowledged", async (t) => {
  if (!requireService(t, "openssl")) return;
  const { rig, port } = await listen(t, { ca: undefined, ...certificates().server });
  const client = await TestClient.connect({ port, socket: await secure(port) });
  for (let i = 0; i < 500; i++) client.post("t", Buffer.alloc(1000));
  await client.ping();
  rig.batcher.flush();
  await client.until(() => client.pubacks.length === 500);
  await client.end();
});

test("TLS below 1.2 and plain text are refused, and counted", async (t) => {
  if (!requireService(t, "openssl")) return;
  const { port, refused } = await listen(t, { ca: undefined, ...certificates().server });
  await assert.rejects(secure(port, { maxVersion: "TLSv1.1", minVersion: "TLSv1" }));
  const plain = await TestClient.open({ port });
  plain.send(Buffer.from("\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a", "latin1"));
  await plain.closed;
  const counted = await secure(port);
  counted.destroy();
  assert.ok(refused() >= 1);
});

test("with an authority for clients, only its certificates are let in", async (t) => {
  if (!requireService(t, "openssl")) return;
  const { port } = await listen(t, { ca: certificates().ca, ...certificates().server });
  const own = {
    cert: readFileSync(certificates().client.cert),
    key: readFileSync(certificates().client.key),
  };
  const client = await TestClient.connect({ port, socket: await secure(port, own) });
  assert.equal(client.connack?.code, 0);
  await client.end();
  const without = await TestClient.open({ port, socket: await secure(port) });
  without.send(Buffer.from("\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a", "latin1"));
  await without.closed;
  assert.ok(!without.answered);
});

/** A client source against a listener of ours: both ends of the protocol are ours, TLS is Node's. */
function source(
  t: TestContext,
  url: string,
  tls: ListenerEntry["tls"],
): { client: MqttClientSource; rig: IngestRig } {
  const rig = new IngestRig();
  const client = rig.client({ url, tls, sessionExpirySeconds: 60 });
  t.after(() => client.close());
  client.start();
  return { client, rig };
}

test("client mode verifies the broker's certificate and host name", async (t) => {
  if (!requireService(t, "openssl")) return;
  const ca = { ca: certificates().ca, cert: undefined, key: undefined };
  const good = await listen(t, { ca: undefined, ...certificates().server });
  const { client, rig } = source(t, `mqtts://localhost:${good.port}`, ca);
  await rig.log.saw("connected to the MQTT broker");
  assert.ok(client.connected);

  const wrongHost = await listen(t, { ca: undefined, ...certificates().otherHost });
  const second = source(t, `mqtts://localhost:${wrongHost.port}`, ca);
  await second.rig.log.saw("no connection");
  assert.match(second.client.problem ?? "", /altnames|Host/);

  const unknownCa = source(t, `mqtts://localhost:${good.port}`, undefined);
  await unknownCa.rig.log.saw("no connection");
  assert.match(unknownCa.client.problem ?? "", /certificate/);
});
