// Metadata columns of an mqtt table: what the message carried besides its payload.

import { GatewayError } from "../core/errors.ts";
import type { MessageReader } from "../core/message-reader.ts";
import type { Column } from "../core/row-batch.ts";
import type { SqlType } from "../core/types.ts";
import { timestampOf } from "../core/value/timestamp.ts";
import { storeValue } from "./value-target.ts";
import type { DecodeColumn } from "./table.ts";

/** Puts the value of message `message` into row `row`. */
export type MetadataFiller = (reader: MessageReader, message: number, row: number) => void;

type Kinds = readonly SqlType["kind"][];

const TEXT: Kinds = ["CHAR", "VARCHAR"];
const TIME: Kinds = ["TIMESTAMP", "TIMESTAMP_LTZ"];
const INTEGERS: Kinds = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

/** The kinds a metadata column may have, by key. */
const METADATA: ReadonlyMap<string, Kinds> = new Map([
  ["topic", TEXT],
  ["gateway", TEXT],
  ["receive_time", TIME],
  ["qos", INTEGERS],
  ["retain", ["BOOLEAN"] as const],
  ["clock_trusted", ["BOOLEAN"] as const],
]);

/** The filler of one metadata column. Throws blame `config` for a key or type that mqtt tables do not have. */
export function metadataFiller(
  field: DecodeColumn & { readonly source: { readonly kind: "metadata"; readonly key: string } },
  column: Column,
  gatewayId: string,
): MetadataFiller {
  const { key } = field.source;
  const { type } = field;
  const kinds = METADATA.get(key);
  if (kinds === undefined) {
    throw invalid(`column ${field.name}: mqtt tables have no metadata '${key}'`, [
      ...METADATA.keys(),
    ]);
  }
  if (!kinds.includes(type.kind)) {
    throw invalid(`column ${field.name}: metadata '${key}' is not a ${type.kind}`, kinds);
  }
  switch (key) {
    case "topic":
      return (reader, message, row) => storeValue(column, row, reader.topic(message));
    case "gateway":
      return (_reader, _message, row) => storeValue(column, row, gatewayId);
    case "receive_time": {
      const precision = "precision" in type ? type.precision : 3;
      return (reader, message, row) =>
        storeValue(column, row, timestampOf(reader.receiveTimeMs(message), 0, precision));
    }
    case "qos":
      return (reader, message, row) => storeValue(column, row, reader.qos(message));
    case "clock_trusted":
      return (reader, _message, row) => storeValue(column, row, reader.clockTrusted);
    default:
      return (reader, message, row) => storeValue(column, row, reader.retain(message));
  }
}

function invalid(message: string, allowed: readonly string[]): GatewayError {
  return new GatewayError(message, {
    code: "SQL_INVALID",
    blame: "config",
    hint: `Allowed: ${allowed.join(", ")}.`,
  });
}
