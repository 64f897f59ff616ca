// Constructors of collections, and access to their parts. A part that is not there is NULL; see missing.ts.

import type { SqlType } from "../../core/types.ts";
import type { Expression } from "../plan.ts";
import {
  INTEGER,
  commonType,
  formatType,
  isInteger,
  isText,
  withNullable,
  type CollectionType,
} from "../types.ts";
import { fitted } from "./missing.ts";
import {
  cast,
  checkCount,
  refuseNull,
  typeOf,
  type CallSite,
  type ScalarFunction,
} from "./spec.ts";

/** The field of a row at `index`. */
export function fieldOf(row: Expression, index: number, nullable: boolean): Expression {
  const field = row.type.kind === "ROW" ? row.type.fields[index] : undefined;
  if (field === undefined) throw new RangeError(`no field ${index}`);
  const place: Expression = { kind: "literal", value: index, type: withNullable(INTEGER, false) };
  const type = withNullable(field.type, nullable);
  return { kind: "call", function: ".", arguments: [row, place], type };
}

/** Argument `index` as a collection of this kind. Throws SQL_INVALID. */
export function collectionArgument<K extends CollectionType["kind"]>(
  site: CallSite,
  index: number,
  kind: K,
): Extract<CollectionType, { kind: K }> {
  const type = typeOf(site.arguments, index);
  if (type.kind === kind) return type as Extract<CollectionType, { kind: K }>;
  const found = formatType(withNullable(type, true));
  throw site.fail(index, `argument ${index + 1} of ${site.name} must be ${kind}<…>, not ${found}`);
}

/** Items cast to the type that all of them fit into; `what` names them in the message. */
function unified(site: CallSite, items: readonly Expression[], what: string): Expression[] {
  const types = items.map((item) => item.type);
  const type = commonType(types, "calcite");
  if (type === undefined) {
    const names = types.map((each) => formatType(withNullable(each, true)));
    const message = `the ${what} have no common type: ${[...new Set(names)].join(", ")}`;
    throw site.fail(undefined, message, "CAST them to one type.");
  }
  return items.map((item) =>
    cast(item, withNullable(type, item.type.kind === "NULL" || item.type.nullable)),
  );
}

/** The type that unified items share. */
function sharedType(items: readonly Expression[]): SqlType {
  const [first] = items;
  if (first === undefined) throw new RangeError("no items");
  return withNullable(
    first.type,
    items.some((item) => item.type.nullable),
  );
}

const ARRAY: ScalarFunction = {
  id: "ARRAY",
  names: [],
  category: "collection",
  syntax: ["ARRAY[value, …]"],
  description: "An array of values of one type.",
  bind(site) {
    const items = unified(site, site.arguments, "elements of this ARRAY").map(fitted);
    const type: SqlType = { kind: "ARRAY", element: sharedType(items), nullable: false };
    return site.call("ARRAY", items, type);
  },
};

const MAP: ScalarFunction = {
  id: "MAP",
  names: [],
  category: "collection",
  syntax: ["MAP[key, value, …]"],
  description: "A map of keys of one type to values of one type.",
  bind(site) {
    if (site.arguments.length % 2 !== 0) throw site.fail(undefined, "MAP takes keys and values");
    const bare = site.arguments.findIndex((argument) => argument.type.kind === "NULL");
    if (bare >= 0) throw site.unsupported(bare, "a bare NULL in MAP[…]", "CAST it to its type.");
    const keys = unified(site, site.arguments.filter(isEven), "keys of this MAP").map(fitted);
    const values = unified(site, site.arguments.filter(isOdd), "values of this MAP").map(fitted);
    const type: SqlType = {
      kind: "MAP",
      key: sharedType(keys),
      value: sharedType(values),
      nullable: false,
    };
    // A key that is written twice takes the last value; keys that only turn out equal stand side by side.
    const last = keys.map((key) => keys.findLastIndex((other) => isSameTerm(key, other)));
    const entries = keys.flatMap((key, index) => {
      const isFirst = keys.findIndex((other) => isSameTerm(key, other)) === index;
      return isFirst ? [key, values[last[index] ?? index] ?? key] : [];
    });
    return site.call("MAP", entries, type);
  },
};

function isEven(_item: unknown, index: number): boolean {
  return index % 2 === 0;
}

function isOdd(_item: unknown, index: number): boolean {
  return index % 2 === 1;
}

function isSameTerm(left: Expression, right: Expression): boolean {
  if (left === right) return true;
  if (left.kind === "literal" && right.kind === "literal") return left.value === right.value;
  return left.kind === "input" && right.kind === "input" && left.index === right.index;
}

const ROW: ScalarFunction = {
  id: "ROW",
  names: [],
  category: "collection",
  syntax: ["ROW(value, …)", "(value, value, …)"],
  description: "A row with the fields EXPR$0, EXPR$1 ….",
  bind(site) {
    const fields = site.arguments.map(({ type }, index) => {
      refuseNull(site, index);
      return { name: `EXPR$${index}`, type };
    });
    return site.call("ROW", site.arguments, { kind: "ROW", fields, nullable: false });
  },
};

const FIELD: ScalarFunction = {
  id: ".",
  names: [],
  category: "collection",
  syntax: ["row.field", "row['field']", "row[1]"],
  description: "A field of a row; NULL if the row is.",
  bind(site) {
    const [row, name] = site.arguments;
    if (row?.type.kind !== "ROW" || name?.kind !== "literal") {
      throw site.fail(1, "a field of a ROW is named by a literal", "Write row.field.");
    }
    const { fields, nullable } = row.type;
    const value = name.value as string | number;
    const index =
      typeof value === "number" ? value - 1 : fields.findIndex((field) => field.name === value);
    const field = fields[index];
    if (field === undefined) throw site.fail(1, `the row has no field ${value}`);
    return fieldOf(row, index, field.type.nullable || nullable);
  },
};

