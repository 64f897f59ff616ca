// Devices of Zigbee2MQTT: a profile per model, from what the bridge publishes on <base>/bridge/devices.
//
// All devices share <base>/<friendly name>, so a model's profile excludes the topics of all other devices. With the
// bridge's information (<base>/bridge/info) event time is what `last_seen` is set to, and availability is taken over where it
// is switched on.
// @see https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html

import type { Flow, Imported, ProfileDraft } from "./draft.ts";
import { exposedResources } from "./exposes.ts";
import { listOf, objectOf, textOf } from "./json.ts";
import type { Json } from "./json.ts";
import { ColumnNames, ProfileNames } from "./names.ts";

export interface Zigbee2MqttBridge {
  /** In front of all topics, `zigbee2mqtt` where nobody has changed it. */
  readonly base: string;
  /** The content of bridge/devices. */
  readonly devices: unknown;
  /** … of bridge/groups, which publish beside the devices, and of bridge/info; undefined: not known. */
  readonly groups: unknown;
  readonly info: unknown;
}

interface Device {
  readonly name: string;
  readonly definition: Json;
}

/** A profile per model. Devices that the bridge does not know are named in the warnings. */
export function importZigbee2Mqtt({ base, devices, groups, info }: Zigbee2MqttBridge): Imported {
  const warnings: string[] = [];
  const known: Device[] = [];
  for (const each of listOf(devices).map(objectOf)) {
    if (each["type"] === "Coordinator") continue;
    const name = textOf(each["friendly_name"]);
    const definition = objectOf(each["definition"]);
    known.push({ name, definition });
    if (textOf(definition["model"]) === "") {
      warnings.push(`${name}: Zigbee2MQTT does not know its model: no profile`);
    }
  }
  const time = timeOf(info, warnings);
  const form = availabilityForm(info);
  const names = new ProfileNames();
  const models = Map.groupBy(known, ({ definition }) => textOf(definition["model"]));
  models.delete("");
  const drafts = [...models].flatMap(([model, own]): ProfileDraft[] => {
    const others = known.filter((each) => !own.includes(each)).map(({ name }) => name);
    others.push(...listOf(groups).map((group) => textOf(objectOf(group)["friendly_name"])));
    const draft = profileOf(own, { base, others, time, form, name: names.of(model), warnings });
    if (draft.resources.length > 0) return [draft];
    warnings.push(`${model}: publishes nothing that is a column: no profile`);
    return [];
  });
  return { drafts, warnings };
}

interface Surroundings {
  readonly base: string;
  /** Devices of other models, and groups. */
  readonly others: readonly string[];
  readonly time: Flow | undefined;
  readonly form: Flow | undefined;
  readonly name: string;
  readonly warnings: string[];
}

function profileOf(own: readonly Device[], around: Surroundings): ProfileDraft {
  const { base, others, time, form, name, warnings } = around;
  const definition = own[0]?.definition ?? {};
  const deviceNames = own.map((each) => each.name);
  return {
    name,
    manufacturer: textOf(definition["vendor"]),
    model: textOf(definition["model"]),
    description: textOf(definition["description"]),
    labels: ["zigbee"],
    notes: [
      `Imported from Zigbee2MQTT, for ${deviceNames.slice(0, 10).join(", ")}${deviceNames.length > 10 ? " …" : ""}.`,
      "All its devices share one topic: import again when others come, or exclude their topics here.",
    ],
    resources: exposedResources(definition["exposes"], new ColumnNames(["device"]), (message) =>
      warnings.push(`${name}: ${message}`),
    ),
    ...topics(base, deviceNames, others),
    codec: "json",
    time,
    availability: form && availability(base, deviceNames, others, form),
  };
}

/** A level of several names can only be the last one: where a device has a slash in its name, none is covered. */
function availability(
  base: string,
  own: readonly string[],
  others: readonly string[],
  form: Flow,
): Flow | undefined {
  if (own.some((name) => name.includes("/"))) return undefined;
  const topicOf = (name: string): string => `${base}/${name}/availability`;
  const except = others.filter((name) => !name.includes("/")).map(topicOf);
  return { topic: topicOf("{device}"), except, ...form };
}

/** A device whose name has slashes takes a capture of several levels, which lets in its other topics, too. */
function topics(
  base: string,
  own: readonly string[],
  others: readonly string[],
): { topic: string; except: string[] } {
  const isDeep = own.some((name) => name.includes("/"));
  if (!isDeep) {
    const near = others.filter((name) => !name.includes("/"));
    return { topic: `${base}/{device}`, except: near.map((name) => `${base}/${name}`) };
  }
  const besides = (name: string): string[] =>
    ["availability", "set/#", "get/#"].map((end) => `${base}/${name}/${end}`);
  return {
    topic: `${base}/{device...}`,
    except: [
      `${base}/bridge/#`,
      ...own.flatMap(besides),
      ...others.flatMap((name) => [`${base}/${name}`, ...besides(name)]),
    ],
  };
}

/** How the bridge says that a device is there; undefined: it does not, or nobody knows. */
function availabilityForm(info: unknown): Flow | undefined {
  const config = objectOf(objectOf(info)["config"]);
  const given = config["availability"];
  const isOn =
    given === true ||
    (typeof given === "object" && given !== null && objectOf(given)["enabled"] !== false);
  if (!isOn) return undefined;
  const isText = objectOf(config["advanced"])["legacy_availability_payload"] === true;
  return isText ? {} : { pointer: "/state" };
}

const FORMS: Readonly<Record<string, Flow>> = {
  ISO_8601: { pointer: "/last_seen", unit: "iso8601", else: "receive" },
  ISO_8601_local: { pointer: "/last_seen", unit: "iso8601", else: "receive" },
  epoch: { pointer: "/last_seen", unit: "ms", else: "receive" },
};

function timeOf(info: unknown, warnings: string[]): Flow | undefined {
  const advanced = objectOf(objectOf(objectOf(info)["config"])["advanced"]);
  const form = info === undefined ? "ISO_8601" : textOf(advanced["last_seen"]);
  const time = FORMS[form];
  if (info === undefined) {
    warnings.push(
      "time: set `last_seen: ISO_8601` in Zigbee2MQTT, without it event time is receive time",
    );
  } else if (time === undefined) {
    warnings.push(
      "time: Zigbee2MQTT sends no last_seen, event time is receive time; set `last_seen: ISO_8601`",
    );
  }
  return time;
}
