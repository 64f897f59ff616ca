// Kafka sinks by format: key and value as bytes, what the uplink is told of schemas, and rows that no message can hold.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import avsc from "avsc";

import { readProtobuf } from "../../src/config/protobuf-file.ts";
import { formatError, GatewayError } from "../../src/core/errors.ts";
import { OutboxRows } from "../../src/core/outbox-rows.ts";
import { planRules } from "../../src/engine/rule-set.ts";
import { engineConfig, reading, READINGS, Workbench } from "./kit.ts";
import type { Life } from "./kit.ts";

const COLUMNS = "device STRING, seq BIGINT, v DOUBLE, at_time TIMESTAMP(3)";
const SELECT = "SELECT device, seq, v, CAST(event_time AS TIMESTAMP(3)) FROM readings";

function rule(options: string, select = SELECT, columns = COLUMNS): string {
  return `${READINGS}CREATE TABLE sink (${columns})
    WITH ('connector' = 'kafka', 'topic' = 'rows', ${options});
    INSERT INTO sink ${select};`;
}

/** A life that has run one reading, and its rows. */
function run(context: TestContext, text: string): { life: Life; rows: OutboxRows | undefined } {
  const bench = new Workbench(context);
  const topics = { alarm: "alarms", deadLetter: "dead", late: undefined, rollback: undefined };
  const life = bench.start(engineConfig(bench.folder(), { rule: text }, { topics }));
  life.run([reading("a", { seq: 1, atMs: 1500, v: 2.5 })]);
  const [chunk] = life.engine.store.readOutbox("result", 0, { maxRows: 9, maxBytes: 1e6 });
  return { life, rows: chunk && new OutboxRows(chunk.bytes) };
}

function keyOf(rows: OutboxRows | undefined): Buffer | undefined {
  return rows?.hasKey(0) ? rows.bytes.subarray(rows.keyStart(0), rows.keyEnd(0)) : undefined;
}

function valueOf(rows: OutboxRows | undefined): Buffer | undefined {
  return rows?.hasValue(0) ? rows.bytes.subarray(rows.keyEnd(0), rows.valueEnd(0)) : undefined;
}

