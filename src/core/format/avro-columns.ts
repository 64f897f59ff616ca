// The Avro schema that Flink derives from a table's columns, name for name: what its `avro` formats read and write.
// Columns that may be NULL are unions with null and default to it, so that a column can come later: readers of the old
// schema pass over it, readers of the new one take NULL.

import { GatewayError } from "../errors.ts";
import type { Field, SqlType } from "../types.ts";
import type { FormattedTable } from "./options.ts";

const NAMESPACE = "org.apache.flink.avro.generated";
const NAME = /^[A-Za-z_]\w*$/;

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** Options of Flink's `avro` and `avro-confluent` that bear on the schema. */
export interface AvroColumns {
  readonly table: FormattedTable;
  readonly fields: readonly Field[];
  /** `timestamp_mapping.legacy`, Flink's default: TIMESTAMP is a point in time, TIMESTAMP_LTZ has no schema. */
  readonly isLegacy: boolean;
}

/** The schema's JSON text. Throws blame `config` for columns that have none. */
export function avroSchemaOf({ table, fields, isLegacy }: AvroColumns): string {
  const derive = new Derivation(table.name, isLegacy);
  return JSON.stringify(derive.record(fields, "record"));
}

class Derivation {
  readonly #table: string;
  readonly #isLegacy: boolean;

  constructor(table: string, isLegacy: boolean) {
    this.#table = table;
    this.#isLegacy = isLegacy;
  }

  record(fields: readonly Field[], name: string): Json {
    return {
      type: "record",
      name,
      ...(name === "record" ? { namespace: NAMESPACE } : {}),
      fields: fields.map(({ name: own, type }): Json => {
        if (!NAME.test(own)) throw this.#refuse(`column ${own} is no name for Avro`, NAMES_HINT);
        const schema = this.#nullable(type, `${name}_${own}`);
        return { name: own, type: schema, ...(type.nullable ? { default: null } : {}) };
      }),
    };
  }

  #nullable(type: SqlType, name: string): Json {
    const schema = this.#type(type, name);
    return type.nullable ? ["null", schema] : schema;
  }

  #type(type: SqlType, name: string): Json {
    switch (type.kind) {
      case "BOOLEAN":
        return "boolean";
      case "TINYINT":
      case "SMALLINT":
      case "INTEGER":
        return "int";
      case "BIGINT":
        return "long";
      case "FLOAT":
        return "float";
      case "DOUBLE":
        return "double";
      case "CHAR":
      case "VARCHAR":
        return "string";
      case "BINARY":
      case "VARBINARY":
        return "bytes";
      case "DECIMAL": {
        const { precision, scale } = type;
        return { type: "bytes", logicalType: "decimal", precision, scale };
      }
      case "DATE":
        return { type: "int", logicalType: "date" };
      case "TIME":
        if (type.precision > 3)
          throw this.#refuse(`TIME(${type.precision}) has no schema`, TIME_HINT);
        return { type: "int", logicalType: "time-millis" };
      case "TIMESTAMP":
      case "TIMESTAMP_LTZ":
        return this.#timestamp(type.kind, type.precision);
      case "ARRAY":
        return { type: "array", items: this.#nullable(type.element, name) };
      case "MAP":
        if (type.key.kind !== "VARCHAR" && type.key.kind !== "CHAR") {
          throw this.#refuse("a MAP of Avro has STRING keys", "CAST the keys to STRING.");
        }
        return { type: "map", values: this.#nullable(type.value, name) };
      case "MULTISET":
        return { type: "map", values: ["null", "int"] };
      case "ROW":
        return this.record(type.fields, name);
      default:
        throw this.#refuse(`${type.kind} has no schema`, "CAST it to BIGINT or STRING.");
    }
  }

  #timestamp(kind: "TIMESTAMP" | "TIMESTAMP_LTZ", precision: number): Json {
    // Flink 2.3 writes milliseconds under a schema that says microseconds: nobody could read them right.
    if (precision > 3) throw this.#refuse(`${kind}(${precision}) has no schema`, TIME_HINT);
    const isLocal = kind === "TIMESTAMP";
    if (this.#isLegacy && !isLocal) throw this.#refuse("TIMESTAMP_LTZ has no schema", LEGACY_HINT);
    const isPoint = this.#isLegacy || !isLocal;
    return { type: "long", logicalType: isPoint ? "timestamp-millis" : "local-timestamp-millis" };
  }

  #refuse(message: string, hint: string): GatewayError {
    return new GatewayError(`table ${this.#table}: format 'avro': ${message}`, {
      code: "SQL_UNSUPPORTED",
      blame: "config",
      hint,
      context: { option: "format" },
    });
  }
}

const NAMES_HINT = "Use letters, digits and _.";
const TIME_HINT = "Use a precision of at most 3.";
const LEGACY_HINT = "Set 'avro.timestamp_mapping.legacy' = 'false', or use TIMESTAMP(3).";
