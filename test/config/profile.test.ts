import assert from "node:assert/strict";
import { test } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileDecoding, profileTable } from "../../src/config/profile-table.ts";
import { unitProblem } from "../../src/config/ucum.ts";
import { formatError, GatewayError } from "../../src/core/errors.ts";
import { MessageReader } from "../../src/core/message-reader.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { messageBatch, RECEIVE_TIME_MS, rowsOf } from "../decode/batch.ts";
import type { TestMessage } from "../decode/batch.ts";

interface Parts {
  readonly resources?: string;
  readonly match?: string;
  readonly gateway?: string;
}

function profileText({ resources, match, gateway }: Parts = {}): string {
  return `name: press-12
manufacturer: ACME
deviceResources:
${resources ?? "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, units: Cel}}"}
x-gateway:
  version: 1
  match: ${match ?? '{topic: "plant/{line}/{device}"}'}
  codec: {type: json}
${gateway ?? ""}`;
}

function refusal(parts: Parts): string {
  try {
    parseProfile(profileText(parts), "p.yaml");
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, "PROFILE_INVALID");
    return formatError(error);
  }
  return assert.fail("it was accepted");
}

test("a profile's table has captures, resources, sequence, times, topic and quality", () => {
  const types = {
    Bool: "BOOLEAN",
    Int8: "TINYINT",
    Int16: "SMALLINT",
    Int32: "INTEGER",
    Int64: "BIGINT",
    Uint8: "SMALLINT",
    Uint16: "INTEGER",
    Uint32: "BIGINT",
    Uint64: "DECIMAL",
    Float32: "FLOAT",
    Float64: "DOUBLE",
    String: "VARCHAR",
  };
  const resources = Object.keys(types)
    .map(
      (type) => `  - {name: r${type}, attributes: {pointer: /x}, properties: {valueType: ${type}}}`,
    )
    .join("\n");
  const gateway =
    "  time: {pointer: /ts, outOfOrder: 30s}\n  identity: {sequence: {pointer: /n}, wraps: 65536}\n";
  const table = profileTable(parseProfile(profileText({ resources, gateway }), "p.yaml"));
  assert.equal(table.name, "press-12");
  assert.deepEqual(
    table.columns.map(({ name, type, source }) => `${name} ${type.kind} ${source.kind}`),
    [
      "line VARCHAR physical",
      "device VARCHAR physical",
      ...Object.entries(types).map(([type, kind]) => `r${type} ${kind} physical`),
      "sequence BIGINT physical",
      "event_time TIMESTAMP_LTZ physical",
      "receive_time TIMESTAMP_LTZ metadata",
      "topic VARCHAR metadata",
      "quality VARCHAR physical",
    ],
  );
  const { column, expression } = table.watermark;
  assert.equal(table.columns[column]?.name, "event_time");
  assert.equal(expression.arguments[0].index, column);
  assert.equal(expression.arguments[1].value, 30_000);
  assert.deepEqual(table.options, {
    connector: "mqtt",
    topic: "plant/+/+",
    format: "json",
    profile: "press-12",
    "identity.key": "device",
    "identity.sequence": "sequence",
    "identity.uncertain": "drop",
    "identity.wraps": "65536",
  });
});

/** Rows (all columns) and dead-letter reasons of messages under a profile. */
function decode(
  parts: Parts,
  messages: readonly TestMessage[],
): { rows: Record<string, unknown>[]; dead: string[] } {
  const profile = parseProfile(profileText(parts), "p.yaml");
  const table = profileTable(profile);
  const reader = new MessageReader();
  const required = table.columns.map((_, i) => i);
  const decoder = new Decoder({
    tables: [{ table, required, profile: profileDecoding(profile) }],
    gatewayId: "gw",
    receiveMaximum: 10,
    reader,
  });
  reader.load(messageBatch(messages));
  const { tables, deadLetters } = decoder.decode();
  return {
    rows: tables.flatMap((batch) => rowsOf(table, batch)),
    dead: deadLetters.map(({ kind, reason }) => `${kind}: ${reason}`),
  };
}

const at = (payload: string, topic = "plant/l1/d1"): TestMessage => ({ topic, payload });

