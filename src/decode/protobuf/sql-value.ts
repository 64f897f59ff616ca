// Slots as the values of columns: all are already, but for maps and what holds them.

import type { SqlType, SqlValue } from "../../core/types.ts";
import { mapMaker } from "../map-value.ts";
import type { Slot } from "./field.ts";

type Convert = (slot: Slot) => SqlValue;

/** undefined: slots of the type are its values. */
export function slotConverter(type: SqlType): Convert | undefined {
  switch (type.kind) {
    case "MAP":
      return mapConverter(type.key, slotConverter(type.value) ?? asItIs);
    case "ARRAY": {
      const element = slotConverter(type.element);
      return element && notNull((slot) => (slot as readonly Slot[]).map(element));
    }
    case "ROW": {
      const fields = type.fields.map((field) => slotConverter(field.type));
      if (fields.every((convert) => convert === undefined)) return undefined;
      const convert = fields.map((each) => each ?? asItIs);
      return notNull((slot) =>
        (slot as readonly Slot[]).map((each, i) => convert[i]?.(each) ?? null),
      );
    }
    default:
      return undefined;
  }
}

function mapConverter(key: SqlType, member: Convert): Convert {
  const make = mapMaker(key);
  return notNull((slot) => {
    const members = new Map<SqlValue, SqlValue>();
    for (const [name, each] of slot as ReadonlyMap<SqlValue, Slot>) members.set(name, member(each));
    return make(members);
  });
}

function asItIs(slot: Slot): SqlValue {
  return slot as SqlValue;
}

function notNull(convert: Convert): Convert {
  return (slot) => (slot === null ? null : convert(slot));
}
