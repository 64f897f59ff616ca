// One JSON message through the reader into a fresh row: what the tests of the codec share.

import { newColumn, VALUE, WIDE } from "../../../src/core/row-batch.ts";
import type { Column } from "../../../src/core/row-batch.ts";
import { columnLayout } from "../../../src/core/types.ts";
import type { Field, SqlType, SqlValue } from "../../../src/core/types.ts";
import { ColumnTaker } from "../../../src/decode/json/column-taker.ts";
import { jsonOptions } from "../../../src/decode/json/options.ts";
import { JsonReader } from "../../../src/decode/json/reader.ts";

/** The row's values by column, or `reason` alone when the message is undecodable. */
export type ReadRow = (payload: string | Uint8Array) => Readonly<Record<string, SqlValue>>;

/** A reader of rows of these columns, keeping its caches from message to message. */
export function rowReader(
  fields: readonly Field[],
  options: Readonly<Record<string, string>> = {},
): ReadRow {
  const json = jsonOptions({ name: "t", columns: [], options });
  const columns = fields.map(({ type }) => newColumn(columnLayout(type), 1));
  const reader = new JsonReader(
    fields.map(({ name, type }, i) => ({
      path: [name],
      taker: new ColumnTaker({ name, type, column: columns[i] as Column, json }),
    })),
  );
  return (payload) => {
    for (const column of columns) {
      if (column.layout === "number") column.state.fill(1);
      else column.values.fill(null);
    }
    // Junk on both sides: a reader must not look beyond its message.
    const bytes = Buffer.concat([Buffer.from('"x"}'), Buffer.from(payload), Buffer.from('0}"]')]);
    const reason = reader.read(bytes, { start: 4, end: bytes.length - 4 }, 0);
    if (reason !== "") return { reason };
    return Object.fromEntries(
      fields.map(({ name, type }, i) => [name, valueOf(columns[i] as Column, type)]),
    );
  };
}

/** One message, one column `v`. */
export function readValue(
  type: SqlType,
  json: string,
  options: Readonly<Record<string, string>> = {},
): SqlValue | { reason: string } {
  const row = rowReader([{ name: "v", type }], options)(`{"v":${json}}`);
  return typeof row["reason"] === "string" ? { reason: row["reason"] } : (row["v"] ?? null);
}

function valueOf(column: Column, type: SqlType): SqlValue {
  if (column.layout === "value") return column.values[0] ?? null;
  if (column.state[0] === WIDE) return column.wide.get(0) ?? null;
  if (column.state[0] !== VALUE) return null;
  const value = column.values[0] as number;
  return type.kind === "BOOLEAN" ? value === 1 : value;
}