test("scale and offset are applied in doubles and rounded to the value type", () => {
  const resources = `
  - {name: f, attributes: {pointer: /f}, properties: {valueType: Float32, scale: 0.1}}
  - {name: i, attributes: {pointer: /f}, properties: {valueType: Int16, scale: 0.5, offset: -40}}
  - {name: d, attributes: {pointer: /a/0/b~1c}, properties: {valueType: Float64}}
`;
  const { rows, dead } = decode({ resources }, [
    at('{"f":235,"a":[{"b/c":1.5},2]}'),
    at('{"f":null,"a":{"0":{"b/c":2}}}'),
    at('{"f":1e9}'),
    at('{"f":"235","a":7}'),
  ]);
  assert.deepEqual(
    rows.map(({ f, i, d }) => ({ f, i, d })),
    [
      { f: Math.fround(23.5), i: 78, d: 1.5 },
      { f: null, i: null, d: 2 },
      { f: Math.fround(23.5), i: 78, d: null },
    ],
  );
  assert.deepEqual(dead, ["undecodable: field i: 499999960 is out of range of SMALLINT"]);
});

test("event time follows the profile's clock policy", () => {
  const run = (time: string, ts: string): unknown => {
    const gateway = `  time: {${time}}\n`;
    const { rows, dead } = decode({ gateway }, [at(ts === "" ? "{}" : `{"ts":${ts}}`)]);
    return rows[0]?.["event_time"] ?? dead[0];
  };
  const t = RECEIVE_TIME_MS;
  assert.equal(run("", ""), t);
  assert.equal(run("pointer: /ts", `${t - 5}`), t - 5);
  assert.equal(run("pointer: /ts", `"${t - 5}"`), t - 5);
  assert.equal(run("pointer: /ts, unit: s", `${t / 1000}.123`), t + 123);
  assert.equal(run("pointer: /ts, unit: us", `${t}777`), t + 1);
  assert.equal(run("pointer: /ts, unit: iso8601", '"2026-01-01T01:00:00.5+01:00"'), t + 500);
  assert.equal(run("pointer: /ts, unit: iso8601", '"2026-01-01 00:00:00Z"'), t);
  assert.match(String(run("pointer: /ts, unit: iso8601", '"yesterday"')), /no time in iso8601/);
  assert.match(
    String(run("pointer: /ts", "true")),
    /^undecodable: time \/ts: true is no time in ms/,
  );
  assert.equal(run("pointer: /ts", ""), "event_time: time /ts: missing");
  assert.equal(run("pointer: /ts", "null"), "event_time: time /ts: missing");
  assert.equal(run("pointer: /ts, else: receive", "null"), t);
  assert.match(String(run("pointer: /ts", "5000")), /1970-01-01T00:00:05\.000Z is before 2020/);
  assert.equal(run("pointer: /ts, whenUnsynced: useReceiveTime", "5000"), t);
  assert.equal(run("pointer: /ts, whenUnsynced: accept", "5000"), 5000);
  assert.equal(run("pointer: /ts, maxFuture: 5s", `${t + 5000}`), t + 5000);
  assert.match(
    String(run("pointer: /ts, maxFuture: 5s", `${t + 5001}`)),
    /^event_time: .* is 5001 ms ahead of its receive time, more than time.maxFuture$/,
  );
});

test("quality is judged by every bounded resource, also ones that no rule reads", () => {
  const resources = `
  - {name: a, attributes: {pointer: /a}, properties: {valueType: Float64, minimum: 0, maximum: 10}}
  - {name: b, attributes: {pointer: /b}, properties: {valueType: Int32, maximum: 5}}
`;
  const gateway = "  quality: {range: uncertain}\n";
  const payloads = ['{"a":10,"b":-99}', '{"a":10.1}', '{"b":6}', '{"a":"NaN"}', "{}"];
  const { rows } = decode(
    { resources, gateway },
    payloads.map((payload) => at(payload)),
  );
  const expected = ["good", "uncertain", "uncertain", "uncertain", "good"];
  assert.deepEqual(
    rows.map(({ quality }) => quality),
    expected,
  );

  const profile = parseProfile(profileText({ resources, gateway }), "p.yaml");
  const table = profileTable(profile);
  const reader = new MessageReader();
  const decoding = profileDecoding(profile);
  const tables = [{ table, required: [decoding.qualityColumn], profile: decoding }];
  const decoder = new Decoder({ tables, gatewayId: "gw", receiveMaximum: 10, reader });
  reader.load(messageBatch(payloads.map((payload) => at(payload))));
  const batch = decoder.decode().tables[0] ?? assert.fail();
  assert.deepEqual(
    rowsOf(table, batch).map(({ quality }) => quality),
    expected,
  );
});

test("captures fill their columns, and except keeps topics out", () => {
  const match = '{topic: "z/{device...}", except: ["z/bridge/#", "z/+/availability"]}';
  const { rows, dead } = decode({ match }, [
    at("{}", "z/kitchen/lamp"),
    at("{}", "z/bridge/state"),
    at("{}", "z/lamp/availability"),
  ]);
  assert.deepEqual(
    rows.map(({ device }) => device),
    ["kitchen/lamp"],
  );
  assert.equal(dead.length, 2);
});

