// What Zigbee2MQTT says that a device exposes, as resources.
// @see https://www.zigbee2mqtt.io/guide/usage/exposes.html

import type { Flow, ResourceDraft } from "./draft.ts";
import { listOf, numberOf, objectOf, textOf } from "./json.ts";
import type { Json } from "./json.ts";
import { unitCode } from "./names.ts";
import type { ColumnNames } from "./names.ts";

/** Bits of `access`. */
const PUBLISHED = 1;
const SETTABLE = 2;

/** Units that are no UCUM codes, or mean nothing. */
const UNITS: Readonly<Record<string, string>> = { lqi: "", mired: "", "m³": "m3", "m³/h": "m3/h" };

/** Resources of everything that stands in the published state, each once. */
export function exposedResources(
  exposes: unknown,
  names: ColumnNames,
  warn: (message: string) => void,
): ResourceDraft[] {
  const seen = new Set<string>();
  const gather = (list: unknown, above: readonly string[]): ResourceDraft[] =>
    listOf(list).flatMap((each) => {
      const expose = objectOf(each);
      const path = [...above, textOf(expose["property"])].filter((step) => step !== "");
      // A light, a switch, a composite: only its features have values.
      if (Array.isArray(expose["features"])) return gather(expose["features"], path);
      const pointer = path
        .map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`)
        .join("");
      if (pointer === "" || seen.has(pointer) || !has(expose, PUBLISHED)) return [];
      seen.add(pointer);
      const valueType = typeOf(expose);
      if (valueType === undefined) {
        warn(`${path.join(".")}: ${textOf(expose["type"])} is no column: left out`);
        return [];
      }
      const name = names.of(path.join("_"));
      const properties = {
        valueType,
        ...numeric(expose, (message) => warn(`${name}: ${message}`)),
        ...words(expose),
      };
      return [{ name, description: describe(expose), attributes: { pointer }, properties }];
    });
  return gather(exposes, []);
}

function has({ access }: Json, bit: number): boolean {
  return typeof access === "number" && (access & bit) !== 0;
}

function typeOf(expose: Json): string | undefined {
  const { type, value_on: on, value_off: off } = expose;
  switch (type) {
    case "numeric":
      return "Float64";
    case "binary": {
      const isTruth = typeof on === "boolean" && typeof off === "boolean";
      return isTruth || words(expose)["on"] !== undefined ? "Bool" : "String";
    }
    case "enum":
    case "text":
      return "String";
    default:
      return undefined;
  }
}

/** The texts of a binary value that has some. */
function words({ type, value_on: on, value_off: off }: Json): Flow {
  const isText = typeof on === "string" && typeof off === "string" && on !== off;
  return type === "binary" && isText && on !== "" && off !== "" ? { on, off } : {};
}

/** Ranges are those of the measurement; of what can be set they are what may be set. */
function numeric(expose: Json, warn: (message: string) => void): Flow {
  if (expose["type"] !== "numeric") return {};
  const isReading = !has(expose, SETTABLE);
  return {
    units: unitCode(textOf(expose["unit"]), UNITS, warn),
    minimum: isReading ? numberOf(expose["value_min"]) : undefined,
    maximum: isReading ? numberOf(expose["value_max"]) : undefined,
  };
}

function describe({ description, values }: Json): string {
  const choices = listOf(values).map(String);
  const all = choices.length === 0 ? "" : `One of ${choices.join(", ")}`;
  return [textOf(description).replaceAll(/\s+/g, " ").trim(), all]
    .filter((text) => text !== "")
    .join(". ");
}
