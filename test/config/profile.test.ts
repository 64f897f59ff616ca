import assert from "node:assert/strict";
import { test } from "node:test";

import { parseProfile } from "../../src/config/profile-load.ts";
import { profileTable } from "../../src/config/profile-table.ts";
import { unitProblem } from "../../src/config/ucum.ts";
import { refusal } from "./profile-refusal.ts";
import { profileText } from "./profile-text.ts";
import type { ProfileParts } from "./profile-text.ts";

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
      "quality_reasons MAP physical",
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
    "watermark.per": "device",
    "watermark.idle-timeout": "1 min",
    "identity.key": "device",
    "identity.sequence": "sequence",
    "identity.uncertain": "drop",
    "identity.wraps": "65536",
  });
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
  const lines: readonly (readonly [ProfileParts, RegExp])[] = [
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
    [{ gateway: "  identity: {sequence: {at: 0}}" }, /sequence needs as, the type of the bytes/],
    [{ gateway: "  identity: {sequence: {metric: n}}" }, /"metric" is not built yet/],
    [{ gateway: "  sparkplug: {}" }, /^p\.yaml:9:3 "sparkplug" is not built yet/],
    [{ gateway: "  uplink: {topic: a b}" }, /topic must be the name of a Kafka topic/],
    [
      { gateway: "  quality: {stuckFor: 5}" },
      /^p\.yaml:9:23 .*\.quality\.stuckFor must be a duration .*, or one by resource/,
    ],
    [
      { gateway: "  quality: {silentFor: {t: soon}}" },
      /^p\.yaml:9:28 .*\.silentFor\.t must be a duration such as/,
    ],
    [
      { gateway: "  quality: {stuckFor: {tt: 5m}}" },
      /^p\.yaml:9:28 "tt" is not a resource[^]*Did you mean 't'\?/,
    ],
    [{ gateway: "  quality: {flags: [{resource: x}]}" }, /^p\.yaml:9:32 "x" is not a resource/],
    [{ gateway: "  quality: {flags: [{resource: t, on: x}]}" }, /"x" is not a resource/],
    [{ gateway: "  time: {whenAhead: clam}" }, /whenAhead must be one of deadLetter, clamp/],
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
      {
        resources: "  - {name: t, attributes: {}, properties: {valueType: Float64}}",
        codec: "{type: text}",
        gateway:
          "  simulate: {period: {every: 1s}, signals: {t: {base: 1}}, constants: {/a: 1}, faults: [{label: l, on: t, at: 1s, for: 1s, missing: true}]}",
      },
      /"t" is in every message of codec text\n[^]*Use another fault[^]*constants are named by pointers/,
    ],
    [
      {
        resources:
          "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Float64, base: 2}}",
        gateway: "  simulate: {period: {every: 1s}, signals: {t: {base: 1}}}",
      },
      /"t" has a base: powers are not simulated/,
    ],
    [
      {
        resources:
          "  - {name: t, attributes: {pointer: /t}, properties: {valueType: Uint8, mask: 0xb0, shift: 4}}",
        gateway: "  simulate: {period: {every: 1s}, signals: {t: {base: 1}}}",
      },
      /"t" is not one run of bits: it is not simulated/,
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
    [resource("valueType: Int8, mask: x"), /must be a mask such as 0x0f/],
    [resource("valueType: Int8", "quality"), /"quality" is a column already/],
    [resource("valueType: Int8", "quality_reasons"), /"quality_reasons" is a column already/],
    [resource("valueType: Int8", "line"), /"line" is a column already/],
    [`${resource("valueType: Int8")}\n${resource("valueType: Int8")}`, /"t" is there twice/],
    [
      "  - {name: t, attributes: {pointer: t}, properties: {valueType: Int8}}",
      /must be a JSON pointer/,
    ],
  ];
  for (const [text, message] of resources) assert.match(refusal({ resources: text }), message);
});

test("a codec that comes later is refused as not built yet, and one that is none", () => {
  const refuse = (type: string, message: RegExp): void => {
    const text = profileText().replace("type: json", `type: ${type}`);
    assert.throws(() => parseProfile(text, "p.yaml"), message);
  };
  refuse("sparkplug_b", /"sparkplug_b" is not built yet/);
  refuse("xml", /must have a type: json, binary, cbor/);
  assert.match(
    refusal({ codec: "json" }),
    /must be a mapping with a type\n[^]*Write \{type: json\}\./,
  );
  assert.match(
    refusal({
      resources: "  - {name: t, attributes: {pointer: t}, properties: {valueType: float}}",
    }),
    /must be a JSON pointer[^]*Write \/t\.[^]*Did you mean 'Float32'\?/,
  );
  assert.match(
    refusal({ resources: "  - {name: t, properties: {valueType: Float64}}" }),
    /does not say where in the payload it stands\n[^]*Write pointer: \/temperature\./,
  );
  refuse("binary", /codec binary finds values by another kind of address/);
});
