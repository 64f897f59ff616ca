// CAST and TRY_CAST by source and target type, as Flink 2.3: narrowing wraps, DOUBLE saturates, DECIMAL overflow is
// NULL even without TRY, bad text is a data error. TRY_CAST turns data errors into NULL.

import type { SourcePosition } from "../../core/errors.ts";
import { MAX_LENGTH } from "../../core/types.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";
import {
  decimalToInteger,
  decimalToNumber,
  numberToDecimal,
  toShape,
} from "../../core/value/decimal.ts";
import { doubleToInteger, wrapInteger } from "../../core/value/integer.ts";
import type { IntegerKind } from "../../core/value/integer.ts";
import { requiredZone } from "../../core/value/zone.ts";
import { DataError, dataError } from "../data-error.ts";
import { collectionCast } from "./cast-collection.ts";
import { limitBytes, textCast } from "./cast-text.ts";
import { timeCast } from "./cast-time.ts";
import { toText } from "./cast-to-text.ts";
import { zoneCast } from "./cast-zone.ts";
import type { Implementation } from "./implementation.ts";
import { codePoints, sliceText } from "./text-rules.ts";

export interface CastOptions {
  readonly try: boolean;
  readonly position?: SourcePosition | undefined;
  readonly zone?: string;
}

/** The conversion from one type to another; the binder has refused what Flink refuses. */
export function castFunction(from: SqlType, to: SqlType, options: CastOptions): Implementation {
  if (options.zone !== undefined) return zoneCast(from, to, requiredZone(options.zone));
  const cast = convert(from, to, options.position);
  if (!options.try) return cast;
  // Flink counts on a DOUBLE to become a DECIMAL: NaN and Infinity fail even here.
  if (from.kind === "DOUBLE" || from.kind === "FLOAT") return { ...cast, nullable: true };
  const apply = cast.apply as (value: SqlValue) => SqlValue;
  return {
    nullable: true,
    apply: (value: SqlValue) => {
      try {
        return apply(value);
      } catch (error) {
        if (error instanceof DataError) return null;
        throw error;
      }
    },
  };
}

const SAME: Implementation = { apply: (value: SqlValue) => value, inline: ([value]) => `${value}` };

function convert(from: SqlType, to: SqlType, position: SourcePosition | undefined): Implementation {
  switch (to.kind) {
    case "CHAR":
    case "VARCHAR":
      return limitLength(toText(from), from, to);
    case "BINARY":
    case "VARBINARY":
      if (from.kind !== "BINARY" && from.kind !== "VARBINARY") break;
      return { apply: (bytes: Uint8Array) => limitBytes(bytes, to) };
    case "ARRAY":
    case "ROW":
    case "MAP":
    case "MULTISET":
      // A bare NULL has no type and passes through every cast.
      if (from.kind === "NULL") return SAME;
      return collectionCast(from, to, (a, b) => convert(a, b, position));
    default:
      break;
  }
  switch (from.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
      return fromInteger(from.kind, to);
    case "FLOAT":
    case "DOUBLE":
      return fromDouble(from.kind, to, position);
    case "DECIMAL":
      return fromDecimal(from, to);
    case "BOOLEAN":
      return fromBoolean(to);
    case "CHAR":
    case "VARCHAR":
      return textCast(to, position);
    case "DATE":
    case "TIME":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return timeCast(from, to);
    default:
      return SAME;
  }
}

function fromInteger(from: IntegerKind, to: SqlType): Implementation {
  switch (to.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
      return narrow(to.kind);
    case "FLOAT":
      return { apply: (x: number | bigint) => Math.fround(Number(x)) };
    case "DOUBLE":
      return from === "BIGINT" ? { apply: (x: number | bigint) => Number(x) } : SAME;
    case "DECIMAL":
      return { nullable: true, apply: (x: number | bigint) => toShape(BigInt(x), 0, to) };
    case "BOOLEAN":
      return { apply: (x: number | bigint) => x !== 0 };
    // A number of months or milliseconds, whatever the unit of the type.
    case "INTERVAL_YEAR_MONTH":
      return narrow("INTEGER");
    case "INTERVAL_DAY_TIME":
      return { apply: (x: number | bigint) => Number(x) };
    default:
      return SAME;
  }
}

function narrow(kind: "TINYINT" | "SMALLINT" | "INTEGER"): Implementation {
  const shift = { TINYINT: 24, SMALLINT: 16, INTEGER: 0 }[kind];
  return {
    // ToInt32 is exact modulo 2^32 on safe integers.
    apply: (x: number | bigint) =>
      typeof x === "number" ? (x << shift) >> shift : wrapInteger(x, kind),
  };
}

function fromDouble(
  from: "FLOAT" | "DOUBLE",
  to: SqlType,
  position: SourcePosition | undefined,
): Implementation {
  switch (to.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT": {
      const { kind } = to;
      return { apply: (x: number) => doubleToInteger(x, kind) };
    }
    case "FLOAT":
      return from === "FLOAT"
        ? SAME
        : { apply: (x: number) => Math.fround(x), inline: ([x]) => `Math.fround(${x})` };
    case "DECIMAL":
      return {
        nullable: true,
        apply: (x: number) =>
          Number.isFinite(x)
            ? numberToDecimal(x, to)
            : dataError(`${String(x)} is no DECIMAL`, position),
      };
    case "BOOLEAN":
      return { apply: (x: number) => x !== 0 };
    default:
      return SAME;
  }
}

function fromDecimal(from: Extract<SqlType, { kind: "DECIMAL" }>, to: SqlType): Implementation {
  switch (to.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT": {
      const { kind } = to;
      return { apply: (x: bigint) => wrapInteger(decimalToInteger(x, from.scale), kind) };
    }
    case "FLOAT":
      return { apply: (x: bigint) => Math.fround(decimalToNumber(x, from)) };
    case "DOUBLE":
      return { apply: (x: bigint) => decimalToNumber(x, from) };
    case "DECIMAL":
      return { nullable: true, apply: (x: bigint) => toShape(x, from.scale, to) };
    case "BOOLEAN":
      return { apply: (x: bigint) => x !== 0n };
    default:
      return SAME;
  }
}

function fromBoolean(to: SqlType): Implementation {
  if (to.kind === "BOOLEAN") return SAME;
  if (to.kind === "DECIMAL") {
    return { nullable: true, apply: (x: boolean) => toShape(x ? 1n : 0n, 0, to) };
  }
  return { apply: (x: boolean) => (x ? 1 : 0) };
}

/** VARCHAR(n) cuts, CHAR(n) cuts or pads with blanks. */
function limitLength(
  cast: Implementation,
  from: SqlType,
  to: Extract<SqlType, { kind: "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY" }>,
): Implementation {
  const { length, kind } = to;
  const fits = (from.kind === "CHAR" || from.kind === "VARCHAR") && from.length <= length;
  if (length === MAX_LENGTH || (kind === "VARCHAR" && fits)) return cast;
  const text = cast.apply as (value: SqlValue) => string;
  return {
    apply: (value: SqlValue) => {
      const whole = text(value);
      const size = codePoints(whole);
      if (size > length) return sliceText(whole, 0, length);
      return kind === "CHAR" ? whole + " ".repeat(length - size) : whole;
    },
  };
}
