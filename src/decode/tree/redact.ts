// Rewrites fields of a CBOR or MessagePack payload, every occurrence of each: a map may have a key twice. Containers say how many
// elements they have and not how many bytes, so the rest stays as it is.

import { EACH } from "../../core/format/profile-codec.ts";
import type { PayloadValue } from "../payload-value.ts";
import { merged, replaced } from "../redaction.ts";
import type { Found, RedactionNode } from "../redaction.ts";
import { ARRAY_ITEM, INTEGER_ITEM, MAP_ITEM, TEXT_ITEM } from "./cursor.ts";
import type { TreeCursor } from "./cursor.ts";
import { itemValue } from "./value.ts";

interface FoundItem<Action> extends Found<Action> {
  readonly value: PayloadValue;
}

/**
 * What the cursor was reset to, with its fields replaced by `replace`, which is given a value and makes the bytes of another;
 * undefined where it is not of the format.
 */
export function redactItems<Action>(
  cursor: TreeCursor,
  tree: RedactionNode<Action>,
  replace: (value: PayloadValue, action: Action) => Buffer,
): Buffer | undefined {
  const { bytes, pos: start, end } = cursor;
  const found: FoundItem<Action>[] = [];
  new Walk(cursor, found).item(tree);
  if (cursor.failed || cursor.pos < end) return undefined;
  const replacements = found.map((of) => ({ of, by: replace(of.value, of.action) }));
  return replaced(bytes, { start, end }, replacements);
}

class Walk<Action> {
  readonly #cursor: TreeCursor;
  readonly #found: FoundItem<Action>[];

  constructor(cursor: TreeCursor, found: FoundItem<Action>[]) {
    this.#cursor = cursor;
    this.#found = found;
  }

  item(node: RedactionNode<Action> | undefined): void {
    const cursor = this.#cursor;
    const start = cursor.pos;
    const kind = cursor.next();
    if (node?.action !== undefined) {
      const value = itemValue(cursor, kind);
      this.#found.push({ start, end: cursor.pos, action: node.action, value });
    } else if (node !== undefined && kind === MAP_ITEM) this.#map(node.children);
    else if (node !== undefined && kind === ARRAY_ITEM) this.#array(node.children);
    else cursor.skipItem(kind);
  }

  #map(children: ReadonlyMap<string, RedactionNode<Action>>): void {
    const cursor = this.#cursor;
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) {
      const key = this.#key();
      this.item(key === undefined ? undefined : children.get(key));
    }
    cursor.leave();
  }

  /** undefined: a key that no path names. */
  #key(): string | undefined {
    const cursor = this.#cursor;
    const kind = cursor.next();
    if (kind === TEXT_ITEM) return cursor.itemText();
    if (kind === INTEGER_ITEM) return String(cursor.number);
    cursor.skipItem(kind);
    return undefined;
  }

  #array(children: ReadonlyMap<string, RedactionNode<Action>>): void {
    const cursor = this.#cursor;
    const { length } = cursor;
    cursor.enter();
    for (let i = 0; cursor.more(length, i); i++) {
      this.item(merged(children.get(String(i)), children.get(EACH)));
    }
    cursor.leave();
  }
}
