// Formats that Flink has and headrace has not: refused by name, wherever one is named.

import assert from "node:assert/strict";
import { it } from "node:test";

import { engineConfig, kafkaSink, Workbench } from "../engine/kit.ts";
import { checkSource } from "../../src/engine/source-check.ts";
import { MISSING_FORMATS } from "./formats.ts";

for (const format of MISSING_FORMATS) {
  it(`format ${format} is refused by name, read and written`, (context) => {
    const folder = new Workbench(context).folder();
    const table = `CREATE TABLE t (a STRING) WITH ('connector' = 'mqtt', 'topic' = 't', 'format' = '${format}');`;
    const read = `${table} ${kafkaSink("s", "a STRING")} INSERT INTO s SELECT a FROM t;`;
    const { tables } = engineConfig(folder, { read }).ruleSet;
    assert.throws(() => tables.forEach(checkSource), new RegExp(`there is no format '${format}'`));

    const sink = `CREATE TABLE s (a STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = '${format}');`;
    const written = `${table.replace(`'${format}'`, "'json'")} ${sink} INSERT INTO s SELECT a FROM t;`;
    assert.throws(
      () => engineConfig(folder, { written }),
      new RegExp(`there is no format '${format}' for Kafka`),
    );
  });
}

it("avro.encoding = json is refused by name", (context) => {
  const table =
    "CREATE TABLE t (a STRING) WITH ('connector' = 'mqtt', 'topic' = 't', 'format' = 'avro', 'avro.encoding' = 'json');";
  const read = `${table} ${kafkaSink("s", "a STRING")} INSERT INTO s SELECT a FROM t;`;
  const { tables } = engineConfig(new Workbench(context).folder(), { read }).ruleSet;
  assert.throws(() => tables.forEach(checkSource), /avro\.encoding.* is not built/s);
});
