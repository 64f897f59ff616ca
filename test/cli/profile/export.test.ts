// What `headrace profile export` writes, held against rows that profiles give.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";

import { decodeMessage } from "../../../src/cli/profile/decoding.ts";
import { exampleProblems } from "../../../src/cli/profile/examples.ts";
import { flinkTable } from "../../../src/cli/profile/flink-table.ts";
import { markdownPage } from "../../../src/cli/profile/markdown.ts";
import { rowJsonSchema } from "../../../src/cli/profile/row-schema.ts";
import { loadProfile, parseProfile } from "../../../src/config/profile-load.ts";
import type { Profile } from "../../../src/config/profile.ts";
import { rowJsonWriter, type JsonStyle } from "../../../src/core/value/row-json.ts";
import { FlinkOracle } from "../../kit/flink/oracle.ts";
import { requireService } from "../../kit/services.ts";
import { Program } from "../../gateway/process.ts";
import { EVERY_TYPE } from "./every-type.ts";

const FOLDER = join(import.meta.dirname, "../../../device-profiles");
const EVERY = parseProfile(EVERY_TYPE, "every-type.yaml");
const PROFILES = [
  EVERY,
  ...globSync("*/*.yaml", { cwd: FOLDER })
    .sort()
    .map((file) => loadProfile(join(FOLDER, file))),
];

/** The rows of a profile's examples as JSON. */
function rowsOf(profile: Profile, style: JsonStyle): string[] {
  return profile.examples.flatMap(({ topic, payload, receiveTimeMs }) => {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const decoded = decodeMessage(profile, { topic, payload: bytes, receiveTimeMs });
    return "rows" in decoded ? decoded.rows.map(rowJsonWriter(decoded.table.columns, style)) : [];
  });
}

