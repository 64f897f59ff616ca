import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { importHomie } from "../../../../src/cli/profile/import/homie.ts";
import { availabilityProfile } from "../../../../src/config/profile-availability.ts";
import type { Profile } from "../../../../src/config/profile.ts";
import { columnsOf, decoded, HOMIE_4, HOMIE_5, profilesOf } from "./kit.ts";

describe("the import of Homie devices", () => {
  it("reads the attributes of version 4", () => {
    const imported = importHomie(new Map(Object.entries(HOMIE_4)));
    const profiles = profilesOf(imported);
    assert.deepEqual(
      profiles.map((profile) => [profile.topic, ...columnsOf(profile)]),
      [
        ["homie/{device}/engine/temperature", "temperature DOUBLE Cel -20…120"],
        ["homie/{device}/engine/mode", "mode STRING"],
        ["homie/{device}/lights/power", "power BOOLEAN"],
      ],
    );
    const [temperature, , power] = profiles as [Profile, Profile, Profile];
    assert.equal(temperature.description, "Car engine: Engine temperature");
    assert.equal(decoded(temperature, "homie/car/engine/temperature", "21.5")["temperature"], 21.5);
    assert.equal(decoded(power, "homie/car/lights/power", "true")["power"], true);
    const { availability } = temperature;
    assert.ok(availability !== undefined);
    assert.deepEqual(
      ["ready", "sleeping", "disconnected", "lost"].map((state) => {
        const said = availabilityProfile(temperature, availability);
        return decoded(said, "homie/car/$state", state)["online"];
      }),
      [true, true, false, false],
    );
    assert.deepEqual(imported.warnings, ["old: Homie 2.1.0 is not known here: left out"]);
  });

  it("reads the descriptions of version 5; devices that disagree have profiles of their own", () => {
    const imported = importHomie(new Map(Object.entries(HOMIE_5)));
    const profiles = profilesOf(imported);
    assert.deepEqual(
      profiles.map((profile) => [profile.name, ...columnsOf(profile), ...profile.except]),
      [
        [
          "homie-air-temperature",
          "temperature DOUBLE Cel -40…85",
          "homie/5/cellar/air/temperature",
          "homie/5/+/$state",
        ],
        ["homie-air-temperature-2", "temperature DOUBLE [degF]", "homie/5/attic/air/temperature"],
        ["homie-air-level", "level BIGINT", "homie/5/+/$state"],
      ],
    );
    // The devices of other profiles say nothing of its own; of the cellar nobody has said anything.
    const said = profiles.map(({ availability }) => availability);
    assert.deepEqual(
      said.map((each) => each && [each.topic, ...each.except]),
      [["homie/5/{device}/$state", "homie/5/cellar/$state"], undefined].concat([
        ["homie/5/{device}/$state", "homie/5/cellar/$state"],
      ]),
    );
    assert.match(imported.warnings.join(), /^shed: its \$description is not JSON/);
  });
});
