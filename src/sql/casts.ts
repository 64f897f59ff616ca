// Which casts Flink accepts: CAST( … ) and the implicit ones of INSERT INTO. What Flink accepts but headrace
// cannot do (collections, binary to time) is refused too.

import type { SqlType } from "../core/types.ts";
import {
  isApproximate,
  isBinary,
  isCollection,
  isDatetime,
  isInteger,
  isInterval,
  isNumeric,
  isText,
  sameType,
} from "./types.ts";

/** Why CAST(from AS to) is refused; undefined when it is allowed. Nullability plays no part. */
export function castRefusal(from: SqlType, to: SqlType): string | undefined {
  if (from.kind === "NULL" || sameType(from, to) || isExplicit(from, to)) return undefined;
  if (isCollection(from) || isCollection(to)) return "collections cannot be cast yet";
  if (isNumeric(from) && isDatetime(to)) {
    return "numbers do not become dates by a cast: use TO_TIMESTAMP_LTZ(number, 3)";
  }
  if (isDatetime(from) && isNumeric(to)) {
    return "dates do not become numbers by a cast: use EXTRACT or UNIX_TIMESTAMP";
  }
  return "Flink has no such cast";
}

function isExplicit(from: SqlType, to: SqlType): boolean {
  if (isCollection(from) || isCollection(to)) return false;
  if (isInterval(to)) return false;
  if (isText(to)) return true;
  if (isText(from)) return true;
  if (from.kind === "BOOLEAN") return isNumeric(to);
  if (isNumeric(from)) return isNumeric(to) || to.kind === "BOOLEAN";
  if (isBinary(from)) return isBinary(to);
  if (from.kind === "DATE") return to.kind === "TIMESTAMP" || to.kind === "TIMESTAMP_LTZ";
  if (from.kind === "TIMESTAMP" || from.kind === "TIMESTAMP_LTZ") return isDatetime(to);
  return from.kind === "TIME" && to.kind === "TIME";
}

const WIDENING = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

/**
 * Whether INSERT INTO may put `from` into a column `to` without a CAST (LogicalTypeCasts.supportsImplicitCast):
 * numbers into equal or wider kinds, text into VARCHAR, timestamps into their parts (yet not DATE into TIMESTAMP).
 */
export function isImplicit(from: SqlType, to: SqlType): boolean {
  if (from.kind === "NULL") return true;
  if (isCollection(to)) return sameType(from, to);
  if (from.kind === to.kind) return true;
  if (isText(from)) return to.kind === "VARCHAR";
  if (isBinary(from)) return to.kind === "VARBINARY";
  if (isInteger(from) && isInteger(to)) {
    return WIDENING.indexOf(from.kind) <= WIDENING.indexOf(to.kind);
  }
  if (isNumeric(from) && to.kind === "DECIMAL") return true;
  if (isNumeric(from) && isApproximate(to)) return from.kind !== "DOUBLE";
  return (from.kind === "TIMESTAMP" || from.kind === "TIMESTAMP_LTZ") && isDatetime(to);
}
