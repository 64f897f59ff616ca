// DECIMAL(p, s) on unscaled bigints: 1.50 of scale 2 is 150n. Every operation gives the exact result rounded
// HALF_UP to the scale asked for, and null when it does not fit the precision: Flink's DecimalData does the same
// (overflow is NULL, not an error). Division first rounds to 38 significant digits, as Flink's MathContext does.

import { doubleText } from "./java-number.ts";

/** Flink's largest precision. */
const MAX_PRECISION = 38;

export interface DecimalShape {
  readonly precision: number;
  readonly scale: number;
}

const POWERS: readonly bigint[] = Array.from(
  { length: 80 },
  (_, exponent) => 10n ** BigInt(exponent),
);

/** 10^exponent, exponent >= 0. */
export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** a / b rounded HALF_UP (away from zero on a tie); b > 0. */
export function divideHalfUp(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const remainder = a % b;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < b) return quotient;
  return a < 0n ? quotient - 1n : quotient + 1n;
}

/** The same value at another scale, rounded HALF_UP; may exceed any precision. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (from === to) return unscaled;
  return to > from
    ? unscaled * powerOfTen(to - from)
    : divideHalfUp(unscaled, powerOfTen(from - to));
}

/** `unscaled` if it has at most `precision` digits, else null. */
function fitDecimal(unscaled: bigint, precision: number): bigint | null {
  const bound = powerOfTen(precision);
  return unscaled < bound && unscaled > -bound ? unscaled : null;
}

/** Rounds to the shape's scale; null when it does not fit. */
export function toShape(unscaled: bigint, scale: number, shape: DecimalShape): bigint | null {
  return fitDecimal(rescale(unscaled, scale, shape.scale), shape.precision);
}

/** a + b, of scales sa and sb, as `shape`. */
export function addDecimal(
  a: bigint,
  sa: number,
  b: bigint,
  sb: number,
  shape: DecimalShape,
): bigint | null {
  const scale = Math.max(sa, sb);
  return toShape(rescale(a, sa, scale) + rescale(b, sb, scale), scale, shape);
}

/** a * b, of scales sa and sb, as `shape`. */
export function multiplyDecimal(
  a: bigint,
  sa: number,
  b: bigint,
  sb: number,
  shape: DecimalShape,
): bigint | null {
  return toShape(a * b, sa + sb, shape);
}

/** a / b, of scales sa and sb, as `shape`; b is not 0. Two roundings, as in Flink. */
export function divideDecimal(
  a: bigint,
  sa: number,
  b: bigint,
  sb: number,
  shape: DecimalShape,
): bigint | null {
  if (a === 0n) return 0n;
  // |a / b| has its first digit at about digits(a) - digits(b); 38 digits from there, and one to spare.
  const digitsA = digitCount(a);
  const digitsB = digitCount(b);
  const shift = Math.max(0, MAX_PRECISION + 1 + digitsB - digitsA);
  const negative = a < 0n !== b < 0n;
  const dividend = (a < 0n ? -a : a) * powerOfTen(shift);
  const divisor = b < 0n ? -b : b;
  let quotient = dividend / divisor;
  let scale = sa - sb + shift;
  const excess = digitCount(quotient) - MAX_PRECISION;
  if (excess > 0) {
    // Rounds the exact quotient, not the truncated one: HALF_UP needs only the next digit, which is there.
    quotient = divideHalfUp(quotient, powerOfTen(excess));
    scale -= excess;
  }
  const rounded =
    scale < 0 ? quotient * powerOfTen(-scale + shape.scale) : rescale(quotient, scale, shape.scale);
  return fitDecimal(negative ? -rounded : rounded, shape.precision);
}

/** a % b with the sign of a, of scales sa and sb, as `shape`; b is not 0. */
export function remainderDecimal(
  a: bigint,
  sa: number,
  b: bigint,
  sb: number,
  shape: DecimalShape,
): bigint | null {
  const scale = Math.max(sa, sb);
  return toShape(rescale(a, sa, scale) % rescale(b, sb, scale), scale, shape);
}

/** Negative, 0 or positive as a < b, a = b, a > b. */
export function compareDecimal(a: bigint, sa: number, b: bigint, sb: number): number {
  const scale = Math.max(sa, sb);
  const left = rescale(a, sa, scale);
  const right = rescale(b, sb, scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Plain text with the full scale: `-0.05`, `12.50`, `3`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Java's BigDecimal.toString: scientific when the first digit stands after the sixth decimal place, or when the scale
 * is negative.
 */
export function bigDecimalText(unscaled: bigint, scale: number): string {
  const adjusted = digitCount(unscaled) - 1 - scale;
  if (scale >= 0 && adjusted >= -6) return decimalText(unscaled, scale);
  const digits = String(unscaled < 0n ? -unscaled : unscaled);
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const exponent = adjusted > 0 ? `+${adjusted}` : adjusted;
  return `${unscaled < 0n ? "-" : ""}${digits[0] ?? "0"}${fraction}E${exponent}`;
}

/** The same without trailing zeros: 1.50 is 1.5, 1000 is 1E+3. */
export function strippedDecimalText(unscaled: bigint, scale: number): string {
  if (unscaled === 0n) return "0";
  const [zeros = ""] = /0*$/.exec(String(unscaled)) ?? [];
  return bigDecimalText(unscaled / 10n ** BigInt(zeros.length), scale - zeros.length);
}

/** The same of a number as JSON and Java write it, zeros kept: `2.50`; `1e3` is `1E+3`, `-0.0` is `0.0`. */
export function bigDecimalTextOf(text: string): string {
  const [mantissa = "", exponent = "0"] = text.split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.split(".");
  return bigDecimalText(BigInt(whole + fraction), fraction.length - Number(exponent));
}

/**
 * Reads `[+-]digits[.digits][e[+-]digits]` as `shape`, rounded HALF_UP. undefined when it is no number,
 * null when it does not fit.
 */
export function parseDecimal(text: string, shape: DecimalShape): bigint | null | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  if (digits === "") return undefined;
  const significant = BigInt(digits);
  if (significant === 0n) return 0n;
  const scale = fraction.length - Number(exponent);
  const length = digitCount(significant);
  // Bounds the work on absurd exponents: the value is 10^(length - scale) in size.
  if (length - scale > MAX_PRECISION + 1) return null;
  if (length - scale < -shape.scale - 1) return 0n;
  const unscaled =
    scale < 0
      ? significant * powerOfTen(shape.scale - scale)
      : rescale(significant, scale, shape.scale);
  return fitDecimal(sign === "-" ? -unscaled : unscaled, shape.precision);
}

/** The double nearest to the value; up to precision 18 by one division, as Flink does. */
export function decimalToNumber(unscaled: bigint, shape: DecimalShape): number {
  return shape.precision <= 18
    ? Number(unscaled) / 10 ** shape.scale
    : Number(decimalText(unscaled, shape.scale));
}

/** The integer part, towards zero. */
export function decimalToInteger(unscaled: bigint, scale: number): bigint {
  return unscaled / powerOfTen(scale);
}

/** A finite double as `shape`, rounded HALF_UP on the text that Java prints; null: too large, NaN or infinite. */
export function numberToDecimal(value: number, shape: DecimalShape): bigint | null {
  return Number.isFinite(value) ? (parseDecimal(doubleText(value), shape) ?? null) : null;
}

function digitCount(unscaled: bigint): number {
  return String(unscaled < 0n ? -unscaled : unscaled).length;
}
