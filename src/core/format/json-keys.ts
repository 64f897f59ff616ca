// JSON objects have text keys only: Flink's json format takes no MAP and MULTISET with others.

import type { SqlType } from "../types.ts";

/** Whether the type itself is a map or multiset whose keys are no text. */
export function hasOtherKeys(type: SqlType): boolean {
  if (type.kind === "MAP") return !isText(type.key);
  return type.kind === "MULTISET" && !isText(type.element);
}

/** Whether it is or holds one. */
export function holdsOtherKeys(type: SqlType): boolean {
  switch (type.kind) {
    case "ARRAY":
      return holdsOtherKeys(type.element);
    case "MAP":
      return hasOtherKeys(type) || holdsOtherKeys(type.value);
    case "ROW":
      return type.fields.some((field) => holdsOtherKeys(field.type));
    default:
      return hasOtherKeys(type);
  }
}

function isText({ kind }: SqlType): boolean {
  return kind === "VARCHAR" || kind === "CHAR";
}
