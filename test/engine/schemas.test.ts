// Schemas of a registry in the engine: what it has been told it knows in every later life and in every replay, and a
// message that came before its schema stays the dead letter that it was.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import avsc from "avsc";

import { KNOWN_SCHEMAS, SCHEMAS_PER_BATCH } from "../../src/core/limits.ts";
import { SchemaWait } from "../../src/engine/schema-wait.ts";
import { messageBatch } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";
import { engineConfig, kafkaSink, valuesOf, Workbench } from "./kit.ts";
import type { Life } from "./kit.ts";

const RULE = `
CREATE TABLE vib (device STRING, v DOUBLE) WITH ('connector' = 'mqtt', 'topic' = 'vib/+', 'format' = 'avro-confluent');
CREATE TABLE plain (device STRING) WITH ('connector' = 'mqtt', 'topic' = 'plain/+', 'format' = 'json');
${kafkaSink("rows_out", "device STRING, v DOUBLE")}
INSERT INTO rows_out SELECT device, v FROM vib;
${kafkaSink("other", "device STRING")}
INSERT INTO other SELECT device FROM plain;`;
const LETTERS = `${kafkaSink("letters", "reason STRING")} INSERT INTO letters SELECT reason FROM headrace_dead_letter;`;
const RULES = { vib: RULE, letters: LETTERS };

const OLD = [
  { name: "v", type: "float" },
  { name: "device", type: "string" },
];
const NEW = [
  { name: "device", type: "string" },
  { name: "place", type: "string" },
  { name: "v", type: "double" },
];

const textOf = (fields: readonly object[]): string =>
  JSON.stringify({ type: "record", name: "R", fields });

function message(id: number, fields: readonly object[], row: object): TestMessage {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  const type = avsc.Type.forSchema(JSON.parse(textOf(fields)) as avsc.Schema);
  return { topic: "vib/1", payload: Buffer.concat([head, type.toBuffer(row)]) };
}

const OLD_ROW = message(7, OLD, { device: "a", v: 1.5 });
const NEW_ROW = message(9, NEW, { device: "b", place: "hall", v: 2.5 });

function tell({ engine }: Life, id: number, text: string): void {
  engine.uplinked((reconciler) => reconciler.learn([{ id, text }]));
}

function rowsOf({ engine }: Life): unknown[] {
  return valuesOf(engine, "vib.rows_out");
}

describe("an engine whose messages name their schemas by id", () => {
  it("reads by every schema that it has been told, after a kill and after a stop", (context) => {
    const bench = new Workbench(context);
    const config = engineConfig(bench.folder(), RULES);
    const first = bench.start(config);
    first.run([OLD_ROW, { topic: "vib/1", payload: "{}" }]);
    tell(first, 7, textOf(OLD));
    first.run([OLD_ROW, NEW_ROW]);

    const killed = bench.restart(first, config);
    assert.equal(killed.engine.state.digestMismatches, 0);
    assert.ok(killed.engine.state.replayed > 0);
    tell(killed, 9, textOf(NEW));
    killed.run([OLD_ROW, NEW_ROW]);
    killed.stop();

    const stopped = bench.start(config);
    stopped.run([NEW_ROW, OLD_ROW]);
    const [a, b] = [
      { device: "a", v: 1.5 },
      { device: "b", v: 2.5 },
    ];
    assert.deepEqual(rowsOf(stopped), [a, a, b, b, a]);
    assert.deepEqual(
      valuesOf(stopped.engine, "letters").map(({ reason }) => reason),
      [
        "the schema registry has not told schema 7, at byte 0",
        "not of a schema registry: a zero byte and a schema's id were expected, at byte 0",
        "the schema registry has not told schema 9, at byte 0",
      ],
    );
  });

  it("says of what a schema or a message is wrong", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), RULES));
    tell(life, 1, "{");
    tell(life, 2, textOf([{ name: "device", type: "int" }]));
    tell(life, 7, textOf(OLD));
    const short = { ...OLD_ROW, payload: Buffer.from(OLD_ROW.payload).subarray(0, 8) };
    life.run([
      message(1, OLD, { device: "a", v: 1 }),
      message(2, OLD, { device: "a", v: 1 }),
      short,
    ]);
    const reasons = valuesOf(life.engine, "letters").map(({ reason }) => reason);
    assert.match(String(reasons[0]), /^schema 1: the Avro schema is not JSON, at byte 0$/);
    assert.match(
      String(reasons[1]),
      /^schema 2: field device: the schema has int where the column is STRING/,
    );
    assert.match(String(reasons[2]), /^schema 7: .*ends too early, at byte [58]$/);
  });

  it("keeps a bounded number, and forgets the first", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), RULES));
    for (let id = 7; id < 7 + KNOWN_SCHEMAS; id++) tell(life, id, textOf(OLD));
    life.run([OLD_ROW]);
    tell(life, 7 + KNOWN_SCHEMAS, textOf(OLD));
    life.run([OLD_ROW]);
    assert.equal(rowsOf(life).length, 1);
    assert.equal(life.engine.state.pipeline.schemas.length, KNOWN_SCHEMAS);
  });

  it("holds a batch until the registry has been asked, once", (context) => {
    const bench = new Workbench(context);
    const life = bench.start(engineConfig(bench.folder(), RULES));
    const asked: (readonly number[])[] = [];
    const wait = new SchemaWait(life.engine, (ids) => asked.push(ids));
    const plain = { topic: "plain/1", payload: NEW_ROW.payload };
    assert.equal(wait.delays(messageBatch([plain])), false);

    const batch = messageBatch([plain, OLD_ROW, NEW_ROW, OLD_ROW]);
    assert.equal(wait.delays(batch), true);
    assert.equal(wait.delays(batch), true);
    wait.answered([{ id: 9, text: textOf(NEW) }]);
    assert.equal(wait.delays(batch), false);
    assert.deepEqual(asked, [[7, 9]]);
    assert.equal(wait.delays(messageBatch([NEW_ROW])), false);
    assert.equal(wait.delays(messageBatch([OLD_ROW])), true);

    const many = Array.from({ length: SCHEMAS_PER_BATCH + 5 }, (_, i) => {
      return message(100 + i, OLD, { device: "a", v: 1 });
    });
    assert.equal(wait.delays(messageBatch(many)), true);
    assert.equal(asked.at(-1)?.length, SCHEMAS_PER_BATCH);
  });
});
