// The identity options of a table, checked against its columns:
//
//   identity.key        column whose value names the sender; any scalar type
//   identity.sequence   integer column that the sender counts up
//   identity.epoch      integer column that grows when the count starts anew: boot counter or boot time (optional)
//   identity.wraps      the count runs from 0 to this minus 1 and starts again (optional)
//   identity.window     numbers remembered per key, default 1024
//   identity.uncertain  'drop' (default) or 'accept': a number too old to tell

import { GatewayError } from "../core/errors.ts";
import { IDENTITY_WINDOW, IDENTITY_WINDOW_MAX } from "../core/limits.ts";
import type { SqlKind } from "../core/types.ts";
import type { DecodeTable } from "./table.ts";

export interface IdentitySettings {
  /** Column indexes. */
  readonly key: number;
  readonly sequence: number;
  readonly epoch: number | undefined;
  readonly wraps: number | undefined;
  readonly window: number;
  readonly uncertain: "drop" | "accept";
}

const INTEGERS: ReadonlySet<SqlKind> = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]);
const NO_KEYS: ReadonlySet<SqlKind> = new Set([
  "BINARY",
  "VARBINARY",
  "ARRAY",
  "MAP",
  "MULTISET",
  "ROW",
  "NULL",
]);

const OPTIONS = ["key", "sequence", "epoch", "wraps", "window", "uncertain"].map(
  (name) => `identity.${name}`,
);

/** undefined: the table has no identity. Throws blame `config` for options that do not fit the table. */
export function identitySettings(table: DecodeTable): IdentitySettings | undefined {
  const { options } = table;
  const names = Object.keys(options).filter((name) => name.startsWith("identity."));
  if (names.length === 0) return undefined;
  for (const name of names) {
    if (OPTIONS.includes(name)) continue;
    throw invalid(table, name, `unknown option '${name}'; there are ${OPTIONS.join(", ")}`);
  }
  const key = columnOf(table, "identity.key");
  const sequence = columnOf(table, "identity.sequence");
  if (key === undefined || sequence === undefined) {
    throw invalid(table, names[0], "identity needs both 'identity.key' and 'identity.sequence'");
  }
  const epoch = columnOf(table, "identity.epoch");
  if (NO_KEYS.has(table.columns[key]?.type.kind ?? "NULL")) {
    throw invalid(table, "identity.key", "'identity.key' must be a column of a scalar type");
  }
  for (const [name, index] of [
    ["identity.sequence", sequence],
    ["identity.epoch", epoch],
  ] as const) {
    if (index !== undefined && !INTEGERS.has(table.columns[index]?.type.kind ?? "NULL")) {
      throw invalid(table, name, `'${name}' must be a column of an integer type`);
    }
  }
  const window = wholeNumber(table, "identity.window") ?? IDENTITY_WINDOW;
  const wraps = wholeNumber(table, "identity.wraps");
  if (window < 1 || window > IDENTITY_WINDOW_MAX) {
    throw invalid(
      table,
      "identity.window",
      `'identity.window' must be 1 to ${IDENTITY_WINDOW_MAX}`,
    );
  }
  // A number half a turn away could be old or new.
  if (wraps !== undefined && wraps < window * 2) {
    throw invalid(
      table,
      "identity.wraps",
      `'identity.wraps' must be at least twice 'identity.window' (${window})`,
    );
  }
  const uncertain = options["identity.uncertain"] ?? "drop";
  if (uncertain !== "drop" && uncertain !== "accept") {
    throw invalid(table, "identity.uncertain", "'identity.uncertain' must be 'drop' or 'accept'");
  }
  return { key, sequence, epoch, wraps, window, uncertain };
}

/** Indexes of the columns that identity reads; none without identity. */
export function identityColumns(table: DecodeTable): number[] {
  const settings = identitySettings(table);
  if (settings === undefined) return [];
  const { key, sequence, epoch } = settings;
  return epoch === undefined ? [key, sequence] : [key, sequence, epoch];
}

function columnOf(table: DecodeTable, option: string): number | undefined {
  const name = table.options[option];
  if (name === undefined) return undefined;
  const index = table.columns.findIndex((column) => column.name === name);
  if (index < 0)
    throw invalid(table, option, `'${option}' names the column ${name}, which it does not have`);
  return index;
}

function wholeNumber(table: DecodeTable, option: string): number | undefined {
  const text = table.options[option];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(table, option, `'${option}' must be a whole number`);
  return Number(text);
}

/** `option` is where to look. */
function invalid(table: DecodeTable, option: string | undefined, message: string): GatewayError {
  return new GatewayError(`table ${table.name}: ${message}`, {
    code: "SQL_INVALID",
    blame: "config",
    context: { option },
  });
}
