// An object or array read into a STRING column becomes its text, compact, as Jackson prints a tree: white space
// gone, the last of duplicate keys in the place of the first, integers as they are, fractions as Java prints
// a double.

import { JSON_DEPTH } from "../../core/limits.ts";
import { doubleText } from "../../core/value/java-number.ts";
import { jsonText } from "../../core/value/json-text.ts";
import type { JsonCursor } from "./cursor.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./tokens.ts";

/** The text of the value at the cursor; undefined with a reason when it is not JSON. */
export function treeText(cursor: JsonCursor, depth: number = 0): string | undefined {
  if (depth > JSON_DEPTH) return fail(cursor, `nested deeper than ${JSON_DEPTH}`);
  const byte = cursor.next();
  if (byte === OPEN_OBJECT) return objectText(cursor, depth);
  if (byte === OPEN_ARRAY) return arrayText(cursor, depth);
  if (byte === QUOTE) {
    const text = cursor.string();
    return text === undefined ? undefined : jsonText(text);
  }
  if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) {
    const value = cursor.number();
    if (cursor.reason !== "") return undefined;
    if (cursor.integral) return cursor.numberText() === "-0" ? "0" : cursor.numberText();
    return Number.isFinite(value) ? doubleText(value) : `"${doubleText(value)}"`;
  }
  const start = cursor.pos;
  return cursor.skip() ? cursor.ascii(start, cursor.pos) : undefined;
}

function objectText(cursor: JsonCursor, depth: number): string | undefined {
  const members = new Map<string, string>();
  cursor.pos++;
  let byte = cursor.next();
  while (byte !== CLOSE_OBJECT) {
    if (byte !== QUOTE) return fail(cursor, cursor.unexpected());
    const key = cursor.string();
    if (key === undefined || !cursor.colon()) return undefined;
    const value = treeText(cursor, depth + 1);
    if (value === undefined) return undefined;
    members.set(key, value);
    byte = separator(cursor, CLOSE_OBJECT);
    if (byte === -1) return undefined;
  }
  cursor.pos++;
  return `{${[...members].map(([key, value]) => `${jsonText(key)}:${value}`).join(",")}}`;
}

function arrayText(cursor: JsonCursor, depth: number): string | undefined {
  const elements: string[] = [];
  cursor.pos++;
  let byte = cursor.next();
  while (byte !== CLOSE_ARRAY) {
    const value = treeText(cursor, depth + 1);
    if (value === undefined) return undefined;
    elements.push(value);
    byte = separator(cursor, CLOSE_ARRAY);
    if (byte === -1) return undefined;
  }
  cursor.pos++;
  return `[${elements.join(",")}]`;
}

/** Passes over a comma, which another member must follow, or stops at `close`; -1 with a reason otherwise. */
export function separator(cursor: JsonCursor, close: number): number {
  const byte = cursor.next();
  if (byte === close) return byte;
  if (byte === COMMA) {
    cursor.pos++;
    const next = cursor.next();
    if (next !== close && next !== -1) return next;
  }
  cursor.syntaxError(cursor.unexpected());
  return -1;
}

function fail(cursor: JsonCursor, what: string): undefined {
  cursor.syntaxError(what);
}
