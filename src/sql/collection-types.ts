// The common type of two collections of one kind: element by element, fields by position with the first one's names.

import type { Field, SqlType } from "../core/types.ts";
import type { CollectionType } from "./types.ts";

type MergeParts = (types: readonly SqlType[]) => SqlType | undefined;

/** The type that both fit into, `merge` deciding for their parts; undefined when there is none. */
export function mergeCollections(
  left: CollectionType,
  right: CollectionType,
  merge: MergeParts,
): SqlType | undefined {
  const nullable = left.nullable || right.nullable;
  if (left.kind === "ROW" && right.kind === "ROW") {
    const fields = mergeFields(left.fields, right.fields, merge);
    return fields && { kind: "ROW", fields, nullable };
  }
  if (left.kind === "MAP" && right.kind === "MAP") {
    const key = merge([left.key, right.key]);
    const value = merge([left.value, right.value]);
    return key && value && { kind: "MAP", key, value, nullable };
  }
  if (left.kind !== right.kind || !("element" in left) || !("element" in right)) return undefined;
  const element = merge([left.element, right.element]);
  return element && { kind: left.kind, element, nullable };
}

function mergeFields(
  left: readonly Field[],
  right: readonly Field[],
  merge: MergeParts,
): Field[] | undefined {
  if (left.length !== right.length) return undefined;
  const merged: Field[] = [];
  for (const [index, { name, type }] of left.entries()) {
    const other = right[index];
    const common = other && merge([type, other.type]);
    if (common === undefined) return undefined;
    merged.push({ name, type: common });
  }
  return merged;
}

/** Whether the values of both types are the same at run time: names of fields and NOT NULL make no difference. */
export function isSameForm(left: SqlType, right: SqlType): boolean {
  const form = (type: SqlType): string =>
    JSON.stringify(type, (key, value: unknown) =>
      key === "nullable" || key === "name" ? undefined : value,
    );
  return form(left) === form(right);
}

/** Whether values of this type are or hold a MAP or MULTISET. */
export function holdsMap(type: SqlType): boolean {
  return holds(type, (part) => part.kind === "MAP" || part.kind === "MULTISET");
}

/** Whether values of this type are or hold an ARRAY. */
export function holdsArray(type: SqlType): boolean {
  return holds(type, (part) => part.kind === "ARRAY");
}

/** Flink takes a row with a nullable field for nullable. */
export function holdsNull(type: SqlType): boolean {
  return type.nullable || (type.kind === "ROW" && type.fields.some((each) => holdsNull(each.type)));
}

function holds(type: SqlType, test: (part: SqlType) => boolean): boolean {
  return findPart(type, test) !== undefined;
}

/** The type itself, or the first of the types inside of it, that passes. */
export function findPart(type: SqlType, test: (part: SqlType) => boolean): SqlType | undefined {
  if (test(type)) return type;
  for (const part of partsOf(type)) {
    const found = findPart(part, test);
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(type: SqlType): readonly SqlType[] {
  switch (type.kind) {
    case "ARRAY":
    case "MULTISET":
      return [type.element];
    case "MAP":
      return [type.key, type.value];
    case "ROW":
      return type.fields.map((field) => field.type);
    default:
      return [];
  }
}
