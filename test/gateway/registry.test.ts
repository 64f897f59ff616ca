// Rows in Avro under the ids of a schema registry, from a device to a consumer of a real Kafka: while the registry is
// away they wait on the disk and others go on, and a schema that changes is a new version.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import avsc from "avsc";

import { kafkaSink, READINGS } from "../engine/kit.ts";
import { Broker } from "../kit/kafka/broker.ts";
import { readCommitted, type ReadRow } from "../kit/kafka/reader.ts";
import { RegistryStandIn } from "../kit/schema-registry.ts";
import { requireService } from "../kit/services.ts";
import { until } from "../uplink/kit.ts";
import { Devices, KafkaSite, kafkaYaml, settledRows } from "./kafka-site.ts";

const HEAD_BYTES = 5;
const REJECTED = /uplink_schema_rejected.*subject framed-value: .*incompatible/;
const PLAIN_RULE = `${READINGS}${kafkaSink("plain", "device STRING, seq BIGINT").replace(
  "'format'",
  "'lane' = 'raw', 'format'",
)}INSERT INTO plain SELECT device, seq FROM readings;`;

/** Rows of every reading, the key as raw text. */
function framedRule(columns: string, select: string): string {
  return `${READINGS}CREATE TABLE framed (${columns}) WITH ('connector' = 'kafka', 'topic' = 'framed',
    'value.format' = 'avro-confluent', 'value.avro-confluent.url' = 'http://elsewhere',
    'key.format' = 'raw', 'key.fields' = 'device');
    INSERT INTO framed SELECT ${select} FROM readings;`;
}

const FIRST = framedRule("device STRING, seq BIGINT, v DOUBLE", "device, seq, v");
const WIDER = framedRule(
  "device STRING, seq BIGINT, v DOUBLE, place STRING",
  "device, seq, v, 'hall'",
);
const OTHER = framedRule("device STRING, seq STRING, v DOUBLE", "device, CAST(seq AS STRING), v");

describe("a sink whose schema is in a registry", () => {
  it("waits for the registry on the disk, and its consumer reads every row once", async (context) => {
    if (!requireService(context, "kafka")) return;
    const broker = await Broker.start();
    context.after(async () => await broker.remove());
    const registry = await RegistryStandIn.start();
    context.after(async () => await registry.stop());
    const yaml = `${kafkaYaml(broker.bootstrap)}schemaRegistry: {url: "${registry.url}"}\n`;
    const rules = { framed: FIRST, plain: PLAIN_RULE };
    const { site } = new KafkaSite(context, { rules, yaml });
    const devices = new Devices();

    registry.behaviour.state = "away";
    const killed = await site.ready();
    await devices.publish(await killed.device(), readings(0, 20));
    assert.equal((await settledRows(broker.bootstrap, ["plain"], 20)).length, 20);
    await killed.program.end("SIGKILL");

    const second = await site.ready();
    await devices.publish(await second.device(), readings(20, 20));
    assert.equal((await settledRows(broker.bootstrap, ["plain"], 40)).length, 40);
    assert.deepEqual(await readCommitted(broker.bootstrap, ["framed"]), []);
    assert.ok(registry.requests.length > 1, "asked again");
    registry.behaviour.state = "up";
    assertRead(await settledRows(broker.bootstrap, ["framed"], 40), 40, registry);
    await second.program.end();

    writeFileSync(join(site.folder, "rules/framed.sql"), WIDER);
    const third = await site.ready();
    await devices.publish(await third.device(), readings(40, 5));
    const rows = await settledRows(broker.bootstrap, ["framed"], 45);
    await third.program.end();
    assertRead(rows, 45, registry);
    assert.deepEqual(registry.subjects.get("framed-value"), [1, 2]);

    // A number that becomes a text can be read by nobody who knew it before.
    writeFileSync(join(site.folder, "rules/framed.sql"), OTHER);
    const last = await site.ready();
    await devices.publish(await last.device(), readings(45, 3));
    await until("the alarm", async () => {
      const alarms = await readCommitted(broker.bootstrap, ["headrace.alarms"]);
      return alarms.some(({ value }) => REJECTED.test(value ?? ""));
    });
    registry.subjects.delete("framed-value");
    assert.equal((await settledRows(broker.bootstrap, ["framed"], 48)).length, 48);
    await last.program.end();
  });
});

function readings(from: number, count: number): (readonly [string, number, number])[] {
  return Array.from({ length: count }, (_, i) => {
    return [`d${(from + i) % 4}`, from + i, (from + i) / 4];
  });
}

/** Reads the rows as a consumer with the newest schema of the subject does. */
function assertRead(rows: readonly ReadRow[], count: number, registry: RegistryStandIn): void {
  const typeOf = (id: number): avsc.Type =>
    avsc.Type.forSchema(JSON.parse(registry.schemas[id - 1]?.text ?? "") as avsc.Schema);
  const newest = registry.subjects.get("framed-value")?.at(-1) ?? 0;
  const reader = typeOf(newest);
  const read = rows.map(({ key, bytes }) => {
    assert.ok(bytes !== null && bytes[0] === 0);
    const writer = typeOf(bytes.readUInt32BE(1));
    const body = bytes.subarray(HEAD_BYTES);
    const row = reader.fromBuffer(body, reader.createResolver(writer)) as Reading;
    assert.equal(row.device, key);
    return row;
  });
  const values = read.map(({ v }) => v * 4).toSorted((a, b) => a - b);
  assert.deepEqual(
    values,
    Array.from({ length: count }, (_, i) => i),
  );
  assert.equal(read.filter(({ place }) => place === "hall").length, newest === 1 ? 0 : 5);
}

interface Reading {
  readonly device: string;
  readonly v: number;
  readonly place?: string | null;
}
