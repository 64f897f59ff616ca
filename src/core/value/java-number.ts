// DOUBLE and FLOAT as Java prints and reads them. Java writes 1.0E7 where JavaScript writes 10000000.

import { doubleDigits, floatDigits, type JavaDigits } from "./java-digits.ts";
import { nearestFloat } from "./java-float.ts";

/** Java's Double.toString: `20.5`, `1.0E7`, `1.0E-4`, `NaN`, `-Infinity`, `-0.0`. */
export function doubleText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  return numberText(value, doubleDigits);
}

/** Java's Float.toString; `value` is Math.fround-ed. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7 && Number.isInteger(value)) return `${String(value)}.0`;
  return numberText(value, floatDigits);
}

function numberText(value: number, digitsOf: (size: number) => JavaDigits): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (!Number.isFinite(value)) return String(value);
  const { digits, point } = digitsOf(Math.abs(value));
  return (value < 0 ? "-" : "") + positioned(digits, point);
}

/** Between 0.001 and 10^7 with the point in its place, beyond with an exponent. */
function positioned(digits: string, point: number): string {
  if (point > 7 || point <= -3) return `${digits.charAt(0)}.${digits.slice(1) || "0"}E${point - 1}`;
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const whole = digits.slice(0, point).padEnd(point, "0");
  return `${whole}.${digits.slice(point) || "0"}`;
}

/**
 * Java's Double.parseDouble: blanks around it, `NaN`, `Infinity`, a final `d` or `f`, hexadecimal floats.
 * undefined when it is no number.
 */
export function parseJavaDouble(text: string): number | undefined {
  const trimmed = trimControl(text);
  if (DECIMAL_FLOAT.test(trimmed)) return Number(trimmed.replace(/[dDfF]$/, ""));
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (special !== null) return Number(special[2]) * (special[1] === "-" ? -1 : 1);
  return parseHexFloat(trimmed);
}

/** The FLOAT of a text; undefined when it is no number. */
export function parseJavaFloat(text: string): number | undefined {
  const value = parseJavaDouble(text);
  return value === undefined ? undefined : nearestFloat(text, value);
}

const DECIMAL_FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/;
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[dDfF]?$/;

/** String.trim of Java: everything up to U+0020 at both ends. */
export function trimControl(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

function parseHexFloat(text: string): number | undefined {
  const match = HEX_FLOAT.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return undefined;
  const mantissa = Number.parseInt(whole + fraction, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
