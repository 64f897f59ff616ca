// What one registry function is at run time. `apply` is its meaning; `inline` is the same as generated JavaScript,
// for what is worth it. The interpreter uses `apply` only, so that each checks the other.

import type { SourcePosition } from "../../core/errors.ts";
import type { SqlType, SqlValue } from "../../core/types.ts";

/** A call as the plan has it, for picking an implementation. */
export interface CallShape {
  readonly arguments: readonly SqlType[];
  readonly type: SqlType;
  /** The value of each argument that is a literal (null: literal NULL), undefined for the others. */
  readonly constants: readonly (SqlValue | undefined)[];
  readonly position: SourcePosition | undefined;
}

/** Registers a helper function or constant with the generated code; gives its identifier there. */
export type Use = (helper: unknown) => string;

export interface Implementation {
  /** Called with non-NULL values, one per argument; with NULLs, too, if `acceptsNull`. May throw DataError. */
  readonly apply: (...values: never[]) => SqlValue;
  /** May give NULL for arguments that are not NULL. */
  readonly nullable?: boolean;
  /** Sees NULL arguments itself; otherwise any NULL argument makes the result NULL. */
  readonly acceptsNull?: boolean;
  /** The JavaScript expression for arguments given as identifiers. */
  readonly inline?: (values: readonly string[], use: Use) => string;
}

/** Picks the implementation for a call. */
export type ScalarFunction = (shape: CallShape) => Implementation;

/** Functions by registry id. */
export type ScalarTable = Readonly<Record<string, ScalarFunction>>;

/** A function that is the same for every call. */
export function plain(apply: Implementation["apply"]): ScalarFunction {
  return () => ({ apply });
}

/** The same for one that may give NULL. */
export function partial(apply: Implementation["apply"]): ScalarFunction {
  return () => ({ apply, nullable: true });
}

/** The type of argument `index`; the binder has checked that it is there. */
export function argumentType(shape: CallShape, index: number): SqlType {
  const type = shape.arguments[index];
  if (type === undefined) throw new RangeError(`no argument ${index}`);
  return type;
}

/** True if values of this type compare and are stored as JavaScript numbers only. */
export function isPlainNumber(type: SqlType): boolean {
  switch (type.kind) {
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "FLOAT":
    case "DOUBLE":
    case "DATE":
    case "TIME":
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
      return true;
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return type.precision <= 3;
    default:
      return false;
  }
}
