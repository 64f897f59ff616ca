// The decimal digits that Java up to 18 gives a double or float (Double.toString): mostly the fewest that read back as
// the same number, which is what JavaScript gives, but now and then one or two more. Flink prints and rounds by them.
//
// Digits are generated from the most significant on (Steele and White) until what is left is less than half the distance
// to the neighbouring numbers. Where Java differs from the fewest: it wants two digits at least outside of 0.001 … 10^7,
// does not stop exactly at half the distance, and takes whole numbers below 2^63 by a shorter way.

/** 0.`digits` × 10^`point`: the decimal point stands before the digit `point`. */
export interface JavaDigits {
  readonly digits: string;
  readonly point: number;
}

/** Digits of a finite double above 0. */
export function doubleDigits(value: number): JavaDigits {
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const isCommon =
    (value >= 1e-3 && value < 1e7) ||
    Number.isSafeInteger(value) ||
    (digits.length < 12 && value < 1e21 && value > 1e-300);
  // There, and with so few digits, both agree.
  return isCommon ? { digits, point: Number(exponent) + 1 } : generate(doubleParts(value));
}

/** Digits of a finite float above 0; `value` is Math.fround-ed. */
export function floatDigits(value: number): JavaDigits {
  if (value >= 1e-3 && value < 1e7) {
    // Seven digits are enough for most floats, and there both agree.
    const text = value.toExponential(6);
    if (Math.fround(Number(text)) === value) {
      const digits = (text.charAt(0) + text.slice(2, 8)).replace(/0+$/, "");
      return { digits, point: Number(text.slice(9)) + 1 };
    }
  }
  return generate(floatParts(value));
}

/** `bits` × 2^(`exponent` - 52), with the leading bit set; `precision` is how many bits count. */
interface Parts {
  readonly bits: bigint;
  readonly exponent: number;
  readonly precision: number;
}

const FRACTION_BITS = 52;
const view = new DataView(new ArrayBuffer(8));

function doubleParts(value: number): Parts {
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  return normalized({ fraction, width: 52, biased: Number(raw >> 52n) & 0x7ff, bias: 1023 });
}

function floatParts(value: number): Parts {
  view.setFloat32(0, value);
  const raw = view.getUint32(0);
  const fraction = BigInt(raw & 0x7f_ffff);
  return normalized({ fraction, width: 23, biased: (raw >>> 23) & 0xff, bias: 127 });
}

interface RawParts {
  readonly fraction: bigint;
  readonly width: number;
  readonly biased: number;
  readonly bias: number;
}

function normalized({ fraction, width, biased, bias }: RawParts): Parts {
  if (biased > 0) {
    const bits = (fraction | (1n << BigInt(width))) << BigInt(FRACTION_BITS - width);
    return { bits, exponent: biased - bias, precision: width + 1 };
  }
  const precision = bitLength(fraction);
  const bits = fraction << BigInt(FRACTION_BITS + 1 - precision);
  return { bits, exponent: precision - width - bias, precision };
}

function generate({ bits, exponent, precision }: Parts): JavaDigits {
  const odd = bits / (bits & -bits);
  const size = bitLength(odd);
  /** Bits behind the binary point. */
  const behind = Math.max(0, size - 1 - exponent);
  if (behind === 0 && exponent <= 62 && exponent >= 0)
    return wholeNumber(bits, exponent, precision);
  const power = estimatePower(bits, exponent);
  // value / 10^power = rest / unit, half the distance to the next number = gap / unit.
  const fives = Math.max(0, -power);
  const twos = fives + behind + exponent - (size - 1);
  const unitFives = Math.max(0, power);
  const unitTwos = unitFives + behind;
  const gapTwos = fives + behind + exponent - precision - (size === 1 ? 1 : 0);
  const least = Math.min(twos, unitTwos, gapTwos);
  return develop({
    rest: (odd * 5n ** BigInt(fives)) << BigInt(twos - least),
    unit: (5n ** BigInt(unitFives)) << BigInt(unitTwos - least),
    gap: (5n ** BigInt(fives)) << BigInt(gapTwos - least),
    power,
    isLong: isBelow64(size, { twos, fives, unitTwos, unitFives, gapTwos }),
  });
}

