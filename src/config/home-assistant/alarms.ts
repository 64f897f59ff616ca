// Alarms of a profile for Home Assistant: a problem sensor each, whose state the gateway itself publishes, retained. It is
// unavailable while the gateway is not connected to the broker.

import { alarmsOf } from "../profile-alarms.ts";
import type { Profile } from "../profile.ts";

export interface AlarmSensor {
  readonly platform: "binary_sensor";
  readonly name: string;
  readonly unique_id: string;
  readonly device_class: "problem";
  readonly state_topic: string;
  readonly availability_topic: string;
}

/** Rules of the alarms of profiles that publish. */
export function publishedAlarms(profiles: readonly Profile[]): string[] {
  return profiles
    .filter(({ publish }) => publish?.homeAssistant !== undefined)
    .flatMap((profile) => alarmsOf(profile).map(({ name }) => ruleOf(profile, name)));
}

/** Where a gateway publishes what it is asked about: everything below is its own. */
export function gatewayTopic(gatewayId: string): string {
  return `headrace/${level(gatewayId)}`;
}

/** `online`, or `offline` by the broker when the gateway is gone. */
export function availabilityTopic(gatewayId: string): string {
  return `${gatewayTopic(gatewayId)}/availability`;
}

/** The state of a device's alarm: `ON` while it is raised, else `OFF`. */
export function alarmTopic(gatewayId: string, rule: string, device: string): string {
  return `${gatewayTopic(gatewayId)}/alarm/${level(rule)}/${level(device)}`;
}

/** The rule of a topic that `alarmTopic` gave; undefined: it is no such topic. */
export function ruleOfTopic(gatewayId: string, topic: string): string | undefined {
  const start = `${gatewayTopic(gatewayId)}/alarm/`;
  const [rule = ""] = topic.startsWith(start) ? topic.slice(start.length).split("/") : [];
  return rule === "" ? undefined : rule;
}

/** Components by key. `id`: of the device. */
export function alarmSensors(
  profile: Profile,
  { gatewayId, device, id }: { gatewayId: string; device: string; id: string },
): Readonly<Record<string, AlarmSensor>> {
  const sensors = alarmsOf(profile).map(({ name }): [string, AlarmSensor] => [
    // No resource has a hyphen in its name.
    `alarm-${name}`,
    {
      platform: "binary_sensor",
      name: title(name),
      unique_id: `${id}_alarm-${name}`,
      device_class: "problem",
      state_topic: alarmTopic(gatewayId, ruleOf(profile, name), device),
      availability_topic: availabilityTopic(gatewayId),
    },
  ]);
  return Object.fromEntries(sensors);
}

/** `bearing_temp` as `Bearing temp`. */
export function title(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function ruleOf(profile: Profile, alarm: string): string {
  return `${profile.name}.${alarm}`;
}

/** A name as one level of a topic. */
function level(name: string): string {
  return name.replaceAll(/[/+#%\0]/g, encodeURIComponent);
}
