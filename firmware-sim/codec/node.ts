// A payload as a tree: what JSON, CBOR, MessagePack, SenML and protobuf have in common. Fields whose paths share a
// parent become one map; where all names of a parent are numbers, they are indexes of an array.

import { EACH } from "../../src/core/format/profile-codec.ts";
import type { Address } from "../../src/core/format/profile-codec.ts";
import type { Fact } from "../device/device.ts";

/** A value that a device sends. */
export type Cell = number | bigint | string | boolean;

/** The keys of maps are text but in SenML over CBOR, which numbers its labels. */
export type Node = Cell | null | readonly Node[] | ReadonlyMap<string | number, Node>;

/** Writes values of a binary format; a map or array says its size first. */
export interface NodeWriter {
  nothing(): void;
  boolean(value: boolean): void;
  text(value: string): void;
  integer(value: bigint): void;
  float(value: number): void;
  map(size: number): void;
  array(length: number): void;
}

/** Depth first. Numbers that are whole, and exact, are integers. */
export function writeNode(node: Node, out: NodeWriter): void {
  if (node === null) out.nothing();
  else if (typeof node === "boolean") out.boolean(node);
  else if (typeof node === "string") out.text(node);
  else if (typeof node === "bigint") out.integer(node);
  else if (typeof node === "number") {
    if (Number.isSafeInteger(node)) out.integer(BigInt(node));
    else out.float(node);
  } else if (node instanceof Map) {
    out.map(node.size);
    for (const [key, value] of node as ReadonlyMap<string | number, Node>) {
      writeNode(key, out);
      writeNode(value, out);
    }
  } else {
    const items = node as readonly Node[];
    out.array(items.length);
    for (const item of items) writeNode(item, out);
  }
}

/** A field of the payload: where it stands, and its value in a fact; undefined leaves it out. */
export interface PayloadField {
  readonly address: Address;
  readonly cell: (fact: Fact) => Cell | undefined;
}

interface Branch {
  readonly children: Map<string, Branch | PayloadField["cell"]>;
}

/** A part of a payload for a fact; undefined: it is left out. */
export type Write<T> = (fact: Fact) => T | undefined;

/** What a payload is made of, and how its parts are put together. */
export interface Parts<T> {
  cell(cell: PayloadField["cell"]): Write<T>;
  map(entries: readonly { readonly name: string; readonly write: Write<T> }[]): (fact: Fact) => T;
  /** undefined: an index without a field. */
  list(items: readonly (Write<T> | undefined)[]): (fact: Fact) => T;
}

const NODES: Parts<Node> = {
  cell: (cell) => cell,
  map: (entries) => (fact) => {
    const map = new Map<string, Node>();
    for (const { name, write } of entries) {
      const value = write(fact);
      if (value !== undefined) map.set(name, value);
    }
    return map;
  },
  list: (items) => (fact) => items.map((write) => write?.(fact) ?? null),
};

/** The payload as a tree, laid out once; the function fills it in for a fact. Throws where a path crosses a value. */
export function treeWriter(fields: readonly PayloadField[]): (fact: Fact) => Node {
  return layOut(fields, NODES);
}

/** The same with parts of one's own: text that is written at once needs no tree. */
export function layOut<T>(fields: readonly PayloadField[], parts: Parts<T>): (fact: Fact) => T {
  const root: Branch = { children: new Map() };
  for (const { address, cell } of fields) {
    if (address.kind !== "path") throw new Error(`a tree has no place of kind ${address.kind}`);
    // A message has one row, so what stands for every element stands for the first.
    plant(
      root,
      address.path.map((step) => (step === EACH ? "0" : step)),
      cell,
    );
  }
  return branchWriter(root, parts);
}

function plant(root: Branch, path: readonly string[], cell: PayloadField["cell"]): void {
  const last = path.at(-1);
  if (last === undefined) throw new Error("a path names the whole payload");
  let branch = root;
  for (const step of path.slice(0, -1)) {
    const next = branch.children.get(step) ?? { children: new Map() };
    if (typeof next === "function") throw new Error(`path /${path.join("/")} crosses a value`);
    branch.children.set(step, next);
    branch = next;
  }
  branch.children.set(last, cell);
}

function branchWriter<T>({ children }: Branch, parts: Parts<T>): (fact: Fact) => T {
  const entries = Array.from(children, ([name, child]) => ({
    name,
    write: typeof child === "function" ? parts.cell(child) : branchWriter(child, parts),
  }));
  const indexes = entries.map(({ name }) => Number(name));
  if (indexes.length === 0 || !indexes.every((index) => Number.isInteger(index))) {
    return parts.map(entries);
  }
  const items = new Map(indexes.map((index, i) => [index, entries[i]?.write]));
  const length = Math.max(...indexes) + 1;
  return parts.list(Array.from({ length }, (_, i) => items.get(i)));
}
