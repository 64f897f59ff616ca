// An item of a tree as a value, with everything in it: for columns of ARRAY, MAP and ROW, and for what a profile
// transforms.

import { PayloadDecimal, PayloadInstant } from "../payload-value.ts";
import type { PayloadValue } from "../payload-value.ts";
import {
  ARRAY_ITEM,
  BIG_ITEM,
  BOOLEAN_ITEM,
  BYTES_ITEM,
  DECIMAL_ITEM,
  FLOAT_ITEM,
  INSTANT_ITEM,
  INTEGER_ITEM,
  MAP_ITEM,
  TEXT_ITEM,
} from "./cursor.ts";
import type { TreeCursor } from "./cursor.ts";

/** The value of the item whose head, of `kind`, was read; meaningless when the cursor has failed. */
export function itemValue(cursor: TreeCursor, kind: number): PayloadValue {
  switch (kind) {
    case INTEGER_ITEM:
    case FLOAT_ITEM:
      return cursor.isEpoch ? epoch(cursor) : cursor.number;
    case TEXT_ITEM:
      return cursor.itemText();
    case BOOLEAN_ITEM:
      return cursor.number === 1;
    case BIG_ITEM:
      return cursor.big;
    case BYTES_ITEM:
      return cursor.itemBytes();
    case DECIMAL_ITEM:
      return new PayloadDecimal(cursor.big, cursor.scale);
    case INSTANT_ITEM:
      return new PayloadInstant(cursor.number, cursor.scale);
    case ARRAY_ITEM:
    case MAP_ITEM:
      return container(cursor, kind);
    default:
      return null;
  }
}

/** Seconds since 1970, with a fraction as far as a double has one. */
function epoch(cursor: TreeCursor): PayloadValue {
  const { number } = cursor;
  if (!Number.isSafeInteger(Math.floor(number * 1000))) return number;
  const ms = Math.floor(number * 1000);
  return new PayloadInstant(ms, Math.round((number * 1000 - ms) * 1e6) % 1_000_000);
}

function container(cursor: TreeCursor, kind: number): PayloadValue {
  const { length } = cursor;
  const elements: PayloadValue[] = [];
  const members = new Map<PayloadValue, PayloadValue>();
  cursor.enter();
  for (let i = 0; cursor.more(length, i); i++) {
    const first = itemValue(cursor, cursor.next());
    if (kind === ARRAY_ITEM) elements.push(first);
    else members.set(first, itemValue(cursor, cursor.next()));
  }
  cursor.leave();
  return kind === ARRAY_ITEM ? elements : members;
}
