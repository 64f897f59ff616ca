// JSON text of a payload.

import type { Fact } from "../device/device.ts";
import { layOut } from "./node.ts";
import type { Cell, Node, Parts, PayloadField } from "./node.ts";

const TEXTS: Parts<string> = {
  cell(cell) {
    // Most texts and some numbers are constants.
    let last: Cell | undefined;
    let text = "";
    return (fact) => {
      const value = cell(fact);
      if (value === undefined) return undefined;
      if (value !== last) {
        text = jsonText(value);
        last = value;
      }
      return text;
    };
  },
  map(entries) {
    const members = entries.map(({ name, write }) => {
      const first = `${JSON.stringify(name)}:`;
      return { first, next: `,${first}`, write };
    });
    return (fact) => {
      let text = "{";
      for (const { first, next, write } of members) {
        const value = write(fact);
        if (value !== undefined) text += (text === "{" ? first : next) + value;
      }
      return `${text}}`;
    };
  },
  list: (items) => (fact) => `[${items.map((write) => write?.(fact) ?? "null").join(",")}]`,
};

/** Writes the payload of a fact: laid out once, without a tree for each message. */
export function jsonWriter(fields: readonly PayloadField[]): (fact: Fact) => string {
  return layOut(fields, TEXTS);
}

/** Numbers in their shortest exact form, big ones with all of their digits. */
export function jsonText(node: Node): string {
  if (typeof node === "string") return JSON.stringify(node);
  if (typeof node !== "object" || node === null) return String(node);
  if (!(node instanceof Map)) return `[${(node as readonly Node[]).map(jsonText).join(",")}]`;
  let text = "";
  for (const [name, value] of node as ReadonlyMap<string, Node>) {
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${jsonText(value)}`;
  }
  return `{${text}}`;
}