describe("headrace profile export", () => {
  it("flink: a real Flink takes every table, and reads the rows as they are", async (context) => {
    if (!requireService(context, "flink")) return;
    assert.deepEqual(exampleProblems(EVERY), []);
    const uplinks = ["json", "avro", "avro-confluent"].map((schema, i): Profile => {
      const text = `${EVERY_TYPE.trimEnd()}\n  uplink: {topic: every, schema: ${schema}}\n`;
      return parseProfile(text.replace("every-type", `every-type-${i}`), "p.yaml");
    });
    const tables = [...PROFILES, ...uplinks].map((profile) => flinkTable(profile, {}));
    // The oracle feeds a table that names no connector.
    const fed = flinkTable(EVERY, {})
      .replace("`every-type`", "`fed`")
      .replace(/ WITH \([^;]*;$/, ";");
    const names = [
      "flag",
      "i8",
      "i16",
      "i32",
      "i64",
      "u8",
      "u16",
      "u32",
      "u64",
      "f32",
      "f64",
      "words",
    ];
    const columns = ["line", "device", ...names, "event_time", "receive_time", "quality"];
    const query = `SELECT ${columns.map((name) => `\`${name}\``).join(", ")} FROM fed;`;
    const lines = rowsOf(EVERY, "print");
    const oracle = new FlinkOracle();
    context.after(() => oracle.close());
    const answer = await oracle.ask({ sql: [...tables, fed, query].join("\n"), lines });
    assert.ok(answer.outcome === "rows", JSON.stringify(answer));
    assert.equal(lines.length, 2);
    const expected = lines.map((line) => parsed(line, columns)).toSorted(byDevice);
    assert.deepEqual(answer.rows.map((row) => parsed(row, columns)).toSorted(byDevice), expected);
    const [table = ""] = tables;
    const wrong = table.replace("`u64` ", "`u64` NUMBER");
    const refused = await oracle.ask({ sql: [wrong, fed, query].join("\n"), lines });
    assert.equal(refused.outcome, "rejected");
  });

  it("flink: topic and brokers as they are asked for, quotes doubled", () => {
    const text = flinkTable(EVERY, { topic: "iot.every", brokers: "kafka-1:9092,kafka-2:9092" });
    assert.match(text, /^ {2}'topic' = 'iot\.every',$/m);
    assert.match(text, /^ {2}'properties\.bootstrap\.servers' = 'kafka-1:9092,kafka-2:9092',$/m);
    assert.match(text, /^ {2}`flag` +BOOLEAN COMMENT 'it''s on',$/m);
    assert.match(text, /^\) COMMENT 'O''Neill' WITH \($/m);
  });

  it("json-schema: the rows of every profile are valid, others are not", () => {
    for (const profile of PROFILES) {
      const schema = z.fromJSONSchema(
        rowJsonSchema(profile) as Parameters<typeof z.fromJSONSchema>[0],
      );
      const rows = rowsOf(profile, "flink").map(
        (row) => JSON.parse(row) as Record<string, unknown>,
      );
      assert.ok(rows.length > 0);
      for (const row of rows) {
        // JSON.parse makes numbers of 64 bits something else; that is the reader's matter.
        const near = { ...row, ...("i64" in row ? { i64: 1, u64: 1 } : {}) };
        assert.deepEqual(schema.safeParse(near).error?.issues ?? [], [], profile.name);
        assert.equal(schema.safeParse({ ...near, quality: 1 }).success, false);
        assert.equal(schema.safeParse({ ...near, event_time: "yesterday" }).success, false);
        const { device: _, ...less } = near as { device?: unknown };
        assert.equal(schema.safeParse(less).success, false);
      }
    }
  });

  it("markdown: a row a column, and nothing ends a cell", () => {
    const lines = markdownPage(EVERY).split("\n");
    const at = lines.indexOf("| Column | Type | Unit | Range | From | Meaning |");
    const cells = lines
      .slice(at, lines.indexOf("", at))
      .map((line) => line.split(/(?<!\\)\|/).length);
    assert.equal(cells.length, 2 + 2 + 12 + 6);
    assert.deepEqual([...new Set(cells)], [8]);
    assert.ok(lines.includes("| `u8` | SMALLINT |  | …250 | /u8 |  |"));
    assert.ok(lines.includes("| Quality | out of range: bad |"));
    assert.equal(lines.includes("## Alarms"), false);
    const more = [
      "quality: {stuckFor: {f64: 10m}, flags: [{resource: flag, on: f32}]}",
      "limits: {f64: {low: 5, high: 80, deadband: 2, onDelay: 10s}}",
      "alarms: [{name: a, on: flag, message: 'x | y'}, {name: b, on: f64, reason: stuck}]",
    ];
    const text = EVERY_TYPE.replace("  time: {", `  ${more.join("\n  ")}\n  time: {`);
    const page = markdownPage(parseProfile(text, "every-type.yaml"));
    assert.match(
      page,
      /^\| Clock \| without a time: dead letter; before 2020: dead letter; more /m,
    );
    assert.match(page, /unchanged for: f64 600 s; f32: bad when flag is set \|$/m);
    assert.match(page, /^\| `a` \| medium \| flag is true \| 0 s, 0 s \| x \\\| y \|$/m);
    assert.match(page, /^\| `b` \| medium \| f64 is stuck \| 0 s, 0 s \|  \|$/m);
    assert.match(page, /^\| `f64_low` \| medium \| f64 ≤ 5, until > 7 \| 10 s, 0 s \|  \|$/m);
    assert.match(page, /^\| `f64_high` \| medium \| f64 ≥ 80, until < 78 \|/m);
  });

  it("prints what is asked for, and refuses a format that there is not", async (context) => {
    const run = async (...args: string[]): Promise<readonly [number | null, string, string]> => {
      const program = new Program(context, ["profile", "export", ...args]);
      const { code } = await program.exited;
      return [code, program.stdout.all.join("\n"), program.stderr.all.join("\n")];
    };
    const [code, avro] = await run("avro", "aqara-mccgq11lm");
    assert.equal(code, 0);
    const { fields } = JSON.parse(avro) as { fields: { name: string; type: unknown }[] };
    assert.deepEqual(fields[1], { name: "contact", type: ["null", "boolean"], default: null });
    assert.deepEqual(fields.at(-4)?.type, [
      "null",
      { type: "long", logicalType: "timestamp-millis" },
    ]);
    const [refused, nothing, why] = await run("avroo", "aqara-mccgq11lm");
    assert.equal(refused, 2);
    assert.equal(nothing, "");
    assert.match(why, /there is no export avroo\n {2}Did you mean 'avro'\?/);
  });
});

/** A row with numbers as the digits they are written with, columns in this order. */
function parsed(row: string, columns: readonly string[]): unknown[] {
  const value = JSON.parse(row.replaceAll(/:(-?\d{17,})/g, ':"$1"')) as Record<string, unknown>;
  return columns.map((name) => value[name]);
}

function byDevice(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[1]) < String(b[1]) ? -1 : 1;
}
