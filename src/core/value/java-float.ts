// The FLOAT nearest to a decimal text, as Java's Float.parseFloat finds it. Rounding the nearest DOUBLE once more errs
// where that lies in the middle of two FLOATs and the text does not: then the text's digits decide.

const MAX_FLOAT = (2 - 2 ** -23) * 2 ** 127;
/** Half a step above it: from here on a number is infinite. */
const OVERFLOW = (2 - 2 ** -24) * 2 ** 127;

/** A decimal number without what may stand around it. */
const DIGITS = /^[\0- ]*[+-]?([\d.]+(?:e[+-]?\d+)?)[df]?[\0- ]*$/;

/** `nearest` is the DOUBLE nearest to `text`, which is a number as Java writes one. */
export function nearestFloat(text: string, nearest: number): number {
  const even = Math.fround(nearest);
  const size = Math.abs(nearest);
  if (even === nearest || !Number.isFinite(nearest)) return even;
  const other = size === OVERFLOW ? Math.sign(nearest) * MAX_FLOAT : 2 * nearest - even;
  if (Math.fround(other) !== other || !Number.isFinite(other)) return even;
  const decimal = DIGITS.exec(text.toLowerCase())?.[1];
  // A hexadecimal number is in the middle itself.
  if (decimal === undefined) return even;
  const order = compareDigits(decimalDigits(decimal), decimalDigits(exactText(size)));
  if (order === 0) return even;
  return order > 0 === Math.abs(other) > Math.abs(even) ? other : even;
}

/** 0.d₁d₂… × 10^point, without zeros at either end. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

function decimalDigits(text: string): Digits {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const point = whole.length - (all.length - digits.length) + Number(exponent);
  return { digits: digits.replace(/0+$/, ""), point };
}

function compareDigits(a: Digits, b: Digits): number {
  if (a.point !== b.point) return a.point - b.point;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

/** All digits of a DOUBLE in the range of FLOAT: m × 2^-n is m × 5^n × 10^-n. */
function exactText(value: number): string {
  let halvings = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    halvings++;
  }
  return `${BigInt(scaled) * 5n ** BigInt(halvings)}e-${halvings}`;
}
