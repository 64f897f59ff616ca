import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { decodeMessage } from "../../../../src/cli/profile/decoding.ts";
import { importZigbee2Mqtt } from "../../../../src/cli/profile/import/zigbee2mqtt.ts";
import { folderWith } from "../../../gateway/process.ts";
import { columnsOf, decoded, DEVICES, profilesOf, run } from "./kit.ts";

describe("the import of Zigbee2MQTT's devices", () => {
  it("makes a profile per model, each without the topics of the others", () => {
    const imported = importZigbee2Mqtt({
      base: "zigbee2mqtt",
      devices: DEVICES,
      groups: [{ id: 1, friendly_name: "upstairs" }],
      info: { config: { advanced: { last_seen: "epoch" } } },
    });
    const [climate, bulb] = profilesOf(imported);
    assert.ok(climate !== undefined && bulb !== undefined);
    assert.equal(imported.drafts.length, 2);
    assert.deepEqual(columnsOf(climate), [
      "temperature DOUBLE Cel",
      "humidity DOUBLE % 0…100",
      "linkquality DOUBLE",
      "odd DOUBLE",
      "device_value STRING",
    ]);
    assert.equal(climate.topic, "zigbee2mqtt/{device}");
    assert.deepEqual(climate.except, ["zigbee2mqtt/mystery", "zigbee2mqtt/upstairs"]);
    const row = decoded(
      climate,
      "zigbee2mqtt/kitchen",
      '{"temperature":21.5,"last_seen":1767225600250}',
    );
    assert.equal(row["temperature"], 21.5);
    assert.equal(row["event_time"], 1_767_225_600_250);
    assert.deepEqual(columnsOf(bulb), [
      "state BOOLEAN",
      "brightness DOUBLE",
      "color_x DOUBLE",
      "occupancy BOOLEAN",
    ]);
    assert.equal(bulb.topic, "zigbee2mqtt/{device...}");
    const own = decoded(bulb, "zigbee2mqtt/hall/bulb", '{"state":"ON","color":{"x":0.3}}');
    assert.deepEqual([own["device"], own["color_x"]], ["hall/bulb", 0.3]);
    for (const other of ["kitchen", "hall/bulb/set", "hall/bulb/availability", "bridge/state"]) {
      const message = {
        topic: `zigbee2mqtt/${other}`,
        payload: Buffer.from("{}"),
        receiveTimeMs: 0,
      };
      const found = decodeMessage(bulb, message);
      assert.match("reason" in found ? found.reason : "a row", /no table/, other);
    }
    assert.deepEqual(imported.warnings, [
      "mystery: Zigbee2MQTT does not know its model: no profile",
      'wsdcgq11lm: odd: "smoots" is no unit that UCUM has: left out',
      "led1624g9: log: list is no column: left out",
    ]);
  });

  it("takes over availability where the bridge has it switched on", () => {
    const availabilityOf = (config: object | undefined): readonly unknown[] => {
      const info = config && { config };
      const bridge = { base: "z", devices: DEVICES, groups: undefined, info };
      return profilesOf(importZigbee2Mqtt(bridge)).map(({ availability }) => availability);
    };
    const words = { on: ["online"], off: ["offline"] };
    const common = { topic: "z/{device}/availability", except: ["z/mystery/availability"], words };
    const json = { ...common, address: { kind: "path", path: ["state"] } };
    // The bulb has a slash in its name.
    assert.deepEqual(availabilityOf({ availability: { enabled: true } }), [json, undefined]);
    assert.deepEqual(availabilityOf({ availability: true }), [json, undefined]);
    const legacy = { availability: true, advanced: { legacy_availability_payload: true } };
    const text = { ...common, address: { kind: "payload" } };
    assert.deepEqual(availabilityOf(legacy), [text, undefined]);
    for (const config of [{ availability: { enabled: false } }, {}, undefined]) {
      assert.deepEqual(availabilityOf(config), [undefined, undefined]);
    }
  });

  it("says so when nothing is there", async (context) => {
    const folder = folderWith(context, { "devices.json": "{}" });
    const { code, err } = await run(context, folder, ["import", "zigbee2mqtt", "devices.json"]);
    assert.notEqual(code, 0);
    assert.match(err.join("\n"), /nothing of zigbee2mqtt was found there\n.*bridge\/devices/);
  });
});
