// Which casts Flink accepts: CAST( … ) and the implicit ones of INSERT INTO. What Flink accepts but headrace
// cannot do (binary to time, maps to keys of some types) is refused too.

import type { SqlType } from "../core/types.ts";
import { hashCodeOf } from "../core/value/java-hash.ts";
import {
  NULL_TYPE,
  formatType,
  isApproximate,
  isBinary,
  isCollection,
  isDatetime,
  isInteger,
  isInterval,
  isNumeric,
  isText,
  sameType,
  withNullable,
  type CollectionType,
} from "./types.ts";

/** Why CAST(from AS to) is refused; undefined when it is allowed. Nullability plays no part. */
export function castRefusal(from: SqlType, to: SqlType): string | undefined {
  if (from.kind === "NULL" || sameType(from, to)) return undefined;
  if (isCollection(from) && isCollection(to)) return collectionRefusal(from, to);
  if (isExplicit(from, to)) return undefined;
  if (isNumeric(from) && isDatetime(to)) {
    return "numbers do not become dates by a cast: use TO_TIMESTAMP_LTZ(number, 3)";
  }
  if (isDatetime(from) && isNumeric(to)) {
    return "dates do not become numbers by a cast: use EXTRACT or UNIX_TIMESTAMP";
  }
  return "Flink has no such cast";
}

/** Collections of one kind are cast part by part. */
function collectionRefusal(from: CollectionType, to: CollectionType): string | undefined {
  if (from.kind === "ARRAY" && to.kind === "ARRAY") return castRefusal(from.element, to.element);
  if (from.kind === "ROW" && to.kind === "ROW") {
    if (from.fields.length !== to.fields.length) {
      return `the rows have ${from.fields.length} and ${to.fields.length} fields`;
    }
    const refusals = from.fields.map(({ type }, index) =>
      castRefusal(type, to.fields[index]?.type ?? NULL_TYPE),
    );
    return refusals.find((refusal) => refusal !== undefined);
  }
  if (from.kind === "MAP" && to.kind === "MAP") {
    return castRefusal(from.key, to.key) ?? castRefusal(from.value, to.value);
  }
  if (from.kind === "MULTISET" && to.kind === "MULTISET") {
    return castRefusal(from.element, to.element);
  }
  return "Flink has no such cast";
}

function isExplicit(from: SqlType, to: SqlType): boolean {
  if (isCollection(to)) return false;
  if (isInterval(to)) return isInteger(from);
  if (isText(to)) return true;
  if (isCollection(from)) return false;
  if (isText(from)) return true;
  if (from.kind === "BOOLEAN") return isNumeric(to);
  if (isNumeric(from)) return isNumeric(to) || to.kind === "BOOLEAN";
  if (isBinary(from)) return isBinary(to);
  if (from.kind === "DATE") return to.kind === "TIMESTAMP" || to.kind === "TIMESTAMP_LTZ";
  if (from.kind === "TIMESTAMP" || from.kind === "TIMESTAMP_LTZ") return isDatetime(to);
  return from.kind === "TIME" && isDatetime(to) && to.kind !== "DATE";
}

/** Why headrace refuses a cast that Flink has; undefined when it does not. */
export function castGap(from: SqlType, to: SqlType): string | undefined {
  if (isText(to) && from.kind === "MULTISET") return orderGap(from.element);
  if (from.kind === "ARRAY") return castGap(from.element, to.kind === "ARRAY" ? to.element : to);
  if (from.kind === "ROW") {
    const gaps = from.fields.map(({ type }, index) =>
      castGap(type, (to.kind === "ROW" ? to.fields[index]?.type : undefined) ?? to),
    );
    return gaps.find((gap) => gap !== undefined);
  }
  if (sameType(withNullable(from, true), withNullable(to, true))) return undefined;
  if (to.kind === "MAP") return orderGap(to.key);
  return to.kind === "MULTISET" ? orderGap(to.element) : undefined;
}

/** Collected and cast maps come out in the order of a HashMap. */
function orderGap(key: SqlType): string | undefined {
  if (hashCodeOf(key) !== undefined) return undefined;
  return `the order in which Flink keeps keys of type ${formatType(withNullable(key, true))} is not known`;
}

const WIDENING = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

/**
 * Whether INSERT INTO may put `from` into a column `to` without a CAST (LogicalTypeCasts.supportsImplicitCast):
 * numbers into equal or wider kinds, text into VARCHAR, timestamps into their parts (yet not DATE into TIMESTAMP).
 */
export function isImplicit(from: SqlType, to: SqlType): boolean {
  if (from.kind === "NULL") return true;
  if (isCollection(to)) return isCollection(from) && isImplicitCollection(from, to);
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

/** Part by part; fields by position, whatever their names. */
function isImplicitCollection(from: CollectionType, to: CollectionType): boolean {
  if (from.kind === "ARRAY" && to.kind === "ARRAY") return isImplicit(from.element, to.element);
  if (from.kind === "MAP" && to.kind === "MAP") {
    return isImplicit(from.key, to.key) && isImplicit(from.value, to.value);
  }
  if (from.kind === "ROW" && to.kind === "ROW") {
    const { fields } = to;
    const same = from.fields.length === fields.length;
    return same && from.fields.every(({ type }, i) => isImplicit(type, fields[i]?.type ?? type));
  }
  return sameType(from, to);
}
