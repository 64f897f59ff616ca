// What `headrace run` refuses of a source table before anything starts: what, where, and what to write instead.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";

import { schemaOptions } from "../../src/config/schema-files.ts";
import { formatError, GatewayError } from "../../src/core/errors.ts";
import { planRules } from "../../src/engine/rule-set.ts";
import type { RuleSet } from "../../src/engine/rule-set.ts";
import { checkSource } from "../../src/engine/source-check.ts";

const SINK = "CREATE TABLE s (v DOUBLE) WITH ('connector' = 'blackhole');\n";

function check(options: string, folder = "rules"): RuleSet {
  const table = `CREATE TABLE t (v DOUBLE) WITH (\n${options}\n);\n`;
  const text = `${table}${SINK}INSERT INTO s SELECT v FROM t;`;
  const ruleSet = planRules([{ file: join(folder, "r.sql"), text }], [], {
    contentIn: schemaOptions,
  });
  for (const each of ruleSet.tables) checkSource(each);
  return ruleSet;
}

function refused(options: string, folder?: string): string[] {
  try {
    check(options, folder);
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.blame === "config");
    return formatError(error).split("\n");
  }
  throw new Error("it was taken");
}

const MQTT = "'connector' = 'mqtt',\n'topic' = 'a/+',\n";

describe("a source table", () => {
  it("is taken with any format and its options", () => {
    for (const [format, more] of [
      ["json", "'json.ignore-parse-errors' = 'true'"],
      ["csv", "'csv.field-delimiter' = ';'"],
      ["cbor", "'retained' = 'ignore'"],
      ["msgpack", "'msgpack.ignore-parse-errors' = 'true'"],
      ["avro", "'avro.encoding' = 'binary'"],
      ["raw", "'raw.endianness' = 'little-endian'"],
    ]) {
      assert.equal(check(`${MQTT}'format' = '${format}', ${more}`).tables.length, 1);
    }
  });

  it("is refused at the option that is wrong", () => {
    assert.deepEqual(refused(`${MQTT}'format' = 'jsn'`), [
      "rules/r.sql:4:1 table t: there is no format 'jsn'",
      "  'format' = 'jsn'",
      "  ^^^^^^^^^^^^^^^^",
      "  Did you mean 'json'?",
    ]);
    const at = (options: string): string => refused(`${MQTT}${options}`)[0] ?? "";
    assert.match(at("'format' = 'csv',\n'csv.nope' = '1'"), /r\.sql:5:1 .*unknown option/);
    assert.match(at("'format' = 'json',\n'csv.x' = '1'"), /r\.sql:5:1 .*option 'csv\.x' is not/);
    assert.match(at("'csv.x' = '1'"), /r\.sql:4:1 /);
    assert.match(at("'retained' = 'maybe'"), /r\.sql:4:1 .*'retained' must be/);
    assert.match(at("'identity.key' = 'v'"), /r\.sql:4:1 .*needs both/);
    assert.match(at("'format' = 'binary'"), /r\.sql:4:1 .*needs a device profile/);
    assert.match(at("'format' = 'raw',\n'raw.charset' = 'x'"), /r\.sql:5:1 /);
    assert.match(refused("'connector' = 'kafka'")[0] ?? "", /r\.sql:2:1 .*is no source here/);
    assert.match(refused("'connector' = 'mqtt',\n'topic' = 'a/#/b'")[0] ?? "", /r\.sql:3:1 /);
  });
});

describe("options that name files", () => {
  const folder = (context: TestContext): string => {
    const path = mkdtempSync(join(tmpdir(), "headrace-check-"));
    context.after(() => rmSync(path, { recursive: true }));
    return path;
  };
  const proto = (field: string): string => `syntax = "proto3"; message M { ${field} = 1; }`;
  const PROTO = `${MQTT}'format' = 'protobuf',\n'protobuf.message-class-name' = 'M',\n'protobuf.proto' = 'm.proto'`;

  it("stand in the plan with their content, which is part of the table", (context) => {
    const path = folder(context);
    writeFileSync(join(path, "m.proto"), proto("double v"));
    const [before] = check(PROTO, path).tables;
    assert.match(before?.table.options["protobuf.proto"] ?? "", /"messages":\[\{"name":"M"/);
    writeFileSync(join(path, "m.proto"), proto("optional double v"));
    const [after] = check(PROTO, path).tables;
    assert.notEqual(before?.signature, after?.signature);
    const record = { type: "record", name: "R", fields: [{ name: "v", type: "double" }] };
    writeFileSync(join(path, "r.avsc"), JSON.stringify(record));
    const avro = check(`${MQTT}'format' = 'avro',\n'avro.avsc' = 'r.avsc'`, path);
    assert.equal(avro.tables[0]?.table.options["avro.avsc"], JSON.stringify(record));
    assert.deepEqual(avro.rules[0]?.query.edgeOnly, ["'avro.avsc' on table t"]);
  });

  it("are refused at their place", (context) => {
    const path = folder(context);
    const at = (options: string): string => refused(options, path)[0] ?? "";
    assert.match(at(PROTO), /r\.sql:6:1 'protobuf\.proto': cannot read .*m\.proto/);
    writeFileSync(join(path, "m.proto"), proto("int32 v"));
    assert.match(at(PROTO), /r\.sql:4:1 table t: column v is DOUBLE, but the field is int32/);
    assert.match(
      at(`${MQTT}'format' = 'protobuf',\n'protobuf.proto' = 'm.proto'`),
      /r\.sql:5:1 'protobuf\.proto': the message is not named/,
    );
    writeFileSync(join(path, "r.avsc"), "{}");
    const avro = `${MQTT}'format' = 'avro',\n'avro.avsc' = 'r.avsc'`;
    assert.match(at(avro), /r\.sql:5:1 'avro\.avsc': the Avro schema /);
  });
});
