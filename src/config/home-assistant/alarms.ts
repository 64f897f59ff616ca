// Alarms of a profile for Home Assistant: a problem sensor each, whose state the gateway itself publishes, retained. It is
// unavailable while the gateway is not connected to the broker.

import { alarmsOf } from "../profile-alarms.ts";
import type { Profile } from "../profile.ts";
import { gatewayAvailability } from "./availability.ts";
import type { Availability } from "./availability.ts";
import { title } from "./names.ts";
import { toldTopic } from "./topics.ts";

export interface AlarmSensor {
  readonly platform: "binary_sensor";
  readonly name: string;
  readonly unique_id: string;
  readonly device_class: "problem";
  readonly state_topic: string;
  readonly availability: readonly Availability[];
}

/** A device as the gateway tells of it. `id`: its own for Home Assistant. */
export interface ToldDevice {
  readonly gatewayId: string;
  readonly device: string;
  readonly id: string;
}

/** Rules of the alarms of profiles that publish. */
export function publishedAlarms(profiles: readonly Profile[]): string[] {
  return profiles
    .filter(({ publish }) => publish?.homeAssistant !== undefined)
    .flatMap((profile) => alarmsOf(profile).map(({ name }) => ruleOf(profile, name)));
}

/** Components by key. */
export function alarmSensors(
  profile: Profile,
  { gatewayId, device, id }: ToldDevice,
): Readonly<Record<string, AlarmSensor>> {
  const sensors = alarmsOf(profile).map(({ name }): [string, AlarmSensor] => [
    // No resource has a hyphen in its name.
    `alarm-${name}`,
    {
      platform: "binary_sensor",
      name: title(name),
      unique_id: `${id}_alarm-${name}`,
      device_class: "problem",
      state_topic: toldTopic(gatewayId, "alarm", { rule: ruleOf(profile, name), device }),
      availability: gatewayAvailability(gatewayId),
    },
  ]);
  return Object.fromEntries(sensors);
}

function ruleOf(profile: Profile, alarm: string): string {
  return `${profile.name}.${alarm}`;
}
