// Flink's `raw` format: the payload is the value of the only column, without any frame. Numbers have the size of their
// type, in network byte order unless the option says otherwise.

import { GatewayError } from "../errors.ts";
import type { SqlType } from "../types.ts";
import { FormatOptions } from "./options.ts";
import type { FormattedTable } from "./options.ts";

const CHARSETS = {
  "utf-8": "utf8",
  utf8: "utf8",
  "iso-8859-1": "latin1",
  latin1: "latin1",
  "us-ascii": "latin1",
  ascii: "latin1",
} as const;

export interface RawForm {
  readonly charset: "utf8" | "latin1";
  readonly isLittle: boolean;
}

/** Bytes of the numbers; the other types take what there is. */
export const RAW_BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INTEGER: 4,
  BIGINT: 8,
  FLOAT: 4,
  DOUBLE: 8,
};

const SIZED_FREELY = ["CHAR", "VARCHAR", "BINARY", "VARBINARY"];

/** The raw options of a table under `prefix`, for its payload's `columns`. Throws blame `config` for what raw cannot hold. */
export function rawForm(
  table: FormattedTable,
  prefix: string,
  columns: readonly { readonly name: string; readonly type: SqlType }[],
): RawForm {
  const options = new FormatOptions(table, prefix);
  const name = options.text("charset") ?? "UTF-8";
  const charset = (CHARSETS as Readonly<Record<string, "utf8" | "latin1">>)[name.toLowerCase()];
  const order = options.choice("endianness", ["big-endian", "little-endian"]);
  options.finish();
  if (charset === undefined) {
    throw options.refuse("charset", `'${name}' is not built`, "Use UTF-8, ISO-8859-1 or US-ASCII.");
  }
  const [only, another] = columns;
  if (only === undefined || another !== undefined) {
    throw refuse(table, "format 'raw' holds exactly one column", "Use 'format' = 'json' or 'csv'.");
  }
  const { kind } = only.type;
  if (RAW_BYTES[kind] === undefined && !SIZED_FREELY.includes(kind)) {
    throw refuse(table, `format 'raw' cannot hold a ${kind}`, "Use STRING, BYTES or a number.");
  }
  return { charset, isLittle: order === "little-endian" };
}

function refuse(table: FormattedTable, message: string, hint: string): GatewayError {
  return new GatewayError(`table ${table.name}: ${message}`, {
    code: "SQL_INVALID",
    blame: "config",
    hint,
    context: { option: "format" },
  });
}
