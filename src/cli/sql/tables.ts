// A planned table as `headrace sql` reads it: JSON lines with ISO timestamps whatever its connector says, routed by
// its name, and NULL in every METADATA column.

import type { DecodeTable } from "../../decode/table.ts";
import type { SourceTable } from "../../sql/plan.ts";

/** A character that no JSON key of a payload can be mistaken for. */
const NO_KEY = "\u0000";

/** What the decoder is told of the table. */
export function inputTable(table: SourceTable): DecodeTable {
  const ignore = table.options["json.ignore-parse-errors"];
  return {
    name: table.name,
    columns: table.columns.map(({ name, type, source }) =>
      source.kind === "metadata"
        ? { name: NO_KEY + name, type: { ...type, nullable: true }, source: { kind: "physical" } }
        : { name, type, source },
    ),
    options: {
      topic: table.name,
      retained: "accept",
      "json.timestamp-format.standard": "ISO-8601",
      ...(ignore === undefined ? {} : { "json.ignore-parse-errors": ignore }),
    },
  };
}

/** Indexes of the columns that a row of it has before any query: all but the computed ones that queries compute. */
export function payloadColumns(table: SourceTable): number[] {
  const device = table.options["watermark.per"];
  // A wrong value fails even if no query reads it, as in Flink.
  return table.columns.flatMap(({ name, source }, index) =>
    source.kind === "computed" && name !== device ? [] : [index],
  );
}
