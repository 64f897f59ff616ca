import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { importEdgex } from "../../../../src/cli/profile/import/edgex.ts";
import { parseProfile } from "../../../../src/config/profile-load.ts";
import { folderWith } from "../../../gateway/process.ts";
import { columnsOf, decoded, run } from "./kit.ts";

const EDGEX = `
name: "Boiler.Probe 2"
manufacturer: "ACME"
model: "BP-2"
labels: ["heat", "2"]
description: "yes"
deviceResources:
- name: "Temperature"
  isHidden: false
  description: "supply: line"
  attributes: { primaryTable: "HOLDING_REGISTERS", startingAddress: "1" }
  properties: { valueType: "Int16", readWrite: "R", scale: "0.1", units: "degrees Celsius", minimum: "-40", maximum: "120", offset: "", base: "" }
- name: "flags"
  properties: { valueType: "Uint16", readWrite: "RW", mask: "240", shift: "4", scale: "2", units: "splines" }
- name: "gain"
  properties: { valueType: "Float32", readWrite: "R", base: "10", shift: -1 }
- name: "setpoint"
  properties: { valueType: "Float32", readWrite: "W" }
- name: "curve"
  properties: { valueType: "Float32Array", readWrite: "R" }
- name: "quality"
  properties: { valueType: "String", readWrite: "R", scale: "" }
deviceCommands:
- name: "all"
  readWrite: "R"
  resourceOperations: [{ deviceResource: "Temperature" }]
`;

describe("the import of EdgeX profiles", () => {
  it("takes types, units, ranges and scaling over, and warns where EdgeX is of two minds", async (context) => {
    const folder = folderWith(context, { "boiler.yml": EDGEX });
    const { code, out, err } = await run(context, folder, ["import", "edgex", "boiler.yml"]);
    assert.equal(code, 0, err.join("\n"));
    const profile = parseProfile(out.join("\n"), "boiler.yaml");
    assert.equal(profile.name, "boiler-probe-2");
    assert.equal(profile.description, "yes");
    assert.deepEqual(columnsOf(profile), [
      "Temperature DOUBLE Cel -40…120",
      "flags INT",
      "gain FLOAT",
      "quality_value STRING",
    ]);
    const topic = "incoming/data/b1/all";
    const row = decoded(profile, topic, '{"Temperature":215,"flags":94,"gain":2,"quality":"x"}');
    assert.equal(row["Temperature"], 21.5);
    assert.equal(row["flags"], 10);
    assert.equal(row["device"], "b1");
    assert.deepEqual(
      err.map((line) => line.replace(/^warning: /, "")),
      [
        "Temperature: EdgeX' SDK cuts the scaled value to Int16; here it is a Float64",
        "flags: shift 4: to the right as documented, and here; EdgeX' SDK shifts to the left",
        "flags: mask and shift are documented to come last; EdgeX' SDK has them first, as here",
        'flags: "splines" is no unit that UCUM has: left out',
        "gain: mask and shift: EdgeX ignores them for Float32, here they apply",
        "gain: shift -1: to the left as documented, and here; EdgeX' SDK shifts to the right",
        "gain: base 10: 10 to the power of the reading as documented, and here; EdgeX' SDK has it the other way round",
        "gain: mask and shift are documented to come last; EdgeX' SDK has them first, as here",
        "setpoint: is written only: left out",
        "curve: Float32Array is no column: left out",
        "minimum and maximum: EdgeX checks what is written by them, here they judge what is read",
      ],
    );
  });

  it("finds nothing in a profile of another form", () => {
    assert.deepEqual(importEdgex({ name: "x" }).drafts, []);
    assert.deepEqual(importEdgex([1, 2]).drafts, []);
  });
});
