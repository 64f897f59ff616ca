// Messages under the ids of a schema registry, through the whole program: they wait for a registry that is away, and what
// it has told needs no registry in any later life.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import avsc from "avsc";

import { profileText } from "../config/profile-text.ts";
import { RegistryStandIn } from "../kit/schema-registry.ts";
import { Site } from "./kit.ts";

const SCHEMA = {
  type: "record",
  name: "Reading",
  fields: [
    { name: "v", type: "float" },
    { name: "device", type: "string" },
  ],
} as const;
const RULE = `
CREATE TABLE vib (device STRING, v DOUBLE) WITH ('connector' = 'mqtt', 'topic' = 'vib/+',
  'format' = 'avro-confluent', 'avro-confluent.url' = 'http://elsewhere');
CREATE TABLE shown (device STRING, v DOUBLE) WITH ('connector' = 'print');
INSERT INTO shown SELECT device, v FROM vib;`;

const type = avsc.Type.forSchema(SCHEMA as unknown as avsc.Schema);

function payload(id: number, v: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, type.toBuffer({ device: "a", v })]);
}

describe("a table of avro-confluent", () => {
  it("is read by schemas of the registry, which is asked once for each", async (context) => {
    const registry = await RegistryStandIn.start();
    context.after(async () => await registry.stop());
    const id = registry.add("readings", SCHEMA);
    const yaml = `schemaRegistry: {url: "${registry.url}"}\n`;
    const site = new Site(context, { rules: { shown: RULE }, yaml });

    registry.behaviour.state = "away";
    const killed = await site.ready();
    const device = await killed.device();
    const acknowledged = device.publish("vib/a", payload(id, 1.5));
    while (registry.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(killed.program.stdout.all.slice(1), [], "nothing before the schema is known");
    registry.behaviour.state = "up";
    await acknowledged;
    await killed.program.stdout.find((line) => line.endsWith('{"device":"a","v":1.5}}'));
    await killed.program.end("SIGKILL");

    await registry.stop();
    const later = await site.ready();
    await (await later.device()).publish("vib/a", payload(id, 2.5));
    await later.program.stdout.find((line) => line.endsWith('{"device":"a","v":2.5}}'));
    await later.program.end();
  });
});

describe("a profile of avro-confluent", () => {
  it("is read by schemas of the registry, and refused where there is none", async (context) => {
    const registry = await RegistryStandIn.start();
    context.after(async () => await registry.stop());
    const id = registry.add("readings", SCHEMA);
    const profile = profileText({
      resources: "  - {name: v, attributes: {path: v}, properties: {valueType: Float64}}",
      match: '{topic: "vib/{device}"}',
      codec: "{type: avro-confluent}",
    });
    const rule = `CREATE TABLE shown (device STRING, v DOUBLE) WITH ('connector' = 'print');
      INSERT INTO shown SELECT device, v FROM \`press-12\`;`;
    const parts = { rules: { shown: rule }, files: { "p/press.yaml": profile } };
    const yaml = "profiles: [p/*.yaml]\n";
    const registered = `${yaml}schemaRegistry: {url: "${registry.url}"}\n`;
    const life = await new Site(context, { ...parts, yaml: registered }).ready();
    await (await life.device()).publish("vib/d7", payload(id, 1.5));
    await life.program.stdout.find((line) => line.endsWith('{"device":"d7","v":1.5}}'));
    await life.program.end();

    const { program } = new Site(context, { ...parts, yaml }).start();
    assert.equal((await program.exited).code, 78);
    assert.match(program.stderr.all.join("\n"), /p\/press\.yaml:1:1 .*needs a schema registry/);
  });
});
