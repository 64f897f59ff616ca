// ARRAY, MAP and MULTISET from JSON.

import { MAX_LENGTH } from "../../core/types.ts";
import type { SqlValue } from "../../core/types.ts";
import { mapMaker } from "../map-value.ts";
import type { Converter } from "./convert.ts";
import type { JsonCursor } from "./cursor.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./tokens.ts";
import { separator } from "./tree-text.ts";

/** ARRAY from an array. */
export function arrayConverter(element: Converter): Converter {
  return (cursor) => {
    if (cursor.next() !== OPEN_ARRAY) return cursor.conversionError("not an array");
    const values: SqlValue[] = [];
    cursor.pos++;
    let byte = cursor.next();
    while (byte !== CLOSE_ARRAY) {
      const value = element(cursor);
      if (value === undefined) return undefined;
      values.push(value);
      byte = separator(cursor, CLOSE_ARRAY);
      if (byte === -1) return undefined;
    }
    cursor.pos++;
    return values;
  };
}

/** Calls `member` with each key, the cursor at its value, until one is refused. */
function eachMember(cursor: JsonCursor, member: (key: string) => boolean): boolean {
  cursor.pos++;
  let byte = cursor.next();
  while (byte !== CLOSE_OBJECT) {
    if (byte !== QUOTE) return cursor.syntaxError(cursor.unexpected());
    const key = cursor.string();
    if (key === undefined || !cursor.colon() || !member(key)) return false;
    byte = separator(cursor, CLOSE_OBJECT);
    if (byte === -1) return false;
  }
  cursor.pos++;
  return true;
}

const makeMap = mapMaker({ kind: "VARCHAR", length: MAX_LENGTH, nullable: false });

/** MAP and MULTISET from an object. */
export function mapConverter(convert: Converter): Converter {
  return (cursor) => {
    if (cursor.next() !== OPEN_OBJECT) return cursor.conversionError("not an object");
    const members = new Map<string, SqlValue>();
    const ok = eachMember(cursor, (key) => {
      const value = convert(cursor);
      if (value !== undefined) members.set(key, value);
      return value !== undefined;
    });
    return ok ? makeMap(members) : undefined;
  };
}
