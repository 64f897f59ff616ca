// Passing over values nobody asked for. Their syntax, nesting and UTF-8 are checked all the same: whether a message is
// JSON must not depend on which columns are read.

import { isUtf8 } from "node:buffer";

import { JSON_DEPTH } from "../../core/limits.ts";
import type { JsonCursor } from "./cursor.ts";
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  ZERO,
} from "./tokens.ts";

/** Passes over the value at the cursor, which stands `depth` deep. */
export function skipValue(cursor: JsonCursor, depth: number): boolean {
  const byte = cursor.next();
  switch (byte) {
    case QUOTE:
      return skipString(cursor);
    case OPEN_OBJECT:
    case OPEN_ARRAY:
      return skipContainer(cursor, byte === OPEN_OBJECT, depth + 1);
    case 0x74:
      return cursor.literal("true");
    case 0x66:
      return cursor.literal("false");
    case 0x6e:
      return cursor.literal("null");
    default:
      if (byte !== MINUS && (byte < ZERO || byte > 0x39)) {
        return cursor.syntaxError(cursor.unexpected());
      }
      cursor.number();
      return cursor.reason === "";
  }
}

function skipString(cursor: JsonCursor): boolean {
  const { bytes, end } = cursor;
  const start = cursor.pos + 1;
  let wide = 0;
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] as number;
    if (byte === QUOTE) {
      if (wide > 0x7f && !isUtf8(bytes.subarray(start, pos))) {
        return cursor.syntaxError("a string is not UTF-8");
      }
      cursor.pos = pos + 1;
      return true;
    }
    // Escapes are rare in skipped fields: read it properly, which checks them.
    if (byte === BACKSLASH) return cursor.string() !== undefined;
    wide |= byte;
  }
  cursor.pos = end;
  return cursor.syntaxError("a string does not end");
}

function skipContainer(cursor: JsonCursor, object: boolean, depth: number): boolean {
  if (depth > JSON_DEPTH) return cursor.syntaxError(`nested deeper than ${JSON_DEPTH}`);
  const close = object ? CLOSE_OBJECT : CLOSE_ARRAY;
  cursor.pos++;
  if (cursor.next() === close) {
    cursor.pos++;
    return true;
  }
  for (;;) {
    if (object && !skipKey(cursor)) return false;
    if (!skipValue(cursor, depth)) return false;
    const byte = cursor.next();
    if (byte !== COMMA && byte !== close) return cursor.syntaxError(cursor.unexpected());
    cursor.pos++;
    if (byte === close) return true;
  }
}

function skipKey(cursor: JsonCursor): boolean {
  if (cursor.next() !== QUOTE) return cursor.syntaxError(cursor.unexpected());
  return skipString(cursor) && cursor.colon();
}
