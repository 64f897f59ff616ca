// The client of the schema registry against the stand-in: what it makes of every answer, and of none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { SchemaRegistry } from "../../src/uplink/schema-registry.ts";
import type { RegistryAddress } from "../../src/uplink/schema-registry.ts";
import { makeCertificates } from "../kit/certificates.ts";
import { RegistryStandIn } from "../kit/schema-registry.ts";
import { requireService } from "../kit/services.ts";

const record = (fields: readonly object[]): string => {
  return JSON.stringify({ type: "record", name: "R", fields });
};
const OLD = record([{ name: "a", type: "int" }]);
const WIDER = record([
  { name: "a", type: "int" },
  { name: "b", type: ["null", "string"], default: null },
]);
const OTHER = record([{ name: "a", type: "string" }]);

async function started(
  context: TestContext,
  change: Partial<RegistryAddress> = {},
): Promise<{ standIn: RegistryStandIn; registry: SchemaRegistry }> {
  const standIn = await RegistryStandIn.start();
  context.after(() => standIn.stop());
  const plain = { url: standIn.url, username: undefined, password: undefined, tls: undefined };
  return { standIn, registry: new SchemaRegistry(() => ({ ...plain, ...change })) };
}

const rejects = async (work: Promise<unknown>, code: string, message: RegExp): Promise<void> => {
  await assert.rejects(work, { code, blame: "external", message });
};

describe("the schema registry", () => {
  it("gives a schema one id, and versions that can read the ones before", async (context) => {
    const { standIn, registry } = await started(context);
    const subject = "plant/1 rows-value";
    assert.equal(await registry.register({ subject, schema: OLD }), 1);
    assert.equal(await registry.register({ subject, schema: OLD }), 1);
    assert.equal(await registry.register({ subject: "other", schema: OLD }), 1);
    assert.equal(await registry.register({ subject, schema: WIDER }), 2);
    assert.deepEqual(standIn.subjects.get(subject), [1, 2]);
    await rejects(
      registry.register({ subject, schema: OTHER }),
      "SCHEMA_REJECTED",
      /subject plant\/1 rows-value: the schema registry answered 409: Schema being registered/,
    );
    await rejects(registry.register({ subject, schema: "{" }), "SCHEMA_REJECTED", /422: Invalid/);
  });

  it("gives the schema of an id", async (context) => {
    const { standIn, registry } = await started(context);
    const id = standIn.add("s", JSON.parse(OLD));
    const other = standIn.add("p", "message M {}", "PROTOBUF");
    assert.deepEqual(await registry.schema(id), { text: OLD, type: "AVRO" });
    assert.deepEqual((await registry.schema(other))?.type, "PROTOBUF");
    assert.equal(await registry.schema(77), undefined);
  });

  it("may be away, break, or want credentials; none of it says anything about schemas", async (context) => {
    const { standIn, registry } = await started(context);
    standIn.behaviour.state = "away";
    await rejects(registry.schema(1), "REGISTRY_UNAVAILABLE", /cannot be asked: socket hang up/);
    standIn.behaviour.state = "broken";
    await rejects(registry.schema(1), "REGISTRY_UNAVAILABLE", /answered 500$/);
    standIn.behaviour.state = "up";
    standIn.behaviour.credentials = { username: "gateway", password: "secret" };
    await rejects(registry.schema(1), "REGISTRY_UNAVAILABLE", /answered 401: Unauthorized/);
    const known = { url: `${standIn.url}/`, username: "gateway", password: "secret" };
    const allowed = new SchemaRegistry(() => ({ ...known, tls: undefined }));
    assert.equal(await allowed.schema(1), undefined);
    await standIn.stop();
    await rejects(allowed.schema(1), "REGISTRY_UNAVAILABLE", /ECONNREFUSED/);
  });

  it("is asked over TLS, its certificate checked", async (context) => {
    if (!requireService(context, "openssl")) return;
    const certificates = makeCertificates();
    context.after(() => certificates.remove());
    const { cert, key } = certificates.server;
    const tls = { cert: readFileSync(cert), key: readFileSync(key) };
    const standIn = await RegistryStandIn.start(tls);
    context.after(() => standIn.stop());
    const address = { url: standIn.url, username: undefined, password: undefined };
    const careless = new SchemaRegistry(() => ({ ...address, tls: undefined }));
    await rejects(careless.schema(1), "REGISTRY_UNAVAILABLE", /certificate/);
    const ca = readFileSync(certificates.ca, "utf8");
    const secure = new SchemaRegistry(() => {
      return { ...address, tls: { ca, cert: undefined, key: undefined } };
    });
    assert.equal(await secure.schema(1), undefined);
  });
});
