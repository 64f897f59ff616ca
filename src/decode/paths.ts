// Wanted values by where they stand: a tree of steps, so that a payload is walked once.

import { EACH } from "../core/format/profile-codec.ts";
import type { Wanted } from "./payload-reader.ts";

export interface PathNode {
  /** What is wanted of the value here. */
  readonly wanted: Wanted[];
  /** By key, field name or array index. */
  readonly children: Map<string, PathNode>;
  /** Of every element of an array, each in a row of its own. */
  each: PathNode | undefined;
}

/** The tree of the wanted values; those with an address of another kind stand at its root. */
export function pathTree(wanted: readonly Wanted[]): PathNode {
  const root = newNode();
  for (const each of wanted) {
    let node = root;
    const { address } = each;
    for (const step of address.kind === "path" ? address.path : []) node = childOf(node, step);
    node.wanted.push(each);
  }
  return root;
}

/** Whether some address has a `*`: then the message is as many rows as that array has elements. */
export function hasRecords(wanted: readonly Wanted[]): boolean {
  return wanted.some(({ address }) => address.kind === "path" && address.path.includes(EACH));
}

function childOf(node: PathNode, step: string): PathNode {
  if (step === EACH) return (node.each ??= newNode());
  let child = node.children.get(step);
  if (child === undefined) node.children.set(step, (child = newNode()));
  return child;
}

function newNode(): PathNode {
  return { wanted: [], children: new Map(), each: undefined };
}
