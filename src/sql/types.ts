// Flink's typing rules on SqlType: printing, common types, decimal results. Sources: LogicalTypeMerging for
// decimals and for COALESCE-like functions, Calcite's SqlTypeFactoryImpl.leastRestrictive for CASE and UNION;
// both checked against Flink 2.3 (test/sql/flink-types.test.ts).

import { MAX_LENGTH, type SqlKind, type SqlType } from "../core/types.ts";
import { mergeCollections } from "./collection-types.ts";

export const BOOLEAN: SqlType = { kind: "BOOLEAN", nullable: true };
export const INTEGER: SqlType = { kind: "INTEGER", nullable: true };
export const BIGINT: SqlType = { kind: "BIGINT", nullable: true };
export const DOUBLE: SqlType = { kind: "DOUBLE", nullable: true };
export const STRING: SqlType = { kind: "VARCHAR", length: MAX_LENGTH, nullable: true };
export const BYTES: SqlType = { kind: "VARBINARY", length: MAX_LENGTH, nullable: true };
export const DATE: SqlType = { kind: "DATE", nullable: true };
export const NULL_TYPE: SqlType = { kind: "NULL", nullable: true };

/** Digits of the longest DECIMAL. */
export const MAX_PRECISION = 38;
const MIN_ADJUSTED_SCALE = 6;
const INTEGER_DIGITS: Partial<Record<SqlKind, number>> = {
  TINYINT: 3,
  SMALLINT: 5,
  INTEGER: 10,
  BIGINT: 19,
};
const INTEGER_ORDER: readonly SqlKind[] = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"];

export function timestamp(precision: number): SqlType {
  return { kind: "TIMESTAMP", precision, nullable: true };
}

export function timestampLtz(precision: number): SqlType {
  return { kind: "TIMESTAMP_LTZ", precision, nullable: true };
}

export function decimal(precision: number, scale: number): SqlType {
  return { kind: "DECIMAL", precision, scale, nullable: true };
}

export function char(length: number): SqlType {
  return { kind: "CHAR", length, nullable: true };
}

export function varchar(length: number): SqlType {
  return { kind: "VARCHAR", length, nullable: true };
}

/** The same type, nullable or not; the type NULL stays nullable. */
export function withNullable(type: SqlType, nullable: boolean): SqlType {
  return type.kind === "NULL" || type.nullable === nullable ? type : { ...type, nullable };
}

type SizedType = Extract<SqlType, { length: number }>;

export function isText(type: SqlType): type is SizedType {
  return type.kind === "CHAR" || type.kind === "VARCHAR";
}

export function isBinary(type: SqlType): type is SizedType {
  return type.kind === "BINARY" || type.kind === "VARBINARY";
}

export function isInteger(type: SqlType): boolean {
  return INTEGER_DIGITS[type.kind] !== undefined;
}

/** TINYINT … BIGINT and DECIMAL. */
export function isExact(type: SqlType): boolean {
  return type.kind === "DECIMAL" || isInteger(type);
}

export function isApproximate(type: SqlType): boolean {
  return type.kind === "FLOAT" || type.kind === "DOUBLE";
}

export function isNumeric(type: SqlType): boolean {
  return isExact(type) || isApproximate(type);
}

export function isInterval(type: SqlType): boolean {
  return type.kind === "INTERVAL_DAY_TIME" || type.kind === "INTERVAL_YEAR_MONTH";
}

type PreciseType = Extract<SqlType, { kind: "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ" }>;
type TimestampType = PreciseType & { readonly kind: "TIMESTAMP" | "TIMESTAMP_LTZ" };

export function isTimestamp(type: SqlType): type is TimestampType {
  return type.kind === "TIMESTAMP" || type.kind === "TIMESTAMP_LTZ";
}

/** DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ. */
export function isDatetime(type: SqlType): boolean {
  return type.kind === "DATE" || type.kind === "TIME" || isTimestamp(type);
}

export type CollectionType = Extract<SqlType, { kind: "ARRAY" | "MAP" | "MULTISET" | "ROW" }>;

