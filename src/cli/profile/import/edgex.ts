// Device profiles of EdgeX (v2 and later). What they say of types, units, ranges and scaling is taken over; where a value
// stands is for EdgeX's device service to know, so resources are looked for by name in a JSON payload, as device-mqtt
// sends them.
//
// EdgeX' documentation and its device SDK disagree about what is done to a reading. Documented are base, scale, offset,
// mask and shift in this order, `shift` to the right, `base` raised to the power of the reading. The SDK masks and shifts
// first, unsigned readings only, shifts to the left for a positive number, and raises the reading to the power of `base`;
// each step is cut to the value type. Profiles here go by the order of the SDK and the documented meaning of each step.

import { VALUE_TYPES } from "../../../config/profile.ts";
import type { ValueType } from "../../../config/profile.ts";
import type { Imported, ResourceDraft } from "./draft.ts";
import { listOf, numberOf, objectOf, textOf } from "./json.ts";
import type { Json } from "./json.ts";
import { ColumnNames, ProfileNames, unitCode } from "./names.ts";

const TOPIC = "incoming/data/{device}/{source}";
const NOTES = [
  "Imported from an EdgeX device profile. The topic is that of device-mqtt's asynchronous values, and each value is",
  "looked for under its resource's name in a JSON payload: put in what your device sends.",
];

/** The profile of an EdgeX profile's content. */
export function importEdgex(content: unknown): Imported {
  const profile = objectOf(content);
  const warnings: string[] = [];
  const names = new ColumnNames(["device", "source"]);
  const resources = listOf(profile["deviceResources"]).flatMap((each) =>
    resource(objectOf(each), names, (message) => warnings.push(message)),
  );
  if (
    resources.some(
      ({ properties }) => (properties["minimum"] ?? properties["maximum"]) !== undefined,
    )
  ) {
    warnings.push(
      "minimum and maximum: EdgeX checks what is written by them, here they judge what is read",
    );
  }
  const text = (key: string): string => textOf(profile[key]);
  const draft = {
    name: new ProfileNames().of(text("name")),
    manufacturer: text("manufacturer"),
    model: text("model"),
    description: text("description"),
    labels: listOf(profile["labels"]).map(String),
    notes: NOTES,
    resources,
    topic: TOPIC,
    except: [],
    codec: "json" as const,
    time: undefined,
    availability: undefined,
  };
  return { drafts: resources.length === 0 ? [] : [draft], warnings };
}

function resource(
  { name, description, properties }: Json,
  names: ColumnNames,
  warn: (message: string) => void,
): ResourceDraft[] {
  const own = textOf(name);
  const warnOf = (message: string): void => warn(`${own}: ${message}`);
  const given = objectOf(properties);
  const declared = textOf(given["valueType"]);
  const type = VALUE_TYPES.find((each) => each.toLowerCase() === declared.toLowerCase());
  if (given["readWrite"] === "W") {
    warnOf("is written only: left out");
    return [];
  }
  if (type === undefined) {
    warnOf(declared === "" ? "has no valueType: left out" : `${declared} is no column: left out`);
    return [];
  }
  const transform = transformOf(given, type, warnOf);
  const valueType = columnType(type, transform, warnOf);
  const isBounded = !["Bool", "String", "Uint64"].includes(type);
  return [
    {
      name: names.of(own),
      description: textOf(description),
      attributes: { pointer: `/${own.replaceAll("~", "~0").replaceAll("/", "~1")}` },
      properties: {
        valueType,
        units: unitCode(textOf(given["units"]), UNITS, warnOf),
        ...transform,
        minimum: isBounded ? numberOf(given["minimum"]) : undefined,
        maximum: isBounded ? numberOf(given["maximum"]) : undefined,
      },
    },
  ];
}

/** Units as EdgeX' own profiles write them. */
const UNITS: Readonly<Record<string, string>> = {
  "Degrees Fahrenheit": "[degF]",
  "Degrees Celsius": "Cel",
  "degrees Fahrenheit": "[degF]",
  "degrees Celsius": "Cel",
  Percent: "%",
};

type Transform = Readonly<Partial<Record<"mask" | "shift" | "base" | "scale" | "offset", number>>>;

/** What changes a reading; EdgeX writes what changes nothing, too, and cannot scale texts and truth values. */
function transformOf(given: Json, type: ValueType, warn: (message: string) => void): Transform {
  if (type === "Bool" || type === "String") return {};
  const set = (key: string, without: number): number | undefined => {
    const number = numberOf(given[key]);
    return number === without ? undefined : number;
  };
  const isUnsigned = type.startsWith("Uint");
  const mask = set("mask", 0);
  const shift = set("shift", 0);
  const base = set("base", 0);
  const [scale, offset] = [set("scale", 1), set("offset", 0)];
  if (!isUnsigned && (mask ?? shift) !== undefined) {
    warn(`mask and shift: EdgeX ignores them for ${type}, here they apply`);
  }
  if (shift !== undefined) {
    const [here, there] = shift > 0 ? ["right", "left"] : ["left", "right"];
    warn(
      `shift ${shift}: to the ${here} as documented, and here; EdgeX' SDK shifts to the ${there}`,
    );
  }
  if (base !== undefined) {
    warn(
      `base ${base}: ${base} to the power of the reading as documented, and here; EdgeX' SDK has it the other way round`,
    );
  }
  if ((mask ?? shift) !== undefined && (base ?? scale ?? offset) !== undefined) {
    warn("mask and shift are documented to come last; EdgeX' SDK has them first, as here");
  }
  if (type === "Uint64" && (base ?? scale ?? offset) !== undefined) {
    warn("Uint64 is not scaled here: base, scale and offset are left out");
    return { ...(mask !== undefined && { mask }), ...(shift !== undefined && { shift }) };
  }
  return Object.fromEntries(
    Object.entries({ mask, shift, base, scale, offset }).filter(([, value]) => value !== undefined),
  );
}

/** EdgeX cuts scaled integers to their type; who wrote a fraction meant one. */
function columnType(
  type: ValueType,
  { scale = 1, offset = 0 }: Transform,
  warn: (message: string) => void,
): ValueType {
  const isWhole = Number.isInteger(scale) && Number.isInteger(offset);
  if (isWhole || type.startsWith("Float") || type === "Uint64") return type;
  warn(`EdgeX' SDK cuts the scaled value to ${type}; here it is a Float64`);
  return "Float64";
}
