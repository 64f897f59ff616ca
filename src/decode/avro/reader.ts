// Avro messages into rows (Apache Avro 1.12, binary encoding, without a container). The schema that they were written
// with is known: a table's own columns (Flink's `avro` format), or a file (`avro.avsc`, a profile's `schema`).

import { avroSchemaOf } from "../../core/format/avro-columns.ts";
import { parseAvroSchema } from "../../core/format/avro-schema.ts";
import type { AvroType } from "../../core/format/avro-schema.ts";
import { FormatOptions } from "../../core/format/options.ts";
import type { Payload, PayloadReader, ReaderInput } from "../payload-reader.ts";
import type { DecodeTable } from "../table.ts";
import { AvroMessage } from "./message.ts";
import { avroProgram } from "./program.ts";
import type { AvroStep } from "./program.ts";

export class AvroReader implements PayloadReader {
  readonly ignoresErrors = false;
  readonly #message: AvroMessage;
  readonly #program: AvroStep;

  /** Throws blame `config` for bad options, and for columns that have no Avro schema. */
  constructor({ table, wanted, space, codec, cursor }: ReaderInput) {
    this.#message = new AvroMessage(wanted, space, cursor.strings);
    const schema = codec?.type === "avro" ? codec.schema : tableSchema(table);
    const isTable = codec === undefined;
    this.#program = avroProgram(schema, { wanted, isTable, rows: this.#message.rows });
  }

  get reason(): string {
    return this.#message.reason;
  }

  get position(): number {
    return this.#message.position;
  }

  read(payload: Payload, row: number): number {
    return this.#message.read(this.#program, payload, 0, row);
  }
}

/** What Flink takes the messages of an `avro` table to be written with, or the schema that the table names. */
function tableSchema(table: DecodeTable): AvroType {
  const options = new FormatOptions(table, "avro.");
  const isLegacy = options.choice("timestamp_mapping.legacy", ["true", "false"]) !== "false";
  // The planner has put the file's content in the place of its name.
  const schema = options.text("avsc");
  const encoding = options.choice("encoding", ["binary", "json"]);
  options.finish();
  if (encoding === "json") throw options.refuse("encoding", "'json' is not built", "Use binary.");
  const fields = table.columns.filter(({ source }) => source.kind === "physical");
  const derived = avroSchemaOf({ table, fields, isLegacy });
  return parseAvroSchema(schema ?? derived);
}
