// SenML packs (RFC 8428): one record a measurement, the time of all of them as base time of the first.

import type { Fact } from "../device/device.ts";
import { cborBytes } from "./cbor.ts";
import { jsonText } from "./json.ts";
import type { Cell, Node, PayloadField } from "./node.ts";

/** Labels in JSON and in CBOR (§6, table 4). */
const LABELS = {
  bt: { json: "bt", cbor: -3 },
  n: { json: "n", cbor: 0 },
  v: { json: "v", cbor: 2 },
  vs: { json: "vs", cbor: 3 },
  vb: { json: "vb", cbor: 4 },
} as const;

/** The writer of packs. The field whose name is empty is the time. */
export function senmlWriter(
  fields: readonly PayloadField[],
  encoding: "json" | "cbor",
): (fact: Fact) => string | Uint8Array {
  const named = fields.map(({ address, cell }) => {
    if (address.kind !== "measurement")
      throw new Error(`a pack has no place of kind ${address.kind}`);
    return { name: address.name, cell };
  });
  const time = named.find(({ name }) => name === "");
  const measurements = named.filter(({ name }) => name !== "");
  const label = (name: keyof typeof LABELS): string | number => LABELS[name][encoding];
  return (fact) => {
    const pack: Node[] = [];
    let base = time?.cell(fact);
    for (const { name, cell } of measurements) {
      const value = cell(fact);
      if (value === undefined) continue;
      const record = new Map<string | number, Node>();
      if (base !== undefined) record.set(label("bt"), base);
      base = undefined;
      pack.push(record.set(label("n"), name).set(label(valueLabel(value)), value));
    }
    return encoding === "json" ? jsonText(pack) : cborBytes(pack);
  };
}

function valueLabel(value: Cell): "v" | "vs" | "vb" {
  if (typeof value === "string") return "vs";
  return typeof value === "boolean" ? "vb" : "v";
}