describe("a kafka sink", () => {
  it("writes CSV, with a key of its own format and options", (context) => {
    const options = `'format' = 'csv', 'csv.field-delimiter' = ';', 'csv.null-literal' = '-',
      'key.format' = 'csv', 'key.csv.field-delimiter' = '|', 'key.fields' = 'seq;device'`;
    const select = "SELECT device, seq, CAST(NULL AS DOUBLE) FROM readings";
    const { rows } = run(context, rule(options, select, "device STRING, seq BIGINT, v DOUBLE"));
    assert.equal(valueOf(rows)?.toString(), "a;1;-");
    assert.equal(keyOf(rows)?.toString(), '1|"a"');
  });

  it("writes Avro that others read with the schema of the columns", (context) => {
    const { rows } = run(context, rule("'format' = 'avro'"));
    assert.equal(rows?.schemas(0), undefined);
    const { rows: registered } = run(
      context,
      rule(`'value.format' = 'avro-confluent', 'value.avro-confluent.url' = 'http://registry',
        'key.format' = 'avro-confluent', 'key.fields' = 'device',
        'key.avro-confluent.subject' = 'devices'`),
    );
    // Without magic byte and id: those are the uplink's.
    assert.deepEqual(valueOf(registered), valueOf(rows));
    const { key, value } = registered?.schemas(0) ?? {};
    assert.deepEqual([key?.subject, value?.subject], ["devices", "rows-value"]);
    const read = (schema: string | undefined, bytes: Buffer | undefined): unknown =>
      avsc.Type.forSchema(JSON.parse(schema ?? "") as avsc.Schema).fromBuffer(bytes as Buffer);
    assert.deepEqual(
      { ...(read(value?.schema, valueOf(registered)) as object) },
      { device: "a", seq: 1, v: 2.5, at_time: 1_767_225_601_500 },
    );
    assert.deepEqual({ ...(read(key?.schema, keyOf(registered)) as object) }, { device: "a" });
  });

  it("gives the same bytes when the journal is replayed: no id of a registry is in them", (context) => {
    const bench = new Workbench(context);
    const formats: Readonly<Record<string, string>> = {
      framed: "'format' = 'avro-confluent', 'key.format' = 'avro', 'key.fields' = 'seq'",
      lines: "'format' = 'csv', 'key.format' = 'raw', 'key.fields' = 'seq'",
    };
    const rules = Object.entries(formats).map(([name, options]) => [name, rule(options)] as const);
    const config = engineConfig(bench.folder(), Object.fromEntries(rules));
    let life = bench.start(config);
    const blobs = (): Buffer[] => {
      const chunks = life.engine.store.readOutbox("result", 0, { maxRows: 99, maxBytes: 1e6 });
      return chunks.map(({ bytes }) => Buffer.from(bytes));
    };
    for (let seq = 1; seq <= 3; seq++) life.run([reading("a", { seq, atMs: seq * 1000, v: seq })]);
    const before = blobs();
    assert.equal(before.length, 3);
    life = bench.restart(life, config);
    assert.equal(life.engine.state.replayed, 3);
    assert.equal(life.engine.state.digestMismatches, 0);
    assert.deepEqual(blobs(), before);
  });

  it("writes a message without a value for a raw NULL, and without a key", (context) => {
    const options = "'format' = 'raw', 'key.format' = 'raw', 'key.fields' = 'device'";
    const columns = "device STRING, v STRING";
    const except = `${options}, 'value.fields-include' = 'EXCEPT_KEY'`;
    const nulled = "SELECT device, CAST(NULL AS STRING) FROM readings";
    const { rows } = run(context, rule(except, nulled, columns));
    assert.equal(keyOf(rows)?.toString(), "a");
    assert.equal(valueOf(rows), undefined);
    const keyless = "SELECT CAST(NULL AS STRING), device FROM readings";
    const { rows: other } = run(context, rule(except, keyless, columns));
    assert.equal(keyOf(other), undefined);
    assert.equal(valueOf(other)?.toString(), "a");
  });

  it("gives a dead letter for a row that its format cannot say", (context) => {
    const schema = readProtobuf(join(import.meta.dirname, "../flink-formats/old.proto"), "Old");
    const options = `'format' = 'protobuf', 'protobuf.proto' = '${JSON.stringify(schema)}'`;
    const columns = "device STRING, n INT";
    const { rows } = run(context, rule(options, "SELECT device, 7 FROM readings", columns));
    assert.equal(valueOf(rows)?.toString("hex"), "0a01611007");
    const nulled = "SELECT CAST(NULL AS STRING), 7 FROM readings";
    const { life, rows: dead } = run(context, rule(options, nulled, columns));
    assert.deepEqual([dead?.rows, dead?.topic(0)], [1, "dead"]);
    assert.match(valueOf(dead)?.toString() ?? "", /NULL for the required field device/);
    assert.equal(life.engine.state.pipeline.counts.deadLetters.get("sink_row"), 1);
  });

  it("is refused at the option that is wrong", () => {
    const refused = (options: string): string => {
      const text = `CREATE TABLE t (v INT) WITH ('connector' = 'mqtt');
CREATE TABLE s (v INT, m MAP<INT, INT>, l TIMESTAMP_LTZ(3)) WITH (
'connector' = 'kafka', 'topic' = 'rows',
${options}
);
INSERT INTO s (v) SELECT v FROM t;`;
      try {
        planRules([{ file: "r.sql", text }], []);
      } catch (error) {
        assert.ok(error instanceof GatewayError && error.blame === "config");
        return formatError(error).split("\n")[0] ?? "";
      }
      return "taken";
    };
    assert.match(refused("'format' = 'json'"), /^r\.sql:6:13 .*keys in JSON are text/);
    assert.match(
      refused("'format' = 'protobuf',\n'key.format' = 'json', 'key.fields' = 'm'"),
      /^r\.sql:5:1 .*column m: the keys of a MAP must be STRING/,
    );
    assert.match(refused("'value.format' = 'csv'"), /^r\.sql:4:1 .*column m: CSV/);
    assert.match(refused("'value.format' = 'raw'"), /^r\.sql:4:1 .*exactly one column/);
    assert.match(
      refused("'format' = 'raw',\n'key.format' = 'avro',\n'key.fields' = 'l'"),
      /^r\.sql:5:1 .*TIMESTAMP_LTZ has no schema/,
    );
    assert.match(
      refused(
        "'format' = 'raw',\n'key.format' = 'avro',\n'key.avro.encoding' = 'json',\n'key.fields' = 'v'",
      ),
      /^r\.sql:6:1 .*'json' is not built/,
    );
    assert.match(
      refused("'format' = 'avro-confluent',\n'avro-confluent.schema' = '{}'"),
      /^r\.sql:5:1 .*is not built/,
    );
    assert.match(refused("'format' = 'protobuf'"), /^r\.sql:\d:\d+ .*'protobuf\.proto' is missing/);
  });
});
