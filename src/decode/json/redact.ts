// Rewrites fields of a JSON payload, every occurrence of each: keys may be written with escapes, and twice. The rest stays as
// it is, byte by byte. Only what is JSON from end to end can be rewritten: of anything else nobody knows what stands in it.

import { EACH } from "../../core/format/profile-codec.ts";
import { merged, replaced } from "../redaction.ts";
import type { Found, RedactionNode } from "../redaction.ts";
import type { JsonCursor } from "./cursor.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./tokens.ts";

/**
 * The payload [start, end) with its fields replaced by `replace`, which is given the JSON text of a value and makes another;
 * the payload itself where it has none of them; undefined where it is not JSON.
 */
export function redactJson<Action>(
  cursor: JsonCursor,
  tree: RedactionNode<Action>,
  replace: (json: string, action: Action) => string,
): Buffer | undefined {
  const { bytes, pos: start, end } = cursor;
  const found: Found<Action>[] = [];
  if (!new Walk(cursor, found).value(tree) || cursor.next() !== -1) return undefined;
  const replacements = found.map((of) => {
    const json = bytes.toString("utf8", of.start, of.end);
    return { of, by: Buffer.from(replace(json, of.action)) };
  });
  return replaced(bytes, { start, end }, replacements);
}

class Walk<Action> {
  readonly #cursor: JsonCursor;
  readonly #found: Found<Action>[];

  constructor(cursor: JsonCursor, found: Found<Action>[]) {
    this.#cursor = cursor;
    this.#found = found;
  }

  value({ action, children }: RedactionNode<Action>): boolean {
    const cursor = this.#cursor;
    const byte = cursor.next();
    if (action !== undefined) {
      const start = cursor.pos;
      if (!cursor.skip()) return false;
      this.#found.push({ start, end: cursor.pos, action });
      return true;
    }
    if (children.size === 0 || (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY)) return cursor.skip();
    cursor.pos++;
    return byte === OPEN_OBJECT ? this.#object(children) : this.#array(children);
  }

  #object(children: ReadonlyMap<string, RedactionNode<Action>>): boolean {
    const cursor = this.#cursor;
    if (cursor.next() === CLOSE_OBJECT) return this.#close();
    for (;;) {
      if (cursor.next() !== QUOTE) return cursor.syntaxError(cursor.unexpected());
      const key = cursor.string();
      if (key === undefined) return false;
      if (cursor.next() !== COLON) return cursor.syntaxError(cursor.unexpected());
      cursor.pos++;
      const child = children.get(key);
      if (!(child === undefined ? cursor.skip() : this.value(child))) return false;
      const byte = cursor.next();
      if (byte === CLOSE_OBJECT) return this.#close();
      if (byte !== COMMA) return cursor.syntaxError(cursor.unexpected());
      cursor.pos++;
    }
  }

  #array(children: ReadonlyMap<string, RedactionNode<Action>>): boolean {
    const cursor = this.#cursor;
    if (cursor.next() === CLOSE_ARRAY) return this.#close();
    for (let index = 0; ; index++) {
      const child = merged(children.get(String(index)), children.get(EACH));
      if (!(child === undefined ? cursor.skip() : this.value(child))) return false;
      const byte = cursor.next();
      if (byte === CLOSE_ARRAY) return this.#close();
      if (byte !== COMMA) return cursor.syntaxError(cursor.unexpected());
      cursor.pos++;
    }
  }

  #close(): true {
    this.#cursor.pos++;
    return true;
  }
}
