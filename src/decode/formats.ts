// The formats that tables and device profiles may have, and the reader of each.

import { CONFLUENT_FORMAT } from "../core/format/confluent.ts";
import { GatewayError } from "../core/errors.ts";
import { didYouMean } from "../core/suggest.ts";
import { ConfluentReader } from "./avro/confluent.ts";
import { AvroReader } from "./avro/reader.ts";
import { BinaryReader } from "./binary/reader.ts";
import { CborCursor } from "./cbor.ts";
import { CsvReader } from "./csv/reader.ts";
import { jsonOptions } from "./json/options.ts";
import { JsonReader } from "./json/reader.ts";
import { MsgpackCursor } from "./msgpack.ts";
import type { PayloadReader, ReaderInput } from "./payload-reader.ts";
import { ProtobufReader } from "./protobuf/reader.ts";
import { RawReader, TextReader } from "./raw.ts";
import { SenmlReader } from "./senml/reader.ts";
import type { DecodeTable } from "./table.ts";
import { TreeReader } from "./tree/reader.ts";

type ReaderOf = (input: ReaderInput) => PayloadReader;

const READERS: Readonly<Record<string, ReaderOf>> = {
  json: (input) => new JsonReader(input),
  csv: (input) => new CsvReader(input),
  raw: (input) => new RawReader(input),
  cbor: (input) => new TreeReader("cbor", new CborCursor(input.cursor.strings), input),
  msgpack: (input) => new TreeReader("msgpack", new MsgpackCursor(input.cursor.strings), input),
  avro: (input) => new AvroReader(input),
  [CONFLUENT_FORMAT]: (input) => new ConfluentReader(input),
  protobuf: (input) => new ProtobufReader(input),
  senml: (input) => new SenmlReader(input),
};

/** Formats that only a device profile can describe. */
const PROFILE_READERS: Readonly<Record<string, ReaderOf>> = {
  binary: (input) => new BinaryReader(input),
  text: (input) => new TextReader(input),
  none: () => MESSAGE_READER,
};

/** Names of the formats that tables may have, and of those that only profiles do. */
export const TABLE_FORMATS: readonly string[] = Object.keys(READERS);
export const PROFILE_FORMATS: readonly string[] = Object.keys(PROFILE_READERS);

/** A row for every message. */
const MESSAGE_READER: PayloadReader = {
  ignoresErrors: false,
  reason: "",
  position: 0,
  read: () => 1,
};

/** The reader of a table. Throws blame `config` for an unknown format and options that do not fit. */
export function payloadReader(input: ReaderInput): PayloadReader {
  return readerOf(input)(input);
}

/** Whether all columns must be read to judge a message. */
export function readsEveryColumn(table: DecodeTable): boolean {
  return formatOf(table) === "json" && jsonOptions(table).failOnMissingField;
}

/** Whether messages name their schema by the id that a registry has given to it. */
export function namesSchemas(table: DecodeTable): boolean {
  return formatOf(table) === CONFLUENT_FORMAT;
}

function formatOf(table: DecodeTable): string {
  return table.options["format"] ?? "json";
}

function readerOf({ table, codec }: ReaderInput): ReaderOf {
  const format = formatOf(table);
  if (codec !== undefined && Object.hasOwn(PROFILE_READERS, format)) {
    return PROFILE_READERS[format] as ReaderOf;
  }
  if (Object.hasOwn(READERS, format)) return READERS[format] as ReaderOf;
  const isProfiles = PROFILE_FORMATS.includes(format);
  throw new GatewayError(
    isProfiles
      ? `table ${table.name}: format '${format}' needs a device profile`
      : `table ${table.name}: there is no format '${format}'`,
    {
      code: "SQL_UNSUPPORTED",
      blame: "config",
      hint: didYouMean(format, TABLE_FORMATS) ?? `Formats are ${TABLE_FORMATS.join(", ")}.`,
      context: { option: "format" },
    },
  );
}
