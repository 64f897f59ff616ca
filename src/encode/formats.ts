// The formats that Kafka sinks may have, and the encoder of each.

import { FormatOptions } from "../core/format/options.ts";
import { didYouMean } from "../core/suggest.ts";
import { AvroEncoder } from "./avro.ts";
import { CsvEncoder } from "./csv.ts";
import { JsonEncoder } from "./json.ts";
import { ProtobufEncoder } from "./protobuf.ts";
import { RawEncoder } from "./raw.ts";
import type { EncoderInput, RowEncoder } from "./row-encoder.ts";

const ENCODERS: Readonly<Record<string, (input: EncoderInput) => RowEncoder>> = {
  json: (input) => new JsonEncoder(input),
  csv: (input) => new CsvEncoder(input),
  raw: (input) => new RawEncoder(input),
  avro: (input) => new AvroEncoder(input, false),
  "avro-confluent": (input) => new AvroEncoder(input, true),
  protobuf: (input) => new ProtobufEncoder(input),
};

/** Their names. */
export const SINK_FORMATS: readonly string[] = Object.keys(ENCODERS);

/** The encoder of a format. Throws blame `config` for an unknown one and options that do not fit. */
export function rowEncoder(format: string, input: EncoderInput): RowEncoder {
  const make = Object.hasOwn(ENCODERS, format) ? ENCODERS[format] : undefined;
  if (make !== undefined) return make(input);
  throw new FormatOptions(input.table, "").refuseFormat(
    `there is no format '${format}' for Kafka`,
    didYouMean(format, SINK_FORMATS) ?? `Formats are ${SINK_FORMATS.join(", ")}.`,
  );
}
