// SenML, with the examples of RFC 8428: 5.1.1 (one measurement), 5.1.2 and 5.1.3 (several, base fields), 5.1.4 (the
// same resolved), 5.1.5 (types of values).

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { encode } from "cborg";

import { MAX_LENGTH } from "../../src/core/types.ts";
import type { Field, SqlType } from "../../src/core/types.ts";
import { LABELS } from "../../src/decode/senml/pack.ts";
import { RECEIVE_TIME_MS } from "./batch.ts";
import { survives } from "./codec-fuzz.ts";
import { PayloadRows } from "./payload-rows.ts";
import { ProfileDecoder } from "./profile-decoder.ts";

const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };
const COLUMNS: Readonly<Record<string, SqlType>> = {
  n: STRING,
  u: STRING,
  v: DOUBLE,
  vs: STRING,
  vb: { kind: "BOOLEAN", nullable: true },
  vd: { kind: "VARBINARY", length: MAX_LENGTH, nullable: true },
  s: DOUBLE,
  t: DOUBLE,
  ut: DOUBLE,
};

type RecordJson = Readonly<Record<string, unknown>>;

function reader(names: readonly string[], options: Record<string, string> = {}): PayloadRows {
  const fields: Field[] = names.map((name) => ({ name, type: COLUMNS[name] ?? STRING }));
  return new PayloadRows(fields, { format: "senml", ...options });
}

/** The rows of a pack, from JSON and from CBOR: they must be the same. */
function rowsOf(names: readonly string[], pack: readonly RecordJson[]): unknown[][] {
  const json = reader(names).read(JSON.stringify(pack), RECEIVE_TIME_MS);
  assert.equal(json.reason, "");
  const numbered = pack.map(
    (record) => new Map(Object.entries(record).map(([label, value]) => [LABELS[label], value])),
  );
  const cbor = reader(names, { "senml.encoding": "cbor" }).read(encode(numbered), RECEIVE_TIME_MS);
  assert.equal(cbor.reason, "");
  assert.deepEqual(cbor.rows, json.rows);
  return json.rows.map((row) => names.map((name) => row[name]));
}

const refused = (pack: unknown): string => {
  const text = typeof pack === "string" ? pack : JSON.stringify(pack);
  return reader(["n", "v"]).read(text).reason;
};

