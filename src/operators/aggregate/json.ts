// JSON_OBJECTAGG and JSON_ARRAYAGG. Values arrive as JSON text, NULL where they are NULL.

import type { SqlValue } from "../../core/types.ts";
import { dataError } from "../data-error.ts";
import { writeMembers } from "../json/value.ts";
import type { Aggregate, AggregateShape } from "./aggregate.ts";
import type { NumericColumn } from "./columns.ts";
import type { ListColumn, SetColumn } from "./columns-of-many.ts";
import { numberAt } from "./count-sum.ts";
import { HeldValues } from "./held-values.ts";

/** The argument of JSON_OBJECTAGG: a row of key and value. */
type Member = readonly [key: string | null, value: string | null];

const keyOf = (member: SqlValue): unknown => (member as Member)[0];

/** JSON_OBJECTAGG. A key that comes twice fails its group: other aggregates have counted the row that brought it first. */
export function jsonObject({ constants }: AggregateShape): Aggregate {
  const keepsNull = constants[1] === "NULL";
  const held = new HeldValues();
  return {
    columns: [
      { kind: "set", initial: 0, held },
      // 1: a key has come twice.
      { kind: "u8", initial: 0 },
    ],
    held,
    keyOf,
    refuse: (row) => {
      if (keyOf(row) === null) dataError("the key of JSON_OBJECTAGG is NULL");
    },
    add: ([members, clash], slot, row) => {
      const [key, value] = row as Member;
      const set = members as SetColumn;
      if (set.values[slot]?.has(key) === true) (clash as NumericColumn).values[slot] = 1;
      else if (value !== null || keepsNull) set.add(slot, key, [key, value]);
    },
    merge: ([into, clash], slot, [from, fromClash], fromSlot) => {
      let clashes = numberAt(fromClash, fromSlot) === 1;
      for (const [key, member] of (from as SetColumn).values[fromSlot] ?? []) {
        if (!(into as SetColumn).add(slot, key, member)) clashes = true;
      }
      if (clashes) (clash as NumericColumn).values[slot] = 1;
    },
    result: ([members, clash], slot) => {
      if (numberAt(clash, slot) === 1) dataError("a key of JSON_OBJECTAGG comes twice");
      const list = [...((members as SetColumn).values[slot]?.values() ?? [])];
      return writeMembers(
        list.map((member) => [String((member as Member)[0]), (member as Member)[1] ?? "null"]),
      );
    },
  };
}

/** JSON_ARRAYAGG. */
export function jsonArray({ constants }: AggregateShape): Aggregate {
  const keepsNull = constants[1] === "NULL";
  const held = new HeldValues();
  return {
    columns: [{ kind: "list", initial: 0, held }],
    held,
    add: ([list], slot, value) => {
      if (value !== null || keepsNull) (list as ListColumn).push(slot, value ?? "null");
    },
    merge: ([into], slot, [from], fromSlot) => {
      for (const value of (from as ListColumn).values[fromSlot] ?? []) {
        (into as ListColumn).push(slot, value);
      }
    },
    result: ([list], slot) => {
      const items = ((list as ListColumn).values[slot] ?? []) as readonly string[];
      return `[${items.join(",")}]`;
    },
  };
}
