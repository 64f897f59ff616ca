// Text that is cast to DECIMAL, as Flink reads it. Where value and text are short it has a reader of its own, which takes
// one character too many behind a number ('12x' is 12, 'c' is 0), counts leading zeros as digits ('0.5' does not fit
// DECIMAL(2, 2)) and does not look whether rounding has made it longer ('99.95' as DECIMAL(3, 1) is 100.0).
// @see Flink's BinaryStringDataUtil.toDecimal

import { type DecimalShape, parseDecimal, powerOfTen } from "./decimal.ts";

/** Digits, and bytes of text, that the short reader takes. */
const SHORT = 18;
/** Flink's powers of ten end there; beyond, its cast fails. */
const MAX_POWER = 18;
const MAX_EXPONENT = 40;

/** The unscaled value; undefined where the cast fails. */
export function decimalOfText(text: string, shape: DecimalShape): bigint | undefined {
  if (shape.precision > SHORT || Buffer.byteLength(text) > SHORT)
    return parseDecimal(text.replace(/^[ \n\t]+|[ \n\t]+$/g, ""), shape) ?? undefined;
  // Sign, digits with at most one point, and what stands behind them: every text is of this form.
  const [, sign = "", whole = "", point = "", fraction = "", behind = ""] =
    /^[ \n\t]*([+-]?)(\d*)(?:(\.)(\d*))?([^]*)$/.exec(text) ?? [];
  if (whole === "" && point === "" && behind === "") return undefined;
  const exponent = exponentOf(behind);
  if (exponent === undefined) return undefined;
  const digits = whole + fraction;
  const change = exponent - fraction.length + shape.scale;
  if (digits.length + change > shape.precision || Math.abs(change) > MAX_POWER) return undefined;
  const significand = BigInt(digits) * (sign === "-" ? -1n : 1n);
  if (change >= 0) return significand * powerOfTen(change);
  const half = 5n * powerOfTen(-change - 1);
  return (significand + (sign === "-" ? -half : half)) / powerOfTen(-change);
}

/** Of what stands behind the digits; undefined where that is neither an exponent nor one character. */
function exponentOf(behind: string): number | undefined {
  // An e at the very end is a character too many like any other.
  const [, sign = "", digits = "", rest = behind] =
    /^[eE](?=[^])([+-]?)(\d*)([^]*)$/.exec(behind) ?? [];
  if (sign !== "" && digits === "" && rest === "") return undefined;
  if (!isLastCharacter(rest)) return undefined;
  let exponent = 0;
  for (const digit of digits) if (exponent < MAX_EXPONENT) exponent = exponent * 10 + Number(digit);
  return sign === "-" ? -exponent : exponent;
}

/** Nothing, or one character of one byte and white space. */
function isLastCharacter(rest: string): boolean {
  return /^(?:[\0-\x7f][ \n\t]*)?$/.test(rest);
}
