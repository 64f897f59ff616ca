// What Homie devices announce: of version 5 in one document (<root>/5/<device>/$description), of version 4 in attributes
// (<root>/<device>/$homie, …/$nodes, …/<node>/$properties, …/<property>/$datatype).
// @see https://homieiot.github.io/specification

import { objectOf, textOf } from "./json.ts";

/** A property of a device's node. Texts that were not announced are empty. */
export interface HomieProperty {
  /** What stands before the device's id: `homie/5`, `homie`. */
  readonly root: string;
  readonly device: string;
  readonly node: string;
  readonly property: string;
  readonly name: string;
  readonly nodeName: string;
  readonly nodeType: string;
  readonly datatype: string;
  readonly format: string;
  readonly unit: string;
  readonly isSettable: boolean;
}

/** All properties, device by device. Descriptions that cannot be read are warned of. */
export function homieProperties(
  retained: ReadonlyMap<string, string>,
  warn: (message: string) => void,
): HomieProperty[] {
  return [...retained].flatMap(([topic, payload]) => {
    const five = /^(.+\/5)\/([^/]+)\/\$description$/.exec(topic);
    if (five !== null) {
      const [, root = "", device = ""] = five;
      return described({ root, device }, payload, warn);
    }
    const four = /^([^/]+)\/([^/]+)\/\$homie$/.exec(topic);
    if (four === null) return [];
    const [, root = "", device = ""] = four;
    if (/^[34]\./.test(payload)) return announced({ root, device }, retained);
    warn(`${device}: Homie ${payload} is not known here: left out`);
    return [];
  });
}

type Device = Pick<HomieProperty, "root" | "device">;

function described(of: Device, payload: string, warn: (message: string) => void): HomieProperty[] {
  let description: unknown;
  try {
    description = JSON.parse(payload);
  } catch (error) {
    warn(`${of.device}: its $description is not JSON: ${(error as Error).message}`);
    return [];
  }
  return Object.entries(objectOf(objectOf(description)["nodes"])).flatMap(([node, value]) => {
    const { name, type, properties } = objectOf(value);
    return Object.entries(objectOf(properties)).map(([property, attributes]) => {
      const own = objectOf(attributes);
      return {
        ...of,
        node,
        property,
        name: textOf(own["name"]),
        nodeName: textOf(name),
        nodeType: textOf(type),
        datatype: textOf(own["datatype"]),
        format: textOf(own["format"]),
        unit: textOf(own["unit"]),
        isSettable: own["settable"] === true,
      };
    });
  });
}

function announced(of: Device, retained: ReadonlyMap<string, string>): HomieProperty[] {
  const at = `${of.root}/${of.device}`;
  const get = (topic: string): string => retained.get(`${at}/${topic}`)?.trim() ?? "";
  return listed(get("$nodes")).flatMap((node) =>
    listed(get(`${node}/$properties`)).map((property) => {
      const own = (attribute: string): string => get(`${node}/${property}/$${attribute}`);
      return {
        ...of,
        node,
        property,
        name: own("name"),
        nodeName: get(`${node}/$name`),
        nodeType: get(`${node}/$type`),
        datatype: own("datatype"),
        format: own("format"),
        unit: own("unit"),
        isSettable: own("settable") === "true",
      };
    }),
  );
}

function listed(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