describe("SenML packs as tables", () => {
  it("give a row a record", () => {
    const pack = [{ n: "urn:dev:ow:10e2073a01080063", u: "Cel", v: 23.1, t: 1.276020076e9 }];
    assert.deepEqual(rowsOf(["n", "u", "v", "t"], pack), [
      ["urn:dev:ow:10e2073a01080063", "Cel", 23.1, 1_276_020_076],
    ]);
  });

  it("are resolved: base name, base time, base unit", () => {
    const pack = [
      {
        bn: "urn:dev:ow:10e2073a0108006:",
        bt: 1.276020076001e9,
        bu: "A",
        bver: 5,
        n: "voltage",
        u: "V",
        v: 120.1,
      },
      { n: "current", t: -5, v: 1.2 },
      { n: "current", t: -4, v: 1.3 },
      { n: "current", v: 1.7 },
    ];
    assert.deepEqual(rowsOf(["n", "u", "v", "t"], pack), [
      ["urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, 1.276020076001e9],
      ["urn:dev:ow:10e2073a0108006:current", "A", 1.2, 1.276020071001e9],
      ["urn:dev:ow:10e2073a0108006:current", "A", 1.3, 1.276020072001e9],
      ["urn:dev:ow:10e2073a0108006:current", "A", 1.7, 1.276020076001e9],
    ]);
  });

  it("add base value and base sum, and let a base end at the next one", () => {
    const pack = [
      { bn: "a/", bv: 20, bs: 100, n: "x", v: 1.5, s: 2 },
      { n: "y", v: -0.5 },
      { bn: "b/", bv: 0, n: "z", v: 3 },
      { n: "count", s: 7, bs: 0 },
    ];
    assert.deepEqual(rowsOf(["n", "v", "s"], pack), [
      ["a/x", 21.5, 102],
      ["a/y", 19.5, null],
      ["b/z", 3, null],
      ["b/count", null, 7],
    ]);
  });

  it("have text, truth and data values, and times relative to their receipt", () => {
    const now = RECEIVE_TIME_MS / 1000;
    const json = [
      { bn: "urn:dev:ow:10e2073a01080063:", n: "temp", u: "Cel", v: 23.1, ut: 60 },
      { n: "label", vs: "Machine Room", t: -30 },
      { n: "open", vb: false },
      { n: "nfc-reader", vd: "aGkgCg" },
    ];
    const { rows } = reader(["vs", "vb", "vd", "t", "ut"]).read(
      JSON.stringify(json),
      RECEIVE_TIME_MS,
    );
    assert.deepEqual(
      rows.map(({ vs, vb, vd, t, ut }) => [vs, vb, vd, t, ut]),
      [
        [null, null, null, now, 60],
        ["Machine Room", null, null, now - 30, null],
        [null, false, null, now, null],
        [null, null, Uint8Array.from(Buffer.from("hi \n")), now, null],
      ],
    );
    const cbor = reader(["vd"], { "senml.encoding": "cbor" });
    const own = encode([
      new Map<number, unknown>([
        [0, "x"],
        [8, Buffer.from("hi")],
      ]),
    ]);
    assert.deepEqual(cbor.read(own).rows, [{ vd: Uint8Array.from(Buffer.from("hi")) }]);
  });

  it("give their time as a TIMESTAMP_LTZ where the column is one", () => {
    const fields: Field[] = [
      { name: "t", type: { kind: "TIMESTAMP_LTZ", precision: 3, nullable: true } },
    ];
    const rows = new PayloadRows(fields, { format: "senml" });
    assert.deepEqual(rows.read('[{"n":"x","v":1,"t":1276020076.001}]').rows, [
      { t: 1_276_020_076_001 },
    ]);
  });

  it("pass over records with base fields alone and labels that are not known", () => {
    assert.deepEqual(rowsOf(["n"], [{ bn: "a" }, { n: "b", v: 1 }]), [["ab"]]);
    assert.deepEqual(reader(["n"]).read('[{"n":"x","v":1,"foo":{"a":[1]}}]').rows, [{ n: "x" }]);
    assert.deepEqual(reader(["n"]).read("[]").rows, []);
  });

  it("are refused where the RFC refuses them", () => {
    assert.match(refused([{ bver: 11, n: "x", v: 1 }]), /version 11, 10 is the newest known/);
    assert.match(refused([{ n: "x", v: 1, zone_: 1 }]), /label zone_ must be understood/);
    assert.match(refused([{ n: "x", v: 1, vs: "y" }]), /a record with v and vs/);
    assert.match(refused([{ v: 1 }]), /a record without a name/);
    assert.match(refused('[{"n":"x","v":1},'), /unexpected end/);
    assert.match(refused([{ n: "-x", v: 1 }]), /'-x' is no name/);
    assert.match(refused([{ n: "a b", v: 1 }]), /'a b' is no name/);
    assert.match(refused([{ n: "x", v: "1" }]), /v is no number/);
    assert.match(refused([{ n: 1, v: 1 }]), /n is no text/);
    assert.match(refused([{ n: "x", vb: 1 }]), /vb is not true or false/);
    assert.match(refused([{ n: "x", vd: "+/" }]), /vd is no base64url/);
    assert.match(refused({ n: "x", v: 1 }), /a pack is an array of records/);
    assert.match(refused("[1]"), /a record is an object/);
    assert.match(refused('[{"n":"x","v":1}'), /not JSON: unexpected end/);
    assert.match(refused('[{"n":"x","v":1}] x'), /something stands behind the pack/);
    const { position } = reader(["n"]).read('[{"n":"x","v":1},{"n":"y","v":"z"}]');
    assert.equal(position, 30);
  });

  it("have these columns and no others", () => {
    assert.throws(() => reader(["n", "value"]), /format 'senml' has no column value/);
    assert.throws(() => reader(["n"], { "senml.encoding": "xml" }), /must be one of json, cbor/);
  });

  it("survive damage and noise", () => {
    const json = '[{"bn":"a:","bt":1.27e9,"n":"t","v":23.1},{"n":"h","vs":"x\\u00e9","t":-5}]';
    survives(reader(["n", "v", "vs"]), [Buffer.from(json)]);
    const cbor = encode([
      new Map<number, unknown>([
        [-2, "a:"],
        [0, "t"],
        [2, 23.1],
        [6, -5],
      ]),
    ]);
    survives(reader(["n", "v", "vd"], { "senml.encoding": "cbor" }), [cbor]);
  });
});

describe("SenML packs under a device profile", () => {
  const decoder = (encoding = "json"): ProfileDecoder =>
    new ProfileDecoder(`
name: p
deviceResources:
  - {name: voltage, attributes: {name: voltage}, properties: {valueType: Float64}}
  - {name: current, attributes: {name: current}, properties: {valueType: Float32, scale: 1000}}
  - {name: door, attributes: {name: "urn:dev:x:door"}, properties: {valueType: Bool}}
x-gateway:
  version: 1
  match: {topic: "d/{device}"}
  codec: {type: senml, encoding: ${encoding}}
`);

  it("give a row for each time", () => {
    const t = RECEIVE_TIME_MS / 1000;
    const { rows, dead } = decoder().decode([
      JSON.stringify([
        { bn: "urn:dev:x:", bt: t, n: "voltage", v: 120.1 },
        { n: "current", v: 1.7 },
        { n: "door", vb: true },
        { n: "other", v: 3, t: -2 },
        { n: "current", v: 1.3, t: -1 },
      ]),
      JSON.stringify([{ n: "sensor/voltage", v: 5 }]),
    ]);
    assert.deepEqual(dead, []);
    assert.deepEqual(
      rows.map(({ voltage, current, door, event_time }) => [voltage, current, door, event_time]),
      [
        [120.1, 1700, true, RECEIVE_TIME_MS],
        [null, null, null, RECEIVE_TIME_MS - 2000],
        [null, 1300, null, RECEIVE_TIME_MS - 1000],
        [5, null, null, RECEIVE_TIME_MS],
      ],
    );
  });

  it("are dead letters where a value does not fit", () => {
    assert.match(
      String(decoder().values("voltage", '[{"n":"voltage","vs":"high"}]')[0]),
      /^0 undecodable: not SenML: field voltage: 'high' is not a DOUBLE, at byte 1$/,
    );
    const cbor = decoder("cbor");
    const pack = encode([
      new Map<number, unknown>([
        [0, "voltage"],
        [2, 5.5],
      ]),
    ]);
    assert.deepEqual(cbor.values("voltage", pack), [5.5]);
  });
});