/** ARRAY, MAP, MULTISET, ROW. */
export function isCollection(type: SqlType): type is CollectionType {
  return ["ARRAY", "MAP", "MULTISET", "ROW"].includes(type.kind);
}

/** As Flink prints it (asSummaryString): STRING, DECIMAL(10, 2), TIMESTAMP_LTZ(3) NOT NULL. */
export function formatType(type: SqlType): string {
  const name = formatBare(type);
  return type.nullable ? name : `${name} NOT NULL`;
}

function formatBare(type: SqlType): string {
  switch (type.kind) {
    case "INTEGER":
      return "INT";
    case "VARCHAR":
      return type.length === MAX_LENGTH ? "STRING" : `VARCHAR(${type.length})`;
    case "VARBINARY":
      return type.length === MAX_LENGTH ? "BYTES" : `VARBINARY(${type.length})`;
    case "CHAR":
    case "BINARY":
      return `${type.kind}(${type.length})`;
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "TIME":
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ":
      return `${type.kind}(${type.precision})`;
    case "INTERVAL_YEAR_MONTH":
      return "INTERVAL MONTH";
    case "INTERVAL_DAY_TIME":
      return "INTERVAL SECOND(3)";
    case "ARRAY":
    case "MULTISET":
      return `${type.kind}<${formatType(type.element)}>`;
    case "MAP":
      return `MAP<${formatType(type.key)}, ${formatType(type.value)}>`;
    case "ROW":
      return `ROW<${type.fields.map((field) => `\`${field.name}\` ${formatType(field.type)}`).join(", ")}>`;
    default:
      return type.kind;
  }
}

/** Whether two types are the same; nullability is compared only inside collections. */
export function sameType(left: SqlType, right: SqlType): boolean {
  return formatBare(left) === formatBare(right);
}

/** Digits and scale of an exact number seen as a DECIMAL; undefined for every other type. */
export function decimalShape(type: SqlType): { precision: number; scale: number } | undefined {
  if (type.kind === "DECIMAL") return type;
  const precision = INTEGER_DIGITS[type.kind];
  return precision === undefined ? undefined : { precision, scale: 0 };
}

/** An integer type as the DECIMAL that holds it; a DECIMAL as it is. */
export function asDecimal(type: SqlType): SqlType {
  const shape = decimalShape(type);
  return shape === undefined ? type : decimal(shape.precision, shape.scale);
}

/** The result type of + - * / % on two numeric types; `%` takes exact numbers only. Nullable. */
export function arithmeticType(operator: string, left: SqlType, right: SqlType): SqlType {
  if (left.kind === "DECIMAL" || right.kind === "DECIMAL") {
    const a = decimalShape(left);
    const b = decimalShape(right);
    if (a === undefined || b === undefined) return DOUBLE;
    // Calcite: MOD of two numbers without fraction has the type of the second one.
    if (operator === "%" && a.scale === 0 && b.scale === 0) return withNullable(right, true);
    return decimalArithmetic(operator, a, b);
  }
  if (operator === "%") return withNullable(right, true);
  // FLOAT + DOUBLE is FLOAT and DOUBLE + FLOAT is DOUBLE: Calcite gives both the same precision.
  if (isApproximate(left)) return withNullable(left, true);
  if (isApproximate(right)) return withNullable(right, true);
  return withNullable(widerInteger(left, right), true);
}

interface Shape {
  readonly precision: number;
  readonly scale: number;
}

function decimalArithmetic(operator: string, a: Shape, b: Shape): SqlType {
  const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  const scale = Math.max(a.scale, b.scale);
  switch (operator) {
    case "*":
      return adjusted(a.precision + b.precision + 1, a.scale + b.scale);
    case "/": {
      const quotient = Math.max(MIN_ADJUSTED_SCALE, a.scale + b.precision + 1);
      return adjusted(a.precision - a.scale + b.scale + quotient, quotient);
    }
    case "%":
      return adjusted(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
    default:
      return adjusted(whole + scale + 1, scale);
  }
}

/** Cuts fraction digits, but not below 6, when a result needs more than 38 digits. */
function adjusted(precision: number, scale: number): SqlType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale);
  const least = Math.min(scale, MIN_ADJUSTED_SCALE);
  return decimal(MAX_PRECISION, Math.max(MAX_PRECISION - (precision - scale), least));
}

/** ROUND and TRUNCATE of a DECIMAL to `digits` fraction digits. */
export function roundedDecimal(shape: Shape, digits: number): SqlType {
  const whole = 1 + shape.precision - shape.scale;
  if (digits >= shape.scale) return decimal(shape.precision, shape.scale);
  if (digits < 0) return decimal(Math.min(MAX_PRECISION, whole), 0);
  return decimal(whole + digits, digits);
}

/** AVG, STDDEV and VAR: the argument's kind; a DECIMAL becomes DECIMAL(38, max(6, s)). */
export function averageType(type: SqlType): SqlType {
  return type.kind === "DECIMAL" ? decimal(MAX_PRECISION, Math.max(6, type.scale)) : type;
}

/** SUM: the argument's kind; a DECIMAL becomes DECIMAL(38, s). */
export function sumType(type: SqlType): SqlType {
  return type.kind === "DECIMAL" ? decimal(MAX_PRECISION, type.scale) : type;
}

/**
 * How FLOAT, DOUBLE and DECIMAL meet, and TIMESTAMP and TIMESTAMP_LTZ: CASE, IF, ARRAY and UNION follow Calcite, COALESCE
 * and GREATEST Flink.
 */
export type MergeRules = "calcite" | "flink";

/**
 * The type that all values fit into; undefined when there is none. NULL literals are skipped. The result
 * is nullable when any of the types is.
 */
export function commonType(types: readonly SqlType[], rules: MergeRules): SqlType | undefined {
  let result: SqlType | undefined;
  for (const type of types) {
    if (type.kind === "NULL") continue;
    result = result === undefined ? type : merge(result, type, rules);
    if (result === undefined) return undefined;
  }
  if (result === undefined) return undefined;
  return withNullable(
    result,
    types.some((type) => type.nullable),
  );
}

function merge(left: SqlType, right: SqlType, rules: MergeRules): SqlType | undefined {
  if (sameType(left, right)) return left;
  if (isNumeric(left) && isNumeric(right)) return mergeNumbers(left, right, rules);
  if (isText(left) && isText(right)) return varchar(Math.max(left.length, right.length));
  if (isBinary(left) && isBinary(right)) {
    return { kind: "VARBINARY", length: Math.max(left.length, right.length), nullable: true };
  }
  if (isTimestamp(left) && isTimestamp(right) && left.kind !== right.kind) {
    const precision = Math.max(left.precision, right.precision);
    if (rules === "flink") return timestampLtz(precision);
    return left.precision === right.precision ? left : { ...right, precision };
  }
  if (left.kind === right.kind && "precision" in left && "precision" in right) {
    return left.precision >= right.precision ? left : right;
  }
  if (isCollection(left) && isCollection(right)) {
    return mergeCollections(left, right, (types) => commonType(types, rules));
  }
  return left.kind === right.kind && isInterval(left) ? left : undefined;
}

function mergeNumbers(left: SqlType, right: SqlType, rules: MergeRules): SqlType {
  if (isApproximate(left) && isApproximate(right)) return rules === "flink" ? DOUBLE : left;
  if (isApproximate(left)) return right.kind === "DECIMAL" ? DOUBLE : left;
  if (isApproximate(right)) {
    return left.kind === "DECIMAL" && rules === "calcite" ? DOUBLE : right;
  }
  if (left.kind !== "DECIMAL" && right.kind !== "DECIMAL") return widerInteger(left, right);
  const a = decimalShape(left) ?? { precision: 0, scale: 0 };
  const b = decimalShape(right) ?? { precision: 0, scale: 0 };
  const whole = Math.min(MAX_PRECISION, Math.max(a.precision - a.scale, b.precision - b.scale));
  const scale = Math.min(Math.max(a.scale, b.scale), MAX_PRECISION - whole);
  return decimal(whole + scale, scale);
}

function widerInteger(left: SqlType, right: SqlType): SqlType {
  return INTEGER_ORDER.indexOf(left.kind) >= INTEGER_ORDER.indexOf(right.kind) ? left : right;
}
