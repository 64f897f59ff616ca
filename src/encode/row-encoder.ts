// What every output format is to a Kafka sink: rows into message values (or keys), one encoder per sink, built once.
// A pure function of the row: what only somebody outside can tell, such as the id of a schema in a registry, is put in
// by the uplink.

import type { Field, SqlValue } from "../core/types.ts";
import type { RegisteredSchema } from "../core/outbox-rows.ts";
import type { FormattedTable } from "../core/format/options.ts";

/** Text is sent as UTF-8; bytes are valid until the next call. null: a message without a value, or without a key. */
export type Encoded = string | Uint8Array | null;

export interface RowEncoder {
  /** The values are in the order of the fields. undefined: the format cannot say this row, for `reason`. */
  encode(values: readonly SqlValue[]): Encoded | undefined;
  readonly reason: string;
  /** What has to stand in a registry before a message may be sent. */
  readonly registered?: RegisteredSchema | undefined;
}

/** What an encoder is made from. */
export interface EncoderInput {
  readonly table: FormattedTable;
  /** What stands before the format's options: `csv.`, `key.csv.`, … */
  readonly prefix: string;
  readonly fields: readonly Field[];
  /** Of the message: its topic, and which part of it this is. */
  readonly topic: string;
  readonly part: "key" | "value";
}
