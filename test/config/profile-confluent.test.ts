// Profiles whose payloads name their schema by a registry's id: rows by every schema that was told, examples by a file.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import avsc from "avsc";

import { exampleProblems } from "../../src/cli/profile/examples.ts";
import { checkFormats } from "../../src/config/gateway-checks.ts";
import { loadProfile, parseProfile } from "../../src/config/profile-load.ts";
import { profileTable } from "../../src/config/profile-table.ts";
import { decodeMessage } from "../../src/cli/profile/decoding.ts";
import { engineConfig, kafkaSink, valuesOf, Workbench } from "../engine/kit.ts";
import { folderWith } from "../gateway/process.ts";
import { load, SMALL } from "./gateway-files.ts";
import { refusal } from "./profile-refusal.ts";
import { profileText } from "./profile-text.ts";

const RESOURCES = `
  - {name: rms, attributes: {path: accel.rms}, properties: {valueType: Float64, scale: 0.01}}
  - {name: place, attributes: {path: place}, properties: {valueType: String}}
`;
const REGISTRY_ONLY = "{type: avro-confluent}";
const TIME = "  time: {path: ts, unit: ms}";

const accel = { type: "record", name: "Accel", fields: [{ name: "rms", type: "int" }] };
const OLD = [
  { name: "ts", type: { type: "long", logicalType: "timestamp-millis" } },
  { name: "accel", type: accel },
];
const NEW = [{ name: "place", type: ["null", "string"] }, ...OLD];
const textOf = (fields: readonly object[]): string =>
  JSON.stringify({ type: "record", name: "R", fields });

function payload(id: number, fields: readonly object[], row: object): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  const type = avsc.Type.forSchema(JSON.parse(textOf(fields)) as avsc.Schema);
  return Buffer.concat([head, type.toBuffer(row)]);
}

const TS = Date.UTC(2026, 0, 1, 0, 0, 1);
const OLD_PAYLOAD = payload(7, OLD, { ts: TS, accel: { rms: 210 } });
const NEW_PAYLOAD = payload(9, NEW, { place: "hall", ts: TS, accel: { rms: 90 } });

test("rows come by the schema of each message; what it has not is no value", (context) => {
  const text = profileText({ resources: RESOURCES, codec: REGISTRY_ONLY, gateway: TIME });
  const profile = parseProfile(text, "p.yaml");
  const columns = "device STRING, rms DOUBLE, place STRING, ts TIMESTAMP_LTZ(3)";
  const rules = {
    rows:
      kafkaSink("rows_out", columns) +
      "INSERT INTO rows_out SELECT device, rms, place, event_time FROM `press-12`;",
    letters:
      kafkaSink("letters", "reason STRING") +
      "INSERT INTO letters SELECT reason FROM headrace_dead_letter;",
  };
  const bench = new Workbench(context);
  const config = engineConfig(bench.folder(), rules, { profiles: [profile] });
  const life = bench.start(config);
  const { engine } = life;
  const message = (bytes: Buffer): { topic: string; payload: Buffer } => {
    return { topic: "plant/l1/a", payload: bytes };
  };
  engine.uplinked((reconciler) =>
    reconciler.learn([
      { id: 7, text: textOf(OLD) },
      { id: 9, text: textOf(NEW) },
    ]),
  );
  life.run([OLD_PAYLOAD, NEW_PAYLOAD, payload(8, OLD, { ts: TS, accel: { rms: 1 } })].map(message));
  const ts = "2026-01-01 00:00:01Z";
  assert.deepEqual(valuesOf(engine, "rows"), [
    { device: "a", rms: 2.1, place: null, ts },
    { device: "a", rms: 0.9, place: "hall", ts },
  ]);
  assert.deepEqual(valuesOf(engine, "letters"), [
    { reason: "the schema registry has not told schema 8, at byte 0" },
  ]);
  const again = bench.restart(life, config);
  assert.equal(again.engine.state.digestMismatches, 0);
});

test("a file's schema is for examples and decode: the ids of these are any", (context) => {
  const hex = OLD_PAYLOAD.toString("hex");
  const gateway = (rms: number): string =>
    `${TIME}\n  examples: [{topic: plant/l1/a, hex: "${hex}", row: {rms: ${rms}, place: null}}]`;
  const codec = "{type: avro-confluent, schema: r.avsc}";
  const folder = folderWith(context, {
    "r.avsc": textOf(NEW),
    "good.yaml": profileText({ resources: RESOURCES, codec, gateway: TIME }),
    "old.avsc": textOf(OLD),
    "old.yaml": profileText({
      resources: RESOURCES.replace(/^.*place.*\n/m, ""),
      codec: codec.replace("r.avsc", "old.avsc"),
      gateway: gateway(2.1).replace(", place: null", ""),
    }),
    "wrong.yaml": profileText({
      resources: RESOURCES,
      codec: codec.replace("r.avsc", "old.avsc"),
    }),
  });
  const profile = loadProfile(join(folder, "good.yaml"));
  const found = decodeMessage(profile, {
    topic: "plant/l1/a",
    payload: NEW_PAYLOAD,
    receiveTimeMs: TS,
  });
  assert.ok("rows" in found);
  assert.deepEqual(found.rows[0]?.slice(2, 4), [0.9, "hall"]);
  assert.deepEqual(exampleProblems(loadProfile(join(folder, "old.yaml"))), []);
  assert.throws(() => loadProfile(join(folder, "wrong.yaml")), /R has no field place/);
});

test("what cannot be is refused: examples and decode without a schema, a twin, privacy, no registry", (t) => {
  const codec = REGISTRY_ONLY;
  const parts = (gateway: string): Parameters<typeof refusal>[0] => {
    return { resources: RESOURCES, codec, gateway };
  };
  assert.match(
    refusal(parts("  examples: [{topic: plant/l1/a, hex: '00', row: {rms: 1}}]")),
    /examples of avro-confluent need a schema.*Name a file/s,
  );
  assert.match(
    refusal(parts("  simulate: {period: {every: 1s}, signals: {rms: {constant: 1}}}")),
    /avro-confluent is simulated by a schema/,
  );
  assert.match(
    refusal(parts("  privacy: {fields: {place: drop}}")),
    /privacy is not built yet for codec avro-confluent/,
  );
  const profile = parseProfile(profileText(parts("")), "p.yaml");
  const message = { topic: "plant/l1/a", payload: OLD_PAYLOAD, receiveTimeMs: TS };
  assert.throws(() => decodeMessage(profile, message), /schemas of its payloads are with the/);
  assert.throws(() => checkFormats([profileTable(profile)], load(t, SMALL).config), {
    message: "table press-12: format 'avro-confluent' needs a schema registry",
  });
});
