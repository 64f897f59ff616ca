// One JSON message through the reader into a fresh row: what the tests of the codec share.

import type { Field, SqlType, SqlValue } from "../../../src/core/types.ts";
import { PayloadRows } from "../payload-rows.ts";

/** The row's values by column, or `reason` alone when the message is undecodable. */
export type ReadRow = (payload: string | Uint8Array) => Readonly<Record<string, SqlValue>>;

/** A reader of rows of these columns, keeping its caches from message to message. */
export function rowReader(
  fields: readonly Field[],
  options: Readonly<Record<string, string>> = {},
): ReadRow {
  const payloads = new PayloadRows(fields, options);
  return (payload) => {
    const { rows, reason } = payloads.read(payload);
    return reason === "" ? (rows[0] ?? {}) : { reason };
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
