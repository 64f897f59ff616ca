// Home Assistant's discovery of a device: one retained message that describes it, its measurements, which Home Assistant
// then reads where the device sends them, and its alarms and results of rules, which the gateway tells (alarms.ts, results.ts).
// @see https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload

import type { DeviceResource, Profile } from "../profile.ts";
import { alarmSensors } from "./alarms.ts";
import type { AlarmSensor } from "./alarms.ts";
import { deviceAvailability } from "./availability.ts";
import type { Availability } from "./availability.ts";
import { idOf, title } from "./names.ts";
import { resultSensors } from "./results.ts";
import type { PublishableRule, ResultSensor } from "./results.ts";
import { valueTemplate } from "./template.ts";
import { sensorKind } from "./units.ts";
import type { SensorKind } from "./units.ts";

export interface DiscoveryOptions {
  /** `homeassistant` where nobody has changed it. */
  readonly prefix: string;
  /** The topic to which the device sends, and what the profile captures of it. */
  readonly topic: string;
  readonly captures: readonly string[];
  /** Our own. */
  readonly version: string;
  /** The gateway that publishes it, tells of alarms and rows of rules, and may take it away again. */
  readonly owner?: { readonly gatewayId: string; readonly rules: readonly PublishableRule[] };
}

export interface Discovery {
  /** To be published there, retained. */
  readonly topic: string;
  readonly payload: DiscoveryPayload;
}

interface DiscoveryPayload {
  readonly device: Readonly<Record<string, string | readonly string[]>>;
  readonly origin: Readonly<Record<string, string>>;
  readonly components: Readonly<Record<string, Component | AlarmSensor | ResultSensor>>;
  readonly state_topic: string;
  readonly qos: 0 | 1;
  /** Of the measurements: what the gateway tells has its own. */
  readonly availability?: readonly Availability[];
}

interface Component extends SensorKind {
  readonly platform: "sensor" | "binary_sensor";
  readonly name: string;
  readonly unique_id: string;
  readonly value_template: string;
  /** Seconds without a message until the state is unknown. */
  readonly expire_after?: number;
}

/** The message, with what Home Assistant can read of the profile: undefined where that is nothing. */
export function discoveryOf(profile: Profile, options: DiscoveryOptions): Discovery | undefined {
  const { prefix, topic, captures, version, owner } = options;
  const of = owner === undefined ? ["headrace"] : ["headrace", owner.gatewayId];
  const id = [...of, profile.name, ...captures].map(idOf).join("__");
  const components = profile.resources.flatMap((resource): [string, Component][] => {
    const template = valueTemplate(profile.codec, resource);
    if (template === undefined) return [];
    const silentForMs = profile.quality.silentForMs[resource.name];
    const expiry = silentForMs === undefined ? {} : { expire_after: Math.ceil(silentForMs / 1000) };
    return [[resource.name, { ...component(resource, id, template), ...expiry }]];
  });
  const device = captures[profile.captures.indexOf("device")] ?? "";
  const told = owner === undefined ? {} : toldSensors(profile, owner, { device, id });
  if (components.length === 0 && Object.keys(told).length === 0) return undefined;
  const { manufacturer, model } = profile;
  const availability = deviceAvailability(profile, captures);
  return {
    topic: `${prefix}/device/${id}/config`,
    payload: {
      device: {
        identifiers: [id],
        name: device,
        ...(manufacturer !== "" && { manufacturer }),
        ...(model !== "" && { model }),
      },
      origin: { name: "headrace", sw_version: version },
      components: { ...Object.fromEntries(components), ...told },
      state_topic: topic,
      qos: profile.qos,
      ...(availability !== undefined && { availability }),
    },
  };
}

/** The topic of the states in a message that this gateway has published; undefined: it has not. */
export function ownedBy(owner: string, payload: string): string | undefined {
  try {
    const { device, state_topic: topic } = JSON.parse(payload) as Partial<DiscoveryPayload>;
    const id: unknown = device?.["identifiers"]?.[0];
    const start = `${["headrace", owner].map(idOf).join("__")}__`;
    return typeof id === "string" && id.startsWith(start) ? topic : undefined;
  } catch {
    return undefined;
  }
}

function toldSensors(
  profile: Profile,
  { gatewayId, rules }: NonNullable<DiscoveryOptions["owner"]>,
  of: { readonly device: string; readonly id: string },
): Readonly<Record<string, AlarmSensor | ResultSensor>> {
  const told = { gatewayId, ...of };
  return { ...alarmSensors(profile, told), ...resultSensors(profile, rules, told) };
}

function component(resource: DeviceResource, id: string, template: string): Component {
  const { name, valueType } = resource;
  const isNumber = valueType !== "String" && valueType !== "Bool";
  return {
    platform: valueType === "Bool" ? "binary_sensor" : "sensor",
    name: title(name),
    unique_id: `${id}_${name}`,
    value_template: template,
    ...(isNumber && sensorKind(resource)),
  };
}