/** Whether Flink cannot look into a map: its job dies with a ClassCastException. */
function isNotIndexed(map: Expression): boolean {
  if (map.kind !== "call") return false;
  return (
    map.function === "MAP_FROM_ARRAYS" || (map.function === "MAP_UNION" && map.arguments.length > 1)
  );
}

/** Whether a map of MAP[…] may hold a NULL key, which Flink finds as 0, FALSE or ''. */
function hasNullKey(map: Expression): boolean {
  if (map.kind === "case") {
    return [...map.branches.map(({ then }) => then), map.otherwise].some(hasNullKey);
  }
  if (map.kind !== "call") return false;
  if (map.function === "COALESCE") return map.arguments.some(hasNullKey);
  return map.function === "MAP" && map.type.kind === "MAP" && map.type.key.nullable;
}

const ITEM: ScalarFunction = {
  id: "[]",
  names: [],
  category: "collection",
  syntax: ["array[index]", "map[key]"],
  description: "An element of an array, counted from 1, or of a map; NULL if there is none.",
  bind(site) {
    refuseNull(site, 1);
    const [operand, index] = site.arguments;
    if (operand === undefined || index === undefined) throw new RangeError("two operands");
    switch (operand.type.kind) {
      case "ROW":
        return FIELD.bind(site);
      case "ARRAY":
        checkIndex(site, index);
        refuseTime(site, operand.type.element);
        return site.call("[]", [operand, index], withNullable(operand.type.element, true));
      case "MAP": {
        if (isNotIndexed(operand)) {
          const message = "Flink fails on an element of what MAP_FROM_ARRAYS and MAP_UNION give";
          throw site.unsupported(0, message, "Look into the maps before you join them.");
        }
        if (hasNullKey(operand)) {
          const message = "Flink finds a NULL key of MAP[…] as 0, FALSE or ''";
          throw site.unsupported(0, message, "COALESCE the key to a value of your own.");
        }
        checkKey(site, operand.type.key, index.type);
        refuseTime(site, operand.type.value);
        return site.call("[]", [operand, index], withNullable(operand.type.value, true));
      }
      default: {
        const found = formatType(withNullable(operand.type, true));
        throw site.fail(0, `${found} has no elements`, "[ … ] takes an ARRAY, a MAP or a ROW.");
      }
    }
  },
};

/** A missing TIME that is NOT NULL is one of -1 ms in Flink, of which its job dies. */
function refuseTime(site: CallSite, element: SqlType): void {
  if (element.kind !== "TIME" || element.nullable) return;
  throw site.unsupported(0, "elements of the type TIME NOT NULL", "Leave NOT NULL out.");
}

function checkIndex(site: CallSite, index: Expression): void {
  if (index.type.kind !== "INTEGER") {
    throw site.fail(1, "the index of an array must be INT", "CAST it AS INT.");
  }
  if (index.kind === "literal" && index.value !== null && Number(index.value) < 1) {
    throw site.fail(1, "the elements of an array are counted from 1");
  }
}

function checkKey(site: CallSite, wanted: SqlType, key: SqlType): void {
  const same =
    wanted.kind === key.kind ||
    (isText(wanted) && isText(key)) ||
    (isInteger(wanted) && isInteger(key));
  if (same) return;
  const names = [wanted, key].map((type) => formatType(withNullable(type, true)));
  throw site.unsupported(
    1,
    `the keys of this MAP are ${names[0]}, not ${names[1]}`,
    "CAST the key.",
  );
}

const CARDINALITY: ScalarFunction = {
  id: "CARDINALITY",
  category: "collection",
  syntax: ["CARDINALITY(array)", "CARDINALITY(map)"],
  description: "Number of elements.",
  bind(site) {
    checkCount(site, 1, 1);
    const type = typeOf(site.arguments, 0);
    if (type.kind !== "ARRAY" && type.kind !== "MAP") {
      throw site.fail(0, "CARDINALITY takes an ARRAY or a MAP");
    }
    return site.call("CARDINALITY", site.arguments, withNullable(INTEGER, type.nullable));
  },
};

const ELEMENT: ScalarFunction = {
  id: "ELEMENT",
  category: "collection",
  syntax: ["ELEMENT(array)"],
  description: "The only element; NULL of an empty array. More than one fails the row.",
  bind(site) {
    checkCount(site, 1, 1);
    const { element, nullable } = collectionArgument(site, 0, "ARRAY");
    const [array] = site.arguments;
    const isWritten = array?.kind === "call" && array.function === "ARRAY";
    if (!element.nullable && !isWritten) {
      const message =
        "ELEMENT of an array of NOT NULL elements is no NULL in Flink, not even of none";
      const name = formatType(withNullable(element, true));
      throw site.unsupported(0, message, `CAST the array AS ARRAY<${name}>.`);
    }
    const type = withNullable(element, element.nullable || nullable);
    return site.call("ELEMENT", site.arguments, type);
  },
};

export const COLLECTION_FUNCTIONS: readonly ScalarFunction[] = [
  ARRAY,
  MAP,
  ROW,
  FIELD,
  ITEM,
  CARDINALITY,
  ELEMENT,
];
