// Functions of java.lang.Math whose last digit JavaScript has otherwise: V8 computes EXP and LOG10 to within one unit in
// the last place, and one value in twelve is not the nearest double; a JVM on x86-64 misses one in a thousand. These are
// computed to twice the digits and rounded once.

import { add, divide, LN_2, multiply, product, scale, sum } from "./double-double.ts";
import type { DoubleDouble } from "./double-double.ts";

const ONE: DoubleDouble = { hi: 1, lo: 0 };
/** 1 / ln 10. */
const LOG10_E: DoubleDouble = { hi: Math.LOG10E, lo: 1.098319650216765e-17 };
/** Beyond these a result is no normal double. */
const EXP_BOUNDS = { least: -708.3, most: 709.7 };
const LEAST_NORMAL = 2 ** -1022;
/** Last powers of the series: of e^x for |x| < ln 2 / 128, of sine and cosine for |x| < π / 4. */
const EXP_DEGREE = 9;
const SINE_DEGREE = 23;
const COSINE_DEGREE = 22;

export function exp(x: number): number {
  if (!(x > EXP_BOUNDS.least && x < EXP_BOUNDS.most)) return Math.exp(x);
  const power = Math.round(x / LN_2.hi);
  const rest = add({ hi: x, lo: 0 }, multiply({ hi: -power, lo: 0 }, LN_2));
  // In two steps: 2^1024 is no double.
  const half = Math.trunc(power / 2);
  return add(ONE, expm1(rest)).hi * 2 ** half * 2 ** (power - half);
}

export function log(x: number): number {
  return isOrdinary(x) ? logOf(x).hi : Math.log(x);
}

export function log10(x: number): number {
  return isOrdinary(x) ? multiply(logOf(x), LOG10_E).hi : Math.log10(x);
}

export function sin(x: number): number {
  return Number.isFinite(x) && x !== 0 ? sineAhead(x, 0) : Math.sin(x);
}

export function cos(x: number): number {
  return Number.isFinite(x) ? sineAhead(x, 1) : Math.cos(x);
}

export function tan(x: number): number {
  if (!Number.isFinite(x) || x === 0) return Math.tan(x);
  const { quadrant, rest } = ofQuarterTurns(x);
  const isEven = quadrant % 2 === 0;
  return isEven ? divide(sine(rest), cosine(rest)).hi : -divide(cosine(rest), sine(rest)).hi;
}

/** Java's is of e^x as fdlibm computes it, which is so in V8, too, but for e itself. */
export function cosh(x: number): number {
  return Math.abs(x) === 1 ? 1.543080634815244 : Math.cosh(x);
}

function isOrdinary(x: number): boolean {
  return x >= LEAST_NORMAL && x < Number.POSITIVE_INFINITY;
}

/** 1/n!, from n = 0 on. */
const INVERSE_FACTORIALS: DoubleDouble[] = [ONE];
for (let n = 1; n <= SINE_DEGREE; n++) {
  INVERSE_FACTORIALS.push(divide(INVERSE_FACTORIALS[n - 1] as DoubleDouble, { hi: n, lo: 0 }));
}

/** x^n / n!, divided by x^first: from `last` down to `first` by steps; `power` is x^step. */
function series(power: DoubleDouble, [first, last, step]: [number, number, number]): DoubleDouble {
  let result = INVERSE_FACTORIALS[last] as DoubleDouble;
  for (let n = last - step; n >= first; n -= step) {
    result = add(INVERSE_FACTORIALS[n] as DoubleDouble, multiply(result, power));
  }
  return result;
}

/** e^x - 1 for |x| ≤ ln 2, with as many digits near 0. */
function expm1(x: DoubleDouble): DoubleDouble {
  const part = scale(x, 1 / 64);
  let result = multiply(part, series(part, [1, EXP_DEGREE, 1]));
  for (let step = 0; step < 6; step++) result = add(scale(result, 2), multiply(result, result));
  return result;
}

/** One step of Newton's method from the double on. */
function logOf(x: number): DoubleDouble {
  const exponent = Math.round(Math.log2(x));
  const mantissa = x * 2 ** -exponent;
  const guess = Math.log(mantissa);
  const error = add(
    sum(mantissa, -1),
    multiply({ hi: mantissa, lo: 0 }, expm1({ hi: -guess, lo: 0 })),
  );
  const correction = add(error, scale(product(error.hi, error.hi), -0.5));
  const ofMantissa = add({ hi: guess, lo: 0 }, correction);
  return add(multiply({ hi: exponent, lo: 0 }, LN_2), ofMantissa);
}

/** The sine so many quarter turns ahead of x. */
function sineAhead(x: number, quarters: number): number {
  const { quadrant, rest } = ofQuarterTurns(x);
  const ahead = (quadrant + quarters) % 4;
  const { hi } = ahead % 2 === 0 ? sine(rest) : cosine(rest);
  return ahead < 2 ? hi : -hi;
}

function sine(x: DoubleDouble): DoubleDouble {
  const square = scale(multiply(x, x), -1);
  return multiply(x, series(square, [1, SINE_DEGREE, 2]));
}

function cosine(x: DoubleDouble): DoubleDouble {
  const square = scale(multiply(x, x), -1);
  return series(square, [0, COSINE_DEGREE, 2]);
}

/** x = (4k + quadrant) · π/2 + rest, |rest| ≤ π/4. */
function ofQuarterTurns(x: number): { readonly quadrant: number; readonly rest: DoubleDouble } {
  if (Math.abs(x) <= Math.PI / 4) return { quadrant: 0, rest: { hi: x, lo: 0 } };
  const exponent = Math.ceil(Math.log2(Math.abs(x)));
  const bits = REST_BITS + exponent;
  const unit = halfPi(bits);
  // 55 bits are an integer, also where the logarithm was rounded up.
  const fixed = BigInt(x * 2 ** (55 - exponent)) << BigInt(bits + exponent - 55);
  const turns = floorDivide(fixed + unit / 2n, unit);
  const rest = (fixed - turns * unit) >> BigInt(bits - REST_BITS);
  const hi = Number(rest);
  const lo = Number(rest - BigInt(hi));
  return {
    quadrant: Number(BigInt.asUintN(2, turns)),
    rest: scale({ hi, lo }, 2 ** -REST_BITS),
  };
}

/** A double comes no closer to a multiple of π/2 than 2^-62 or so: 106 digits are left of the rest. */
const REST_BITS = 192;
const MOST_BITS = REST_BITS + 1024;
let mostOfHalfPi: bigint | undefined;

/** π/2 · 2^bits. */
function halfPi(bits: number): bigint {
  // Machin: π/4 = 4 atan(1/5) - atan(1/239), with bits to spare.
  const spare = 32;
  mostOfHalfPi ??=
    (2n * (4n * atanOfInverse(5n, MOST_BITS + spare) - atanOfInverse(239n, MOST_BITS + spare))) >>
    BigInt(spare);
  return mostOfHalfPi >> BigInt(MOST_BITS - bits);
}

function atanOfInverse(x: bigint, bits: number): bigint {
  let power = (1n << BigInt(bits)) / x;
  let result = power;
  for (let n = 3n; power !== 0n; n += 2n) {
    power = -power / (x * x);
    result += power / n;
  }
  return result;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