interface Scales {
  readonly twos: number;
  readonly fives: number;
  readonly unitTwos: number;
  readonly unitFives: number;
  readonly gapTwos: number;
}

/** Whether Java holds the numbers in a long. */
function isBelow64(size: number, { twos, fives, unitTwos, unitFives, gapTwos }: Scales): boolean {
  const common = Math.min(twos, unitTwos);
  const lift = Math.max(0, common - gapTwos);
  const restBits = size + twos - common + lift + bitsOfFives(fives);
  const tensBits = unitTwos - common + lift + 1 + bitsOfFives(unitFives + 1);
  return Math.max(restBits, tensBits) < 64;
}

/** With Java's overflows: of the gap, which it looks out for, and of the sum, which it does not. */
function highInLong(rest: bigint, gap: bigint, tens: bigint): boolean {
  const long = BigInt.asIntN(64, gap);
  return long <= 0n || BigInt.asIntN(64, rest + long) > tens;
}

interface Fraction {
  readonly rest: bigint;
  readonly unit: bigint;
  readonly gap: bigint;
  readonly power: number;
  /** Java computes in a long where it can: it then stops a little later, and sums may overflow. */
  readonly isLong: boolean;
}

function develop(fraction: Fraction): JavaDigits {
  const { unit, isLong } = fraction;
  let { rest, gap, power } = fraction;
  const tens = unit * 10n;
  let digits = "";
  let low = false;
  let high = false;
  const next = (): bigint => {
    const digit = rest / unit;
    rest = (rest % unit) * 10n;
    gap *= 10n;
    low = rest < gap;
    high = isLong ? highInLong(rest, gap, tens) : rest + gap >= tens;
    return digit;
  };
  const first = next();
  if (first === 0n && !high) power--;
  else digits = String(first);
  if (power < -3 || power >= 8) [low, high] = [false, false];
  while (!low && !high) digits += String(next());
  const twice = rest * 2n - tens;
  const isOdd = Number(digits.at(-1)) % 2 === 1;
  const isUp = high && (!low || twice > 0n || (twice === 0n && isOdd));
  return isUp ? roundedUp(digits, power + 1) : { digits, point: power + 1 };
}

function roundedUp(digits: string, point: number): JavaDigits {
  const next = String(BigInt(digits) + 1n);
  return next.length > digits.length
    ? { digits: next.slice(0, digits.length), point: point + 1 }
    : { digits: next.padStart(digits.length, "0"), point };
}

/** Java drops the digits of a whole number that its precision says nothing about, but no more. */
function wholeNumber(bits: bigint, exponent: number, precision: number): JavaDigits {
  const shift = BigInt(exponent - FRACTION_BITS);
  let whole = shift >= 0n ? bits << shift : bits >> -shift;
  const unknownBits = exponent - precision - 1;
  const dropped =
    exponent > precision && unknownBits > 1 ? String(2n ** BigInt(unknownBits)).length - 1 : 0;
  const unit = 10n ** BigInt(dropped);
  whole = whole / unit + (dropped > 0 && (whole % unit) * 2n >= unit ? 1n : 0n);
  const text = String(whole);
  return { digits: text.replace(/0+$/, ""), point: text.length + dropped };
}

/** The decimal exponent, or one more: a straight line through the logarithm. */
function estimatePower(bits: bigint, exponent: number): number {
  const mantissa = Number(bits) / 2 ** FRACTION_BITS;
  return Math.floor((mantissa - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981);
}

/** Bits of a power of five; beyond its table Java takes three for each. */
function bitsOfFives(count: number): number {
  if (count > 26) return count * 3;
  return count === 0 ? 0 : bitLength(5n ** BigInt(count));
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
