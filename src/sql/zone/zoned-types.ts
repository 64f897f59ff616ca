// Types with TIMESTAMP_LTZ in them.

import type { SqlType } from "../../core/types.ts";

/** Whether a value of the type is an instant or holds one. */
export function hasInstants(type: SqlType): boolean {
  switch (type.kind) {
    case "TIMESTAMP_LTZ":
      return true;
    case "ARRAY":
    case "MULTISET":
      return hasInstants(type.element);
    case "MAP":
      return hasInstants(type.key) || hasInstants(type.value);
    case "ROW":
      return type.fields.some((field) => hasInstants(field.type));
    default:
      return false;
  }
}

/** Whether one is part of a map or multiset, whose order depends on its keys' values. */
export function hasMappedInstants(type: SqlType): boolean {
  switch (type.kind) {
    case "ARRAY":
      return hasMappedInstants(type.element);
    case "ROW":
      return type.fields.some((field) => hasMappedInstants(field.type));
    default:
      return type.kind !== "TIMESTAMP_LTZ" && hasInstants(type);
  }
}

/** The type with TIMESTAMP for TIMESTAMP_LTZ; of one without mapped instants. */
export function toLocal(type: SqlType): SqlType {
  switch (type.kind) {
    case "TIMESTAMP_LTZ":
      return { ...type, kind: "TIMESTAMP" };
    case "ARRAY":
      return { ...type, element: toLocal(type.element) };
    case "ROW":
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, type: toLocal(field.type) })),
      };
    default:
      return type;
  }
}
