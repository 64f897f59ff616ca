// The JSON Schema of a profile's rows as Kafka has them in format json: every column, NULL where there is no value.
// Bounds of a measurement are no part of it: a row outside them is a row, and its quality says so.

import { profileTable } from "../../config/profile-table.ts";
import type { Profile } from "../../config/profile.ts";
import { assert } from "../../core/errors.ts";
import type { SqlType } from "../../core/types.ts";
import { rangeText, shownColumns } from "./show.ts";
import type { ShownColumn } from "./show.ts";

/** JSON Schema 2020-12 of one row. */
export function rowJsonSchema(profile: Profile): object {
  const { columns } = profileTable(profile);
  const shown = shownColumns(profile, profileTable(profile));
  const properties = columns.map(({ name, type }, index): [string, object] => {
    const text = describe(shown[index]);
    return [name, { ...(text === "" ? {} : { description: text }), ...valueSchema(type) }];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: profile.name,
    type: "object",
    properties: Object.fromEntries(properties),
    required: columns.map(({ name }) => name),
  };
}

function describe(column: ShownColumn | undefined): string {
  if (column === undefined) return "";
  const range = rangeText(column);
  return [
    column.description,
    column.units === "" ? "" : `in ${column.units}`,
    range === "" ? "" : `good from ${range.replace("…", " to ").trim()}`,
  ]
    .filter((text) => text !== "")
    .join(", ");
}

const BITS: Readonly<Record<string, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  BIGINT: 64,
};
const TIME = "^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?Z$";

function valueSchema(type: SqlType): object {
  switch (type.kind) {
    case "BOOLEAN":
      return { type: ["boolean", "null"] };
    case "VARCHAR":
      return { type: ["string", "null"] };
    case "FLOAT":
    case "DOUBLE":
      return { anyOf: [{ type: ["number", "null"] }, { enum: ["NaN", "Infinity", "-Infinity"] }] };
    case "DECIMAL":
      return { type: ["integer", "null"], minimum: 0 };
    case "MAP":
      return { type: ["object", "null"], additionalProperties: valueSchema(type.value) };
    case "TIMESTAMP_LTZ":
      return { type: ["string", "null"], pattern: TIME };
    default: {
      const bits = BITS[type.kind];
      assert(bits !== undefined, `profiles have no columns of ${type.kind}`);
      // Beyond 2^53 a bound in JSON would not be the number it says.
      if (bits === 64) return { type: ["integer", "null"] };
      const limit = 2 ** (bits - 1);
      return { type: ["integer", "null"], minimum: -limit, maximum: limit - 1 };
    }
  }
}
