// Messages as producers that use a schema registry write them: a zero byte, the id of the schema in four, and the Avro
// that was written with it. It is read into the columns by Avro's schema resolution, as Flink's avro-confluent does, or by the
// paths of a device profile: where a schema has no such field, there is no value.
//
// Which schemas are known by their ids is the engine's state, not ours: what is compiled here is kept with the schema's
// object, and a message whose schema is not known is a dead letter.

import { avroSchemaOf } from "../../core/format/avro-columns.ts";
import { parseAvroSchema } from "../../core/format/avro-schema.ts";
import { CONFLUENT_FORMAT, confluentOptions } from "../../core/format/confluent.ts";
import type { SchemaOfId, SchemasById } from "../../core/format/schemas-by-id.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Payload, PayloadReader, ReaderInput, Wanted } from "../payload-reader.ts";
import { AvroMessage } from "./message.ts";
import { avroProgram } from "./program.ts";
import type { AvroStep } from "./program.ts";

const HEAD_BYTES = 5;
const NO_HEAD = "not of a schema registry: a zero byte and a schema's id were expected";

/** The id of the schema that a payload names; undefined: it names none. */
export function schemaIdOf({
  bytes,
  start,
  end,
}: Omit<Payload, "receiveTimeMs">): number | undefined {
  if (end - start < HEAD_BYTES || bytes[start] !== 0) return undefined;
  return bytes.readUInt32BE(start + 1);
}

export class ConfluentReader implements PayloadReader {
  readonly ignoresErrors = false;
  reason = "";
  position = 0;
  readonly #schemas: SchemasById;
  readonly #wanted: readonly Wanted[];
  readonly #message: AvroMessage;
  readonly #isTable: boolean;
  /** Why a schema cannot be read by, or what reads by it. */
  readonly #programs = new WeakMap<SchemaOfId, AvroStep | string>();

  /** Throws blame `config` for bad options, and for columns that have no Avro schema. */
  constructor({ table, wanted, space, codec, cursor, schemas }: ReaderInput) {
    this.#isTable = codec === undefined;
    if (this.#isTable) {
      const { isLegacy } = confluentOptions(table, `${CONFLUENT_FORMAT}.`);
      const fields = table.columns.filter(({ source }) => source.kind === "physical");
      avroSchemaOf({ table, fields, isLegacy });
    }
    this.#schemas = schemas;
    this.#wanted = wanted;
    this.#message = new AvroMessage(wanted, space, cursor.strings);
  }

  read(payload: Payload, row: number): number {
    const id = schemaIdOf(payload);
    if (id === undefined) return this.#refuse(NO_HEAD);
    const schema = this.#schemas.get(id);
    if (schema === undefined) return this.#refuse(`the schema registry has not told schema ${id}`);
    const program = this.#programs.get(schema) ?? this.#compile(schema);
    if (typeof program === "string") return this.#refuse(program);
    const rows = this.#message.read(program, payload, HEAD_BYTES, row);
    if (rows < 0) {
      this.reason = `schema ${id}: ${this.#message.reason}`;
      this.position = this.#message.position;
    }
    return rows;
  }

  #refuse(reason: string): number {
    this.reason = reason;
    this.position = 0;
    return -1;
  }

  #compile(schema: SchemaOfId): AvroStep | string {
    const program = this.#programOf(schema);
    this.#programs.set(schema, program);
    return program;
  }

  #programOf({ id, text }: SchemaOfId): AvroStep | string {
    try {
      const { rows } = this.#message;
      const options = { wanted: this.#wanted, isTable: this.#isTable, rows };
      return avroProgram(parseAvroSchema(text), options);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return `schema ${id}: ${error.message}`;
    }
  }
}
