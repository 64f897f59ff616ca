// Devices of the Homie convention, 4 and 5: a profile per property, since each has a topic and a type of its own. Devices
// that have the same property share its profile; where they disagree about the type, each kind excludes the others.

import type { Flow, Imported, ProfileDraft } from "./draft.ts";
import { homieProperties } from "./homie-devices.ts";
import type { HomieProperty } from "./homie-devices.ts";
import { ColumnNames, ProfileNames, unitCode } from "./names.ts";

/** By datatype; those that are missing are text. */
const TYPES: Readonly<Record<string, string>> = {
  integer: "Int64",
  float: "Float64",
  boolean: "Bool",
};

/** The convention's units that are no UCUM codes. */
const UNITS: Readonly<Record<string, string>> = {
  "°": "deg",
  gal: "[gal_us]",
  ft: "[ft_i]",
  "m³": "m3",
  kn: "[kn_i]",
  MiB: "MiBy",
  "#": "",
};

/** Profiles of what devices have announced, by retained topics and payloads. */
export function importHomie(retained: ReadonlyMap<string, string>): Imported {
  const warnings: string[] = [];
  const names = new ProfileNames();
  const properties = homieProperties(retained, (message) => warnings.push(message));
  const shared = Map.groupBy(
    properties,
    ({ root, node, property }) => `${root} ${node}/${property}`,
  );
  const devices = Map.groupBy(properties, ({ root }) => root);
  const drafts = [...shared.values()].flatMap((all) => {
    const kinds = [...Map.groupBy(all, kindOf).values()];
    return kinds.map((own) => {
      const others = all.filter((each) => !own.includes(each));
      const { root, node, property } = own[0] as HomieProperty;
      const draft = draftOf(own, others, { name: names.of(`homie-${node}-${property}`), warnings });
      return { ...draft, availability: availability(own, devices.get(root) ?? [], retained) };
    });
  });
  return { drafts, warnings };
}

function kindOf({ datatype, format, unit }: HomieProperty): string {
  return JSON.stringify([datatype, format, unit]);
}

function draftOf(
  own: readonly HomieProperty[],
  others: readonly HomieProperty[],
  { name, warnings }: { readonly name: string; readonly warnings: string[] },
): Omit<ProfileDraft, "availability"> {
  const [first] = own as readonly [HomieProperty];
  const { root, node, property } = first;
  const topicOf = (device: string): string => `${root}/${device}/${node}/${property}`;
  const devices = own.map(({ device }) => device);
  return {
    name,
    manufacturer: "",
    model: first.nodeType,
    description: [first.nodeName, first.name].filter((text) => text !== "").join(": "),
    labels: ["homie"],
    notes: [
      `Imported from Homie, for ${devices.slice(0, 10).join(", ")}${devices.length > 10 ? " …" : ""}. Values have no time of their own: event time`,
      "is receive time, also of a retained value that comes when the gateway connects.",
    ],
    resources: [
      {
        name: new ColumnNames(["device"]).of(property),
        description: choicesOf(first),
        attributes: {},
        properties: {
          valueType: TYPES[first.datatype] ?? "String",
          ...numeric(first, (message) => warnings.push(`${name}: ${message}`)),
        },
      },
    ],
    topic: topicOf("{device}"),
    except: others.map(({ device }) => topicOf(device)),
    codec: "text",
    time: undefined,
  };
}

/** What a device's `$state` may be: one that sleeps, or has something to tell, is there. */
const STATES: Flow = {
  online: ["init", "ready", "sleeping", "alert"],
  offline: ["disconnected", "lost"],
};

/** Said by devices that have the property; undefined where none of them has said anything yet. */
function availability(
  own: readonly HomieProperty[],
  all: readonly HomieProperty[],
  retained: ReadonlyMap<string, string>,
): Flow | undefined {
  const topicsOf = (properties: readonly HomieProperty[]): Set<string> =>
    new Set(properties.map(({ root, device }) => `${root}/${device}/$state`));
  const topics = topicsOf(own);
  if (![...topics].some((topic) => retained.has(topic))) return undefined;
  const except = [...topicsOf(all)].filter((topic) => !topics.has(topic));
  return { topic: `${own[0]?.root}/{device}/$state`, except, ...STATES };
}

/** `-20:120`, of Homie 5 also `-20:` and `0:100:5`. */
function numeric(of: HomieProperty, warn: (message: string) => void): Flow {
  if (of.datatype !== "integer" && of.datatype !== "float") return {};
  const [low = "", high = ""] = of.format.split(":");
  const bound = (text: string): number | undefined => {
    const number = Number(text);
    return text.trim() === "" || Number.isNaN(number) ? undefined : number;
  };
  // What may be set is no range of what is measured.
  const isReading = !of.isSettable;
  return {
    units: unitCode(of.unit, UNITS, warn),
    minimum: isReading ? bound(low) : undefined,
    maximum: isReading ? bound(high) : undefined,
  };
}

function choicesOf({ datatype, format }: HomieProperty): string {
  if (format === "" || datatype === "integer" || datatype === "float") return "";
  switch (datatype) {
    case "enum":
      return `One of ${format.split(",").join(", ")}`;
    case "boolean":
      return `false, true: ${format.split(",").join(", ")}`;
    case "color":
      return `As ${format}`;
    default:
      return "";
  }
}
