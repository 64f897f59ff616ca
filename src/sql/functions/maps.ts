// Functions of maps. The order of entries is Flink's (core/types.ts, MapValue).

import type { SqlType } from "../../core/types.ts";
import { castGap } from "../casts.ts";
import { isSameForm } from "../collection-types.ts";
import type { Expression } from "../plan.ts";
import { STRING, commonType, isText, withNullable, type CollectionType } from "../types.ts";
import { collectionArgument } from "./collections.ts";
import { cast, checkCount, refuseNull, type CallSite, type ScalarFunction } from "./spec.ts";

type MapType = Extract<CollectionType, { kind: "MAP" }>;

function ofMap(
  id: string,
  description: string,
  element: (map: MapType) => SqlType,
): ScalarFunction {
  return {
    id,
    category: "collection",
    syntax: [`${id}(map)`],
    description,
    bind(site) {
      checkCount(site, 1, 1);
      const map = collectionArgument(site, 0, "MAP");
      return site.call(id, site.arguments, {
        kind: "ARRAY",
        element: element(map),
        nullable: map.nullable,
      });
    },
  };
}

function entryType({ key, value }: MapType): SqlType {
  const fields = [
    { name: "key", type: key },
    { name: "value", type: value },
  ];
  return { kind: "ROW", fields, nullable: true };
}

/** Whether values of one type are values of the other as they are. */
function isAlike(left: SqlType, right: SqlType): boolean {
  return (isText(left) && isText(right)) || isSameForm(left, right);
}

const FROM_ARRAYS: ScalarFunction = {
  id: "MAP_FROM_ARRAYS",
  category: "collection",
  syntax: ["MAP_FROM_ARRAYS(keys, values)"],
  description: "A map of keys and values; arrays of different lengths fail the row.",
  bind(site) {
    checkCount(site, 2, 2);
    const keys = collectionArgument(site, 0, "ARRAY");
    const values = collectionArgument(site, 1, "ARRAY");
    return site.call("MAP_FROM_ARRAYS", site.arguments, {
      kind: "MAP",
      key: keys.element,
      value: values.element,
      nullable: keys.nullable || values.nullable,
    });
  },
};

const UNION: ScalarFunction = {
  id: "MAP_UNION",
  category: "collection",
  syntax: ["MAP_UNION(map, …)"],
  description: "The entries of several maps; of equal keys the last map's counts.",
  bind(site) {
    checkCount(site, 1, undefined);
    const maps = site.arguments.map((_, index) => {
      refuseNull(site, index);
      return collectionArgument(site, index, "MAP");
    });
    const type = commonType(maps, "flink");
    if (type?.kind !== "MAP")
      throw site.fail(undefined, "the maps have no common type", "CAST them.");
    const args = site.arguments.map((argument, index) => {
      const map = maps[index] ?? type;
      // A map that needs no cast is taken as it is: a cast would bring it into another order.
      if (isAlike(map.key, type.key) && isAlike(map.value, type.value)) return argument;
      const common = withNullable(type, map.nullable);
      const gap = castGap(map, common);
      if (gap !== undefined) throw site.unsupported(index, gap);
      return cast(argument, common);
    });
    return site.call("MAP_UNION", args, type);
  },
};

/** The text that a delimiter matches; it is a regular expression in Flink, so that only plain text is taken. */
function plainDelimiter(site: CallSite, index: number, argument: Expression): Expression {
  if (argument.kind !== "literal" || typeof argument.value !== "string") {
    throw site.unsupported(index, "the delimiters of STR_TO_MAP must be literals");
  }
  const text = argument.value;
  if (/^(?:[^\\.$|()[\]{}^?*+]|\\[^A-Za-z0-9])+$/.test(text)) {
    return { ...argument, value: text.replaceAll(/\\(.)/gs, "$1") };
  }
  const hint = "Write a backslash before characters such as | and . to mean themselves.";
  throw site.unsupported(index, "a delimiter of STR_TO_MAP must be plain text, no pattern", hint);
}

const STR_TO_MAP: ScalarFunction = {
  id: "STR_TO_MAP",
  category: "collection",
  syntax: ["STR_TO_MAP(text[, entry delimiter, value delimiter])"],
  description: "The entries of a text such as a=1,b=2; the delimiters are plain text.",
  bind(site) {
    if (site.arguments.length === 2) {
      throw site.fail(undefined, "STR_TO_MAP takes 1 or 3 arguments, not 2");
    }
    checkCount(site, 1, 3);
    site.arguments.forEach((argument, index) => {
      refuseNull(site, index);
      if (!isText(argument.type)) {
        throw site.fail(index, `argument ${index + 1} of STR_TO_MAP must be text`);
      }
    });
    const args = site.arguments.map((argument, index) =>
      index === 0 ? argument : plainDelimiter(site, index, argument),
    );
    return site.call("STR_TO_MAP", args, {
      kind: "MAP",
      key: STRING,
      value: STRING,
      nullable: true,
    });
  },
};

export const MAP_FUNCTIONS: readonly ScalarFunction[] = [
  ofMap("MAP_KEYS", "The keys as an array.", ({ key }) => key),
  ofMap("MAP_VALUES", "The values as an array.", ({ value }) => value),
  ofMap("MAP_ENTRIES", "The entries as an array of rows (key, value).", entryType),
  FROM_ARRAYS,
  UNION,
  STR_TO_MAP,
];