test("units are UCUM codes, and colloquial ones get a suggestion", () => {
  for (const unit of [
    "",
    "Cel",
    "mm/s",
    "{rev}/min",
    "%",
    "kW.h",
    "m/s2",
    "V.A{reactive}",
    "ug/m3",
    "[degF]",
    "1",
    "/min",
    "10*3/ul",
    "KiBy/s",
    "dB{mW}",
    "Ohm",
    "hPa",
  ]) {
    assert.equal(unitProblem(unit), undefined, unit);
  }
  for (const unit of [
    "degC",
    "rpm",
    "°C",
    "C",
    "kWh",
    "foo",
    "mm//s",
    "CEL",
    "m s",
    "{rev",
    "ppm",
  ]) {
    assert.notEqual(unitProblem(unit), undefined, unit);
  }
  const resources =
    "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, units: degC}}";
  assert.equal(
    refusal({ resources }),
    `p.yaml:4:82 deviceResources[0].properties.units "degC" is not a UCUM unit
  ${resources}
  ${" ".repeat(81)}^^^^
  Write "Cel".`,
  );
});

test("what does not fit together is refused at its place", () => {
  const lines: readonly (readonly [Parts, RegExp])[] = [
    [{ match: '{topic: "plant/+"}' }, /^p\.yaml:7:18 topic has no \{device\}/],
    [{ match: '{topic: "a{device}"}' }, /is not a topic with captures/],
    [{ match: '{topic: "{device...}/x"}' }, /is not a topic with captures/],
    [{ match: '{topic: "{device}/{device}"}' }, /has \{device\} twice/],
    [{ match: '{topic: "{device}/{topic}"}' }, /column of every profile/],
    [{ match: '{topic: "{device}", except: ["a#"]}' }, /"a#" is not an MQTT topic filter/],
    [{ match: "{sparkplug: {group: g}}" }, /"sparkplug" is not built yet/],
    [{ resources: "  []" }, /at least one entry/],
    [
      { gateway: "  identity: {sequence: {pointer: /n}, key: x}" },
      /"x" is neither a capture nor a resource/,
    ],
    [
      { gateway: "  identity: {sequence: {pointer: /n}, epoch: t}" },
      /"t" is not a resource of an integer type/,
    ],
    [{ gateway: "  identity: {sequence: {at: 0}}" }, /"at" is not built yet/],
    [{ gateway: "  uplink: {topic: x}" }, /^p\.yaml:9:3 "uplink" is not built yet/],
    [{ gateway: "  quality: {stuckFor: 5m}" }, /"stuckFor" is not built yet/],
    [
      { gateway: "  simulate: {period: {every: 1s}, signals: {x: {base: 1}}}" },
      /"x" is not a resource/,
    ],
    [
      { gateway: "  simulate: {period: {every: 1s}, signals: {t: {base: 1, constant: 2}}}" },
      /simulate\.signals\.t must have one of: ou, sine/,
    ],
    [
      {
        gateway:
          "  simulate: {period: {every: 1s}, signals: {t: {base: 1}}, faults: [{label: l, on: t, at: 1s, for: 1s}]}",
      },
      /faults\[0\] must have one of: ramp/,
    ],
    [
      { gateway: "  examples: [{topic: a, payload: {}}]" },
      /examples\[0\] must have either row or deadLetter/,
    ],
  ];
  for (const [parts, message] of lines) assert.match(refusal(parts), message);
  const resource = (properties: string, name = "t"): string =>
    `  - {name: ${name}, attributes: {pointer: /t}, properties: {${properties}}}`;
  const resources: readonly (readonly [string, RegExp])[] = [
    [resource("valueType: Float"), /must be one of Bool/],
    [resource("valueType: Bool, scale: 2"), /scale does not go with valueType Bool/],
    [resource("valueType: Int8, minimum: 2, maximum: 1"), /minimum is above maximum \(1\)/],
    [resource("valueType: Int8, scale: 0"), /scale must not be 0/],
    [resource("valueType: Int8, mask: 1"), /"mask" is not built yet/],
    [resource("valueType: Int8", "quality"), /"quality" is a column already/],
    [resource("valueType: Int8", "line"), /"line" is a column already/],
    [`${resource("valueType: Int8")}\n${resource("valueType: Int8")}`, /"t" is there twice/],
    [
      "  - {name: t, attributes: {pointer: t}, properties: {valueType: Int8}}",
      /must be a JSON pointer/,
    ],
  ];
  for (const [text, message] of resources) assert.match(refusal({ resources: text }), message);
});

test("other codecs are refused as not built yet", () => {
  const text = profileText().replace("type: json", "type: binary");
  assert.throws(() => parseProfile(text, "p.yaml"), /"binary" is not built yet/);
});
