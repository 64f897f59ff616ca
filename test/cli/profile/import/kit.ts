// What tests of imports share: what other systems say of devices, written after their public documentation, and what
// becomes of it.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";

import { decodeMessage } from "../../../../src/cli/profile/decoding.ts";
import { draftText } from "../../../../src/cli/profile/import/draft.ts";
import type { Imported } from "../../../../src/cli/profile/import/draft.ts";
import { parseProfile } from "../../../../src/config/profile-load.ts";
import { profileTable } from "../../../../src/config/profile-table.ts";
import type { Profile } from "../../../../src/config/profile.ts";
import { formatType } from "../../../../src/sql/types.ts";
import { Program } from "../../../gateway/process.ts";

const CLIMATE = {
  type: "EndDevice",
  friendly_name: "kitchen",
  definition: {
    model: "WSDCGQ11LM",
    vendor: "Aqara",
    description: "Temperature and humidity sensor",
    exposes: [
      { type: "numeric", name: "temperature", property: "temperature", unit: "°C", access: 1 },
      {
        type: "numeric",
        name: "humidity",
        property: "humidity",
        unit: "%",
        access: 1,
        value_min: 0,
        value_max: 100,
      },
      { type: "numeric", name: "linkquality", property: "linkquality", unit: "lqi", access: 1 },
      { type: "numeric", name: "odd", property: "odd", unit: "smoots", access: 1 },
      {
        type: "enum",
        name: "device",
        property: "device",
        access: 1,
        values: ["a", "b"],
        description: "What\n it is",
      },
    ],
  },
};

const BULB = {
  type: "Router",
  friendly_name: "hall/bulb",
  definition: {
    model: "LED1624G9",
    vendor: "IKEA",
    description: "Bulb: colour",
    exposes: [
      {
        type: "light",
        features: [
          {
            type: "binary",
            name: "state",
            property: "state",
            value_on: "ON",
            value_off: "OFF",
            access: 7,
          },
          {
            type: "numeric",
            name: "brightness",
            property: "brightness",
            value_min: 0,
            value_max: 254,
            access: 7,
          },
          {
            type: "composite",
            name: "color_xy",
            property: "color",
            features: [{ type: "numeric", name: "x", property: "x", access: 7 }],
          },
        ],
      },
      { type: "enum", name: "effect", property: "effect", values: ["blink"], access: 2 },
      {
        type: "binary",
        name: "occupancy",
        property: "occupancy",
        value_on: true,
        value_off: false,
        access: 1,
      },
      { type: "list", name: "log", property: "log", access: 1, item_type: { type: "numeric" } },
    ],
  },
};

/** bridge/devices of Zigbee2MQTT. */
export const DEVICES: readonly object[] = [
  { type: "Coordinator", friendly_name: "Coordinator", definition: null },
  CLIMATE,
  { ...CLIMATE, friendly_name: "0x00158d0001" },
  BULB,
  { type: "Router", friendly_name: "mystery", supported: false, definition: null },
];

/** Retained topics of Homie 4. */
export const HOMIE_4: Readonly<Record<string, string>> = {
  "homie/car/$homie": "4.0.0",
  "homie/car/$state": "ready",
  "homie/car/$nodes": "engine, lights",
  "homie/car/engine/$name": "Car engine",
  "homie/car/engine/$type": "V8",
  "homie/car/engine/$properties": "temperature,mode",
  "homie/car/engine/temperature/$name": "Engine temperature",
  "homie/car/engine/temperature/$datatype": "float",
  "homie/car/engine/temperature/$unit": "°C",
  "homie/car/engine/temperature/$format": "-20:120",
  "homie/car/engine/mode/$datatype": "enum",
  "homie/car/engine/mode/$format": "eco,sport",
  "homie/car/lights/$properties": "power",
  "homie/car/lights/power/$datatype": "boolean",
  "homie/car/lights/power/$settable": "true",
  "homie/car/engine/temperature": "21.5",
  "homie/old/$homie": "2.1.0",
};

/** … and of Homie 5. */
export const HOMIE_5: Readonly<Record<string, string>> = {
  "homie/5/attic/$state": "ready",
  "homie/5/attic/$description": JSON.stringify({
    homie: "5.0",
    version: 7,
    name: "Attic",
    nodes: {
      air: {
        name: "Air",
        properties: {
          temperature: { name: "Temperature", datatype: "float", unit: "°C", format: "-40:85:0.1" },
          level: { datatype: "integer", format: "0:100", settable: true, unit: "#" },
        },
      },
    },
  }),
  "homie/5/cellar/$description": JSON.stringify({
    homie: "5.0",
    version: 1,
    nodes: { air: { properties: { temperature: { datatype: "float", unit: "°F" } } } },
  }),
  "homie/5/shed/$description": "{",
};

/** The profiles, as their files would be loaded. */
export function profilesOf({ drafts }: Imported): Profile[] {
  return drafts.map((draft) => parseProfile(draftText(draft), `${draft.name}.yaml`));
}

/** Columns of the resources: `name TYPE unit minimum…maximum`. */
export function columnsOf(profile: Profile): string[] {
  const types = new Map(profileTable(profile).columns.map(({ name, type }) => [name, type]));
  return profile.resources.map(({ name, units, minimum, maximum }) => {
    const type = types.get(name);
    const range = (minimum ?? maximum) === undefined ? "" : ` ${minimum ?? ""}…${maximum ?? ""}`;
    return `${name} ${type === undefined ? "" : formatType(type)} ${units}${range}`.trim();
  });
}

/** The row of a message. */
export function decoded(profile: Profile, topic: string, payload: string): Record<string, unknown> {
  const receiveTimeMs = Date.UTC(2026, 0, 1, 0, 0, 1);
  const found = decodeMessage(profile, { topic, payload: Buffer.from(payload), receiveTimeMs });
  assert.ok("rows" in found, "reason" in found ? found.reason : "");
  const [row] = found.rows;
  return Object.fromEntries(found.table.columns.map(({ name }, i) => [name, row?.[i]]));
}

/** Runs `headrace profile import …` in a folder. */
export async function run(
  context: TestContext,
  cwd: string,
  args: readonly string[],
): Promise<{ code: number | null; out: readonly string[]; err: readonly string[] }> {
  const program = new Program(context, ["profile", ...args], { cwd });
  const { code } = await program.exited;
  return { code, out: program.stdout.all, err: program.stderr.all };
}
