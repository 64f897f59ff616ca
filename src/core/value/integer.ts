// The exact integer kinds: ranges, Java's wrap-around, and 64-bit arithmetic on BIGINT's canonical form (a number
// while |x| <= 2^53 - 1, else a bigint; see core/types.ts). The number path is the hot one; only a result that
// leaves the safe range takes the bigint path.

import { toBigintValue } from "../types.ts";

export type IntegerKind = "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT";
/** A BIGINT value. */
export type Long = number | bigint;

const SAFE = Number.MAX_SAFE_INTEGER;

/** Bits of each kind. */
const INTEGER_BITS: Readonly<Record<IntegerKind, number>> = {
  TINYINT: 8,
  SMALLINT: 16,
  INTEGER: 32,
  BIGINT: 64,
};

/** A bigint wrapped into `kind` as a Java narrowing cast does. */
export function wrapInteger(value: bigint, kind: IntegerKind): Long {
  return kind === "BIGINT"
    ? toBigintValue(value)
    : Number(BigInt.asIntN(INTEGER_BITS[kind], value));
}

export function addLong(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (sum <= SAFE && sum >= -SAFE) return sum;
  }
  return toBigintValue(BigInt(a) + BigInt(b));
}

export function subtractLong(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (difference <= SAFE && difference >= -SAFE) return difference;
  }
  return toBigintValue(BigInt(a) - BigInt(b));
}

export function multiplyLong(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    // + 0 turns -0 into 0.
    if (product <= SAFE && product >= -SAFE) return product + 0;
  }
  return toBigintValue(BigInt(a) * BigInt(b));
}

/** Truncated; b is not 0. */
export function divideLong(a: Long, b: Long): Long {
  // The double quotient of safe integers may round up to the next integer; the remainder is exact.
  if (typeof a === "number" && typeof b === "number") return (a - (a % b)) / b + 0;
  return toBigintValue(BigInt(a) / BigInt(b));
}

/** Sign of a; b is not 0. */
export function remainderLong(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") return (a % b) + 0;
  return toBigintValue(BigInt(a) % BigInt(b));
}

export function negateLong(a: Long): Long {
  return typeof a === "number" ? 0 - a : toBigintValue(-a);
}

/** A double cast to an integer kind as Java does: truncated, saturated, NaN is 0; TINYINT and SMALLINT go through INT. */
export function doubleToInteger(value: number, kind: IntegerKind): Long {
  if (Number.isNaN(value)) return 0;
  if (kind === "BIGINT") {
    if (value >= 2 ** 63) return 2n ** 63n - 1n;
    if (value <= -(2 ** 63)) return -(2n ** 63n);
    const whole = Math.trunc(value) + 0;
    return Number.isSafeInteger(whole) ? whole : BigInt(whole);
  }
  const whole = Math.max(-2_147_483_648, Math.min(2_147_483_647, value)) | 0;
  if (kind === "TINYINT") return (whole << 24) >> 24;
  return kind === "SMALLINT" ? (whole << 16) >> 16 : whole;
}

/**
 * CAST(text AS integer): optional sign, digits, and a fraction that is checked and cut. undefined when it is
 * no such text or does not fit.
 */
export function parseInteger(text: string, kind: IntegerKind): Long | undefined {
  const match = /^([+-]?)(\d*)(?:\.\d*)?$/.exec(text);
  if (match === null || text.length === (match[1] ?? "").length) return undefined;
  const digits = (match[2] ?? "").replace(/^0+/, "");
  if (digits.length > 19) return undefined;
  const value = BigInt(digits === "" ? "0" : digits) * (match[1] === "-" ? -1n : 1n);
  const wrapped = BigInt.asIntN(INTEGER_BITS[kind], value);
  return wrapped === value ? wrapInteger(value, kind) : undefined;
}
