// SQL types and the run-time form of their values: the vocabulary that decode, sql, operators and
// sinks share. Names and meaning are Flink's (LogicalType).
//
// Run-time values (SQL NULL is `null` everywhere):
//   BOOLEAN                     boolean
//   TINYINT SMALLINT INTEGER    number (integral)
//   BIGINT                      number while |x| <= 2^53 - 1, else bigint: one canonical form per value
//   FLOAT DOUBLE                number (FLOAT always Math.fround-ed)
//   DECIMAL(p, s)               bigint, the unscaled value (1.50 of scale 2 is 150n)
//   CHAR VARCHAR                string          BINARY VARBINARY   Uint8Array
//   DATE                        number, days since 1970-01-01
//   TIME                        number, milliseconds of the day
//   TIMESTAMP(p), _LTZ(p)       p <= 3: number, epoch milliseconds; p > 3: bigint, epoch nanoseconds
//   INTERVAL YEAR TO MONTH      number, months   INTERVAL DAY TO SECOND  number, milliseconds
//   ARRAY  array   ROW  array in field order   MAP, MULTISET  MapValue (MULTISET: element to count)

export type SqlType =
  | { readonly kind: "BOOLEAN"; readonly nullable: boolean }
  | { readonly kind: "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT"; readonly nullable: boolean }
  | { readonly kind: "FLOAT" | "DOUBLE"; readonly nullable: boolean }
  | {
      readonly kind: "DECIMAL";
      readonly precision: number;
      readonly scale: number;
      readonly nullable: boolean;
    }
  | {
      readonly kind: "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY";
      readonly length: number;
      readonly nullable: boolean;
    }
  | { readonly kind: "DATE"; readonly nullable: boolean }
  | {
      readonly kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ";
      readonly precision: number;
      readonly nullable: boolean;
    }
  | { readonly kind: "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME"; readonly nullable: boolean }
  | { readonly kind: "ARRAY"; readonly element: SqlType; readonly nullable: boolean }
  | { readonly kind: "MULTISET"; readonly element: SqlType; readonly nullable: boolean }
  | {
      readonly kind: "MAP";
      readonly key: SqlType;
      readonly value: SqlType;
      readonly nullable: boolean;
    }
  | { readonly kind: "ROW"; readonly fields: readonly Field[]; readonly nullable: boolean }
  | { readonly kind: "NULL"; readonly nullable: true };

export type SqlKind = SqlType["kind"];

/** A named, typed column or ROW field. */
export interface Field {
  readonly name: string;
  readonly type: SqlType;
}

export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly SqlValue[]
  | MapValue;

/**
 * Entries of a MAP in the order in which Flink walks them, which MAP_KEYS and CAST AS STRING show. Keys may be
 * NULL, and equal keys may stand side by side: Flink removes neither where a map is made of columns.
 */
export interface MapValue {
  readonly keys: readonly SqlValue[];
  readonly values: readonly SqlValue[];
}

/** VARCHAR(2147483647) is STRING, VARBINARY(2147483647) is BYTES. */
export const MAX_LENGTH = 2_147_483_647;

/** How a column of this type lies in a row batch: in a Float64Array, or in a plain array. */
export function columnLayout(type: SqlType): "number" | "value" {
  switch (type.kind) {
    case "BOOLEAN": // 0 or 1
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
    case "DATE":
    case "TIME":
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
      return "number";
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3 ? "number" : "value";
    default:
      return "value";
  }
}

/** BIGINT's canonical form: a number when it fits in 53 bits. Wraps to 64 bits as Java's long does. */
export function toBigintValue(value: bigint): number | bigint {
  const wrapped = BigInt.asIntN(64, value);
  return wrapped >= MIN_SAFE && wrapped <= MAX_SAFE ? Number(wrapped) : wrapped;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MIN_SAFE = -MAX_SAFE;
